package optim

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// regression is a least-squares problem, column by column: f(x) = ‖Ax − y‖²/2N.
type regression struct {
	columns  [][]float64
	y        []float64
	residual []float64 // Ax − y
}

// newGaussian is a random design with 50 coefficients of 1 and noise 0.1.
func newGaussian(n, p int, rng *rand.Rand) *regression {
	r := &regression{y: make([]float64, n)}
	for range p {
		column := make([]float64, n)
		for i := range column {
			column[i] = rng.NormFloat64()
		}
		r.columns = append(r.columns, column)
	}
	for i := range r.y {
		r.y[i] = 0.1 * rng.NormFloat64()
	}
	for j := range min(50, p) {
		floats.AddScaled(r.y, 1, r.columns[j*p/min(50, p)])
	}
	return r
}

// lasso is coordinate descent on f + λ‖x‖₁, from the origin.
func (r *regression) lasso(lambda float64, order Order) *CoordinateDescent {
	n := float64(len(r.y))
	r.residual = make([]float64, len(r.y))
	floats.AddScaled(r.residual, -1, r.y)
	o := NewCoordinateDescent(order)
	o.L1 = lambda
	o.Lipschitz = make([]float64, len(r.columns))
	for j, column := range r.columns {
		o.Lipschitz[j] = floats.Dot(column, column) / n
	}
	o.Partial = func(_ []float64, j int) float64 { return floats.Dot(r.columns[j], r.residual) / n }
	o.Moved = func(j int, delta float64) { floats.AddScaled(r.residual, delta, r.columns[j]) }
	return o
}

// most returns the smallest λ for which all coefficients are zero.
func (r *regression) most() float64 {
	top := 0.0
	for _, column := range r.columns {
		top = max(top, math.Abs(floats.Dot(column, r.y)))
	}
	return top / float64(len(r.y))
}

// gap returns the duality gap at x, relative to the loss. It computes the residual
// again.
func (r *regression) gap(x []float64, lambda float64) float64 {
	n := float64(len(r.y))
	res := make([]float64, len(r.y))
	copy(res, r.y)
	for j, v := range x {
		if v != 0 {
			floats.AddScaled(res, -v, r.columns[j])
		}
	}
	steepest := 0.0
	for _, column := range r.columns {
		steepest = max(steepest, math.Abs(floats.Dot(column, res)))
	}
	// The dual point is the residual, scaled until it is feasible.
	s := min(1, lambda*n/steepest)
	primal := floats.Dot(res, res)/(2*n) + lambda*floats.Norm(x, 1)
	dual := s*floats.Dot(res, r.y)/n - s*s*floats.Dot(res, res)/(2*n)
	return (primal - dual) / primal
}

// newDiabetes is the diabetes data: ten columns with mean 0 and mean square 1,
// and the response less its mean.
func newDiabetes(t testing.TB) *regression {
	x := readTable(t, "diabetes_data_raw.csv.gz", 0)
	y := readTable(t, "diabetes_target.csv.gz", 0)
	if len(x) != 442 || len(y) != 442 || len(x[0]) != 10 {
		t.Fatalf("%d × %d, and %d responses", len(x), len(x[0]), len(y))
	}
	a := mat.NewDense(442, 10, nil)
	r := &regression{y: make([]float64, 442)}
	for i := range y {
		a.SetRow(i, x[i])
		r.y[i] = y[i][0]
	}
	floats.AddConst(-floats.Sum(r.y)/442, r.y)
	standardize(a)
	for j := range 10 {
		r.columns = append(r.columns, mat.Col(nil, j, a))
	}
	return r
}

// corner is a point at which the path of the lasso turns.
type corner struct {
	lambda float64
	x      []float64
	change int // variable, from 1 on, that enters there, or with a minus leaves
}

