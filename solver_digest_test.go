package optim

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"example.com/optim/internal/portable"
)

// longestPath is the number of evaluations after which a run of the digests ends.
const longestPath = 2000

// pathHash is the hash of a path: the points that a solver evaluates, and what it returns.
type pathHash struct{ hash.Hash }

func newPathHash() pathHash { return pathHash{sha256.New()} }

// add adds numbers. Processors differ in the bits of a NaN.
func (h pathHash) add(numbers ...float64) {
	for _, v := range numbers {
		if v != v {
			v = nan
		}
		binary.Write(h, binary.LittleEndian, v)
	}
}

func (h pathHash) text(v any) { fmt.Fprint(h, v) }

func (h pathHash) digest() string { return hex.EncodeToString(h.Sum(nil)[:8]) }

// watched returns p with functions that add their arguments and results to h.
func (h pathHash) watched(p optimize.Problem) optimize.Problem {
	f, grad := p.Func, p.Grad
	p.Func = func(x []float64) float64 {
		v := f(x)
		h.add(x...)
		h.add(v)
		return v
	}
	p.Grad = func(g, x []float64) {
		grad(g, x)
		h.add(x...)
		h.add(g...)
	}
	return capped(p, longestPath)
}

// hashRow is a problem of the digests of solvers, with the same bits on every processor.
type hashRow struct {
	name string
	p    optimize.Problem
	x0   []float64
}

// pairwise returns a problem that is a sum over the pairs of neighbours, of value and derivatives by term.
func pairwise(term func(a, b float64) (f, da, db float64)) optimize.Problem {
	return ValueAndGradient(func(g, x []float64) (f float64) {
		clear(g)
		for i := range len(x) - 1 {
			v, da, db := term(x[i], x[i+1])
			f += float64(v)
			g[i] += float64(da)
			g[i+1] += float64(db)
		}
		return f
	})
}

// chainOfValleys is the term of a chained function of Rosenbrock.
func chainOfValleys(a, b float64) (f, da, db float64) {
	u, v := b-float64(a*a), 1-a
	return float64(100*u*u) + float64(v*v), float64(-400*u*a) - float64(2*v), 200 * u
}

// noiseAt returns a number in [−1, 1) that is a hash of x.
func noiseAt(x []float64) float64 {
	sum := uint64(1)
	for _, v := range x {
		sum = (sum ^ math.Float64bits(v)) * 0x9E3779B97F4A7C15
		sum ^= sum >> 29
	}
	return float64(int64(sum)>>11) / (1 << 52)
}

// changedValue returns p with values changed by f.
func changedValue(p optimize.Problem, f func(v float64, x []float64) float64) optimize.Problem {
	value := p.Func
	p.Func = func(x []float64) float64 { return f(value(x), x) }
	return p
}

// inUnitsOf returns p with values and gradients times scale.
func inUnitsOf(p optimize.Problem, scale float64) optimize.Problem {
	value, grad := p.Func, p.Grad
	return optimize.Problem{
		Func: func(x []float64) float64 { return float64(scale * value(x)) },
		Grad: func(g, x []float64) {
			grad(g, x)
			for i := range g {
				g[i] *= scale
			}
		},
	}
}

// hashedSquares names the problems of Moré, Garbow and Hillstrom whose bits are the same on every processor.
var hashedSquares = []string{
	"1 Rosenbrock", "2 Freudenstein and Roth", "3 Powell badly scaled", "4 Brown badly scaled", "5 Beale", "6 Jennrich and Sampson",
	"7 Helical valley", "8 Bard", "10 Meyer", "13 Powell singular", "14 Wood", "15 Kowalik and Osborne", "17 Osborne 1", "20 Watson/9",
	"23 Penalty I/10", "25 Variably dimensioned", "27 Brown almost linear", "30 Broyden tridiagonal", "33 Linear of rank 1", "35 Chebyquad/8",
}

func squaresOf(name string) mghRow {
	return mgh[slices.IndexFunc(mgh, func(p mghRow) bool { return p.name == name })]
}

