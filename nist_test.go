package optim

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"example.com/optim/internal/data"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// nist is a problem of NIST's Statistical Reference Datasets.
type nist struct {
	name             string
	starts           [2][]float64
	want, deviations []float64 // certified
	sumSquares       float64
	y                []float64
	x                [][]float64 // predictors, by observation
}

// readNIST returns a problem.
func readNIST(t testing.TB, name string) nist {
	t.Helper()
	p, err := data.ReadNIST(name)
	if err != nil {
		t.Fatal(err)
	}
	return nist{name, p.Starts, p.Want, p.Deviations, p.SumSquares, p.Y, p.X}
}

// models are the models of the files. A model returns the value for parameters b at x and writes
// its derivatives by b to d.
var models = map[string]func(d, b, x []float64) float64{
	"BoxBOD": saturation, "Misra1a": saturation,
	"Chwirut2": func(d, b, x []float64) float64 {
		e, below := math.Exp(-b[0]*x[0]), b[1]+b[2]*x[0]
		d[0], d[1], d[2] = -x[0]*e/below, -e/below/below, -x[0]*e/below/below
		return e / below
	},
	"DanWood": func(d, b, x []float64) float64 {
		p := math.Pow(x[0], b[1])
		d[0], d[1] = p, b[0]*p*math.Log(x[0])
		return b[0] * p
	},
	"ENSO": func(d, b, x []float64) float64 {
		wave := func(d []float64, c, s, period float64) (y, slope float64) {
			sin, cos := math.Sincos(2 * math.Pi * x[0] / period)
			d[0], d[1] = cos, sin
			return c*cos + s*sin, (c*sin - s*cos) * 2 * math.Pi * x[0] / period / period
		}
		d[0] = 1
		y, _ := wave(d[1:], b[1], b[2], 12)
		y4, d4 := wave(d[4:], b[4], b[5], b[3])
		y7, d7 := wave(d[7:], b[7], b[8], b[6])
		d[3], d[6] = d4, d7
		return b[0] + y + y4 + y7
	},
	"Gauss1": func(d, b, x []float64) float64 {
		e := math.Exp(-b[1] * x[0])
		d[0], d[1] = e, -b[0]*x[0]*e
		y := b[0] * e
		for k := 2; k < 8; k += 3 {
			z := (x[0] - b[k+1]) / b[k+2]
			e := math.Exp(-z * z)
			d[k], d[k+1], d[k+2] = e, 2*b[k]*e*z/b[k+2], 2*b[k]*e*z*z/b[k+2]
			y += b[k] * e
		}
		return y
	},
	"Kirby2": func(d, b, x []float64) float64 { return rational(d, b, x[0], 3) },
	"Lanczos3": func(d, b, x []float64) (y float64) {
		for k := 0; k < 6; k += 2 {
			e := math.Exp(-b[k+1] * x[0])
			d[k], d[k+1] = e, -b[k]*x[0]*e
			y += b[k] * e
		}
		return y
	},
	"MGH17": func(d, b, x []float64) float64 {
		e, f := math.Exp(-x[0]*b[3]), math.Exp(-x[0]*b[4])
		d[0], d[1], d[2], d[3], d[4] = 1, e, f, -x[0]*b[1]*e, -x[0]*b[2]*f
		return b[0] + b[1]*e + b[2]*f
	},
	"Misra1b": func(d, b, x []float64) float64 {
		u := 1 + b[1]*x[0]/2
		d[0], d[1] = 1-1/(u*u), b[0]*x[0]/(u*u*u)
		return b[0] * (1 - 1/(u*u))
	},
	"Misra1d": func(d, b, x []float64) float64 {
		u := 1 + b[1]*x[0]
		d[0], d[1] = b[1]*x[0]/u, b[0]*x[0]/(u*u)
		return b[0] * b[1] * x[0] / u
	},
	"Nelson": func(d, b, x []float64) float64 { // of log y
		e := x[0] * math.Exp(-b[2]*x[1])
		d[0], d[1], d[2] = 1, -e, b[1]*e*x[1]
		return b[0] - b[1]*e
	},
	"Roszman1": func(d, b, x []float64) float64 {
		u := x[0] - b[3]
		s := u*u + b[2]*b[2]
		d[0], d[1], d[2], d[3] = 1, -x[0], -u/s/math.Pi, -b[2]/s/math.Pi
		return b[0] - b[1]*x[0] - math.Atan(b[2]/u)/math.Pi
	},
	"Thurber": func(d, b, x []float64) float64 { return rational(d, b, x[0], 4) },
}