// homotopy returns the whole path of the lasso, exactly. Between two corners the
// solution is linear in λ. B. Efron, T. Hastie, I. Johnstone and R. Tibshirani,
// Least angle regression, 2004, doi:10.1214/009053604000000067, section 3.1.
func (r *regression) homotopy() (path []corner) {
	n, p := float64(len(r.y)), len(r.columns)
	gram := mat.NewSymDense(p, nil)
	c := make([]float64, p) // correlation of the residual with each column
	for i := range p {
		for j := range i + 1 {
			gram.SetSym(i, j, floats.Dot(r.columns[i], r.columns[j])/n)
		}
		c[i] = floats.Dot(r.columns[i], r.y) / n
	}
	x, sign := make([]float64, p), make([]float64, p) // a sign of 0 is not active
	lambda, enters, leaves := 0.0, -1, -1
	for j, v := range c {
		if math.Abs(v) > lambda {
			lambda, enters = math.Abs(v), j
		}
	}
	for {
		change := 0
		if enters >= 0 {
			sign[enters] = math.Copysign(1, c[enters])
			change = enters + 1
		} else if leaves >= 0 {
			sign[leaves], x[leaves] = 0, 0
			change = -leaves - 1
		}
		path = append(path, corner{lambda, append([]float64(nil), x...), change})
		if lambda == 0 || len(path) > 100 {
			return path
		}
		var active []int
		for j, s := range sign {
			if s != 0 {
				active = append(active, j)
			}
		}
		// As λ falls by h, x grows by h·d on the active set, and c falls by h·a.
		part, s := mat.NewSymDense(len(active), nil), mat.NewVecDense(len(active), nil)
		for k, i := range active {
			s.SetVec(k, sign[i])
			for l, j := range active {
				part.SetSym(k, l, gram.At(i, j))
			}
		}
		var chol mat.Cholesky
		var d mat.VecDense
		if !chol.Factorize(part) || chol.SolveVecTo(&d, s) != nil {
			panic("singular")
		}
		a := make([]float64, p)
		for j := range a {
			for k, i := range active {
				a[j] += gram.At(i, j) * d.AtVec(k)
			}
		}
		h := lambda
		before, left := enters, leaves
		enters, leaves = -1, -1
		for j := range p {
			if sign[j] != 0 {
				continue
			}
			for _, side := range []float64{1, -1} { // c − ha = ±(λ − h)
				if j == left && side*c[j] > 0 {
					continue // that is where it comes from
				}
				if t := (lambda - side*c[j]) / (1 - side*a[j]); t > 1e-12 && t < h {
					h, enters = t, j
				}
			}
		}
		for k, i := range active {
			if t := -x[i] / d.AtVec(k); i != before && t > 1e-12 && t < h {
				h, enters, leaves = t, -1, i
			}
		}
		for k, i := range active {
			x[i] += h * d.AtVec(k)
		}
		for j := range c {
			c[j] -= h * a[j]
		}
		lambda -= h
		if enters < 0 && leaves < 0 {
			lambda = 0
		}
	}
}

// violation returns the largest violation of the optimality conditions at x. It
// computes the residual again.
func (r *regression) violation(x []float64, lambda float64) float64 {
	res := append([]float64(nil), r.y...)
	for j, v := range x {
		floats.AddScaled(res, -v, r.columns[j])
	}
	worst := 0.0
	for j, column := range r.columns {
		c := floats.Dot(column, res) / float64(len(res))
		switch {
		case x[j] > 0:
			c -= lambda
		case x[j] < 0:
			c += lambda
		default:
			c = max(math.Abs(c)-lambda, 0)
		}
		worst = max(worst, math.Abs(c))
	}
	return worst
}