// hashRows returns smooth problems, and some that make the safeguards of searches act.
func hashRows() (rows []hashRow) {
	for _, name := range hashedSquares {
		p := squaresOf(name)
		rows = append(rows, hashRow{name, p.problem(), p.start})
	}
	for _, name := range []string{"2 Freudenstein and Roth", "5 Beale", "14 Wood"} {
		p := squaresOf(name)
		rows = append(rows, hashRow{name + ", far", p.problem(), p.from(10)})
	}
	valley, wood := pairwise(chainOfValleys), squaresOf("14 Wood")
	add := func(name string, p optimize.Problem, x0 []float64) { rows = append(rows, hashRow{name, p, x0}) }
	add("valleys", valley, cycled(12, -1.2, 1))
	add("noisy valleys", changedValue(valley, func(v float64, x []float64) float64 { return v + float64(1e-8*noiseAt(x)) }), cycled(4, -1.2, 1))
	add("noisy Wood", changedValue(wood.problem(), func(v float64, x []float64) float64 { return v + float64(1e-5*noiseAt(x)) }), wood.start)
	add("rounded valleys", changedValue(valley, func(v float64, _ []float64) float64 { return float64(float32(v)) }), cycled(6, -1.2, 1))
	add("wall", changedValue(valley, func(v float64, x []float64) float64 {
		if x[0] > 0.5 {
			return nan
		}
		return v
	}), cycled(2, -1.2, 1))
	add("wide wall", changedValue(valley, func(v float64, x []float64) float64 {
		if math.Abs(x[1]-1) > 0.25 {
			return inf
		}
		return v
	}), cycled(3, -1, 1))
	add("tiny", inUnitsOf(valley, 0x1p-660), cycled(3, -1.2, 1))
	add("huge", inUnitsOf(valley, 0x1p660), cycled(3, -1.2, 1))
	add("offset", changedValue(valley, func(v float64, _ []float64) float64 { return v + 1e6 }), cycled(3, -1.2, 1))
	add("wrong gradient", changedValue(valley, func(v float64, _ []float64) float64 { return -v }), cycled(3, -1.2, 1))
	add("linear", ofOne(func(x float64) float64 { return -x }, func(x float64) float64 { return -1 }), []float64{1})
	add("concave", ofOne(func(x float64) float64 { return -float64(x * x) }, func(x float64) float64 { return -2 * x }), []float64{1})
	add("kink", ofOne(func(x float64) float64 { return math.Abs(x - 0.3) }, func(x float64) float64 { return math.Copysign(1, x-0.3) }), []float64{2})
	add("logarithm", ofOne(func(x float64) float64 { return x - portable.Log(x) }, func(x float64) float64 { return 1 - 1/x }), []float64{1e-3})
	add("edge", ofOne(func(x float64) float64 { return math.Sqrt(1 - x) }, func(x float64) float64 { return -0.5 / math.Sqrt(1-x) }), []float64{0})
	add("tail", ofOne(func(x float64) float64 { return portable.Exp(-x) }, func(x float64) float64 { return -portable.Exp(-x) }), []float64{0})
	add("quartic", ofOne(func(x float64) float64 { return float64(x * x * x * x) }, func(x float64) float64 { return 4 * x * x * x }), []float64{1e-5})
	return rows
}

// boundsAt returns bounds at and around a start, some of them infinite.
func boundsAt(x0 []float64) (lower, upper []float64) {
	lower, upper = repeat(-inf, len(x0)), repeat(inf, len(x0))
	for i, v := range x0 {
		size := max(1, math.Abs(v))
		switch i % 4 {
		case 0:
			lower[i], upper[i] = v-float64(0.5*size), v+float64(0.75*size)
		case 1:
			lower[i] = v
		case 2:
			upper[i] = v + float64(2*size)
		case 3:
			lower[i], upper[i] = v-size, v+size
		}
	}
	return lower, upper
}

// hashSolver is an optimizer of the digests.
type hashSolver struct {
	name     string
	make     func(x0 []float64, p *optimize.Problem) Optimizer
	settings *optimize.Settings
	dense    bool // the state has n² numbers
}

