package optim

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/optimize"
)

// The statuses of this package, besides those of gonum.
var (
	// SlowProgress ends a run of Minimize whose value hardly falls any more.
	SlowProgress = optimize.NewStatus("SlowProgress: the value hardly falls any more", true, nil)
	// DomainEdge ends a search at a point next to which f is not finite in the direction of descent.
	DomainEdge = optimize.NewStatus("DomainEdge: f is not finite next to x in the direction of descent", false, nil)
	// Kink ends a search at a point where the gradient jumps: f rises along the negative gradient.
	Kink = optimize.NewStatus("Kink: the gradient jumps at x, and f rises along the negative gradient", false, nil)
	// ContextDone ends a run of MinimizeContext whose context is done.
	ContextDone = optimize.NewStatus("ContextDone: the context is done", true, nil)

	inexact = inexactStatuses()
)

func inexactStatuses() (statuses [17]optimize.Status) {
	for digits := range statuses {
		statuses[digits] = optimize.NewStatus(fmt.Sprintf("InexactFunction: f is not exact beyond %d digits", digits), false, nil)
	}
	return statuses
}

// ExactDigits returns the number of decimal digits to which f is exact, 0 to 16, if a run has ended
// because f cannot be lowered by more than its error, and the error is larger than that of rounding
// to float64. For other statuses ok is false.
func ExactDigits(status optimize.Status) (digits int, ok bool) {
	digits = slices.Index(inexact[:], status)
	return max(digits, 0), digits >= 0
}
