package optim

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/optimize"
	"gonum.org/v1/gonum/optimize/functions"
)

// capped returns p with a Status that ends a run after so many values or gradients. The Settings
// need no limit then, which would switch off the end for slow progress.
func capped(p optimize.Problem, evaluations int) optimize.Problem {
	values, gradients, f, grad := 0, 0, p.Func, p.Grad
	p.Func = func(x []float64) float64 {
		values++
		return f(x)
	}
	p.Grad = func(g, x []float64) {
		gradients++
		grad(g, x)
	}
	p.Status = func() (optimize.Status, error) {
		if max(values, gradients) >= evaluations {
			return optimize.IterationLimit, nil
		}
		return optimize.NotTerminated, nil
	}
	return p
}

// converged returns whether a status says that a minimum is found.
func converged(s optimize.Status) bool {
	return s == optimize.GradientThreshold || s == optimize.FunctionConvergence || s == optimize.StepConvergence
}

// ofOne returns a problem of one variable.
func ofOne(f, slope func(x float64) float64) optimize.Problem {
	return optimize.Problem{
		Func: func(x []float64) float64 { return f(x[0]) },
		Grad: func(g, x []float64) { g[0] = slope(x[0]) },
	}
}

// inUnits returns the problem of x·units.
func inUnits(f testFunction, units ...float64) optimize.Problem {
	scaled := func(x []float64) []float64 {
		y := make([]float64, len(x))
		floats.MulTo(y, x, units)
		return y
	}
	return optimize.Problem{
		Func: func(x []float64) float64 { return f.Func(scaled(x)) },
		Grad: func(g, x []float64) {
			f.Grad(g, scaled(x))
			floats.Mul(g, units)
		},
	}
}

// ring is √(x² + y²) + sin(4·atan2(y, x)). Its least value −1 is at the origin, where it has a
// cusp.
var ring = optimize.Problem{
	Func: func(x []float64) float64 { return math.Hypot(x[0], x[1]) + math.Sin(4*math.Atan2(x[1], x[0])) },
	Grad: func(g, x []float64) {
		r := math.Hypot(x[0], x[1])
		turn := 4 * math.Cos(4*math.Atan2(x[1], x[0])) / r
		g[0], g[1] = (x[0]-turn*x[1])/r, (x[1]+turn*x[0])/r
	},
}

// inSingle is Σ(i + 1)(xᵢ − 1)² + 3, with the sum in float32 and the exact gradient.
var inSingle = optimize.Problem{
	Func: func(x []float64) float64 {
		sum := float32(3)
		for i, v := range x {
			sum += float32(i+1) * float32(v-1) * float32(v-1)
		}
		return float64(sum)
	},
	Grad: func(g, x []float64) {
		for i, v := range x {
			g[i] = 2 * float64(i+1) * (v - 1)
		}
	},
}

// solver is an optimizer under its default settings.
type solver struct {
	name string
	make func() Optimizer
}

var (
	solverLBFGS       = solver{"LBFGS", func() Optimizer { return NewLBFGS(10) }}
	solverBFGS        = solver{"BFGS", func() Optimizer { return NewBFGS() }}
	solverSR1         = solver{"SR1", func() Optimizer { return NewSR1() }}
	solverHessianFree = solver{"HessianFree", func() Optimizer { return NewHessianFree(nil) }}
	solverNewton      = solver{"Newton", func() Optimizer { return NewNewton(nil) }}
	solvers           = []solver{solverLBFGS, solverBFGS, solverHessianFree}
)

// reportedRuns are the reports on Minimize. want returns what is wrong with the result, or "".
var reportedRuns = []struct {
	name        string
	p           optimize.Problem
	x0          []float64
	solvers     []solver
	evaluations int // the largest number of values, and of gradients
	want        func(r *optimize.Result, err error) string
}{
	{"LineSearches.jl 162", ofOne(func(x float64) float64 { return x }, func(float64) float64 { return 1 }),
		[]float64{0}, solvers, 1000, unbounded},
	{"LineSearches.jl 162, concave", ofOne(func(x float64) float64 { return -x * x }, func(x float64) float64 { return -2 * x }),
		[]float64{1}, solvers, 1000, unbounded},
	{"LineSearches.jl 162, cubic", ofOne(func(x float64) float64 { return x * x * x }, func(x float64) float64 { return 3 * x * x }),
		[]float64{1}, solvers, 1000, func(r *optimize.Result, err error) string {
			if r.X[0] >= -1e-3 && converged(r.Status) { // the saddle at 0
				return ""
			}
			return unbounded(r, err)
		}},
	{"LineSearches.jl 162, root", ofOne(func(x float64) float64 { return -math.Sqrt(x) }, func(x float64) float64 { return -0.5 / math.Sqrt(x) }),
		[]float64{1}, solvers, 1000, unbounded},
	{"breeze 572", ofOne(func(x float64) float64 { return x + 1/x }, func(x float64) float64 { return 1 - 1/(x*x) }),
		[]float64{1500}, solvers, 1000, func(r *optimize.Result, err error) string {
			if math.Abs(r.X[0]-1) <= 1e-6 && converged(r.Status) {
				return ""
			}
			return unbounded(r, err)
		}},
	{"mlverse torch 516", inUnits(functions.ExtendedRosenbrock{}, 1e6, 1e6), []float64{-1.2e-6, 1e-6},
		[]solver{solverHessianFree}, 1000, atMost(1e-12, 0)},
	{"mlverse torch 516, cusp", ring, []float64{20, 20}, []solver{solverHessianFree}, 20000, func(r *optimize.Result, err error) string {
		g := make([]float64, 2)
		ring.Grad(g, r.X)
		if converged(r.Status) && floats.Norm(g, 2) > 1e-6 && floats.Norm(r.X, 2) > 1e-6 {
			return "converged away from the cusp"
		}
		return ""
	}},
	{"SurPyval 323", inUnits(functions.ExtendedRosenbrock{}, 1e9, 1), []float64{-1.2e-9, 1}, append(solvers, solverSR1), 20000,
		func(r *optimize.Result, err error) string {
			if r.F > 1e-6 && converged(r.Status) {
				return "converged too early"
			}
			return ""
		}},
	{"scipy 19024", inSingle, make([]float64, 8), solvers, 20000, func(r *optimize.Result, err error) string {
		for i, v := range r.X {
			if math.Abs(v-1) > 1e-3 {
				return fmt.Sprintf("x[%d] = %v, want 1", i, v)
			}
		}
		return noFailure(r, err)
	}},
	{"Optim.jl 1045", optimize.Problem{
		Func: functions.ExtendedRosenbrock{}.Func,
		Grad: func(x, g []float64) { functions.ExtendedRosenbrock{}.Grad(g, append([]float64(nil), x...)) },
	}, []float64{-1.2, 1}, solvers, 20000, func(r *optimize.Result, err error) string {
		if err == nil || !strings.Contains(err.Error(), "chang") {
			return "want an error that says that x was changed"
		}
		return ""
	}},
}

