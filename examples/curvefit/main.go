// Command curvefit fits the mobility of the electrons of a semiconductor as a
// quotient of two cubic polynomials in the logarithm of their density, and
// compares with the values that NIST has certified.
//
//	go -C examples run ./curvefit -plot fit.png
//
// writes fit.png to the folder examples.
package main

import (
	_ "embed"
	"encoding/csv"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"example.com/optim"
	"gonum.org/v1/gonum/optimize"
	"gonum.org/v1/plot/plotter"
)

//go:embed thurber.csv
var data string

var (
	start     = []float64{1000, 1000, 400, 40, 0.7, 0.3, 0.03}
	certified = []float64{1288.1396800, 1491.0792535, 583.23836877, 75.416644291, 0.96629502864, 0.39797285797, 0.049727297349}
)

// mobility is the model with parameters b.
func mobility(b []float64, x float64) float64 {
	return (b[0] + x*(b[1]+x*(b[2]+x*b[3]))) / (1 + x*(b[4]+x*(b[5]+x*b[6])))
}

func main() {
	file := flag.String("plot", "", "PNG `file` to draw the fit and its residuals to")
	flag.Parse()
	if err := run(os.Stdout, *file); err != nil {
		fmt.Fprintln(os.Stderr, "curvefit:", err)
		os.Exit(1)
	}
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
	fit := optim.NewLevenbergMarquardt(len(points), residuals, nil) // derivatives by differences
	b, steps := append([]float64(nil), start...), 0
	for ; fit.Status() == optimize.NotTerminated; steps++ {
		fit.Step(b, b)
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
		steps, fit.Status(), math.Sqrt(fit.SumSquares()/float64(len(points)-len(b))))
	if file == "" {
		return nil
	}
	return drawFit(file, points, b)
}

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
