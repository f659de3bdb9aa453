package optim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// matrixRows are the rules for a matrix, on which the promises of Optimizer are tested.
var matrixRows = []struct {
	name string
	make func(rows, cols int) Optimizer
}{
	{"Muon", func(rows, cols int) Optimizer {
		o := NewMuon(0.1, rows, cols)
		o.WeightDecay, o.Schedule = 1e-5, Cosine(200, 0)
		return o
	}},
	{"Muon/options", func(rows, cols int) Optimizer {
		o := NewMuon(0.1, rows, cols)
		o.Mu, o.Nesterov, o.Iterations, o.MatchRMS, o.Schedule = 0.8, false, 7, true, Cosine(200, 0)
		return o
	}},
	{"SOAP", func(rows, cols int) Optimizer {
		o := NewSOAP(0.1, rows, cols)
		o.Every, o.WeightDecay, o.Schedule = 3, 1e-5, Cosine(200, 0)
		return o
	}},
	{"Shampoo", func(rows, cols int) Optimizer {
		o := NewShampoo(0.1, rows, cols)
		o.Every, o.WeightDecay, o.Schedule = 3, 1e-5, Cosine(200, 0)
		return o
	}},
	{"Adafactor", func(rows, cols int) Optimizer {
		o := NewAdafactor(0.3, rows, cols)
		o.WeightDecay, o.Schedule = 1e-5, Cosine(200, 0)
		return o
	}},
	{"Adafactor/options", func(rows, cols int) Optimizer {
		o := NewAdafactor(0.1, rows, cols)
		o.Beta1, o.ScaleParameter, o.RelativeStep, o.Clip, o.Schedule = 0.9, false, false, 2, Cosine(200, 0)
		return o
	}},
}

var shapes = [][2]int{{6, 8}, {8, 6}, {7, 7}, {1, 48}, {48, 1}, {1, 1}}

// eachMatrix calls f for every rule and every shape.
func eachMatrix(f func(name string, n int, build func() Optimizer)) {
	for _, row := range matrixRows {
		for _, shape := range shapes {
			rows, cols := shape[0], shape[1]
			f(fmt.Sprintf("%s %d×%d", row.name, rows, cols), rows*cols, func() Optimizer { return row.make(rows, cols) })
		}
	}
}

func TestMatrixConverges(t *testing.T) {
	eachMatrix(func(name string, n int, build func() Optimizer) {
		b := newBowl(n)
		start := b.value(make([]float64, n))
		if end := b.value(b.run(build(), 200)); !(end < 1e-2*start) {
			t.Errorf("%s: from %v to %v", name, start, end)
		}
	})
}

// TestMatrixResumes saves and restores after each number of steps.
func TestMatrixResumes(t *testing.T) {
	const steps = 12
	eachMatrix(func(name string, n int, build func() Optimizer) {
		b := newBowl(n)
		want := b.run(build(), steps)
		for k := range steps {
			opt, x, g := build(), make([]float64, n), make([]float64, n)
			for step := range steps {
				if step == k {
					again := build()
					transfer(t, opt, again)
					opt = again
				}
				b.gradient(g, x)
				opt.Step(x, g)
			}
			if !sameBits(x, want) {
				t.Fatalf("%s: other bits when resumed after %d steps", name, k)
			}
		}
		opt := build()
		b.run(opt, 5)
		Reset(opt)
		if !sameBits(b.run(opt, steps), want) {
			t.Errorf("%s: other bits after Reset", name)
		}
	})
}

func TestMatrixGoroutines(t *testing.T) {
	eachMatrix(func(name string, n int, build func() Optimizer) {
		b := newBowl(n)
		want := b.run(build(), 20)
		for goroutines := 1; goroutines <= 4; goroutines++ {
			t.Run(fmt.Sprintf("%s/%d", name, goroutines), func(t *testing.T) {
				inParallel(t, 10+goroutines, goroutines)
				if got := b.run(build(), 20); !sameBits(got, want) {
					t.Errorf("other bits on %d goroutines", goroutines)
				}
			})
		}
	})
}

