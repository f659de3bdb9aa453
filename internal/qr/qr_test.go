package qr

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

func random(rng *rand.Rand, m, n int) *mat.Dense {
	a := mat.NewDense(m, n, nil)
	for i := range m {
		for j := range n {
			a.Set(i, j, rng.NormFloat64())
		}
	}
	return a
}

// factorize is Measure and, if that returns −1, Factorize.
func factorize(f *Factors, jac *mat.Dense, r []float64) (badRow int) {
	badRow = f.Measure(jac, r, floats.Norm(r, 2))
	if badRow < 0 {
		f.Factorize()
	}
	return badRow
}

// problem is a Jacobian and residuals in moderate units, and the same in the
// units that the factors get: column j times units[j].
type problem struct {
	m, n, rank int
	zeros      []int // columns of zeros
	jac        *mat.Dense
	r, units   []float64
	scaled     *mat.Dense
}

// newProblem returns a random problem: tall, square or wide, of full or of less
// rank, with or without columns of zeros.
func newProblem(rng *rand.Rand, exponent int) problem {
	return sized(rng, 1+rng.IntN(12), 1+rng.IntN(8), exponent)
}

// sized is newProblem for m rows and n columns.
func sized(rng *rand.Rand, m, n, exponent int) problem {
	p := problem{m: m, n: n}
	p.rank = min(p.m, p.n)
	if rng.IntN(2) == 0 {
		p.rank = 1 + rng.IntN(p.rank)
	}
	p.jac = new(mat.Dense)
	if p.rank == min(p.m, p.n) {
		p.jac = random(rng, p.m, p.n)
	} else {
		p.jac.Mul(random(rng, p.m, p.rank), random(rng, p.rank, p.n))
	}
	if p.n > p.rank && rng.IntN(2) == 0 { // the others keep the rank
		p.zeros = append(p.zeros, rng.IntN(p.n))
		p.jac.SetCol(p.zeros[0], make([]float64, p.m))
	}
	p.r = mat.Col(nil, 0, random(rng, p.m, 1))
	p.units = make([]float64, p.n)
	p.scaled = mat.DenseCopyOf(p.jac)
	for j := range p.n {
		p.units[j] = math.Ldexp(1, rng.IntN(2*exponent+1)-exponent)
		column := mat.Col(nil, j, p.jac)
		floats.Scale(p.units[j], column)
		p.scaled.SetCol(j, column)
	}
	return p
}

func (p problem) factors(t *testing.T, f *Factors) *Factors {
	t.Helper()
	if bad := factorize(f, p.scaled, p.r); bad != -1 {
		t.Fatalf("Measure: row %d is not finite", bad)
	}
	return f
}

// model returns Jd + r, for d in the units of the factors.
func (p problem) model(d []float64) []float64 {
	y, v := slices.Clone(d), mat.NewVecDense(p.m, nil)
	floats.Mul(y, p.units)
	v.MulVec(p.jac, mat.NewVecDense(p.n, y))
	sum := v.RawVector().Data
	floats.Add(sum, p.r)
	return sum
}

// TestFactors compares with dense algebra, for columns with norms from 2⁻⁴⁰⁰ to 2⁴⁰⁰.
func TestFactors(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for try := range 500 {
		newProblem(rng, []int{0, 20, 400}[try%3]).check(t, try)
	}
}

// TestTall is TestFactors for every number of rows next to a whole number of blocks, for one leaf and
// for several ones.
func TestTall(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for try, blocks := range []int{1, 2, 3, 16, 31, 32, 33, 48, 65} {
		for off := -1; off <= 1; off++ {
			n := []int{1, 2, 3, 4, 5, 7, 20}[rng.IntN(7)]
			m := blocks*blockRows + off
			if blocks == 1 {
				m += n // the least number of rows that is reduced by blocks is n + blockRows + 1
			}
			if f := New(m, n); (f.tall != nil) != (m > n+blockRows) || blocks > 32 && len(f.tall.leaves) < 2 {
				t.Fatalf("%d × %d: %v", m, n, f.tall)
			}
			sized(rng, m, n, []int{0, 20, 400}[try%3]).check(t, try)
		}
	}
}

