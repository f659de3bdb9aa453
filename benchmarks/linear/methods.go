//go:build unix

package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"example.com/optim"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// timeMethods prints the table in the documentation of ProximalNewton: the seconds until a logistic
// regression is near its minimum. A method that takes longer than limit is stopped.
func timeMethods() {
	const n, limit = 20000, 15
	rng := rand.New(rand.NewPCG(1, 2))
	wide := mat.NewDense(n, 50, nil)
	for i := range n {
		last := 0.0
		for j := range 50 {
			last = 0.5*last + math.Sqrt(0.75)*rng.NormFloat64()
			wide.Set(i, j, last)
		}
	}
	const columns, each = 5000, 10
	var indptr, indices []int
	var values []float64
	for i := range n {
		indptr = append(indptr, i*each)
		for k := range each {
			indices = append(indices, k*columns/each+rng.IntN(columns/each))
			values = append(values, rng.NormFloat64())
		}
	}
	sparse := optim.NewCSR(n, columns, append(indptr, n*each), indices, values)
	for _, c := range []struct {
		name string
		rows mat.Matrix
		l1   float64
	}{{"20,000 × 50, L1 = 10⁻³", wide, 1e-3}, {"20,000 × 50, L1 = 0", wide, 0}, {"sparse, L1 = 0", sparse, 0}} {
		labels := make([]float64, n)
		_, p := c.rows.Dims()
		weights := make([]float64, p)
		for j := range weights {
			weights[j] = rng.NormFloat64()
		}
		z := mat.NewVecDense(n, nil)
		z.MulVec(c.rows, mat.NewVecDense(p, weights))
		size := mat.Norm(z, 2) / math.Sqrt(n)
		for i := range labels {
			if z.AtVec(i)+0.5*size*rng.NormFloat64() > 0 {
				labels[i] = 1
			}
		}
		model := func() *optim.LinearSum {
			l := optim.NewLogisticSum(c.rows, labels)
			l.Intercept, l.L2 = true, 1e-4
			return l
		}
		all := below(n)
		value := model().Sum().Func
		loss := func(x []float64) float64 {
			f := value(x, all)
			for _, v := range x[:p] {
				f += c.l1 * math.Abs(v)
			}
			return f
		}
		best := make([]float64, p+1)
		newton := model().ProximalNewton(optim.Cyclic)
		newton.L1 = c.l1
		for range 30 {
			newton.Step(best, nil)
		}
		least := loss(best)
		fmt.Println(c.name)
		for _, m := range methods(model, c.l1, p, all) {
			x := make([]float64, p+1)
			start, spent := processorTime(), 0.0
			step := m.start(x)
			near := false
			for spent < limit {
				step()
				spent = processorTime() - start
				excess := (loss(x) - least) / math.Ln2
				if !near && excess < 1e-3 {
					near = true
					fmt.Printf("  %-18s %6.3f", m.name, spent)
				}
				if excess < 1e-9 {
					fmt.Printf(" %6.3f", spent)
					break
				}
				start = processorTime() - spent // the loss is not timed
			}
			fmt.Println()
		}
	}
}

type method struct {
	name  string
	start func(x []float64) (step func()) // prepares the method, which is timed
}

func methods(model func() *optim.LinearSum, l1 float64, p int, all []int) []method {
	list := []method{
		{"CoordinateDescent", func(x []float64) func() {
			o := model().CoordinateDescent(optim.Cyclic)
			o.L1 = l1
			return func() { o.Step(x, nil) }
		}},
		{"ProximalNewton", func(x []float64) func() {
			o := model().ProximalNewton(optim.Cyclic)
			o.L1 = l1
			return func() { o.Step(x, nil) }
		}},
		{"SAGA.Pass", func(x []float64) func() {
			l := model()
			sum := l.Sum()
			largest, _ := l.Lipschitz()
			o := optim.NewSAGA(sum, rand.New(rand.NewPCG(3, 4)))
			if l1 > 0 {
				o.Prox = optim.ProxL1(l1)
			}
			return func() { o.Pass(x, 1/(3*largest)) }
		}},
	}
	if l1 > 0 {
		return list
	}
	return append(list, method{"LBFGS", func(x []float64) func() {
		sum := model().Sum()
		grad := func(dst, x []float64) {
			clear(dst)
			sum.Grad(dst, x, all)
		}
		o := optim.NewLBFGS(10)
		o.Problem = &optimize.Problem{Func: func(x []float64) float64 { return sum.Func(x, all) }, Grad: grad}
		g := make([]float64, len(x))
		return func() {
			grad(g, x)
			o.Step(x, g)
		}
	}})
}
