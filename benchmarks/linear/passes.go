//go:build unix

package main

import (
	"fmt"
	"math/rand/v2"
	"os"

	"example.com/optim"
	"gonum.org/v1/gonum/mat"
)

func timePasses(rows mat.Matrix, labels []float64) {
	logistic := optim.NewLogisticSum(rows, labels)
	logistic.Intercept, logistic.L2 = true, number(os.Args[3])
	sum := logistic.Sum()
	rng := rand.New(rand.NewPCG(1, 2))
	var pass func(params []float64, eta float64)
	if os.Args[2] == "sag" {
		pass = optim.NewSAG(sum, rng).Pass
	} else {
		pass = optim.NewSAGA(sum, rng).Pass
	}
	eta, passes := number(os.Args[4]), int(number(os.Args[5]))
	_, columns := rows.Dims()
	x := make([]float64, columns+1)
	pass(x, eta) // allocates
	start := processorTime()
	for range passes - 1 {
		pass(x, eta)
	}
	fmt.Println((processorTime() - start) / float64(passes-1))
	fmt.Println(sum.Func(x, below(len(labels))))
}