// TestLassoPath follows the path on the diabetes data, from the solution for one λ
// to that for the next, and compares with the exact path at its corners and halfway
// between them.
func TestLassoPath(t *testing.T) {
	r := newDiabetes(t)
	path := r.homotopy()
	// The paper's figure 1 and section 3.1: hdl, number 7, leaves and comes back.
	var changes []int
	for _, c := range path {
		changes = append(changes, c.change)
	}
	if want := []int{3, 9, 4, 7, 2, 10, 5, 8, 6, 1, -7, 7, 0}; !slices.Equal(changes, want) {
		t.Fatalf("variables %v enter and leave, want %v", changes, want)
	}
	for k := range len(path) - 1 {
		a, b := path[k], path[k+1]
		half := corner{lambda: (a.lambda + b.lambda) / 2, x: make([]float64, 10)}
		floats.AddScaled(half.x, 0.5, a.x)
		floats.AddScaled(half.x, 0.5, b.x)
		path = append(path, half)
	}
	slices.SortFunc(path, func(a, b corner) int { return cmp.Compare(b.lambda, a.lambda) })
	for name, order := range map[string]Order{"cyclic": Cyclic, "random": Random(seeded()), "greedy": Greedy} {
		o := r.lasso(0, order)
		x := make([]float64, 10)
		for _, c := range path {
			o.L1 = c.lambda
			for steps := 0; steps == 0 || o.KKT() > 1e-11; steps++ {
				o.Step(x, nil)
				if steps > 100000 {
					t.Fatalf("%s: λ = %v: no end", name, c.lambda)
				}
			}
			if v, w := r.violation(x, c.lambda), r.violation(c.x, c.lambda); !(v < 1e-10 && w < 1e-10) {
				t.Errorf("%s: λ = %v: optimality is violated by %v, in the exact solution by %v", name, c.lambda, v, w)
			}
			for j := range x {
				if !near(x[j], c.x[j], 1e-8) {
					t.Errorf("%s: λ = %v: %v, want %v", name, c.lambda, x, c.x)
					break
				}
			}
		}
	}
}

// penalized returns the derivative, the loss and the minimum of a quadratic in three
// dimensions with L1 = 0.5 and L2 = 0.25.
func penalized() (partial func(x []float64, i int) float64, value func(x []float64) float64, minimum []float64) {
	q := [3][3]float64{{2, 0.5, -0.3}, {0.5, 1, 0.4}, {-0.3, 0.4, 3}}
	b := [3]float64{3, 0.1, -4}
	partial = func(x []float64, i int) float64 {
		g := -b[i]
		for j := range 3 {
			g += float64(q[i][j] * x[j])
		}
		return g
	}
	value = func(x []float64) float64 {
		f := 0.0
		for i := range 3 {
			f += float64(x[i] * (partial(x, i) - b[i]) / 2)
		}
		return f
	}
	// x₁ is zero. The others solve (q + 0.25·I)x = b − 0.5·sign(x).
	d := 2.25*3.25 - 0.09
	minimum = []float64{(2.5*3.25 - 0.3*3.5) / d, 0, (2.25*-3.5 + 0.3*2.5) / d}
	return partial, value, minimum
}

// TestCoordinateDescentModes minimises one problem with everything that may be given
// to a step.
func TestCoordinateDescentModes(t *testing.T) {
	partial, value, minimum := penalized()
	if g := partial(minimum, 1); !(math.Abs(g) <= 0.5) {
		t.Fatalf("not the minimum: %v", g)
	}
	bounds := []float64{2, 1, 3}
	for _, order := range []Order{Cyclic, Random(seeded()), Greedy} {
		for _, c := range []struct {
			name  string
			set   func(o *CoordinateDescent)
			grads bool
			steps int
			near  float64
		}{
			{"derivatives and bounds", func(o *CoordinateDescent) { o.Partial, o.Lipschitz = partial, bounds }, false, 200, 1e-15},
			{"derivatives", func(o *CoordinateDescent) { o.Partial = partial }, false, 300, 1e-15},
			{"derivatives and no active sweeps", func(o *CoordinateDescent) { o.Partial, o.Active = partial, 0 }, false, 300, 1e-15},
			{"gradient and bounds", func(o *CoordinateDescent) { o.Lipschitz = bounds }, true, 300, 1e-15},
			{"gradient and a larger block", func(o *CoordinateDescent) { o.Lipschitz, o.Block = []float64{3, 3, 4}, 2 }, true, 600, 1e-15},
			{"gradient and values", func(o *CoordinateDescent) { o.Func = value }, true, 600, 1e-7},
			{"gradient and a rate", func(o *CoordinateDescent) { o.LearningRate = 0.25 }, true, 600, 1e-15},
			{"values", func(o *CoordinateDescent) { o.Func = value }, false, 60, 1e-7},
		} {
			o := NewCoordinateDescent(order)
			o.L1, o.L2 = 0.5, 0.25
			c.set(o)
			x, g := []float64{-1, 5, 0.1}, make([]float64, 3)
			moved := append([]float64(nil), x...)
			o.Moved = func(i int, delta float64) { moved[i] += delta }
			if o.KKT() != inf {
				t.Errorf("a residual of %v before the first step", o.KKT())
			}
			for range c.steps {
				if c.grads {
					for i := range g {
						g[i] = partial(x, i)
					}
					o.Step(x, g)
				} else {
					o.Step(x, nil)
				}
			}
			if !floats.EqualApprox(x, minimum, c.near) || x[1] != 0 {
				t.Errorf("%+v, %s: ends at %v, want %v", order, c.name, x, minimum)
			}
			if !floats.EqualApprox(moved, x, 1e-12) {
				t.Errorf("%+v, %s: moved to %v, was told %v", order, c.name, x, moved)
			}
			if k := o.KKT(); c.name == "values" && k != inf || c.name != "values" && !(k < 10*c.near+1e-14) {
				t.Errorf("%+v, %s: a residual of %v", order, c.name, k)
			}
		}
	}
}

