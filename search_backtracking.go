package optim

import "gonum.org/v1/gonum/optimize"

// backtracking is the line search for the first Wolfe condition alone. It halves the length until the condition
// holds.
type backtracking struct{ value, slope, length float64 }

// leastLength is the length at which backtracking ends.
const leastLength = 1e-20

// Init implements optimize.Linesearcher.
func (b *backtracking) Init(f, g, length float64) optimize.Operation {
	*b = backtracking{f, g, length}
	return optimize.FuncEvaluation
}

// Iterate implements optimize.Linesearcher.
func (b *backtracking) Iterate(f, _ float64) (optimize.Operation, float64, error) {
	if f <= b.value+float64(float64(sufficientDecrease*b.length)*b.slope) {
		return optimize.MajorIteration, b.length, nil
	}
	b.length = float64(b.length / 2)
	if b.length < leastLength {
		return optimize.NoOperation, b.length, optimize.ErrLinesearcherFailure
	}
	return optimize.FuncEvaluation, b.length, nil
}
