// Command crossvalidation chooses the penalty of a lasso. The data are simulated: 100 rows with 60
// columns, of which 6 have a coefficient. The rows are divided into ten folds. For each fold the
// command computes the path of a lasso on the other nine, and the squared error of every point of
// this path on the fold.
//
// It prints two values of α: the one with the least mean error, and the largest one whose mean error
// is within a standard error of the least. The second model has fewer columns.
//
//	go -C examples run ./crossvalidation -plot errors.png
//
// T. Hastie, R. Tibshirani and J. Friedman, The elements of statistical learning, 2nd edition, 2009,
// section 7.10.
package main

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"math/rand/v2"

	"example.com/optim"
	"example.com/optim/examples/internal/picture"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	vgdraw "gonum.org/v1/plot/vg/draw"
)

const (
	rows, columns = 100, 60
	folds         = 10
	noise         = 3.0 // standard deviation of the noise in the labels
)

// truth is the coefficients that are not zero. The others are.
var truth = []float64{3, -2, 2, 1.5, -1, 1}

// data is a part of the rows with their labels.
type data struct {
	a *mat.Dense
	y []float64
}

func main() {
	picture.Main("crossvalidation chooses the penalty of a lasso by the error on rows that were left out.", run)
}

func run(out io.Writer, file string) error {
	d := simulate()
	whole := path(d, nil)
	var alphas []float64
	for _, point := range whole {
		alphas = append(alphas, point.Alpha)
	}
	means, deviations := validate(d, alphas)
	best := floats.MinIdx(means)
	simple := best
	for k := range best {
		if means[k] <= means[best]+deviations[best] {
			simple = k
			break
		}
	}

	fmt.Fprintln(out, "                        α  squared error          columns")
	for _, row := range []struct {
		name string
		k    int
	}{{"least error", best}, {"one standard error", simple}} {
		fmt.Fprintf(out, "%-18s  %.4f  %6.2f ± %.2f  %15d\n", row.name, alphas[row.k], means[row.k], deviations[row.k], whole[row.k].DegreesOfFreedom)
	}
	if file == "" {
		return nil
	}
	return draw(file, alphas, means, deviations, whole, best, simple)
}

// simulate returns the data.
func simulate() data {
	rng := rand.New(rand.NewPCG(1, 2))
	d := data{mat.NewDense(rows, columns, nil), make([]float64, rows)}
	for i := range rows {
		row := d.a.RawRowView(i)
		for j := range row {
			row[j] = rng.NormFloat64()
		}
		d.y[i] = floats.Dot(row[:len(truth)], truth) + noise*rng.NormFloat64()
	}
	return d
}

// path returns the path of a lasso with an intercept.
func path(d data, alphas []float64) []optim.PathPoint {
	sum := optim.NewSquaredSum(d.a, d.y)
	sum.Intercept = true
	return optim.Path(sum, alphas, 1)
}

// split returns the rows outside of a fold, and those in it.
func split(d data, fold int) (train, test data) {
	for i := range rows {
		part := &train
		if i%folds == fold {
			part = &test
		}
		part.y = append(part.y, d.y[i])
	}
	train.a, test.a = mat.NewDense(len(train.y), columns, nil), mat.NewDense(len(test.y), columns, nil)
	next := map[*mat.Dense]int{}
	for i := range rows {
		a := train.a
		if i%folds == fold {
			a = test.a
		}
		a.SetRow(next[a], d.a.RawRowView(i))
		next[a]++
	}
	return train, test
}

// validate returns the mean of the squared errors of the folds for every α, and the standard error
// of the mean.
func validate(d data, alphas []float64) (means, deviations []float64) {
	errors := make([][]float64, len(alphas)) // one of each fold
	for fold := range folds {
		train, test := split(d, fold)
		for k, point := range path(train, alphas) {
			errors[k] = append(errors[k], meanSquare(test, point.Params))
		}
	}
	for _, e := range errors {
		mean, deviation := stat.MeanStdDev(e, nil)
		means, deviations = append(means, mean), append(deviations, stat.StdErr(deviation, folds))
	}
	return means, deviations
}

// meanSquare returns the mean squared error of a model: coefficients, and an intercept after them.
func meanSquare(d data, params []float64) float64 {
	sum := 0.0
	for i, y := range d.y {
		e := floats.Dot(d.a.RawRowView(i), params[:columns]) + params[columns] - y
		sum += e * e
	}
	return sum / float64(len(d.y))
}

// draw shows the errors and the number of columns as functions of α, which decreases from left to
// right.
func draw(file string, alphas, means, deviations []float64, whole []optim.PathPoint, best, simple int) error {
	const axis = "penalty α (units of the labels), decreasing"
	errors := picture.Panel("Error on the rows that were left out", axis, "mean squared error")
	outline := make(plotter.XYs, 2*len(alphas))
	curve, size := make(plotter.XYs, len(alphas)), make(plotter.XYs, len(alphas))
	for k, alpha := range alphas {
		curve[k] = plotter.XY{X: alpha, Y: means[k]}
		size[k] = plotter.XY{X: alpha, Y: float64(whole[k].DegreesOfFreedom)}
		outline[k] = plotter.XY{X: alpha, Y: means[k] - deviations[k]}
		outline[len(outline)-1-k] = plotter.XY{X: alpha, Y: means[k] + deviations[k]}
	}
	line := picture.Line(curve, picture.Blue)
	errors.Add(&plotter.Polygon{XYs: []plotter.XYs{outline}, Color: color.Gray{225}}, line)
	count := picture.Panel("Columns with a coefficient", axis, "columns")
	columns := picture.Line(size, picture.Green)
	count.Add(columns)
	least := picture.Mark(alphas[best], means[best], picture.Vermillion, vgdraw.CircleGlyph{})
	largest := picture.Mark(alphas[simple], means[simple], picture.Vermillion, vgdraw.PyramidGlyph{})
	errors.Add(least, largest)
	count.Add(picture.Mark(alphas[best], size[best].Y, picture.Vermillion, vgdraw.CircleGlyph{}),
		picture.Mark(alphas[simple], size[simple].Y, picture.Vermillion, vgdraw.PyramidGlyph{}))
	for _, p := range []*picture.Plot{errors, count} {
		p.X.Scale = plot.InvertedScale{Normalizer: plot.LogScale{}}
		p.X.Tick.Marker = plot.LogTicks{Prec: -1}
		p.X.Min, p.X.Max = alphas[len(alphas)-1], alphas[0]
	}
	errors.Y.Min = math.Max(errors.Y.Min, 0)
	return picture.Save(file, 4, picture.Row{
		Panels: []*picture.Plot{errors, count},
		Key: []picture.Entry{
			{Name: "mean of ten folds, and a standard error", Of: line},
			{Name: "least error", Of: least},
			{Name: "largest α within a standard error", Of: largest},
		},
	})
}
