// Command curvefit fits curves to two sets of measurements with FitCurve, and prints the reports.
//
// The first set is the mobility of electrons in a semiconductor at several densities. The model is a
// cubic polynomial divided by another one, with seven parameters. The command also prints the values
// that NIST has certified.
//
// The second set is a simulated line of a spectrum with noise, and with cosmic rays in six of the 61
// channels. The model is a normal curve above a background, which cannot be negative. The Cauchy loss
// gives the outliers little weight, while least squares follows them.
//
//	go -C examples run ./curvefit -plot fit.png
package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"

	"example.com/optim"
	"example.com/optim/examples/internal/picture"
	"example.com/optim/internal/data"
	"gonum.org/v1/plot/plotter"
)

const level = 0.95 // of the bands

// mobility returns the value of the model with the parameters b at x, the natural logarithm of the density.
func mobility(x float64, b []float64) float64 {
	return (b[0] + x*(b[1]+x*(b[2]+x*b[3]))) / (1 + x*(b[4]+x*(b[5]+x*b[6])))
}

// line returns the intensity of a spectral line at a wavelength, for p = height, centre, width and
// background.
func line(wavelength float64, p []float64) float64 {
	z := (wavelength - p[1]) / p[2]
	return p[0]*math.Exp(-z*z/2) + p[3]
}

// truth are the parameters of the simulation.
var truth = []float64{100, 656.3, 2, 0}

const noise = 4 // counts, the standard deviation

// spectrum returns the intensities in the channels of a spectrum, in counts.
func spectrum() (wavelengths, counts []float64) {
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 61 {
		x := 648 + float64(i)/4
		y := line(x, truth) + noise*rng.NormFloat64()
		if i%10 == 5 {
			y += 40 + 40*rng.Float64() // a cosmic ray
		}
		wavelengths, counts = append(wavelengths, x), append(counts, y)
	}
	return wavelengths, counts
}

// fit is a curve through measurements.
type fit struct {
	*optim.Fit[float64]
	x, y []float64
}

func main() {
	picture.Main("curvefit fits seven parameters to measurements, and a spectral line with outliers and a bound, with standard errors and bands of confidence.", run)
}

func run(out io.Writer, file string) error {
	thurber, err := data.ReadNIST("Thurber")
	if err != nil {
		return err
	}
	var densities []float64 // logarithms
	for _, x := range thurber.X {
		densities = append(densities, x[0])
	}
	electrons, err := fitTo(densities, thurber.Y, mobility, thurber.Starts[0], optim.FitOptions[float64]{
		Names: []string{"b1", "b2", "b3", "b4", "b5", "b6", "b7"},
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Electron mobility (NIST: Thurber)\n%vCertified by NIST\n", electrons)
	for j, v := range thurber.Want {
		fmt.Fprintf(out, "    b%d   %.11g\n", j+1, v)
	}

	x, y := spectrum()
	options := optim.FitOptions[float64]{
		Sigma:         slices.Repeat([]float64{noise}, len(x)),
		AbsoluteSigma: true,
		Lower:         []float64{0, 0, 0, 0},
		Names:         []string{"height", "centre", "width", "background"},
	}
	start := []float64{slices.Max(y), 655, 3, 10}
	plain, err := fitTo(x, y, line, start, options)
	if err != nil {
		return err
	}
	options.Loss = optim.Cauchy(2.4) // in units of Sigma
	robust, err := fitTo(x, y, line, plain.Params, options)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nSpectral line, simulated with %v, by least squares\n%v\nSpectral line, with a loss\n%v", truth, plain, robust)
	if file == "" {
		return nil
	}
	return draw(file, electrons, robust, plain)
}

// fitTo fits the model to points.
func fitTo(x, y []float64, model func(x float64, p []float64) float64, start []float64, o optim.FitOptions[float64]) (fit, error) {
	f, err := optim.FitCurve(model, x, y, start, &o)
	return fit{f, x, y}, err
}

// at returns the fitted value at x.
func (f fit) at(x float64) float64 {
	value, _ := f.Predict(x)
	return value
}

// curve returns the fitted curve.
func (f fit) curve(left, right float64) *plotter.Line {
	return picture.Curve(f.at, left, right, picture.Vermillion)
}

// band returns the band of confidence, less the curve base.
func (f fit) band(base func(x float64) float64, left, right float64) *plotter.Polygon {
	return picture.Band(func(x float64) (lower, upper float64) {
		lower, upper = f.Band(x, level)
		return lower - base(x), upper - base(x)
	}, left, right, picture.Pale)
}

// dots returns the measurements, less the curve base.
func (f fit) dots(base func(x float64) float64) *plotter.Scatter {
	points := make(plotter.XYs, len(f.x))
	for i, x := range f.x {
		points[i] = plotter.XY{X: x, Y: f.y[i] - base(x)}
	}
	dots := picture.Dots(points, picture.Blue)
	dots.Radius = 3
	return dots
}

func zero(float64) float64 { return 0 }

// draw shows each set with its curve, and the band of confidence.
func draw(file string, electrons, robust, plain fit) error {
	const left, right = -3.2, 2.4
	curve, measured := electrons.curve(left, right), electrons.dots(zero)
	mobilities := picture.Panel("Electron mobility in a semiconductor (NIST: Thurber)", "", "mobility (no unit given)")
	mobilities.Add(curve, measured)
	picture.Bounds(mobilities, left, right, 0, 1600)
	residuals := picture.Panel("", "natural logarithm of the electron density (no unit given)", "measured − fitted (no unit given)")
	residuals.Add(electrons.band(electrons.at, left, right), picture.Curve(zero, left, right, picture.Vermillion), electrons.dots(electrons.at))
	picture.Bounds(residuals, left, right, -40, 40)

	const first, last = 647, 664
	band, pulled := robust.band(zero, first, last), picture.Curve(plain.at, first, last, picture.Green)
	spectrum := picture.Panel("Spectral line with cosmic rays (simulated)", "wavelength (nm)", "intensity (counts)")
	spectrum.Add(band, pulled, robust.curve(first, last), robust.dots(zero))
	picture.Bounds(spectrum, first, last, -10, 170)

	key := []picture.Entry{
		{Name: "measured", Of: measured},
		{Name: "fitted (below with a Cauchy loss)", Of: curve},
		{Name: "95 % band of confidence", Of: band},
		{Name: "least squares without a loss", Of: pulled},
	}
	return picture.Save(file, 8.5, picture.Row{Panels: []*picture.Plot{mobilities}, Key: key},
		picture.Row{Panels: []*picture.Plot{residuals}}, picture.Row{Panels: []*picture.Plot{spectrum}})
}
