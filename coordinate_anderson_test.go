package optim

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// elasticNet is ‖Ax − y‖²/2N with penalties, in the textbook's form.
type elasticNet struct {
	columns [][]float64
	y       []float64
	l1, l2  float64
}

func (e elasticNet) residual(x []float64) []float64 {
	r := make([]float64, len(e.y))
	floats.AddScaled(r, -1, e.y)
	for j, v := range x {
		floats.AddScaled(r, v, e.columns[j])
	}
	return r
}

func (e elasticNet) value(x []float64) float64 {
	r := e.residual(x)
	return floats.Dot(r, r)/float64(2*len(r)) + e.l1*floats.Norm(x, 1) + e.l2/2*floats.Dot(x, x)
}

// sweep moves every coefficient to its minimum once, and returns the largest violation of the optimality
// conditions before a move.
func (e elasticNet) sweep(x []float64) (worst float64) {
	n := float64(len(e.y))
	for j, column := range e.columns {
		square, g := floats.Dot(column, column)/n, floats.Dot(column, e.residual(x))/n
		worst = math.Max(worst, violation(x[j], g, e.l1, e.l2))
		u := square*x[j] - g
		x[j] = math.Copysign(math.Max(math.Abs(u)-e.l1, 0), u) / (square + e.l2)
	}
	return worst
}

// extrapolated returns Σ c_k·x_k over k = 1, …, K for the iterates x₀, …, x_K, where c is
// (UᵀU)⁻¹1/1ᵀ(UᵀU)⁻¹1 and U has the differences. The system is solved by a QR factorization of U.
// condition is that of U.
func extrapolated(iterates [][]float64) (x []float64, condition float64) {
	k := len(iterates) - 1
	u := mat.NewDense(len(iterates[0]), k, nil)
	for i := range k {
		for j, v := range iterates[i+1] {
			u.Set(j, i, v-iterates[i][j])
		}
	}
	var qr mat.QR
	qr.Factorize(u)
	var r mat.Dense
	qr.RTo(&r)
	ones := mat.NewVecDense(k, slices.Repeat([]float64{1}, k))
	var half, c mat.VecDense
	square := r.Slice(0, k, 0, k)
	if half.SolveVec(square.T(), ones) != nil || c.SolveVec(square, &half) != nil {
		panic("singular")
	}
	x = make([]float64, len(iterates[0]))
	for i := range k {
		floats.AddScaled(x, c.AtVec(i)/mat.Sum(&c), iterates[i+1])
	}
	return x, qr.Cond()
}

// TestAndersonByHand compares a Step of seven sweeps with the textbook's sweeps. After six of them the
// parameters are extrapolated from the five differences, unless the loss with penalties is higher
// there. The data have so few elements that the sweeps do not use the products of the columns.
// The start is after some sweeps, so that the violation falls slowly and the Step does not end early. A
// trial where it falls fast, or where a parameter is not in the working set or the extrapolation is ill-conditioned, is not compared.
func TestAndersonByHand(t *testing.T) {
	const p = 12
	rng := rand.New(rand.NewPCG(31, 32))
	taken, refused := [2]int{}, [2]int{}
	for trial := range 400 {
		sparse := trial % 2
		n := []int{11, 30}[sparse]
		a, y := mat.NewDense(n, p, nil), make([]float64, n)
		for i := range n {
			common := rng.NormFloat64()
			for j := range p {
				if sparse == 0 || rng.IntN(10) < 3 {
					a.Set(i, j, 3*common+rng.NormFloat64())
				}
			}
			y[i] = 3 * rng.NormFloat64()
		}
		e := elasticNet{y: slices.Clone(y), l1: 0.02 * float64(1+trial%10*3), l2: 0.003}
		for j := range p {
			e.columns = append(e.columns, mat.Col(nil, j, a))
		}
		rows := mat.Matrix(a)
		if sparse == 1 {
			rows = sparseOf(a)
		}
		l := NewSquaredSum(rows, y)
		l.L2, l.Intercept = e.l2, trial%4 == 0
		if l.Intercept { // the minimum over the intercept leaves the centred data
			floats.AddConst(-floats.Sum(e.y)/float64(n), e.y)
			for _, column := range e.columns {
				floats.AddConst(-floats.Sum(column)/float64(n), column)
			}
		}
		o := l.CoordinateDescent(Cyclic)
		o.L1, o.Active = e.l1, 7
		x := make([]float64, l.width())
		for j := range p {
			x[j] = rng.NormFloat64()
		}
		for range 4 {
			e.sweep(x[:p])
		}
		want, whole := slices.Clone(x[:p]), 0.0
		for j, column := range e.columns {
			whole = math.Max(whole, violation(x[j], floats.Dot(column, e.residual(want))/float64(n), e.l1, e.l2))
		}
		slow := true
		var iterates [][]float64
		for range 6 {
			slow = slow && e.sweep(want) > 0.2*whole
			iterates = append(iterates, slices.Clone(want))
		}
		if o.Step(x, nil); !slow || len(o.working.set) < l.width() {
			continue
		}
		next, condition := extrapolated(iterates)
		if condition > 1e4 { // rounding decides
			continue
		}
		if e.value(next) < e.value(want) {
			want = next
			taken[sparse]++
		} else {
			refused[sparse]++
		}
		e.sweep(want)
		for j, v := range want {
			if !near(x[j], v, 1e-5) {
				t.Errorf("trial %d: x[%d] = %v, want %v", trial, j, x[j], v)
			}
		}
	}
	if min(taken[0], taken[1], refused[0], refused[1]) < 5 {
		t.Errorf("dense and sparse: %d extrapolations are taken, %d are not", taken, refused)
	}
}

// TestAndersonOfARest checks that iterates that stay where they are give no extrapolation: UᵀU is zero.
func TestAndersonOfARest(t *testing.T) {
	var a anderson
	for range 2 * (depth + 1) {
		if a.add([]float64{1, 2}, []int{0, 1}) {
			t.Errorf("an extrapolation to %v", a.next)
		}
	}
}