// hashSolvers returns optimizers around a problem, which is nil for runs of Minimize and for fixed steps.
func hashSolvers() []hashSolver {
	lbfgs := func(memory int) func([]float64, *optimize.Problem) Optimizer {
		return func(_ []float64, p *optimize.Problem) Optimizer {
			o := NewLBFGS(memory)
			o.Problem = p
			return o
		}
	}
	quasi := func(newOne func() *QuasiNewton) func([]float64, *optimize.Problem) Optimizer {
		return func(_ []float64, p *optimize.Problem) Optimizer {
			o := newOne()
			o.Problem = p
			return o
		}
	}
	bounds := func(upper bool) func([]float64, *optimize.Problem) Optimizer {
		return func(x0 []float64, p *optimize.Problem) Optimizer {
			o := NewLBFGS(4)
			o.Problem = p
			o.Lower, o.Upper = boundsAt(x0)
			if !upper {
				o.Upper = nil
			}
			return o
		}
	}
	free := func(damped bool) func([]float64, *optimize.Problem) Optimizer {
		return func(_ []float64, p *optimize.Problem) Optimizer {
			o := NewHessianFree(nil)
			o.Problem = p
			if damped {
				o.Damping, o.AdaptDamping, o.MaxProducts = 0.1, true, 4
				o.Preconditioner = func(dst, x []float64) {
					for i, v := range x {
						dst[i] = 1 + float64(v*v)
					}
				}
			}
			return o
		}
	}
	flat := &optimize.Settings{GradientThreshold: 1e-9}
	return []hashSolver{
		{"LBFGS", lbfgs(5), nil, false},
		{"LBFGS/1", lbfgs(1), nil, false},
		{"LBFGS to a threshold", lbfgs(5), flat, false},
		{"LBFGS with bounds", bounds(true), nil, false},
		{"LBFGS with lower bounds", bounds(false), nil, false},
		{"BFGS", quasi(NewBFGS), nil, true},
		{"BFGS to a threshold", quasi(NewBFGS), flat, true},
		{"DFP", quasi(NewDFP), nil, true},
		{"SR1", quasi(NewSR1), nil, true},
		{"HessianFree", free(false), nil, false},
		{"HessianFree to a threshold", free(false), flat, false},
		{"HessianFree with damping", free(true), nil, false},
	}
}

// longRow is a problem with more variables than a block of a reduction has.
func longRow() hashRow {
	return hashRow{"1,007 valleys", pairwise(chainOfValleys), cycled(1007, -1.2, 1)}
}

// newtonRows names the problems on which Newton's method takes the same number of evaluations on every processor, although
// its last bits are those of gonum's code.
var newtonRows = []string{
	"1 Rosenbrock", "2 Freudenstein and Roth", "4 Brown badly scaled", "6 Jennrich and Sampson", "8 Bard", "13 Powell singular",
	"14 Wood", "15 Kowalik and Osborne", "23 Penalty I/10", "33 Linear of rank 1", "35 Chebyquad/8", "2 Freudenstein and Roth, far",
	"14 Wood, far", "valleys", "rounded valleys", "tiny", "huge", "offset", "linear", "concave", "kink", "logarithm",
	"edge", "quartic",
}

// solverPaths returns the digests of runs of every solver on every problem.
func solverPaths() map[string]string {
	digests := map[string]string{}
	for k, row := range hashRows() {
		for _, s := range hashSolvers() {
			digests[s.name+" on "+row.name] = s.run(row)
			if s.settings == nil && k%3 == 1 {
				digests[s.name+", steps on "+row.name] = s.steps(row)
			}
		}
		if slices.Contains(newtonRows, row.name) {
			digests["Newton on "+row.name] = newtonCounts(row)
		}
	}
	for _, s := range hashSolvers() {
		if row := longRow(); !s.dense {
			s.settings = &optimize.Settings{MajorIterations: 25}
			digests[s.name+" on "+row.name] = s.run(row)
		}
	}
	squarePaths(digests)
	curvePaths(digests)
	checkPaths(digests)
	return digests
}

// squarePaths adds the digests of fits.
func squarePaths(digests map[string]string) {
	for _, name := range hashedSquares {
		p := squaresOf(name)
		for _, far := range []float64{1, 10} {
			x0 := p.from(far)
			for kind, o := range fitsOf(p, x0) {
				h := newPathHash()
				watched := o.residual
				o.residual = func(dst, x []float64) {
					watched(dst, x)
					h.add(x...)
					h.add(dst...)
				}
				r, err := Minimize(optimize.Problem{Func: func([]float64) float64 { return nan }}, x0, o, &optimize.Settings{FuncEvaluations: 1000})
				h.addRun(r, err)
				var c mat.SymDense
				h.text(o.Covariance(&c))
				h.add(c.RawSymmetric().Data...)
				digests[fmt.Sprintf("%s on %s, start times %v", kind, name, far)] = h.digest()
			}
		}
	}
}

