package optim

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// TestPrinter runs each kind of optimizer with gonum's printer. It prints a line at the start, one for each
// step, and one at the end, with a number for each column of the heading.
func TestPrinter(t *testing.T) {
	fit := NewLevenbergMarquardt(2, func(dst, x []float64) { dst[0], dst[1] = 10*(x[1]-x[0]*x[0]), 1-x[0] },
		func(dst *mat.Dense, x []float64) { dst.Copy(mat.NewDense(2, 2, []float64{-20 * x[0], 10, -1, 0})) })
	p := withDifferences(fit.Problem())
	for _, opt := range []Optimizer{NewLBFGS(3), NewBFGS(), NewNewton(nil), NewHessianFree(nil), NewSGD(1e-4), fit} {
		var out bytes.Buffer
		printer := optimize.NewPrinter()
		printer.Writer, printer.ValueInterval, printer.HeadingInterval = &out, -1, math.MaxInt
		r, err := Minimize(p, []float64{-1.2, 1}, opt, &optimize.Settings{Recorder: printer, MajorIterations: 7})
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.Trim(out.String(), "\n"), "\n")
		if !slices.Equal(strings.Fields(lines[0]), []string{"Iter", "Runtime", "FuncEvals", "Func", "GradEvals", "|Gradient|∞"}) {
			t.Errorf("%s: heading %q", name(opt), lines[0])
		}
		if len(lines) != 1+1+r.MajorIterations+1 {
			t.Errorf("%s: %d lines for %d steps:\n%s", name(opt), len(lines), r.MajorIterations, out.String())
		}
		for i, line := range lines[1:] {
			columns := strings.Fields(line)
			if len(columns) != 6 || columns[0] != strconv.Itoa(min(i, r.MajorIterations)) {
				t.Errorf("%s, line %d: %q", name(opt), i, line)
			}
		}
		last := strings.Fields(lines[len(lines)-1])
		want := []string{strconv.Itoa(r.FuncEvaluations), strconv.FormatFloat(r.F, 'g', -1, 64), strconv.Itoa(r.GradEvaluations)}
		if !slices.Equal(last[2:5], want) {
			t.Errorf("%s: the last line is %q, want %v", name(opt), last, want)
		}
	}
}
