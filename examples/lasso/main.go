// Command lasso shows how the lasso selects variables: it fits a linear model for the progress of
// diabetes with an L1 penalty λ, for 100 values of λ from large to small, by coordinate descent. A
// large λ makes every coefficient zero; as λ decreases, one measurement after another gets a
// coefficient. The command prints a line whenever the number of measurements in the model has
// grown.
//
//	go -C examples run ./lasso -plot path.png
package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"example.com/optim"
	"example.com/optim/examples/internal/picture"
	"example.com/optim/internal/data"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

var names = [...]string{"age", "sex", "BMI", "blood pressure", "cholesterol", "LDL", "HDL", "chol./HDL", "triglycerides", "blood sugar"}

// problem is the least-squares problem of minimizing ‖Ax − y‖²/2N over the coefficients x.
type problem struct {
	columns [][]float64 // of A: a measurement of all N patients each
	y       []float64   // the progress of the disease
}

// point is the solution for one λ.
type point struct {
	lambda float64
	x      []float64
}

func main() {
	picture.Main("lasso fits a linear model with an L1 penalty by coordinate descent, for 100 values of the penalty.", run)
}

func run(out io.Writer, file string) error {
	p, err := load()
	if err != nil {
		return err
	}
	path := p.path(100, 1e-4)

	fmt.Fprintln(out, "      λ  variance explained  by the measurements")
	last := 0
	for _, at := range path {
		var in []string
		for j, v := range at.x {
			if v != 0 {
				in = append(in, names[j])
			}
		}
		if len(in) > last {
			fmt.Fprintf(out, "%7.3f  %16.1f %%  %s\n", at.lambda, 100*p.explained(at.x), strings.Join(in, ", "))
			last = len(in)
		}
	}
	if file == "" {
		return nil
	}
	return draw(file, path)
}

// path returns the solutions for count values of λ. The first is the smallest λ for which every
// coefficient is zero, and the last is share times the first. Each search starts at the solution
// before.
func (p problem) path(count int, share float64) []point {
	n, params := float64(len(p.y)), make([]float64, len(p.columns))
	residual := make([]float64, len(p.y)) // Ax − y
	floats.SubTo(residual, residual, p.y)

	opt := optim.NewCoordinateDescent(optim.Cyclic)
	opt.Partial = func(_ []float64, j int) float64 { return floats.Dot(p.columns[j], residual) / n }
	opt.Moved = func(j int, delta float64) { floats.AddScaled(residual, delta, p.columns[j]) }
	top := 0.0
	for j, column := range p.columns {
		opt.Lipschitz = append(opt.Lipschitz, floats.Dot(column, column)/n)
		top = max(top, math.Abs(opt.Partial(params, j)))
	}

	var path []point
	for _, lambda := range floats.LogSpan(make([]float64, count), top, share*top) {
		opt.L1 = lambda
		opt.Step(params, nil)
		for opt.KKT() > 1e-9*top {
			opt.Step(params, nil)
		}
		path = append(path, point{lambda, slices.Clone(params)})
	}
	return path
}

// explained returns the share of the variance of y that the model with the coefficients x explains.
func (p problem) explained(x []float64) float64 {
	residual := slices.Clone(p.y)
	for j, v := range x {
		floats.AddScaled(residual, -v, p.columns[j])
	}
	return 1 - floats.Dot(residual, residual)/floats.Dot(p.y, p.y)
}

// load returns the problem with every column scaled to mean 0 and standard deviation 1, and with y
// shifted to mean 0.
func load() (p problem, err error) {
	p.columns, err = columns("diabetes_data_raw.csv.gz")
	if err != nil {
		return p, err
	}
	y, err := columns("diabetes_target.csv.gz")
	if err != nil {
		return p, err
	}
	p.y = y[0]
	for _, column := range p.columns {
		mean, deviation := stat.PopMeanStdDev(column, nil)
		floats.AddConst(-mean, column)
		floats.Scale(1/deviation, column)
	}
	floats.AddConst(-stat.Mean(p.y, nil), p.y)
	return p, nil
}

// columns returns the columns of a file.
func columns(name string) ([][]float64, error) {
	rows, err := data.Table(name, 0)
	if err != nil {
		return nil, err
	}
	table := make([][]float64, len(rows[0]))
	for _, row := range rows {
		for j, v := range row {
			table[j] = append(table[j], v)
		}
	}
	return table, nil
}

// draw shows each coefficient as a function of λ, which decreases from left to right.
func draw(file string, path []point) error {
	const colours = 5
	p := picture.Panel("Lasso path: which measurements predict the progress of diabetes",
		"penalty λ (units of the response), decreasing", "coefficient (units of the response per standard deviation)")
	picture.LogX(p)
	p.X.Scale = plot.InvertedScale{Normalizer: plot.LogScale{}}
	var key []picture.Entry
	for j, name := range names {
		points := make(plotter.XYs, len(path))
		for k, at := range path {
			points[k] = plotter.XY{X: at.lambda, Y: at.x[j]}
		}
		line := picture.Line(points, picture.Palette[j%colours])
		if j >= colours {
			line.Dashes = []vg.Length{6, 3}
		}
		p.Add(line)
		key = append(key, picture.Entry{Name: name, Of: line})
	}
	return picture.Save(file, 5.5, picture.Row{Panels: []*picture.Plot{p}, Key: key})
}
