package optim_test

import (
	"fmt"
	"math/rand/v2"

	"example.com/optim"
	"gonum.org/v1/gonum/mat"
)

// A lasso with an intercept. The labels are 1 + 2·(first column), and the second column is useless.
func ExampleLinearSum_CoordinateDescent() {
	rows := mat.NewDense(4, 2, []float64{0, 1, 1, -1, 2, -1, 3, 1})
	sum := optim.NewSquaredSum(rows, []float64{1, 3, 5, 7})
	sum.Intercept = true
	o := sum.CoordinateDescent(optim.Cyclic)
	o.L1 = 0.25
	params := make([]float64, 3) // two coefficients and the intercept
	for o.KKT() > 1e-12 {
		o.Step(params, nil)
	}
	fmt.Printf("%.4f\n", params)
	// Output: [1.8000 0.0000 1.3000]
}

// Words in four texts, two of each class. The matrix has a row for each text.
func ExampleNewCSR() {
	words := optim.NewCSR(4, 3, []int{0, 2, 3, 5, 6}, []int{0, 2, 0, 1, 2, 1}, []float64{1, 1, 2, 1, 1, 3})
	sum := optim.NewLogisticSum(words, []float64{1, 1, 0, 0})
	sum.L2 = 0.01
	saga := optim.NewSAGA(sum.Sum(), rand.New(rand.NewPCG(1, 2)))
	plain, _ := sum.Lipschitz()
	opt := optim.NewSGD(1 / (3 * plain))
	params, grads := make([]float64, 3), make([]float64, 3)
	for range 20000 {
		saga.Grad(grads, params)
		opt.Step(params, grads)
	}
	fmt.Printf("%.3f\n", params)
	// Output: [2.465 -2.268 -0.079]
}

// The same matrix by columns.
func ExampleNewCSC() {
	words := optim.NewCSC(4, 3, []int{0, 2, 4, 6}, []int{0, 1, 2, 3, 0, 2}, []float64{1, 2, 1, 3, 1, 1})
	fmt.Println(mat.Formatted(words))
	// Output:
	// ⎡1  0  1⎤
	// ⎢2  0  0⎥
	// ⎢0  1  1⎥
	// ⎣0  3  0⎦
}

// An outlier has little effect on a robust regression.
func ExampleNewHuberSum() {
	rows := mat.NewDense(5, 1, []float64{0, 1, 2, 3, 4})
	labels := []float64{0, 1, 2, 3, 40}
	for _, sum := range []*optim.LinearSum{optim.NewSquaredSum(rows, labels), optim.NewHuberSum(rows, labels, 0.1)} {
		sum.Intercept = true
		o := sum.CoordinateDescent(optim.Cyclic)
		params := make([]float64, 2)
		for o.KKT() > 1e-12 {
			o.Step(params, nil)
		}
		fmt.Printf("%.3f\n", params)
	}
	// Output:
	// [8.200 -7.200]
	// [1.050 -0.050]
}

// The expected count doubles from one row to the next.
func ExampleNewPoissonSum() {
	rows := mat.NewDense(4, 1, []float64{0, 1, 2, 3})
	sum := optim.NewPoissonSum(rows, []float64{1, 2, 4, 8})
	sum.Intercept = true
	o := sum.CoordinateDescent(optim.Cyclic)
	params := make([]float64, 2)
	for o.KKT() > 1e-12 {
		o.Step(params, nil)
	}
	fmt.Printf("%.4f\n", params) // log 2 and 0
	// Output: [0.6931 0.0000]
}

// A logistic regression with an elastic net. Newton's method needs a few steps.
func ExampleLinearSum_ProximalNewton() {
	rows := mat.NewDense(6, 2, []float64{0, 1, 1, -1, 2, -1, 3, 1, 4, 0, 5, 1})
	sum := optim.NewLogisticSum(rows, []float64{0, 0, 1, 0, 1, 1})
	sum.Intercept, sum.L2 = true, 0.05
	o := sum.ProximalNewton(optim.Cyclic)
	o.L1 = 0.05
	params := make([]float64, 3)
	for o.Gap() > 1e-12 {
		o.Step(params, nil)
	}
	fmt.Printf("%.4f after %d steps\n", params, o.Steps())
	// Output: [1.0801 -0.7358 -2.7363] after 6 steps
}