// TestMatrixAllocations takes steps on small matrices, where gonum uses one goroutine.
func TestMatrixAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes sync.Pool drop values")
	}
	eachMatrix(func(name string, n int, build func() Optimizer) {
		opt, x, g := build(), make([]float64, n), make([]float64, n)
		for i := range g {
			g[i] = math.Sin(float64(i))
		}
		opt.Step(x, g)
		opt.Step(x, g)
		if n := allocations(func() { opt.Step(x, g) }); n > 0 {
			t.Errorf("%s: %v allocations in 100 steps", name, n)
		}
	})
}

// TestMatrixShapes takes steps with other numbers of parameters, and makes matrices without elements.
func TestMatrixShapes(t *testing.T) {
	for _, row := range matrixRows {
		opt := row.make(2, 3)
		rule := name(opt)
		for _, n := range []int{0, 5, 7} {
			for _, o := range []Optimizer{opt, NewChain(opt, L2(1e-3)), NewAverage(row.make(2, 3))} {
				want := fmt.Sprintf("optim: %s.Step: len(params) = %d, want rows·cols = 2·3", rule, n)
				if got := message(func() { o.Step(make([]float64, n), make([]float64, n)) }); got != want {
					t.Errorf("%s: %s, want %s", row.name, got, want)
				}
			}
		}
		if got, want := message(func() { opt.Step(make([]float64, 6), make([]float64, 5)) }),
			fmt.Sprintf("optim: %s.Step: len(params) = 6, len(grads) = 5, want the same", rule); got != want {
			t.Errorf("%s: %s, want %s", row.name, got, want)
		}
		b := newBowl(6)
		if !sameBits(b.run(opt, 4), b.run(row.make(2, 3), 4)) {
			t.Errorf("%s: refused steps changed the state", row.name)
		}
		if got, want := message(func() { row.make(0, 3) }), fmt.Sprintf("optim: New%s.rows = 0, want at least 1", rule); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if got, want := message(func() { row.make(3, -1) }), fmt.Sprintf("optim: New%s.cols = -1, want at least 1", rule); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if got, want := message(func() { row.make(math.MaxInt/2+1, 2) }),
			fmt.Sprintf("optim: New%s: rows·cols = %d·2 is too large", rule, math.MaxInt/2+1); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		row.make(math.MaxInt/3, 3) // has no matrix before the first step
		data, _ := Marshal(opt)
		if err := Unmarshal(data, row.make(3, 2)); err == nil {
			t.Errorf("%s: a 3×2 matrix accepts the state of a 2×3 matrix", row.name)
		}
		for _, shape := range [][2]int{{3, 3}, {2, 2}} { // before the first step
			if err := Unmarshal(encoded(row.make(2, 3)), row.make(shape[0], shape[1])); err == nil {
				t.Errorf("%s: a %d×%d matrix accepts the state of a 2×3 matrix", row.name, shape[0], shape[1])
			}
		}
	}
}

// TestMatrixNesting puts the rules into wrappers and groups, beside a rule for vectors.
func TestMatrixNesting(t *testing.T) {
	for _, row := range matrixRows {
		b := newBowl(20)
		opt := Groups{{12, NewChain(row.make(3, 4), NewClipNorm(100))}, {8, NewAdam(0.1)}}
		want := append(bowl{b.a[:12], b.c[:12]}.run(row.make(3, 4), 10), bowl{b.a[12:], b.c[12:]}.run(NewAdam(0.1), 10)...)
		if got := b.run(opt, 10); !sameBits(got, want) {
			t.Errorf("%s: other bits in a group", row.name)
		}
		b = newBowl(12)
		want = b.run(row.make(3, 4), 10)
		for _, o := range []Optimizer{NewSkipNonFinite(row.make(3, 4), 1), NewAverage(row.make(3, 4)), NewAccumulate(row.make(3, 4), 1), NewProximalL1(row.make(3, 4), 0)} {
			if got := b.run(o, 10); !sameBits(got, want) {
				t.Errorf("%s: other bits within %T", row.name, o)
			}
		}
	}
}