// check compares rank, norms, offset, cosine and solution with what dense algebra gives.
func (p problem) check(t *testing.T, try int) {
	t.Helper()
	f := p.factors(t, New(p.m, p.n))
	p.factors(t, f) // again, to the same
	if f.Rank != p.rank {
		t.Fatalf("try %d, %d × %d: rank %d, want %d", try, p.m, p.n, f.Rank, p.rank)
	}
	if sorted := slices.Sorted(slices.Values(f.Pivots)); sorted[0] != 0 || sorted[p.n-1] != p.n-1 || len(slices.Compact(sorted)) != p.n {
		t.Errorf("try %d: pivots %v", try, f.Pivots)
	}
	norm, cosine := floats.Norm(p.r, 2), 0.0
	for j := range p.n {
		column := mat.Col(nil, j, p.jac)
		length := floats.Norm(column, 2)
		if got, want := f.Norms[j]/p.units[j], length; !(math.Abs(got-want) <= 1e-14*want) {
			t.Errorf("try %d: norm %v of column %d, want %v", try, got, j, want)
		}
		if length > 0 {
			cosine = max(cosine, math.Abs(floats.Dot(column, p.r))/length/norm)
		}
	}
	if !(math.Abs(f.Cosine-cosine) <= 1e-13) {
		t.Errorf("try %d: cosine %v, want %v", try, f.Cosine, cosine)
	}

	d := make([]float64, p.n)
	f.Solve(d)
	rest := p.model(d)
	var normal mat.VecDense // Jᵀ(Jd + r) = 0 at a minimum
	normal.MulVec(p.jac.T(), mat.NewVecDense(p.m, rest))
	if !(mat.Norm(&normal, math.Inf(1)) <= 1e-9) {
		t.Errorf("try %d, %d × %d of rank %d: Jᵀ(Jd + r) = %v", try, p.m, p.n, p.rank, normal.RawVector().Data)
	}
	offset := math.Sqrt(max(norm*norm-floats.Dot(rest, rest), 0)) / norm
	if !(math.Abs(f.Offset-offset) <= 1e-7) {
		t.Errorf("try %d: offset %v, want %v", try, f.Offset, offset)
	}
	for i, j := range f.Pivots {
		if i >= p.rank && d[j] != 0 || slices.Contains(p.zeros, j) && (d[j] != 0 || i < p.rank) {
			t.Errorf("try %d: d = %v for the pivots %v and rank %d", try, d, f.Pivots, p.rank)
		}
	}
	if p.rank == p.n {
		var qr mat.QR
		var want mat.VecDense
		qr.Factorize(p.jac)
		if err := qr.SolveVecTo(&want, false, mat.NewVecDense(p.m, p.r)); err != nil {
			return // too near to singular to compare
		}
		floats.Mul(d, p.units)
		floats.Scale(-1, d)
		if !floats.EqualApprox(d, want.RawVector().Data, 1e-12*mat.Cond(p.jac, 2)*(1+floats.Norm(d, 2))) {
			t.Errorf("try %d: d = %v, want %v", try, d, want.RawVector().Data)
		}
	}
}

// TestSolveDamped compares with the least squares of the stacked matrix, solved
// densely, and the gain with the decrease of the linear model.
func TestSolveDamped(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for try := range 500 {
		p := newProblem(rng, []int{0, 20, 400}[try%3])
		f := p.factors(t, New(p.m, p.n))
		mu, diagonal := math.Exp(4*rng.NormFloat64()), make([]float64, p.n)
		stack, b := mat.NewDense(p.m+p.n, p.n, nil), mat.NewVecDense(p.m+p.n, nil)
		stack.Slice(0, p.m, 0, p.n).(*mat.Dense).Copy(p.jac)
		for j := range p.n {
			larger := 1 + rng.Float64()
			diagonal[j] = larger * f.Norms[j]
			entry := math.Sqrt(mu) * larger * floats.Norm(mat.Col(nil, j, p.jac), 2)
			if entry == 0 {
				entry = 1
			}
			stack.Set(p.m+j, j, entry)
		}
		for i, v := range p.r {
			b.SetVec(i, -v)
		}
		var want mat.VecDense
		if err := want.SolveVec(stack, b); err != nil {
			continue
		}
		d, norm := make([]float64, p.n), floats.Norm(p.r, 2)
		gain := f.SolveDamped(d, mu, diagonal)
		rest := p.model(d)
		floats.Mul(d, p.units)
		if !floats.EqualApprox(d, want.RawVector().Data, 1e-13*mat.Cond(stack, 2)*(1+floats.Norm(d, 2))) {
			t.Errorf("try %d, %d × %d of rank %d, μ = %v: d = %v, want %v", try, p.m, p.n, p.rank, mu, d, want.RawVector().Data)
		}
		if predicted := 1 - floats.Dot(rest, rest)/(norm*norm); !(math.Abs(gain-predicted) <= 1e-12) {
			t.Errorf("try %d: gain %v, want %v", try, gain, predicted)
		}
		for _, j := range p.zeros {
			if d[j] != 0 {
				t.Errorf("try %d: d = %v with a column of zeros", try, d)
			}
		}
	}
}