// The path of a lasso: the coefficients grow as the penalty decreases.
func ExamplePath() {
	rows := mat.NewDense(4, 2, []float64{1, 1, 1, -1, -1, 1, -1, -1})
	sum := optim.NewSquaredSum(rows, []float64{4, 2, -2, -4}) // 3·first column + 1·second column
	for _, point := range optim.Path(sum, []float64{3, 2, 1, 0.5}, 1) {
		fmt.Println(point.Alpha, point.Params, point.DegreesOfFreedom)
	}
	// Output:
	// 3 [0 0] 0
	// 2 [1 0] 1
	// 1 [2 0] 1
	// 0.5 [2.5 0.5] 2
}

// Logistic regression with an L1 penalty, by passes over sparse rows.
func ExampleSAGA_Pass() {
	words := optim.NewCSR(4, 3, []int{0, 2, 3, 5, 6}, []int{0, 2, 0, 1, 2, 1}, []float64{1, 1, 2, 1, 1, 3})
	sum := optim.NewLogisticSum(words, []float64{1, 1, 0, 0})
	saga := optim.NewSAGA(sum.Sum(), rand.New(rand.NewPCG(1, 2)))
	saga.Prox = optim.ProxL1(0.1)
	plain, _ := sum.Lipschitz()
	params := make([]float64, 3)
	for range 1000 {
		saga.Pass(params, 1/(3*plain))
	}
	fmt.Printf("%.4f after %d passes\n", params, saga.Evaluations()/4)
	// Output: [1.1955 -1.0189 0.0000] after 1000 passes
}

// A line through four points, with one term a step.
func ExampleSAG_Pass() {
	sum := optim.NewSquaredSum(mat.NewDense(4, 1, []float64{0, 1, 2, 3}), []float64{1, 3, 5, 7})
	sum.Intercept = true
	sag := optim.NewSAG(sum.Sum(), rand.New(rand.NewPCG(1, 2)))
	plain, _ := sum.Lipschitz()
	params := make([]float64, 2) // slope and intercept
	for range 500 {
		sag.Pass(params, 1/plain)
	}
	fmt.Printf("%.6f\n", params)
	// Output: [2.000000 1.000000]
}

// The same line. A pass evaluates the four terms, and one in two passes evaluates them for a
// snapshot as well.
func ExampleSVRG_Pass() {
	sum := optim.NewSquaredSum(mat.NewDense(4, 1, []float64{0, 1, 2, 3}), []float64{1, 3, 5, 7})
	sum.Intercept = true
	svrg := optim.NewSVRG(sum.Sum(), 1, rand.New(rand.NewPCG(1, 2)))
	plain, _ := sum.Lipschitz()
	params := make([]float64, 2)
	for range 1000 {
		svrg.Pass(params, 1/(3*plain))
	}
	fmt.Printf("%.6f after %d evaluations\n", params, svrg.Evaluations())
	// Output: [2.000000 1.000000] after 5500 evaluations
}

// The labels are 0 and 1. The probability of the label 1 grows with the number in the row.
func ExampleNewLogisticSum() {
	sum := optim.NewLogisticSum(mat.NewDense(4, 1, []float64{1, 2, 3, 4}), []float64{0, 1, 0, 1})
	sum.Intercept = true
	o := sum.ProximalNewton(optim.Cyclic)
	params := make([]float64, 2)
	for o.KKT() > 1e-12 {
		o.Step(params, nil)
	}
	fmt.Printf("%.4f\n", params)
	// Output: [0.9082 -2.2705]
}

// Ridge regression: an L2 penalty on the slope, and none on the intercept.
func ExampleNewSquaredSum() {
	sum := optim.NewSquaredSum(mat.NewDense(3, 1, []float64{0, 1, 2}), []float64{1, 3, 5})
	sum.Intercept, sum.L2 = true, 1
	o := sum.CoordinateDescent(optim.Cyclic)
	params := make([]float64, 2)
	for o.KKT() > 1e-12 {
		o.Step(params, nil)
	}
	fmt.Printf("%.4f\n", params)
	// Output: [0.8000 2.2000]
}

// The duality gap bounds the distance of the loss to its minimum.
func ExamplePathPoint() {
	rows := mat.NewDense(4, 2, []float64{1, 1, 1, -1, -1, 1, -1, -1})
	sum := optim.NewSquaredSum(rows, []float64{4, 2, -2, -4})
	point := optim.Path(sum, []float64{1}, 1)[0]
	fmt.Println(point.Params, point.DegreesOfFreedom, point.Gap < 1e-9)
	// Output: [2 0] 1 true
}