// TestCoordinateDescentByHand compares single moves with values worked out by hand.
func TestCoordinateDescentByHand(t *testing.T) {
	o := NewCoordinateDescent(Cyclic)
	o.L1, o.L2, o.Lipschitz = 1, 0.5, []float64{2, 4, 0}
	x, g := []float64{1, 1, 1}, []float64{1, -6, 9}
	for step, want := range [][]float64{
		{0, 1, 1},   // (2·1 − 1 − 1)/2.5
		{0, 2, 1},   // (4·1 + 6 − 1)/4.5
		{0, 2, -16}, // L + λ₂ = 0.5: (0 − 9 + 1)/0.5
		{0, 2, -16}, // (0 − 1 + 1)/2.5
		{0, 2.888888888888889, -16},
	} {
		o.Step(x, g)
		if !floats.EqualApprox(x, want, 1e-15) {
			t.Errorf("step %d: %v, want %v", step+1, x, want)
		}
	}
	// |−6 + 0.5·2 + 1| and |9 − 8 − 1| before the last step.
	if o.KKT() != 4 {
		t.Errorf("a residual of %v, want 4", o.KKT())
	}

	// The largest derivative does not win where the curvature is larger.
	o = NewCoordinateDescent(Greedy)
	o.Lipschitz = []float64{100, 1, 1}
	x = []float64{0, 0, 0}
	o.Step(x, []float64{5, -2, 1})
	if !sameBits(x, []float64{0, 2, 0}) {
		t.Errorf("greedy: %v", x)
	}
	// The longest move does not win where the curvature is small.
	y := []float64{0, 0, 0}
	o.Step(y, []float64{30, -2.5, 1})
	if !sameBits(y, []float64{-0.3, 0, 0}) {
		t.Errorf("greedy: %v", y)
	}
	o.Block = 2
	o.Step(x, []float64{5, -2, 3})
	if !sameBits(x, []float64{0, 4, -3}) {
		t.Errorf("greedy, two: %v", x)
	}
	partial := NewCoordinateDescent(Greedy) // one coordinate, whatever Block is
	partial.Lipschitz, partial.Block = o.Lipschitz, 2
	partial.Partial = func(_ []float64, i int) float64 { return []float64{5, -2, 3}[i] }
	z := []float64{0, 0, 0}
	partial.Step(z, nil)
	if !sameBits(z, []float64{0, 0, -3}) {
		t.Errorf("greedy with derivatives: %v", z)
	}
	o.LearningRate = 0
	o.Step(x, []float64{5, -2, 3})
	if !sameBits(x, []float64{0, 4, -3}) {
		t.Errorf("at a rate of 0: %v", x)
	}

	// A coordinate stays if L and λ₂ are 0.
	o = NewCoordinateDescent(Cyclic)
	o.Lipschitz = []float64{0}
	x = []float64{3}
	o.Step(x, []float64{1})
	if x[0] != 3 {
		t.Errorf("moved to %v without a bound", x)
	}
	if got := message(func() { o.Step(x, nil) }); got != "optim: CoordinateDescent.Step: len(params) = 1, len(grads) = 0, want the same" {
		t.Error(got)
	}
	if got := message(func() { Random(nil) }); got != "optim: Random: the generator is nil" {
		t.Error(got)
	}
}

