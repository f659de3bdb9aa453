package main

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"example.com/optim/examples/internal/picture"
	"example.com/optim/examples/internal/picture/picturetest"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// The folds are a partition of the rows, and a path that was computed without a fold has the error
// of the textbook's cyclic descent on it.
func TestValidate(t *testing.T) {
	d := simulate()
	total := 0
	for fold := range folds {
		train, test := split(d, fold)
		total += len(test.y)
		if len(train.y)+len(test.y) != rows || test.y[0] != d.y[fold] || !floats.Equal(test.a.RawRowView(1), d.a.RawRowView(fold+folds)) {
			t.Errorf("fold %d has %d and %d rows", fold, len(train.y), len(test.y))
		}
	}
	if total != rows {
		t.Errorf("%d rows in the folds", total)
	}
	const alpha = 0.5
	var errors []float64
	for fold := range folds {
		train, test := split(d, fold)
		errors = append(errors, meanSquare(test, lasso(train, alpha)))
	}
	means, deviations := validate(d, []float64{alpha})
	mean, deviation := stat.MeanStdDev(errors, nil)
	if !(math.Abs(means[0]-mean) <= 1e-3) || !(math.Abs(deviations[0]-deviation/math.Sqrt(folds)) <= 1e-3) {
		t.Errorf("%v ± %v, want %v ± %v", means[0], deviations[0], mean, deviation/math.Sqrt(folds))
	}
}

// lasso returns the coefficients and the intercept after 200 sweeps of cyclic descent.
func lasso(d data, alpha float64) []float64 {
	x := make([]float64, columns+1)
	n := float64(len(d.y))
	for range 200 {
		for j := range columns {
			dot, square := 0.0, 0.0
			for i, y := range d.y {
				row := d.a.RawRowView(i)
				rest := y - floats.Dot(row, x[:columns]) - x[columns] + row[j]*x[j]
				dot += row[j] * rest / n
				square += row[j] * row[j] / n
			}
			x[j] = math.Copysign(math.Max(math.Abs(dot)-alpha, 0), dot) / square
		}
		rest := 0.0
		for i, y := range d.y {
			rest += (y - floats.Dot(d.a.RawRowView(i), x[:columns])) / n
		}
		x[columns] = rest
	}
	return x
}

func TestRun(t *testing.T) {
	var out bytes.Buffer
	count := picturetest.Pixels(t, func(file string) error { return run(&out, file) })
	picturetest.Shows(t, count, 100, picture.Blue, picture.Green, picture.Vermillion)
	if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); len(lines) != 3 {
		t.Errorf("printed\n%s", out.String())
	}
}