// TestMatrixInGroupsRefused spoils a rule behind another one, which must not step.
func TestMatrixInGroupsRefused(t *testing.T) {
	for _, row := range matrixRows {
		opt := row.make(1, 2)
		checkRefused(t, Groups{{1, NewSGD(1)}, {2, opt}}, func() {
			reflect.ValueOf(opt).Elem().FieldByName("LearningRate").SetFloat(-1)
		}, fmt.Sprintf("optim: %s.LearningRate = -1, want [0, +Inf)", name(opt)))
	}
}

// TestMatrixNaN gives a gradient that is not finite. The step ends, and the NaN reaches the
// parameters.
func TestMatrixNaN(t *testing.T) {
	eachMatrix(func(name string, n int, build func() Optimizer) {
		for _, bad := range []float64{nan, inf} {
			for when := range 4 {
				opt, x, g := build(), make([]float64, n), make([]float64, n)
				for step := range 6 {
					newBowl(n).gradient(g, x)
					if step == when {
						g[0] = bad
					}
					opt.Step(x, g)
				}
				if finite(x) {
					t.Errorf("%s: x is finite after a gradient of %v in step %d", name, bad, when+1)
				}
			}
		}
	})
}

// TestMuonSingularValues compares with the definition: the iteration acts on the singular values of
// the momentum alone.
func TestMuonSingularValues(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, shape := range [][2]int{{4, 7}, {7, 4}, {5, 5}} {
		rows, cols := shape[0], shape[1]
		for _, iterations := range []int{1, 5, 8} {
			for _, match := range []bool{false, true} {
				o := NewMuon(0.5, rows, cols)
				o.Iterations, o.MatchRMS, o.Mu = iterations, match, 0
				x, g := make([]float64, rows*cols), random(rng, rows*cols)
				o.Step(x, g)

				var svd mat.SVD
				svd.Factorize(mat.NewDense(rows, cols, g), mat.SVDThin)
				values := svd.Values(nil)
				floats.Scale(1/(floats.Norm(values, 2)+1e-7), values)
				for i, s := range values {
					for range iterations {
						s = 3.4445*s - 4.7750*s*s*s + 2.0315*s*s*s*s*s
					}
					values[i] = s
					if iterations == 5 && (s < 0.65 || s > 1.25) {
						t.Errorf("%d×%d: singular value %v after 5 iterations", rows, cols, s)
					}
				}
				scale := math.Sqrt(max(1, float64(rows)/float64(cols)))
				if match {
					scale = 0.2 * math.Sqrt(float64(max(rows, cols)))
				}
				var u, v, want mat.Dense
				svd.UTo(&u)
				svd.VTo(&v)
				want.Product(&u, mat.NewDiagDense(len(values), values), v.T())
				want.Scale(-0.5*scale, &want)
				if !mat.EqualApprox(mat.NewDense(rows, cols, x), &want, 1e-13) {
					t.Errorf("%d×%d, %d iterations: moved by\n%v, want\n%v", rows, cols, iterations, x, want.RawMatrix().Data)
				}
			}
		}
	}
	o, x := NewMuon(0.5, 1, 2), []float64{0, 0}
	o.Mu = 0
	o.Step(x, []float64{3, -4})
	if !(math.Abs(x[0]+0.3) <= 1e-7) || !(math.Abs(x[1]-0.4) <= 1e-7) {
		t.Errorf("a vector moves by %v, want (-0.3, 0.4)", x)
	}
}

