package optim

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// reportedCorrelation is the smallest |correlation| that String prints.
const reportedCorrelation = 0.1

// String returns a report in the manner of lmfit: the statistics, and a line for each parameter with
// its value ± standard error, the error in percent, and the value at the start. Correlations with an
// absolute value of less than 0.1 are left out.
func (f *Fit[X]) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Fit of %s to %s: %v after %s\n", plural(len(f.Params), "parameter"), plural(len(f.Residuals), "point"), f.Status, evaluations(f.Evaluations))
	if loss := f.curve.Loss; loss != (Loss{}) {
		fmt.Fprintf(&b, "    loss                 %v\n", loss)
	}
	fmt.Fprintf(&b, "    chi-square           %.8g\n", f.ChiSquare)
	fmt.Fprintf(&b, "    reduced chi-square   %.8g\n", f.ReducedChiSquare)
	fmt.Fprintf(&b, "    degrees of freedom   %d\n", f.DegreesOfFreedom)
	fmt.Fprintf(&b, "    R²                   %.8g\n", f.RSquared)
	b.WriteString("Parameters\n")
	width := 0
	for j := range f.Params {
		width = max(width, len([]rune(f.curve.parameter(j))))
	}
	for j := range f.Params {
		fmt.Fprintf(&b, "    %-*s   %s\n", width, f.curve.parameter(j), f.describe(j))
	}
	if f.CovarianceErr != nil {
		fmt.Fprintf(&b, "    The standard errors are unknown: %v\n", f.CovarianceErr)
	}
	if lines := f.correlations(width); len(lines) > 0 {
		fmt.Fprintf(&b, "Correlations of at least %v\n%s", reportedCorrelation, strings.Join(lines, ""))
	}
	return b.String()
}

// describe returns the part of the report on parameter j.
func (f *Fit[X]) describe(j int) string {
	v, e := f.Params[j], f.StandardErrors[j]
	text := fmt.Sprintf("%-13.8g", v)
	if f.marks[j] != "" {
		text += fmt.Sprintf(" (%s)", f.marks[j])
	} else {
		text += fmt.Sprintf(" ± %-10.5g", e)
		if percent := 100 * math.Abs(e/v); isFinite(percent) {
			text += fmt.Sprintf(" (%.2f%%)", percent)
		}
	}
	if !f.curve.fixed(j) {
		text += fmt.Sprintf(" (init = %.8g)", f.curve.start[j])
	}
	return text
}

// correlations returns a line of the report for each pair of parameters with a large correlation, in
// descending order.
func (f *Fit[X]) correlations(width int) []string {
	type pair struct {
		i, j int
		c    float64
	}
	var pairs []pair
	for j := range f.Params {
		for i := range j {
			if c := f.Correlation.At(i, j); math.Abs(c) >= reportedCorrelation {
				pairs = append(pairs, pair{i, j, c})
			}
		}
	}
	slices.SortStableFunc(pairs, func(p, q pair) int { return cmp.Compare(math.Abs(q.c), math.Abs(p.c)) })
	var lines []string
	for _, p := range pairs {
		lines = append(lines, fmt.Sprintf("    %-*s  %-*s  %+.4f\n", width, f.curve.parameter(p.i), width, f.curve.parameter(p.j), p.c))
	}
	return lines
}