// TestSolveDampedBound has a column that has all but vanished: its weight would
// overflow.
func TestSolveDampedBound(t *testing.T) {
	jac := mat.NewDense(2, 2, []float64{1, 0, 0, 1e-300})
	f := New(2, 2)
	factorize(f, jac, []float64{1, 1})
	d := make([]float64, 2)
	gain := f.SolveDamped(d, 1, []float64{1, 1e200})
	if !floats.EqualApprox(d, []float64{-0.5, 0}, 1e-15) || !(math.Abs(gain-0.375) < 1e-15) {
		t.Errorf("d = %v, gain %v", d, gain)
	}
	if w := f.weight(1, []float64{1, 1e200}, 1); w != 1e150 {
		t.Errorf("weight %v", w)
	}
}

func TestInverse(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for try := range 300 {
		n := 1 + rng.IntN(6)
		p := problem{m: n + rng.IntN(6), n: n}
		p.jac = random(rng, p.m, n)
		p.r, p.scaled = mat.Col(nil, 0, random(rng, p.m, 1)), mat.DenseCopyOf(p.jac)
		unit := []float64{1, 0x1p-300, 0x1p300}[try%3]
		p.scaled.Scale(unit, p.scaled)
		f := p.factors(t, New(p.m, n))
		var gram, want mat.Dense
		gram.Mul(p.jac.T(), p.jac)
		if err := want.Inverse(&gram); err != nil || mat.Cond(p.jac, 2) > 1e4 {
			continue
		}
		want.Scale(3, &want)
		got := mat.NewSymDense(n, nil)
		f.Inverse(got, 3*unit) // 3·unit·(unit²JᵀJ)⁻¹, which times unit is of moderate size
		var product mat.Dense
		product.Scale(unit, got)
		if !mat.EqualApprox(&product, &want, 1e-8*mat.Norm(&want, 2)) {
			t.Errorf("try %d, %d × %d: %v, want %v", try, p.m, n, product, want)
		}
	}
}

// TestInverseOfARank overwrites a matrix. The row and the column of a parameter without effect become zero.
func TestInverseOfARank(t *testing.T) {
	f := New(2, 2)
	factorize(f, mat.NewDense(2, 2, []float64{0, 2, 0, 0}), []float64{1, 1})
	got := mat.NewSymDense(2, []float64{7, 7, 7, 7})
	if f.Inverse(got, 1); !mat.Equal(got, mat.NewSymDense(2, []float64{0, 0, 0, 0.25})) {
		t.Errorf("%v, want 1/4 for the second parameter", mat.Formatted(got))
	}
}

// TestDeviation compares with the inverse of JᵀJ, with any units, and with a column of zeros for a
// parameter that does not count.
func TestDeviation(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for try := range 300 {
		m, n := 6+rng.IntN(6), 1+rng.IntN(5)
		jac, g := random(rng, m, n), mat.Col(nil, 0, random(rng, n, 1))
		var gram, inverse mat.Dense
		gram.Mul(jac.T(), jac)
		if err := inverse.Inverse(&gram); err != nil || mat.Cond(jac, 2) > 1e3 {
			continue
		}
		v := mat.NewVecDense(n, g)
		want := math.Sqrt(mat.Inner(v, &inverse, v))
		unit := []float64{1, 0x1p-300, 0x1p300}[try%3] // of the first parameter
		wide, at := mat.NewDense(m, n+1, nil), append(slices.Clone(g), 5)
		at[0] *= unit
		for i := range m {
			for j := range n {
				wide.Set(i, j, jac.At(i, j))
			}
			wide.Set(i, 0, jac.At(i, 0)*unit)
		}
		f := New(m, n+1)
		factorize(f, wide, make([]float64, m))
		if got := f.Deviation(at); f.Rank != n || !(math.Abs(got-want) <= 1e-9*want) {
			t.Errorf("try %d, %d × %d: %v of rank %d, want %v", try, m, n, got, f.Rank, want)
		}
	}
}