// TestShampooOracle compares with a literal form of the rule.
func TestShampooOracle(t *testing.T) {
	const rows, cols, eta, decay = 3, 5, 0.1, 0.3
	rng := rand.New(rand.NewPCG(5, 6))
	o := NewShampoo(eta, rows, cols)
	o.Beta1, o.Beta2, o.Epsilon, o.Every, o.WeightDecay = 0.8, 0.95, 1e-3, 2, decay
	x := random(rng, rows*cols)
	want := mat.NewDense(rows, cols, slices.Clone(x))
	m, v, d := mat.NewDense(rows, cols, nil), mat.NewDense(rows, cols, nil), mat.NewDense(rows, cols, nil)
	left, right := mat.NewDense(rows, rows, nil), mat.NewDense(cols, cols, nil)
	var leftRoot, rightRoot, u, square mat.Dense
	for step := 1; step <= 20; step++ {
		data := random(rng, rows*cols)
		g := mat.NewDense(rows, cols, data)
		blend := func(mean *mat.Dense, beta float64, of mat.Matrix) {
			mean.Scale(beta/(1-beta), mean)
			mean.Add(mean, of)
			mean.Scale(1-beta, mean)
		}
		w1, w2 := 1-math.Pow(0.8, float64(step)), 1-math.Pow(0.95, float64(step))
		blend(m, 0.8, g)
		square.MulElem(g, g)
		blend(v, 0.95, &square)
		var outer, inner mat.Dense
		outer.Mul(g, g.T())
		inner.Mul(g.T(), g)
		blend(left, 0.95, &outer)
		blend(right, 0.95, &inner)
		if step == 1 || step%2 == 0 {
			leftRoot.CloneFrom(inverseRoot(left, w2))
			rightRoot.CloneFrom(inverseRoot(right, w2))
		}
		d.Apply(func(i, j int, _ float64) float64 { return m.At(i, j) / w1 / (math.Sqrt(v.At(i, j)/w2) + 1e-3) }, d)
		u.Product(&leftRoot, m, &rightRoot)
		u.Scale(eta*mat.Norm(d, 2)/mat.Norm(&u, 2), &u)
		want.Scale(1-eta*decay, want)
		want.Sub(want, &u)

		o.Step(x, data)
		if !mat.EqualApprox(mat.NewDense(rows, cols, x), want, 1e-10) {
			t.Fatalf("step %d: %v, want %v", step, x, want.RawMatrix().Data)
		}
		for _, s := range []*side{&o.left, &o.right} { // the largest eigenvalue counts as 1
			var eigen mat.EigenSym
			eigen.Factorize(mat.NewSymDense(s.n, slices.Clone(s.q)), false)
			if least := eigen.Values(nil)[0]; !(math.Abs(least-1) <= 1e-10) {
				t.Fatalf("step %d: the least eigenvalue of P is %v, want 1", step, least)
			}
		}
	}
}

// inverseRoot returns (a/w)^(−1/4), with eigenvalues of at least 1e-12 times the largest one.
func inverseRoot(a *mat.Dense, w float64) *mat.Dense {
	n, _ := a.Dims()
	s := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			s.SetSym(i, j, a.At(i, j)/w)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(s, true) {
		panic("no eigenvalues")
	}
	values := eigen.Values(nil)
	top := floats.Max(values)
	for i, value := range values {
		values[i] = math.Pow(math.Max(value, 1e-12*top), -0.25)
	}
	var q, root mat.Dense
	eigen.VectorsTo(&q)
	root.Product(&q, mat.NewDiagDense(n, values), q.T())
	return &root
}

// TestAdafactorOracle compares with a literal form of the rule, with all options and with none.
func TestAdafactorOracle(t *testing.T) {
	for _, shape := range [][2]int{{3, 5}, {5, 3}, {1, 6}, {6, 1}} {
		for _, options := range []bool{false, true} {
			checkAdafactor(t, shape[0], shape[1], options)
		}
	}
}

// TestAdafactorMemory checks that the state of a matrix is a number for each row and each column, and with Beta1 also one
// for each element.
func TestAdafactorMemory(t *testing.T) {
	const rows, cols = 30, 20
	size := func(beta1 float64) int {
		o := NewAdafactor(0.1, rows, cols)
		o.Beta1 = beta1
		x := make([]float64, rows*cols)
		o.Step(x, x)
		return len(encoded(o))
	}
	if less, more := size(0), size(0.9); more-less != 8*rows*cols || less > 8*(rows+cols)+1000 {
		t.Errorf("%d bytes, %d bytes with Beta1", less, more)
	}
}