// TestCoordinateDescentInAChain has a field out of its range. The step of the chain must panic before the
// transform has changed.
func TestCoordinateDescentInAChain(t *testing.T) {
	o, clip := NewCoordinateDescent(Cyclic), NewClipNorm(1)
	chain := NewChain(o, clip)
	o.L1 = -1
	got := message(func() { chain.Step([]float64{1}, []float64{3}) })
	if want := "optim: CoordinateDescent.L1 = -1, want [0, +Inf)"; got != want || clip.Norm() != 0 || chain.Steps() != 0 {
		t.Errorf("%s, want %s; the norm is %v after %d steps", got, want, clip.Norm(), chain.Steps())
	}
}

// TestCoordinateDescentNaN checks that a NaN stays in its coordinate.
func TestCoordinateDescentNaN(t *testing.T) {
	partial, value, _ := penalized()
	for name, set := range map[string]func(o *CoordinateDescent){
		"bounds":   func(o *CoordinateDescent) { o.Lipschitz = []float64{2, 1, 3} },
		"searches": func(o *CoordinateDescent) {},
	} {
		o := NewCoordinateDescent(Cyclic)
		set(o)
		o.L1 = 0.5
		o.Partial = func(x []float64, i int) float64 {
			if i == 1 {
				return nan
			}
			return partial([]float64{x[0], 0, x[2]}, i)
		}
		x := []float64{1, 1, 1}
		for range 100 {
			o.Step(x, nil)
		}
		if !math.IsNaN(x[1]) || !(o.KKT() != o.KKT()) || math.IsNaN(x[0]+x[2]) || x[0] == 1 {
			t.Errorf("%s: %v, residual %v", name, x, o.KKT())
		}
	}
	o := NewCoordinateDescent(Greedy)
	x := []float64{1, 1, 1}
	o.Step(x, []float64{1, nan, 5})
	o.Step(x, []float64{1, nan, 5})
	if !math.IsNaN(x[1]) || x[2] != -4 {
		t.Errorf("greedy: %v", x)
	}

	// A value that is NaN or infinite is higher than any other.
	o = NewCoordinateDescent(Cyclic)
	o.Func = func(x []float64) float64 {
		if x[0] < 0.5 {
			return nan
		}
		return value(x) - 5*math.Log(x[0]-0.5)
	}
	x = []float64{0.6, 0, 0}
	for range 40 {
		o.Step(x, nil)
	}
	best := o.Func(x)
	for i := range x {
		for _, d := range []float64{-1e-5, 1e-5} {
			y := slices.Clone(x)
			y[i] += d
			if o.Func(y) < best {
				t.Errorf("%v is no minimum along %d", x, i)
			}
		}
	}
}

// TestExactSteps checks that no exact step raises the loss, from any start, on
// losses with many minima, with none, and with a kink.
func TestExactSteps(t *testing.T) {
	for name, f := range map[string]func(x []float64) float64{
		"waves":     func(x []float64) float64 { return math.Cos(3*x[0]) + x[0]*x[0]/10 + math.Abs(x[1]-2) },
		"unbounded": func(x []float64) float64 { return x[0] + x[1]*x[1] },
		"huge":      func(x []float64) float64 { return 1e200 * ((x[0]-3e50)*(x[0]-3e50)*1e-90 + x[1]*x[1]) },
		"flat":      func(x []float64) float64 { return 7 },
	} {
		for _, start := range []float64{-10, 0, 1e-8, 0.7, 300} {
			o := NewCoordinateDescent(Cyclic)
			count := 0
			o.Func = func(x []float64) float64 {
				count++
				if far := math.Abs(x[0] - start); name == "flat" && !(far <= 1) {
					t.Fatalf("flat: a value at a distance of %v, where the value at 1 is no lower", far)
				}
				return f(x)
			}
			x := []float64{start, -start}
			before := f(x)
			for range 30 {
				o.Step(x, nil)
				after := f(x)
				if !(after <= before) {
					t.Errorf("%s from %v: from %v up to %v", name, start, before, after)
				}
				before = after
			}
			if count > 30*2*(2*100+4) {
				t.Errorf("%s: %d values", name, count)
			}
			if name == "waves" && !near(x[1], 2, 1e-7) {
				t.Errorf("%s from %v: %v, want 2 at the kink", name, start, x[1])
			}
			if name == "flat" && x[0] != start {
				t.Errorf("flat: moved to %v", x)
			}
		}
	}
}