func saturation(d, b, x []float64) float64 {
	e := math.Exp(-b[1] * x[0])
	d[0], d[1] = 1-e, b[0]*x[0]*e
	return b[0] * (1 - e)
}

// rational is a quotient of polynomials in x. b has the k coefficients of the numerator, and those
// of the denominator after the constant 1.
func rational(d, b []float64, x float64, k int) float64 {
	above, below, p := 0.0, 1.0, 1.0
	for i := range k {
		above += b[i] * p
		d[i] = p
		p *= x
		if k+i < len(b) {
			below += b[k+i] * p
			d[k+i] = p
		}
	}
	for i := range b {
		d[i] /= below
		if i >= k {
			d[i] *= -above / below
		}
	}
	return above / below
}

// response returns the value that the model is fitted to.
func (p nist) response(i int) float64 {
	if p.name == "Nelson" {
		return math.Log(p.y[i])
	}
	return p.y[i]
}

// fit returns the optimizer. The parameters of the model are x times units, if units
// is not nil, and the residuals are multiplied by residualUnit.
func (p nist) fit(differences bool, residualUnit float64, units []float64) *LeastSquares {
	model, n := models[p.name], len(p.want)
	b, d := make([]float64, n), make([]float64, n)
	scale := func(x []float64) {
		copy(b, x)
		if units != nil {
			floats.Mul(b, units)
		}
	}
	residual := func(dst, x []float64) {
		scale(x)
		for i := range dst {
			dst[i] = (model(d, b, p.x[i]) - p.response(i)) * residualUnit
		}
	}
	if differences {
		return NewLevenbergMarquardt(len(p.y), residual, nil)
	}
	return NewLevenbergMarquardt(len(p.y), residual, func(dst *mat.Dense, x []float64) {
		scale(x)
		for i := range p.y {
			model(d, b, p.x[i])
			floats.Scale(residualUnit, d)
			if units != nil {
				floats.Mul(d, units)
			}
			dst.SetRow(i, d)
		}
	})
}

// digits returns the number of correct decimal digits.
func digits(got, want float64) float64 {
	return min(-math.Log10(math.Abs(got-want)/math.Abs(want)), 11) // as many as are certified
}

func fewest(got, want []float64) float64 {
	least := math.Inf(1)
	for i := range got {
		if d := digits(got[i], want[i]); !(d >= least) {
			least = d
		}
	}
	return least
}

// fitted takes steps until they end and returns their number.
func fitted(o *LeastSquares, x []float64) int {
	steps := 0
	for ; o.Status().Err() == nil && o.end == endNone && steps < 2000; steps++ {
		o.Step(x, x)
	}
	return steps
}

// TestNIST fits NIST's problems from both starts, all with the defaults.
func TestNIST(t *testing.T) {
	var names []string
	for name := range models {
		names = append(names, name)
	}
	slices.Sort(names)
	var scipy peers
	readJSON(t, "testdata/peers.json", &scipy)
	for _, differences := range []bool{false, true} {
		ours, theirs := 0, 0
		t.Logf("differences %t: digits of the parameters, of ‖r‖², of the standard errors; steps, evaluations of r and J", differences)
		for _, name := range names {
			p := readNIST(t, name)
			for i, start := range p.starts {
				o, x := p.fit(differences, 1, nil), slices.Clone(start)
				steps := fitted(o, x)
				deviations := make([]float64, len(x))
				if err := o.StandardErrors(deviations); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				a, b, c := fewest(x, p.want), digits(o.SumSquares(), p.sumSquares), fewest(deviations, p.deviations)
				t.Logf("%-8s %d  %4.1f %4.1f %4.1f  %3d %4d %3d  %v", name, i+1, a, b, c, steps, o.eval.stats.FuncEvaluations, o.eval.stats.GradEvaluations, o.Status())
				if !(a >= 6 && b >= 6 && c >= 5) || o.Err() != nil {
					t.Errorf("%s from start %d with differences %t: %.1f digits of the parameters, %.1f of ‖r‖², %.1f of the standard errors, %v (%v)",
						name, i+1, differences, a, b, c, o.Status(), o.Err())
				}
				peer := scipy.Leastsq[fmt.Sprintf("%s/%d", name, i+1)]
				ours += o.eval.stats.FuncEvaluations
				theirs += map[bool]*peerFit{false: peer.Jacobian, true: peer.Differences}[differences].Evaluations
			}
		}
		t.Logf("%d evaluations of r in all; MINPACK needs %d", ours, theirs)
	}
}