// unbounded wants a run that finds that f has no lower bound.
func unbounded(r *optimize.Result, _ error) string {
	if r.Status != optimize.FunctionNegativeInfinity {
		return "want FunctionNegativeInfinity"
	}
	return ""
}

func noFailure(r *optimize.Result, err error) string {
	if r.Status == optimize.Failure || err != nil {
		return "want no failure"
	}
	return ""
}

// atMost wants a run that ends without a failure with a value that is at most tolerance above
// least.
func atMost(tolerance, least float64) func(r *optimize.Result, err error) string {
	return func(r *optimize.Result, err error) string {
		if !(r.F-least <= tolerance) {
			return fmt.Sprintf("want a value of %v", least)
		}
		return noFailure(r, err)
	}
}

// TestReportedRuns runs what was reported against optimizers, on other people's and on this one.
func TestReportedRuns(t *testing.T) {
	for _, report := range reportedRuns {
		for _, s := range report.solvers {
			t.Run(report.name+"/"+s.name, func(t *testing.T) {
				skipOpen(t)
				r, err := Minimize(capped(report.p, mostEvaluations), report.x0, s.make(), nil)
				if r == nil {
					t.Fatal(err)
				}
				at := fmt.Sprintf("%v at %v, value %v, after %d values and %d gradients, error %v", r.Status, r.X, r.F, r.FuncEvaluations, r.GradEvaluations, err)
				t.Log(at)
				if wrong := report.want(r, err); wrong != "" {
					t.Errorf("%s: %s", at, wrong)
				}
				if r.Status == optimize.IterationLimit || max(r.FuncEvaluations, r.GradEvaluations) > report.evaluations {
					t.Errorf("%s: want at most %d evaluations", at, report.evaluations)
				}
			})
		}
	}
}

// TestReportedEnd is the report Adept-2 38: evaluations of logistic regressions after the minimum
// is reached. Under default settings 30 regressions take at most 1.3 times the evaluations until
// the value is within 1e-12 of the minimum.
func TestReportedEnd(t *testing.T) {
	for _, s := range append(solvers, solverNewton) {
		t.Run("Adept-2 38/"+s.name, func(t *testing.T) {
			skipOpen(t)
			made, needed := 0, 0
			for _, l := range smallLogistics() {
				e := l.effortRow(1e-5).measure(s.minimizer())
				made += e.made
				needed += e.value
			}
			t.Logf("%d evaluations, %d needed", made, needed)
			if float64(made) > 1.3*float64(needed) {
				t.Errorf("%d evaluations where %d are needed", made, needed)
			}
		})
	}
}

// TestReportedCoordinate is the report scikit-learn 11067: a column in other units, without
// Lipschitz bounds.
func TestReportedCoordinate(t *testing.T) {
	t.Run("scikit-learn 11067", func(t *testing.T) {
		skipOpen(t)
		columns, want := [2][]float64{make([]float64, 40), make([]float64, 40)}, []float64{2, 3e-7}
		residual := make([]float64, 40) // Ax − y
		for i := range residual {
			columns[0][i], columns[1][i] = math.Sin(float64(i)), 1e7*(1+0.3*math.Cos(2.1*float64(i)))
			residual[i] = -want[0]*columns[0][i] - want[1]*columns[1][i]
		}
		o, x := NewCoordinateDescent(Cyclic), make([]float64, 2)
		o.Partial = func(_ []float64, i int) float64 { return floats.Dot(columns[i], residual) }
		o.Moved = func(i int, delta float64) { floats.AddScaled(residual, delta, columns[i]) }
		for range 200 {
			o.Step(x, nil)
		}
		violation := 0.0
		for i := range residual {
			residual[i] = (x[0]-want[0])*columns[0][i] + (x[1]-want[1])*columns[1][i]
		}
		for _, column := range columns {
			violation = max(violation, math.Abs(floats.Dot(column, residual)))
		}
		if !floats.EqualFunc(x, want, func(a, b float64) bool { return math.Abs(a/b-1) <= 1e-9 }) {
			t.Errorf("x = %v, want %v", x, want)
		}
		// The residual is right to its rounding, which the large column multiplies.
		if kkt := o.KKT(); !(violation <= kkt+1e-16*1e7*40*10) {
			t.Errorf("KKT() = %v, but the conditions are violated by %v", kkt, violation)
		}
	})
}