// TestExactZero checks that a coordinate becomes zero where the loss is at most that at the start, and
// within 4ε of the lowest value. Three values are given: at the start, at zero, and elsewhere.
func TestExactZero(t *testing.T) {
	for _, c := range []struct {
		start, zero, elsewhere float64 // in units of ε above 1
		becomes                bool
	}{
		{0, 0, 0, true}, {0, 2, 2, false}, {1, 2, 0, false}, {2, 2, 0, true}, {8, 4, 0, true}, {8, 5, 0, false},
	} {
		o := NewCoordinateDescent(Cyclic)
		o.L1 = 1e-300
		o.Func = func(x []float64) float64 {
			switch x[0] {
			case 3:
				return 1 + c.start*epsilon
			case 0:
				return 1 + c.zero*epsilon
			}
			return 1 + c.elsewhere*epsilon
		}
		x := []float64{3}
		if o.Step(x, nil); (x[0] == 0) != c.becomes {
			t.Errorf("%+v: moved to %v", c, x)
		}
	}
}

// TestRandomOrder checks that a sweep moves each coordinate once, and that steps
// resume with the generator to the same bits.
func TestRandomOrder(t *testing.T) {
	partial, _, _ := penalized()
	run := func(o *CoordinateDescent, x []float64, steps int) []float64 {
		g := make([]float64, 3)
		for range steps {
			for i := range g {
				g[i] = partial(x, i)
			}
			o.Step(x, g)
		}
		return x
	}
	newOptimizer := func(pcg *rand.PCG) *CoordinateDescent {
		o := NewCoordinateDescent(Random(rand.New(pcg)))
		o.LearningRate, o.L1 = 0.3, 0.1
		return o
	}
	want := run(newOptimizer(rand.NewPCG(1, 2)), make([]float64, 3), 20)
	for k := range 21 {
		pcg, resumed := rand.NewPCG(1, 2), rand.NewPCG(5, 6)
		o, again := newOptimizer(pcg), newOptimizer(resumed)
		x := run(o, make([]float64, 3), k)
		transfer(t, o, again)
		transfer(t, pcg, resumed)
		if got := run(again, x, 20-k); !sameBits(got, want) {
			t.Errorf("other bits when resumed after step %d", k)
		}
	}
	orders := map[string]bool{}
	var order []int
	o := NewCoordinateDescent(Random(seeded()))
	o.Partial = func(_ []float64, i int) float64 { order = append(order, i); return 0 }
	o.Lipschitz = []float64{1, 1, 1}
	for range 100 {
		order = nil
		o.Step(make([]float64, 3), nil)
		orders[fmt.Sprint(order)] = true
		slices.Sort(order)
		if !slices.Equal(order, all(3)) {
			t.Errorf("a sweep over %v", order)
		}
	}
	if len(orders) != 6 {
		t.Errorf("%d orders of three", len(orders))
	}
}

// TestResumeSearches resumes steps that backtrack, and exact ones.
func TestResumeSearches(t *testing.T) {
	partial, value, _ := penalized()
	for name, set := range map[string]func(o *CoordinateDescent){
		"derivatives": func(o *CoordinateDescent) { o.Partial = partial },
		"values":      func(o *CoordinateDescent) { o.Func = value },
	} {
		newOptimizer := func() *CoordinateDescent {
			o := NewCoordinateDescent(Cyclic)
			o.L1, o.L2 = 0.5, 0.25
			set(o)
			return o
		}
		run := func(o *CoordinateDescent, x []float64, steps int) []float64 {
			for range steps {
				o.Step(x, nil)
			}
			return x
		}
		want := run(newOptimizer(), make([]float64, 3), 8)
		for k := range 9 {
			o, again := newOptimizer(), newOptimizer()
			x := run(o, make([]float64, 3), k)
			transfer(t, o, again)
			if got := run(again, x, 8-k); !sameBits(got, want) {
				t.Errorf("%s: other bits when resumed after step %d", name, k)
			}
		}
	}
}

