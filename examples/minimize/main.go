// Command minimize computes a soap film: the surface with the least area in a wire frame. The frame is
// the edge of a surface of Scherk, so the film is known. The heights at the points of a grid are the
// parameters, and L-BFGS minimises the area of the triangles between them. gonum's printer prints a
// line for each iteration. A time limit or Ctrl-C ends the run; the result is the best film so far. With
// -floor the film lies on a table where it would be lower: the floor is a lower bound of the heights.
//
//	go -C examples run ./minimize -points 60 -limit 10s -plot film.png
//	go -C examples run ./minimize -floor -0.2
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"slices"
	"time"

	"example.com/optim"
	"example.com/optim/examples/internal/picture"
	"gonum.org/v1/gonum/optimize"
	"gonum.org/v1/plot/plotter"
)

func main() {
	points := picture.Count("points", 40, "`number` of points along a side, inside the frame")
	limit := flag.Duration("limit", time.Minute, "time limit; 0 means none")
	floor := flag.Float64("floor", math.Inf(-1), "least `height` of the film; -Inf means none")
	picture.Main("minimize computes a soap film, prints a line for each iteration, and ends early at a time limit or at Ctrl-C.", func(out io.Writer, file string) error {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
		return run(ctx, out, file, *points, *limit, *floor)
	})
}

// run minimises, prints the end and draws the film. A run that ctx or the time limit ends is no error.
func run(ctx context.Context, out io.Writer, file string, points int, limit time.Duration, floor float64) error {
	f := newFilm(points)
	printer := optimize.NewPrinter()
	printer.Writer = out
	printer.ValueInterval = -1 // a line for each iteration; 500 ms is the default
	watch := &watcher{Printer: printer}
	settings := &optimize.Settings{Runtime: limit, Recorder: watch}
	opt := optim.NewLBFGS(10)
	opt.Lower = slices.Repeat([]float64{floor}, points*points)

	result, err := optim.MinimizeContext(ctx, optim.ValueAndGradient(f.area), make([]float64, points*points), opt, settings)
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	fmt.Fprintf(out, "\n%v\narea %.8f after %d iterations, ", result.Status, result.F, result.MajorIterations)
	if math.IsInf(floor, -1) {
		fmt.Fprintf(out, "largest distance from Scherk's surface %.2g\n", f.distance(result.X))
	} else {
		fmt.Fprintf(out, "%d of %d points lie on the floor\n", count(result.X, floor), len(result.X))
	}
	if file == "" {
		return nil
	}
	return f.draw(file, watch.areas, result.X)
}

// count returns how often v is in x.
func count(x []float64, v float64) (n int) {
	for _, xi := range x {
		if xi == v {
			n++
		}
	}
	return n
}

// watcher is a recorder that keeps the areas, and passes all on to the printer.
type watcher struct {
	*optimize.Printer
	areas plotter.XYs
}

// Record implements optimize.Recorder.
func (w *watcher) Record(at *optimize.Location, op optimize.Operation, stats *optimize.Stats) error {
	if op != optimize.PostIteration { // at the end the printer repeats the result
		w.areas = append(w.areas, plotter.XY{X: float64(stats.MajorIterations), Y: at.F})
	}
	return w.Printer.Record(at, op, stats)
}

// side is half the length of a side of the frame. Scherk's surface becomes infinite at π/2.
const side = 1.2

// scherk returns the height of Scherk's surface, which has the least area in its edge.
func scherk(x, y float64) float64 { return math.Log(math.Cos(y) / math.Cos(x)) }

// film is a surface over a square grid, inside of a frame. The height at the point i, j of the grid, from 1
// to n, is the parameter (i−1)n + j−1.
type film struct {
	n    int
	h    float64 // the distance of two points
	z, g [][]float64
}

func newFilm(n int) *film {
	f := &film{n: n, h: 2 * side / float64(n+1)}
	for i := range n + 2 {
		f.z, f.g = append(f.z, make([]float64, n+2)), append(f.g, make([]float64, n+2))
		for j := range n + 2 {
			if i == 0 || j == 0 || i > n || j > n {
				f.z[i][j] = scherk(f.at(i), f.at(j))
			}
		}
	}
	return f
}

// at returns the coordinate of the point i along a side.
func (f *film) at(i int) float64 { return f.h*float64(i) - side }

// area returns the area of the film with the heights x. It writes the gradient to grad.
func (f *film) area(grad, x []float64) (area float64) {
	for i := range f.n {
		copy(f.z[i+1][1:f.n+1], x[i*f.n:])
	}
	for i := range f.g {
		clear(f.g[i])
	}
	for i := range f.n + 1 {
		for j := range f.n + 1 {
			area += f.triangle(i, j, i+1, j+1) // the corner i, j with its neighbours at i+1 and at j+1
			area += f.triangle(i+1, j+1, i, j)
		}
	}
	for i := range f.n {
		copy(grad[i*f.n:(i+1)*f.n], f.g[i+1][1:])
	}
	return area
}

// triangle returns the area of the triangle of the points (i, j), (k, j) and (i, l), and adds its gradient.
func (f *film) triangle(i, j, k, l int) (area float64) {
	p, q := f.z[k][j]-f.z[i][j], f.z[i][l]-f.z[i][j]
	root := math.Sqrt(f.h*f.h + p*p + q*q)
	u, v := f.h*p/root/2, f.h*q/root/2
	f.g[k][j] += u
	f.g[i][l] += v
	f.g[i][j] -= u + v
	return f.h * root / 2
}

// distance returns the largest distance of the heights x from Scherk's surface.
func (f *film) distance(x []float64) (most float64) {
	for i := range f.n {
		for j := range f.n {
			most = max(most, math.Abs(x[i*f.n+j]-scherk(f.at(i+1), f.at(j+1))))
		}
	}
	return most
}

// draw shows the heights along three lines, and the area after each iteration.
func (f *film) draw(file string, areas plotter.XYs, x []float64) error {
	exact, computed := picture.Line(nil, picture.SkyBlue), picture.Dots(nil, picture.Black)
	exact.Width, computed.Radius = 3, 1.5
	heights := picture.Panel("height along three lines", "x", "height")
	for _, row := range []int{0, f.n / 4, f.n / 2} {
		y := f.at(row + 1)
		curve := picture.Curve(func(x float64) float64 { return scherk(x, y) }, -side, side, picture.SkyBlue)
		points := make(plotter.XYs, f.n)
		for i := range points {
			points[i] = plotter.XY{X: f.at(i + 1), Y: x[i*f.n+row]}
		}
		dots := picture.Dots(points, picture.Black)
		curve.Width, dots.Radius = exact.Width, computed.Radius
		heights.Add(curve, dots, picture.Text(-0.17, scherk(0, y)+0.055, fmt.Sprintf("y = %.2f", y)))
	}
	progress := picture.Panel("area of the film", "iteration", "area")
	line := picture.Line(areas, picture.Vermillion)
	progress.Add(line)
	key := []picture.Entry{
		{Name: "Scherk's surface", Of: exact},
		{Name: "computed", Of: computed},
		{Name: "L-BFGS", Of: line},
	}
	return picture.Save(file, 4, picture.Row{Panels: []*picture.Plot{heights, progress}, Key: key})
}
