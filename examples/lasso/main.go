// Command lasso finds out which measurements tell how diabetes will progress: it
// follows the coefficients of a linear model as the L1 penalty on them fades,
// by coordinate descent.
//
//	go -C examples run ./lasso -plot path.png
//
// writes path.png to the folder examples.
package main

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"flag"
	"fmt"
	"image/color"
	"io"
	"math"
	"os"
	"strings"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"example.com/optim"
)

var (
	//go:embed diabetes_data_raw.csv.gz
	measurements []byte
	//go:embed diabetes_target.csv.gz
	target []byte
)

var names = [...]string{"age", "sex", "BMI", "blood pressure", "cholesterol", "LDL", "HDL", "chol./HDL", "triglycerides", "blood sugar"}

func main() {
	file := flag.String("plot", "", "PNG `file` to draw the path to")
	flag.Parse()
	if err := run(*file, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "lasso:", err)
		os.Exit(1)
	}
}

// problem is ‖Ax − y‖²/2N, column by column.
type problem struct {
	columns [][]float64
	y       []float64
}

// point is the solution for one λ.
type point struct {
	lambda float64
	x      []float64
}

func run(file string, out io.Writer) error {
	p, err := load()
	if err != nil {
		return err
	}
	path := p.path(100, 1e-4)

	fmt.Fprintln(out, "      λ  variance explained  by")
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
	return drawPath(file, path)
}

// path is the solutions for so many λ between the least with which all is zero
// and a share of it. Each begins where the one before ended.
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
		path = append(path, point{lambda, append([]float64(nil), params...)})
	}
	return path
}

// explained is the share of the variance of y that the model accounts for.
func (p problem) explained(x []float64) float64 {
	residual := append([]float64(nil), p.y...)
	for j, v := range x {
		floats.AddScaled(residual, -v, p.columns[j])
	}
	return 1 - floats.Dot(residual, residual)/floats.Dot(p.y, p.y)
}

// load gives every column mean 0 and deviation 1, and y mean 0.
func load() (p problem, err error) {
	p.columns, err = read(measurements)
	if err != nil {
		return p, err
	}
	y, err := read(target)
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

// read is the columns of a table.
func read(zipped []byte) (columns [][]float64, err error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(unzipped)
	if err != nil {
		return nil, err
	}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		for j, field := range strings.Fields(line) {
			var v float64
			if _, err := fmt.Sscan(field, &v); err != nil {
				return nil, err
			}
			if j == len(columns) {
				columns = append(columns, nil)
			}
			columns[j] = append(columns[j], v)
		}
	}
	return columns, nil
}

// The palette of M. Okabe and K. Ito can be told apart by colour-blind readers.
var palette = []color.Color{
	color.RGBA{0x00, 0x72, 0xB2, 0xFF}, // blue
	color.RGBA{0xD5, 0x5E, 0x00, 0xFF}, // vermillion
	color.RGBA{0x00, 0x9E, 0x73, 0xFF}, // bluish green
	color.RGBA{0x00, 0x00, 0x00, 0xFF}, // black
	color.RGBA{0xE6, 0x9F, 0x00, 0xFF}, // orange
}

// drawPath draws a coefficient as a line, from the strongest penalty on the left
// to the weakest.
func drawPath(file string, path []point) error {
	plot.DefaultFont.Variant = "Sans"
	p := plot.New()
	p.Title.Text = "Lasso path: what tells how diabetes progresses"
	p.Title.Padding = vg.Points(8)
	p.X.Label.Text = "penalty λ (units of the response), falling"
	p.Y.Label.Text = "coefficient (units of the response for a deviation)"
	p.X.Scale = plot.InvertedScale{Normalizer: plot.LogScale{}}
	p.X.Tick.Marker = plot.LogTicks{Prec: -1}
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = color.Gray{225}, color.Gray{225}
	p.Add(grid)
	p.Legend.Left = true
	p.Legend.ThumbnailWidth, p.Legend.Padding = vg.Points(30), vg.Points(2)
	p.Legend.XOffs, p.Legend.YOffs = vg.Points(10), vg.Points(8)
	for j, name := range names {
		points := make(plotter.XYs, len(path))
		for k, at := range path {
			points[k] = plotter.XY{X: at.lambda, Y: at.x[j]}
		}
		line, err := plotter.NewLine(points)
		if err != nil {
			return err
		}
		line.Color, line.Width = palette[j%len(palette)], vg.Points(1.5)
		if j >= len(palette) {
			line.Dashes = []vg.Length{vg.Points(6), vg.Points(3)}
		}
		p.Add(line)
		p.Legend.Add(name, line)
	}
	// The ticks of a logarithmic axis reach to whole powers of ten; the path need
	// not.
	p.X.Min, p.X.Max = path[len(path)-1].lambda, path[0].lambda
	p.X.Label.Position, p.Y.Label.Position = draw.PosCenter, draw.PosCenter
	return save(p, file)
}

func save(p *plot.Plot, file string) error {
	image := vgimg.NewWith(vgimg.UseWH(8*vg.Inch, 5.5*vg.Inch), vgimg.UseDPI(150))
	margin := vg.Points(10)
	p.Draw(draw.Crop(draw.New(image), margin, -margin, margin, -margin))
	var out bytes.Buffer
	if _, err := (vgimg.PngCanvas{Canvas: image}).WriteTo(&out); err != nil {
		return err
	}
	return os.WriteFile(file, out.Bytes(), 0o644)
}