// TestCoordinateDescentStateErrors refuses a place in a sweep before the first step.
func TestCoordinateDescentStateErrors(t *testing.T) {
	data := encoded(NewCoordinateDescent(Cyclic))
	data[len(data)-16] = 1 // coordinates done in the sweep
	want := "optim: Unmarshal: state of CoordinateDescent: 1 coordinates done in the sweep, want [0, 0]"
	if err := Unmarshal(data, NewCoordinateDescent(Cyclic)); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestCoordinateDescentAllocations checks that steps after the first allocate
// nothing, in all modes.
func TestCoordinateDescentAllocations(t *testing.T) {
	partial, value, _ := penalized()
	for _, order := range []Order{Cyclic, Random(seeded()), Greedy} {
		for name, set := range map[string]func(o *CoordinateDescent){
			"bounds":      func(o *CoordinateDescent) { o.Partial, o.Lipschitz = partial, []float64{2, 1, 3} },
			"derivatives": func(o *CoordinateDescent) { o.Partial = partial },
			"values":      func(o *CoordinateDescent) { o.Func = value },
		} {
			o := NewCoordinateDescent(order)
			set(o)
			o.L1 = 0.5
			x := []float64{1, 2, 3}
			o.Step(x, nil)
			if n := allocations(func() { x[0]++; o.Step(x, nil) }); n > 0 {
				t.Errorf("%s: %d allocations in 100 steps", name, n)
			}
		}
	}
}

// TestBacktracking finds curvatures of any size. After that a coordinate needs two
// derivatives.
func TestBacktracking(t *testing.T) {
	curvatures := []float64{1e6, 1, 1e-6}
	calls := 0
	o := NewCoordinateDescent(Cyclic)
	o.Partial = func(x []float64, i int) float64 { calls++; return curvatures[i] * (x[i] - 1) }
	x := make([]float64, 3)
	for range 8 {
		calls = 0
		o.Step(x, nil)
	}
	if calls > 6 || !floats.EqualApprox(x, []float64{1, 1, 1}, 1e-9) {
		t.Errorf("%d derivatives in the last sweep, x = %v", calls, x)
	}
	clear(x)
	o.Step(x, nil)
	if !floats.EqualApprox(x, []float64{1, 1, 1}, 1e-6) {
		t.Errorf("one sweep leads to %v with bounds of %v", x, o.learnt)
	}
}

// TestActiveSweeps checks that a step evaluates the derivative of a parameter that
// is zero once.
func TestActiveSweeps(t *testing.T) {
	r := newGaussian(60, 40, seeded())
	lambda := 0.2 * r.most()
	looks := map[bool]int{}
	for _, active := range []int{0, 100} {
		o := r.lasso(lambda, Cyclic)
		o.Active = active
		partial, zeros := o.Partial, 0
		x := make([]float64, 40)
		var seen []float64 // residuals of a step
		o.Partial = func(y []float64, i int) float64 {
			g := partial(y, i)
			if y[i] == 0 {
				zeros++
				seen = append(seen, max(math.Abs(g)-lambda, 0))
			} else {
				seen = append(seen, math.Abs(g+math.Copysign(lambda, y[i])))
			}
			looks[active > 0]++
			return g
		}
		steps := 0
		for ; o.KKT() > 1e-10; steps++ {
			seen = nil
			o.Step(x, nil)
			if o.KKT() != floats.Max(seen[:40]) {
				t.Errorf("a residual of %v, want that of the whole sweep, %v", o.KKT(), floats.Max(seen[:40]))
			}
			if len(seen) > 40*15 {
				t.Errorf("%d looks in a step, want it to end when what is not zero is settled", len(seen))
			}
		}
		if zeros > 40*steps {
			t.Errorf("%d looks at zeros in %d steps", zeros, steps)
		}
		if gap := r.gap(x, lambda); !(gap <= 1e-9) {
			t.Errorf("a gap of %v", gap)
		}
	}
	if looks[true] == looks[false] {
		t.Error("no active sweeps")
	}
}

// BenchmarkLasso takes coordinate descent to a relative duality gap of 1e-8.
func BenchmarkLasso(b *testing.B) {
	for _, size := range [][2]int{{1000, 5000}, {5000, 1000}} {
		r := newGaussian(size[0], size[1], rand.New(rand.NewPCG(1, 2)))
		for _, share := range []float64{0.1, 0.01} {
			b.Run(fmt.Sprintf("%dx%d/λ=%g", size[0], size[1], share), func(b *testing.B) {
				lambda := share * r.most()
				var x []float64
				sweeps := 0
				for b.Loop() {
					x = make([]float64, size[1])
					o := r.lasso(lambda, Cyclic)
					for sweeps = 0; o.KKT() > 1e-6*lambda && sweeps < 1000; sweeps++ {
						o.Step(x, nil)
					}
				}
				if gap := r.gap(x, lambda); !(gap <= 1e-8) {
					b.Errorf("duality gap %.1e, want 1e-8", gap)
				} else {
					b.ReportMetric(gap*1e12, "gap/1e-12")
				}
				b.ReportMetric(float64(sweeps), "sweeps")
				b.ReportMetric(float64(floats.Count(func(v float64) bool { return v != 0 }, x)), "nonzero")
			})
		}
	}
}

// TestUnknownBounds minimises least squares without Lipschitz: three columns with scales from 1e-9
// to 1e12, for losses from 1e-12 to 1e12 times as large. The minimum is known, since the residuals
// vanish there.
func TestUnknownBounds(t *testing.T) {
	const rows = 40
	for _, order := range []Order{Cyclic, Greedy, Random(rand.New(rand.NewPCG(1, 2)))} {
		for _, scales := range [][]float64{{1, 1, 1}, {1e-9, 1, 1e12}, {1e7, 1e7, 1e-3}, {1e12, 1e-9, 1e-9}} {
			for _, loss := range []float64{1e-12, 1, 1e12} {
				columns, want := make([][]float64, 3), make([]float64, 3)
				residual := make([]float64, rows) // Ax − y for x = 0
				for j := range columns {
					columns[j] = make([]float64, rows)
					want[j] = float64(j+1) / scales[j]
					for i := range rows {
						columns[j][i] = scales[j] * math.Sin(float64((j+1)*(i+1)))
					}
					floats.AddScaled(residual, -want[j], columns[j])
				}
				o, x := NewCoordinateDescent(order), make([]float64, 3)
				o.Partial = func(_ []float64, i int) float64 { return loss * floats.Dot(columns[i], residual) }
				o.Moved = func(i int, delta float64) { floats.AddScaled(residual, delta, columns[i]) }
				for range 200 {
					o.Step(x, nil)
				}
				violation := 0.0
				for j := range x {
					if !(math.Abs(x[j]/want[j]-1) <= 1e-12) {
						t.Errorf("%v, columns %v, loss %v: x[%d] = %v, want %v", order, scales, loss, j, x[j], want[j])
					}
					exact := 0.0 // without the residual of the caller
					for i := range rows {
						r := 0.0
						for k := range x {
							r += columns[k][i] * (x[k] - want[k])
						}
						exact += loss * columns[j][i] * r
					}
					violation = max(violation, math.Abs(exact))
				}
				if may := 1e-10 * loss * floats.Max(scales); !(o.KKT() <= may) || !(violation <= may) {
					t.Errorf("%v, columns %v, loss %v: KKT() = %v, violation %v", order, scales, loss, o.KKT(), violation)
				}
			}
		}
	}
}

// TestRoundedDecrease has a loss of 1/2 before the move and of ε after it, where the bound of the second derivative allows
// 0. The difference is less than the rounding of the larger value, so that the bound holds.
func TestRoundedDecrease(t *testing.T) {
	for after, want := range map[float64]int{0: 2, epsilon: 2, 2 * epsilon: 2, 3 * epsilon: 4} { // values
		calls := 0
		o, x := NewCoordinateDescent(Cyclic), []float64{0}
		o.Func = func([]float64) float64 {
			calls++
			return []float64{0.5, after, -1, -1}[calls-1]
		}
		if o.Step(x, []float64{1}); (calls == 2) != (want == 2) || want == 2 && x[0] != -1 {
			t.Errorf("%v after the move: %d values, x = %v", after, calls, x)
		}
	}
}
