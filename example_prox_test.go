package optim_test

import (
	"fmt"

	"example.com/optim"
)

func ExampleNewProximal() {
	opt := optim.NewProximal(optim.NewSGD(0.1), optim.ProxNonNegative())
	params, grads := []float64{1, 1}, make([]float64, 2)
	for range 200 {
		grads[0], grads[1] = params[0]-5, params[1]+1 // of ½(x−5)² + ½(y+1)²
		opt.Step(params, grads)
	}
	fmt.Printf("%.3f\n", params)
	// Output: [5.000 0.000]
}

// FISTA: the iterates of Nesterov's method are the results of the prox.
func ExampleProximal() {
	nesterov := optim.NewNesterov(0.5, 0)
	nesterov.Convex = true
	l1 := optim.ProxL1(2)
	opt := optim.NewProximal(nesterov, l1)
	params, grads, w := []float64{0, 0}, make([]float64, 2), make([]float64, 2)
	for _, l1.L1 = range []float64{2, 1} { // a penalty that becomes smaller
		for range 100 {
			grads[0], grads[1] = params[0]-5, 2*(params[1]-1) // of ½(x−5)² + (y−1)²
			opt.Step(params, grads)
		}
		nesterov.Iterate(w, params)
		fmt.Printf("%.3f\n", w)
	}
	// Output:
	// [3.000 0.000]
	// [4.000 0.500]
}

func ExampleProxFunc() {
	// The projection onto the x with Σxᵢ = 0.
	centre := optim.ProxFunc(func(x []float64, eta float64) {
		mean := 0.0
		for _, v := range x {
			mean += v / float64(len(x))
		}
		for i := range x {
			x[i] -= mean
		}
	})
	opt := optim.NewProximal(optim.NewSGD(0.5), centre)
	params := []float64{1, 2, 6}
	opt.Step(params, []float64{0, 0, 6})
	fmt.Println(params)
	// Output: [-1 0 1]
}

func ExampleBox() {
	x := []float64{-1, 0.5, 3}
	optim.ProxBox([]float64{0, 0, 0}, []float64{2}).Apply(x, 1)
	fmt.Println(x)
	// Output: [0 0.5 2]
}

func ExampleElasticNet() {
	x := []float64{-3, 0.5, 5}
	optim.ProxElasticNet(1, 1).Apply(x, 1)
	fmt.Println(x)
	// Output: [-1 0 2]
}

func ExampleProxL1() {
	x := []float64{-3, 0.5, 5}
	optim.ProxL1(2).Apply(x, 0.5)
	fmt.Println(x)
	// Output: [-2 0 4]
}

func ExampleProxL2() {
	x := []float64{-3, 0.5, 5}
	optim.ProxL2(1).Apply(x, 1)
	fmt.Println(x)
	// Output: [-1.5 0.25 2.5]
}

func ExampleGroupLasso() {
	x := []float64{3, 4, 0.3, 0.4} // two groups with the norms 5 and 0.5
	optim.ProxGroup(2.5, 2).Apply(x, 1)
	fmt.Println(x)
	// Output: [1.5 2 0 0]
}

func ExampleSimplex() {
	x := []float64{0.75, 0.5, -1}
	optim.ProxSimplex(1).Apply(x, 1)
	fmt.Println(x)
	// Output: [0.625 0.375 0]
}

func ExampleBallL1() {
	x := []float64{-2, 1, 0.25}
	optim.ProxBallL1(2).Apply(x, 1)
	fmt.Println(x)
	// Output: [-1.5 0.5 0]
}

func ExampleBallL2() {
	x := []float64{6, -8}
	optim.ProxBallL2(5).Apply(x, 1)
	fmt.Println(x)
	// Output: [3 -4]
}
