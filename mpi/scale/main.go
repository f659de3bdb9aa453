//go:build linux

// Command scale measures steps of a sharded Adam: the time with and without Overlap, by turns, and the
// memory of each process. The README of package mpi has its results.
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
	steps = flag.Int("steps", 10, "steps to measure of each kind")
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
	var times [2][]float64  // in ms, without and with Overlap
	for range *steps {
		for i := range times {
			opt.Overlap = i == 1
			start := time.Now()
			opt.Step(params, grads)
			times[i] = append(times[i], 1e3*time.Since(start).Seconds())
		}
	}
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return err
	}
	memory := make([]float64, comm.Size())
	memory[comm.Rank()] = float64(usage.Maxrss) / 1024 // KiB on Linux
	comm.AllReduce(memory)
	if comm.Rank() == 0 {
		fmt.Printf("%d ranks, n = %d: %.1f ms a step (the least), with Overlap %.1f ms, %.0f MiB a rank at most\n",
			comm.Size(), *n, slices.Min(times[0]), slices.Min(times[1]), slices.Max(memory))
	}
	return nil
}