// fitsOf returns solvers of a problem of least squares.
func fitsOf(p mghRow, x0 []float64) map[string]*LeastSquares {
	lower, upper := boundsAt(x0)
	fits := map[string]*LeastSquares{}
	add := func(name string, jac func(*mat.Dense, []float64), change func(o *LeastSquares)) {
		fits[name] = NewLevenbergMarquardt(p.m, p.residuals, jac)
		change(fits[name])
	}
	r := make([]float64, p.m)
	p.residuals(r, x0)
	scale := max(euclideanNorm(r), 1) / 8
	add("LevenbergMarquardt", p.jacobian, func(o *LeastSquares) {})
	add("LevenbergMarquardt by differences", nil, func(o *LeastSquares) {})
	add("LevenbergMarquardt with little damping", p.jacobian, func(o *LeastSquares) { o.Damping = 1e-9 })
	add("GaussNewton", p.jacobian, func(o *LeastSquares) { o.Damping = 0 })
	add("GaussNewton by differences with bounds", nil, func(o *LeastSquares) { o.Damping, o.LearningRate, o.Lower = 0, 0.5, lower })
	add("LevenbergMarquardt with bounds", p.jacobian, func(o *LeastSquares) { o.Lower, o.Upper = lower, upper })
	add("LevenbergMarquardt by differences with bounds", nil, func(o *LeastSquares) { o.Lower, o.Upper = lower, upper })
	add("LevenbergMarquardt with fixed parameters", nil, func(o *LeastSquares) {
		o.Fixed = make([]bool, len(x0))
		o.Fixed[len(x0)-1] = true
	})
	for _, loss := range []Loss{Huber(scale), SoftL1(scale), Cauchy(scale), Arctan(scale), Tukey(8 * scale)} {
		add("LevenbergMarquardt with "+loss.kind.String(), p.jacobian, func(o *LeastSquares) { o.Loss = loss })
	}
	add("LevenbergMarquardt by differences with Cauchy and bounds", nil, func(o *LeastSquares) {
		o.Loss, o.Lower, o.Upper = Cauchy(scale), lower, upper
	})
	return fits
}

// curvePaths adds the digests of fits of a curve: p₀ + p₁exp(−p₂x).
func curvePaths(digests map[string]string) {
	const m = 40
	xs, ys, sigma := stepped(m, -0.1, 0.1), make([]float64, m), make([]float64, m)
	model := func(x float64, p []float64) float64 { return p[0] + float64(p[1]*portable.Exp(-float64(p[2]*x))) }
	for i, x := range xs {
		ys[i] = model(x, []float64{0.5, 2, 1.5}) + float64(0.1*noiseAt(xs[i:]))
		sigma[i] = 1 + float64(0.5*noiseAt(xs[:i+1]))
	}
	ys[7] += 2 // an outlier
	jacobian := func(dst []float64, x float64, p []float64) {
		e := portable.Exp(-float64(p[2] * x))
		dst[0], dst[1], dst[2] = 1, e, -float64(p[1]*x*e)
	}
	for name, o := range map[string]*FitOptions[float64]{
		"by differences":       nil,
		"weighted":             {Jacobian: jacobian, Sigma: sigma},
		"with known errors":    {Sigma: sigma, AbsoluteSigma: true},
		"with bounds":          {Jacobian: jacobian, Lower: []float64{0.55, 0, 0}, Upper: []float64{1, 1.9, 9}},
		"with a parameter":     {Fixed: []bool{false, true, false}, Sigma: sigma},
		"with Cauchy":          {Jacobian: jacobian, Loss: Cauchy(0.2), Sigma: sigma},
		"with Tukey":           {Loss: Tukey(0.7)},
		"with few evaluations": {MaxEvaluations: 9},
	} {
		h := newPathHash()
		f, err := FitCurve(model, xs, ys, []float64{0.6, 1, 1}, o)
		h.text(err)
		h.add(f.Params...)
		h.add(f.StandardErrors...)
		h.add(f.Covariance.RawSymmetric().Data...)
		h.add(f.Correlation.RawSymmetric().Data...)
		h.add(f.Residuals...)
		h.add(f.ChiSquare, f.ReducedChiSquare, f.RSquared)
		h.text([]int{f.DegreesOfFreedom, f.Evaluations})
		for _, x := range []float64{-1, 0, 0.75, 5} {
			value, e := f.Predict(x)
			h.add(value, e)
		}
		digests["FitCurve "+name] = h.digest()
	}
}