func checkAdafactor(t *testing.T, rows, cols int, options bool) {
	t.Helper()
	n := rows * cols
	rng := rand.New(rand.NewPCG(7, 8))
	o := NewAdafactor(0.2, rows, cols)
	o.WeightDecay, o.Epsilon1, o.Epsilon2 = 0.3, 1e-4, 0.9
	clip, beta1 := 1.0, 0.0
	if options {
		clip, beta1 = 0.7, 0.8
		o.Clip, o.Beta1, o.DecayRate, o.ScaleParameter, o.RelativeStep = clip, beta1, 0.6, false, false
	}
	rms := func(x []float64) float64 { return floats.Norm(x, 2) / math.Sqrt(float64(len(x))) }
	x := random(rng, n)
	want, m, v, u := slices.Clone(x), make([]float64, n), make([]float64, n), make([]float64, n)
	r, c := make([]float64, rows), make([]float64, cols)
	for step := 1; step <= 30; step++ {
		g := random(rng, n)
		beta := 1 - math.Pow(float64(step), -o.DecayRate)
		for i := range rows {
			sum := 0.0
			for j := range cols {
				sum += g[i*cols+j]*g[i*cols+j] + 1e-4
			}
			r[i] = beta*r[i] + (1-beta)*sum/float64(cols)
		}
		for j := range cols {
			sum := 0.0
			for i := range rows {
				sum += g[i*cols+j]*g[i*cols+j] + 1e-4
			}
			c[j] = beta*c[j] + (1-beta)*sum/float64(rows)
		}
		for i := range v {
			v[i] = beta*v[i] + (1-beta)*(g[i]*g[i]+1e-4)
			u[i] = g[i] / math.Sqrt(v[i])
			if rows > 1 && cols > 1 {
				u[i] = g[i] / math.Sqrt(r[i/cols]*c[i%cols]/(floats.Sum(r)/float64(rows)))
			}
		}
		floats.Scale(1/math.Max(1, rms(u)/clip), u)
		alpha := 0.2
		if !options {
			alpha = math.Min(0.2, 1/math.Sqrt(float64(step))) * math.Max(0.9, rms(want))
		}
		for i := range want {
			m[i] = beta1*m[i] + (1-beta1)*alpha*u[i]
			want[i] -= 0.2 * 0.3 * want[i]
			want[i] -= m[i]
		}
		o.Step(x, g)
		if !floats.EqualApprox(x, want, 1e-12) {
			t.Fatalf("%d×%d, options %v: step %d: %v, want %v", rows, cols, options, step, x, want)
		}
	}
}

// TestSOAPBases checks that the bases stay orthogonal, and that SOAP is Adam in them: with the
// identity as both bases and no later factorization it takes the steps of Adam.
func TestSOAPBases(t *testing.T) {
	const rows, cols = 4, 3
	rng := rand.New(rand.NewPCG(9, 10))
	o := NewSOAP(0.1, rows, cols)
	o.Every = 2
	x := random(rng, rows*cols)
	for range 9 {
		o.Step(x, random(rng, rows*cols))
		for _, s := range []*side{&o.left, &o.right} {
			var product mat.Dense
			q := mat.NewDense(s.n, s.n, s.q)
			product.Mul(q.T(), q)
			if !mat.EqualApprox(&product, mat.NewDiagDense(s.n, repeat(1, s.n)), 1e-13) {
				t.Fatalf("QᵀQ = %v", product.RawMatrix().Data)
			}
		}
	}

	o = NewSOAP(0.1, rows, cols)
	o.Every = 1000
	clear(x)
	o.Step(x, random(rng, rows*cols))
	for _, s := range []*side{&o.left, &o.right} {
		clear(s.q)
		for i := range s.n {
			s.q[i*s.n+i] = 1
		}
	}
	want, m, v := make([]float64, rows*cols), make([]float64, rows*cols), make([]float64, rows*cols)
	for step := 2; step <= 20; step++ {
		g := random(rng, rows*cols)
		for i := range want {
			m[i], v[i] = 0.95*m[i]+0.05*g[i], 0.95*v[i]+0.05*g[i]*g[i]
			bias := math.Sqrt(1-math.Pow(0.95, float64(step))) / (1 - math.Pow(0.95, float64(step)))
			want[i] -= 0.1 * bias * m[i] / (math.Sqrt(v[i]) + 1e-8)
		}
		o.Step(x, g)
		if !floats.EqualApprox(x, want, 1e-12) {
			t.Fatalf("step %d: %v, want %v", step, x, want)
		}
	}
}
