package optim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// logistic is the regression Σ log(1 + exp(−yᵢaᵢ·x))·weight + ½λΣxⱼ², where the second sum leaves
// out the intercept x₀. yᵢ is 1 or −1.
type logistic struct {
	name           string
	a              *mat.Dense // the rows aᵢ, with 1 in column 0
	y              []float64
	weight, lambda float64
}

// softplus returns log(1 + exp(z)) and its derivative, without overflow.
func softplus(z float64) (value, slope float64) {
	e := math.Exp(-math.Abs(z))
	if z < 0 {
		return math.Log1p(e), e / (1 + e)
	}
	return z + math.Log1p(e), 1 / (1 + e)
}

// evaluate returns the value at x and writes the gradient to grad.
func (l *logistic) evaluate(grad, x []float64) float64 {
	loss, penalty := 0.0, 0.0
	clear(grad)
	for i, y := range l.y {
		row := l.a.RawRowView(i)
		value, slope := softplus(-y * floats.Dot(row, x))
		loss += value
		floats.AddScaled(grad, -y*slope*l.weight, row)
	}
	for j := 1; j < len(x); j++ {
		penalty += x[j] * x[j]
		grad[j] += l.lambda * x[j]
	}
	return l.weight*loss + l.lambda/2*penalty
}

func (l *logistic) hessian(dst *mat.SymDense, x []float64) {
	dst.Zero()
	for i := range l.y {
		row := l.a.RowView(i)
		_, slope := softplus(mat.Dot(row, mat.NewVecDense(len(x), x)))
		dst.SymRankOne(dst, l.weight*slope*(1-slope), row)
	}
	for j := 1; j < len(x); j++ {
		dst.SetSym(j, j, dst.At(j, j)+l.lambda)
	}
}

// problem returns the regression from zero. It is not safe for concurrent use.
func (l *logistic) problem() (p optimize.Problem, x0 []float64) {
	_, n := l.a.Dims()
	p = ValueAndGradient(l.evaluate)
	p.Hess = l.hessian
	return p, make([]float64, n)
}

// newLogistic returns a regression on rows of normal numbers. The probability of the label 1 is
// 1/(1 + exp(−z)) with z half the sum of the row.
func newLogistic(random *rand.Rand, rows, columns int, weight, lambda float64) *logistic {
	l := &logistic{fmt.Sprintf("%d×%d", rows, columns), mat.NewDense(rows, columns, nil), make([]float64, rows), weight, lambda}
	for i := range l.y {
		row := l.a.RawRowView(i)
		row[0] = 1
		for j := 1; j < columns; j++ {
			row[j] = random.NormFloat64()
		}
		l.y[i] = -1
		if random.Float64() < 1/(1+math.Exp(-floats.Sum(row)/2)) {
			l.y[i] = 1
		}
	}
	return l
}

// smallLogistics returns 30 regressions with 100 to 300 rows and 2 to 7 columns.
func smallLogistics() (all []*logistic) {
	random := rand.New(rand.NewPCG(38, 0))
	for k := range 30 {
		l := newLogistic(random, 100+random.IntN(201), 2+random.IntN(6), 1, 1e-3)
		l.name = fmt.Sprintf("%d: %s", k, l.name)
		all = append(all, l)
	}
	return all
}

// largeLogistic returns the regression with 20,000 rows and 50 columns.
func largeLogistic() *logistic {
	return newLogistic(rand.New(rand.NewPCG(38, 1)), 20000, 50, 1, 1e-3)
}

// cancerLogistics returns the regressions on the breast cancer data, standardised, with an
// intercept.
func cancerLogistics(t testing.TB) (all []*logistic) {
	table := readTable(t, "breast_cancer.csv", 1)
	n, p := len(table), len(table[0])-1
	a, y := mat.NewDense(n, p+1, nil), make([]float64, n)
	columns := a.Slice(0, n, 1, p+1).(*mat.Dense)
	for i, row := range table {
		columns.SetRow(i, row[:p])
		y[i] = 2*row[p] - 1
	}
	standardize(columns)
	for i := range n {
		a.Set(i, 0, 1)
	}
	for _, lambda := range []float64{0.01, 0.1, 1, 10, 100} {
		all = append(all, &logistic{fmt.Sprintf("breast cancer, λ = %v", lambda), a, y, 1, lambda})
	}
	return all
}

// TestLogisticDerivatives compares gradients and Hessians with central differences, and the values
// far from the minimum with their limits.
func TestLogisticDerivatives(t *testing.T) {
	for _, l := range append(smallLogistics(), cancerLogistics(t)...) {
		p, x := l.problem()
		checkGradients(t, l.name, p, x)
		for i := range x {
			x[i] = 0.1 * math.Cos(float64(i))
		}
		got, want := mat.NewSymDense(len(x), nil), mat.NewSymDense(len(x), nil)
		p.Hess(got, x)
		differencesOf(p.Grad, want, x)
		if !mat.EqualApprox(got, want, 1e-7*mat.Norm(want, math.Inf(1))) {
			t.Errorf("%s: the Hessian at %v is\n%v\nand by differences\n%v", l.name, x, mat.Formatted(got), mat.Formatted(want))
		}
	}
	for z, want := range map[float64][2]float64{-800: {0, 0}, 0: {math.Ln2, 0.5}, 800: {800, 1}, -50: {math.Exp(-50), math.Exp(-50)}} {
		if value, slope := softplus(z); !(math.Abs(value-want[0]) <= 1e-15*want[0]) || !(math.Abs(slope-want[1]) <= 1e-15*want[1]) {
			t.Errorf("softplus(%v) is %v with slope %v, want %v", z, value, slope, want)
		}
	}
}
