package optim_test

import (
	"errors"
	"fmt"

	"example.com/optim"
)

// Two goroutines fit the mean of four numbers. Each has two of the numbers, and half of the state.
func ExampleSharded() {
	numbers := []float64{1, 2, 3, 6}
	err := optim.RunLocal(2, func(comm optim.Comm) error {
		own := numbers[2*comm.Rank():][:2]
		opt := optim.NewSharded(optim.NewSGD(0.5), comm)
		params, grads := []float64{0}, []float64{0}
		for range 20 {
			grads[0] = params[0] - (own[0]+own[1])/2
			opt.Step(params, grads)
		}
		if comm.Rank() == 0 {
			fmt.Printf("%.4f\n", params[0])
			fmt.Println(opt)
		}
		return nil
	})
	fmt.Println(err)
	// Output:
	// 3.0000
	// Sharded(SGD(LearningRate 0.5, 20 steps), 2 ranks, 20 steps)
	// <nil>
}

func ExampleLocal() {
	comm := optim.Local(1)[0]
	x := []float64{1, 2}
	comm.AllReduce(x)
	fmt.Println(comm.Rank(), comm.Size(), x)
	// Output: 0 1 [1 2]
}

func ExampleComm() {
	optim.RunLocal(3, func(comm optim.Comm) error {
		x := []float64{1, float64(comm.Rank())}
		comm.AllReduce(x)
		if comm.Rank() == 0 {
			fmt.Println(x)
		}
		return nil
	})
	// Output: [3 3]
}

// Rank 1 returns an error. The other goroutine does not wait for it.
func ExampleRunLocal() {
	err := optim.RunLocal(2, func(comm optim.Comm) error {
		if comm.Rank() == 1 {
			return errors.New("no data")
		}
		comm.AllReduce([]float64{1})
		return nil
	})
	fmt.Println(err)
	// Output: optim: RunLocal: rank 1: no data
}