// checkPaths adds the digests of the checks of right and of wrong derivatives.
func checkPaths(digests map[string]string) {
	for _, name := range hashedSquares {
		p := squaresOf(name)
		h, x := newPathHash(), p.start
		report := func(err error) {
			h.text(err)
			if e, ok := err.(*DerivativeError); ok {
				h.add(e.Got, e.Want, e.Relative, e.Order)
			}
		}
		problem := p.problem()
		for _, off := range []float64{0, 1e-12, 1e-6, 1e-3, 1} {
			wrong := h.watched(problem)
			right := wrong.Grad
			wrong.Grad = func(g, x []float64) {
				right(g, x)
				g[len(g)-1] += float64(off * g[len(g)-1])
				g[0] += float64(off * off)
			}
			report(CheckGradient(wrong, x))
			report(CheckGradient(wrong, x, repeat(1, len(x)), stepped(len(x), -0.5, 1)))
			jacobian := func(dst *mat.Dense, x []float64) {
				p.jacobian(dst, x)
				v := dst.At(p.m-1, 0)
				dst.Set(p.m-1, 0, v+float64(off*v))
			}
			report(CheckJacobian(p.m, p.residuals, jacobian, x))
			product := HessVecDiff(problem.Grad)
			report(CheckHessVec(problem.Grad, func(dst, x, v []float64) {
				product(dst, x, v)
				dst[0] += float64(off * dst[0])
			}, x))
		}
		digests["checks of "+name] = h.digest()
	}
}

// addRun adds the result of a run.
func (h pathHash) addRun(r *optimize.Result, err error) {
	h.add(r.X...)
	h.add(r.F)
	h.add(r.Gradient...)
	h.text(r.Status)
	h.text(err)
	h.text([]int{r.MajorIterations, r.FuncEvaluations, r.GradEvaluations, r.HessEvaluations})
}

// run returns the digest of a run of Minimize.
func (s hashSolver) run(row hashRow) string {
	h := newPathHash()
	h.addRun(Minimize(h.watched(row.p), row.x0, s.make(row.x0, nil), s.settings))
	return h.digest()
}

// steps returns the digest of steps by three optimizers: one has the problem, one has its values alone, and one takes fixed
// steps with gradients that have errors.
func (s hashSolver) steps(row hashRow) string {
	h := newPathHash()
	watched := h.watched(row.p)
	for kind, p := range []*optimize.Problem{&watched, {Func: watched.Func}, nil} {
		if _, ok := s.make(row.x0, p).(*HessianFree); ok && kind > 0 {
			break // without a gradient there are no products
		}
		opt, x, g := s.make(row.x0, p), slices.Clone(row.x0), make([]float64, len(row.x0))
		for range 12 {
			row.p.Grad(g, x)
			if kind == 2 {
				for i := range g {
					g[i] *= 1 + float64(noiseAt(x[i:])/2)
				}
			}
			opt.Step(x, g)
			h.add(x...)
		}
		h.text(opt.(searcher).Err())
		h.text(opt.(interface{ Status() optimize.Status }).Status())
	}
	return h.digest()
}

// newtonCounts returns the digest of the numbers of evaluations of Newton's method, whose last bits are those of gonum's code.
func newtonCounts(row hashRow) string {
	h := newPathHash()
	p := row.p
	if p.Hess == nil {
		p.Hess = func(dst *mat.SymDense, x []float64) { differencesOf(row.p.Grad, dst, x) }
	}
	r, err := Minimize(capped(p, longestPath), row.x0, NewNewton(nil), nil)
	h.text(r.Status)
	h.text(err)
	h.text([]int{r.MajorIterations, r.FuncEvaluations, r.GradEvaluations, r.HessEvaluations})
	return h.digest()
}
