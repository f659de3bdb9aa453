package optim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// cubicFit is a fit of n parameters to m points: the residuals are z + z³/10 with z = aᵢx − bᵢ.
type cubicFit struct {
	n int
	a []float64 // m × n, by rows
	b []float64
}

func newCubicFit(m, n int) *cubicFit {
	rng := rand.New(rand.NewPCG(uint64(m), uint64(n)))
	f := &cubicFit{n, make([]float64, m*n), make([]float64, m)}
	for i := range f.a {
		f.a[i] = rng.Float64() - 0.5
	}
	for i := range f.b {
		f.b[i] = rng.Float64() + f.a[i*n]
	}
	return f
}

func (f *cubicFit) distance(i int, x []float64) float64 {
	z := -f.b[i]
	for j, v := range f.a[i*f.n : (i+1)*f.n] {
		z += float64(v * x[j])
	}
	return z
}

func (f *cubicFit) residual(dst, x []float64) {
	for i := range dst {
		z := f.distance(i, x)
		dst[i] = z + float64(z*z*z/10)
	}
}

func (f *cubicFit) jacobian(dst *mat.Dense, x []float64) {
	for i := range f.b {
		z := f.distance(i, x)
		slope := 1 + float64(3*z*z/10)
		for j, v := range f.a[i*f.n : (i+1)*f.n] {
			dst.Set(i, j, slope*v)
		}
	}
}

// fitPaths returns the points of runs of least squares: with few residuals and many, with a Jacobian and
// without, damped and plain, and after steps that overshoot.
func fitPaths() map[string][][]float64 {
	paths := map[string][][]float64{}
	follow := func(name string, opt *LeastSquares, x []float64) {
		for range 12 {
			opt.Step(x, x)
			paths[name] = append(paths[name], append([]float64{opt.SumSquares()}, x...))
		}
	}
	for _, size := range [][2]int{{20, 3}, {700, 2}, {3000, 7}, {20000, 12}} {
		f, n := newCubicFit(size[0], size[1]), size[1]
		name := fmt.Sprintf("fit %d × %d", size[0], n)
		follow(name, NewLevenbergMarquardt(size[0], f.residual, f.jacobian), make([]float64, n))
		follow(name+" by differences", NewLevenbergMarquardt(size[0], f.residual, nil), make([]float64, n))
		follow(name+" plain", NewGaussNewton(size[0], f.residual, f.jacobian), make([]float64, n))
	}
	follow("fit of Rosenbrock", rosenbrock(), []float64{-1.2, 1})
	return paths
}

// TestFitOnGoroutines compares the bits of a tall fit on 1 and on 4 goroutines.
func TestFitOnGoroutines(t *testing.T) {
	const m = 90_001
	f := newCubicFit(m, 3)
	var want []float64
	for _, procs := range []int{1, 4} {
		func() {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
			x := make([]float64, 3)
			opt := NewLevenbergMarquardt(m, f.residual, f.jacobian)
			for range 6 {
				opt.Step(x, x)
			}
			x = append(x, opt.SumSquares())
			if want == nil {
				want = x
			}
			if !sameBits(x, want) {
				t.Errorf("%d goroutines: %v, want %v", procs, x, want)
			}
		}()
	}
}

// TestJacobianProducts compares Jd and Jᵀr with their definitions, for short and for long rows.
func TestJacobianProducts(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 3, shortRow, shortRow + 1, 40} {
		const m = 25
		jac, r, d := mat.NewDense(m, n, nil), make([]float64, m), make([]float64, n)
		for i := range m {
			r[i] = rng.NormFloat64()
			for j := range n {
				jac.Set(i, j, rng.NormFloat64())
			}
		}
		for j := range d {
			d[j] = rng.NormFloat64()
		}
		var jd, jtr mat.VecDense
		jd.MulVec(jac, mat.NewVecDense(n, d))
		jtr.MulVec(jac.T(), mat.NewVecDense(m, r))
		gotR, gotD := make([]float64, m), make([]float64, n)
		jacobianProduct(gotR, jac, d)
		transposedProduct(gotD, jac, r)
		for i, v := range gotR {
			if !(math.Abs(v-jd.AtVec(i)) <= 1e-13) {
				t.Errorf("n = %d: (Jd)[%d] = %v, want %v", n, i, v, jd.AtVec(i))
			}
		}
		for j, v := range gotD {
			if !(math.Abs(v-jtr.AtVec(j)) <= 1e-13) {
				t.Errorf("n = %d: (Jᵀr)[%d] = %v, want %v", n, j, v, jtr.AtVec(j))
			}
		}
	}
}
