//go:build linux

// Command scale measures steps of a sharded Adam: the time, the memory of each process, and the bytes
// that MPI moves. The README of package mpi has its results.
//
//	go build -o scale ./scale
//	mpirun -np 4 ./scale -n 10000000
package main

import (
	"flag"
	"fmt"
	"log"
	"slices"
	"syscall"
	"time"

	"example.com/optim"
	"example.com/optim/mpi"
)

var (
	n     = flag.Int("n", 1_000_000, "number of parameters")
	steps = flag.Int("steps", 10, "steps to measure")
)

func main() {
	log.SetFlags(0)
	flag.Parse()
	if err := mpi.Run(measure); err != nil {
		log.Fatal(err)
	}
}

func measure(comm optim.Comm) error {
	params, grads := make([]float64, *n), make([]float64, *n)
	for i := range grads {
		params[i], grads[i] = 1, float64(i%7-3)
	}
	opt := optim.NewSharded(optim.NewAdam(1e-3), comm)
	opt.Step(params, grads) // allocates
	times := make([]float64, *steps)
	for i := range times {
		start := time.Now()
		opt.Step(params, grads)
		times[i] = time.Since(start).Seconds()
	}
	slices.Sort(times)
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return err
	}
	memory := make([]float64, comm.Size())
	memory[comm.Rank()] = float64(usage.Maxrss) / 1024 // KiB on Linux
	comm.AllReduce(memory)
	if comm.Rank() == 0 {
		size := float64(comm.Size())
		fmt.Printf("%d ranks, n = %d: %.1f ms a step (median), %.1f bytes moved by a rank and parameter, %.0f MiB a rank at most\n",
			comm.Size(), *n, 1e3*times[len(times)/2], 2*8*(size-1)/size, slices.Max(memory))
	}
	return nil
}