func TestMeasure(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		name string
		jac  []float64 // 3 × 2
		bad  int
		want []float64
	}{
		{"moderate", []float64{3, 1, -4, -2, 0, 2}, -1, []float64{5, 3}},
		{"huge and tiny", []float64{3e300, 3e-310, 4e300, -4e-310, 0, 0}, -1, []float64{5e300, 5e-310}},
		{"zeros", []float64{0, 0, 1, 0, 0, 0}, -1, []float64{1, 0}},
		{"the largest number", []float64{math.MaxFloat64, 1, 0, 0, 0, 0}, -1, []float64{math.MaxFloat64, 1}},
		{"NaN", []float64{1, 2, 3, nan, nan, 6}, 1, nil},
		{"infinity", []float64{1, 2, 3, 4, 5, -inf}, 2, nil},
		{"a norm overflows", []float64{1, 1.5e308, 0, 1.5e308, 0, 0}, 0, nil},
	} {
		f := New(3, 2)
		bad := f.Measure(mat.NewDense(3, 2, c.jac), make([]float64, 3), 0)
		if bad != c.bad || c.want != nil && !floats.EqualFunc(f.Measured, c.want, func(a, b float64) bool { return math.Abs(a-b) <= 1e-15*b }) {
			t.Errorf("%s: row %d, norms %v, want %d, %v", c.name, bad, f.Measured, c.bad, c.want)
		}
		if f.Norms[0] != 0 || f.Rank != 0 {
			t.Errorf("%s: Measure changed the factors", c.name)
		}
	}
}

func TestZero(t *testing.T) {
	f, d := New(3, 2), []float64{1, 1}
	zero := mat.NewDense(3, 2, nil)
	factorize(f, zero, []float64{1, 2, 3})
	f.Solve(d)
	if f.Rank != 0 || f.Offset != 0 || f.Cosine != 0 || d[0] != 0 || d[1] != 0 {
		t.Errorf("J = 0: rank %d, offset %v, cosine %v, d = %v", f.Rank, f.Offset, f.Cosine, d)
	}
	jac := mat.NewDense(3, 2, []float64{1, 2, 3, 4, 5, 7})
	factorize(f, jac, make([]float64, 3))
	f.Solve(d)
	if f.Rank != 2 || f.Offset != 0 || f.Cosine != 0 || d[0] != 0 || d[1] != 0 {
		t.Errorf("r = 0: rank %d, offset %v, cosine %v, d = %v", f.Rank, f.Offset, f.Cosine, d)
	}
}

// TestReuse factorizes problem after problem with the same factors, and with new
// ones. All results have the same bits.
func TestReuse(t *testing.T) {
	rng, used := rand.New(rand.NewPCG(9, 10)), map[[2]int]*Factors{}
	zero := 0
	for try := range 500 {
		p := newProblem(rng, 20)
		if rng.IntN(8) == 0 {
			clear(p.r)
			zero++
		}
		fresh, old := New(p.m, p.n), used[[2]int{p.m, p.n}]
		used[[2]int{p.m, p.n}] = fresh
		if old == nil {
			continue
		}
		var results [2][]float64
		for i, f := range []*Factors{p.factors(t, fresh), p.factors(t, old)} {
			d := make([]float64, p.n)
			f.Solve(d)
			results[i] = append(d, float64(f.Rank), f.Offset, f.Cosine)
			if f.Cosine > 0 {
				results[i] = append(results[i], f.SolveDamped(d, 0.1, f.Norms))
				results[i] = append(results[i], d...)
			}
		}
		if !slices.Equal(results[0], results[1]) {
			t.Fatalf("try %d, %d × %d: %v when used again, want %v", try, p.m, p.n, results[1], results[0])
		}
		used[[2]int{p.m, p.n}] = old
	}
	if zero < 10 {
		t.Errorf("%d problems without residuals", zero)
	}
}

// TestRank has columns that differ by little. ε·max(m, n) is 2.2e-13.
func TestRank(t *testing.T) {
	for change, want := range map[float64]int{1e-14: 1, 1e-11: 2} {
		jac, f := mat.NewDense(1000, 2, nil), New(1000, 2)
		for i := range 1000 {
			jac.SetRow(i, []float64{1, 1 + change*float64(1-2*(i%2))})
		}
		factorize(f, jac, make([]float64, 1000))
		if f.Rank != want {
			t.Errorf("a change of %v: rank %d, want %d", change, f.Rank, want)
		}
	}
}

func TestAllocations(t *testing.T) {
	jac, r, d := random(rand.New(rand.NewPCG(7, 8)), 40, 7), make([]float64, 40), make([]float64, 7)
	r[3] = 1
	f := New(40, 7)
	if n := testing.AllocsPerRun(100, func() {
		factorize(f, jac, r)
		f.Solve(d)
		f.SolveDamped(d, 1e-3, f.Norms)
		f.SolveDamped(d, 1e-3, f.Norms)
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
