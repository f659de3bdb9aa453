// Command curvefit fits a curve with seven parameters to measurements, by the Levenberg-Marquardt
// method. The data are the mobility of electrons in a semiconductor at several densities; the model
// is a cubic polynomial divided by another one. The command prints each parameter with its standard
// error and the value that NIST has certified.
//
//	go -C examples run ./curvefit -plot fit.png
//
// The picture is written to examples/fit.png.
package main

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"example.com/optim"
	"example.com/optim/examples/internal/picture"
	"gonum.org/v1/gonum/optimize"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

//go:embed thurber.csv
var data string

var (
	start     = []float64{1000, 1000, 400, 40, 0.7, 0.3, 0.03}
	certified = []float64{1288.1396800, 1491.0792535, 583.23836877, 75.416644291, 0.96629502864, 0.39797285797, 0.049727297349}
)

// mobility returns the value of the model with the parameters b at x, the logarithm of the density.
func mobility(b []float64, x float64) float64 {
	return (b[0] + x*(b[1]+x*(b[2]+x*b[3]))) / (1 + x*(b[4]+x*(b[5]+x*b[6])))
}

func main() {
	picture.Main("curvefit fits seven parameters to measurements by the Levenberg-Marquardt method, and prints their standard errors.", run)
}

func run(out io.Writer, file string) error {
	points, err := read(data)
	if err != nil {
		return err
	}

	residuals := func(dst, b []float64) {
		for i, p := range points {
			dst[i] = mobility(b, p.X) - p.Y
		}
	}
	fit := optim.NewLevenbergMarquardt(len(points), residuals, nil) // nil: the Jacobian by differences
	b := slices.Clone(start)
	for fit.Status() == optimize.NotTerminated {
		fit.Step(b, b) // the gradient is not used
	}
	if err := fit.Err(); err != nil {
		return err
	}
	errors := make([]float64, len(b))
	if err := fit.StandardErrors(errors); err != nil {
		return err
	}

	fmt.Fprintln(out, "parameter        fitted  standard error     certified")
	for i := range b {
		fmt.Fprintf(out, "b%d         %13.8g  %14.5g  %12.8g\n", i+1, b[i], errors[i], certified[i])
	}
	fmt.Fprintf(out, "%d steps, %v; residual standard deviation %.6g\n",
		fit.Steps(), fit.Status(), math.Sqrt(fit.SumSquares()/float64(len(points)-len(b))))
	if file == "" {
		return nil
	}
	return draw(file, points, b)
}

// read reads the points from lines of a predictor and a response.

func read(data string) (points plotter.XYs, err error) {
	records, err := csv.NewReader(strings.NewReader(data)).ReadAll()
	if err != nil {
		return nil, err
	}
	for i, record := range records {
		x, errX := strconv.ParseFloat(record[0], 64)
		y, errY := strconv.ParseFloat(record[1], 64)
		if errX != nil || errY != nil {
			return nil, fmt.Errorf("line %d: %v", i+1, record)
		}
		points = append(points, plotter.XY{X: x, Y: y})
	}
	return points, nil
}

// draw shows the measurements with the fitted curve, and the residuals below.
func draw(file string, points plotter.XYs, b []float64) error {
	const left, right = -3.2, 2.4
	residuals := make(plotter.XYs, len(points))
	for i, p := range points {
		residuals[i] = plotter.XY{X: p.X, Y: p.Y - mobility(b, p.X)}
	}
	measured, below := picture.Dots(points, picture.Blue), picture.Dots(residuals, picture.Blue)
	measured.Radius, below.Radius = 3, 3
	curve := picture.Curve(func(x float64) float64 { return mobility(b, x) }, left, right, picture.Vermillion)

	fit := picture.Panel("Electron mobility in a semiconductor (NIST: Thurber)", "", "mobility")
	fit.Add(curve, measured)
	picture.Bounds(fit, left, right, 0, 1600)
	rest := picture.Panel("", "logarithm of the electron density", "measured − fitted")
	rest.Add(picture.Curve(func(float64) float64 { return 0 }, left, right, picture.Vermillion), below)
	picture.Bounds(rest, left, right, -40, 40)
	key := [][]picture.Entry{{
		{Name: "measured", Of: measured},
		{Name: "fitted: cubic over cubic, 7 parameters", Of: curve},
	}}
	return picture.Save(file, 6, picture.Row{Panels: []*plot.Plot{fit}, Key: key}, picture.Row{Panels: []*plot.Plot{rest}})
}
