//go:build cgo && peers

package benchmarks

// #cgo LDFLAGS: -lcminpack -llbfgs -lm
// #include "solvers_peers.h"
import "C"

import (
	"slices"
	"time"
)

func init() {
	lmder = func(f *fit, steps int) (elapsed time.Duration, jacobians int, x []float64) {
		var count C.int
		x = make([]float64, f.n)
		ns := C.lm(C.int(f.m), C.int(f.n), pointer(f.a), pointer(f.b), C.int(steps), pointer(x), &count)
		return time.Duration(ns), int(count), x
	}
	liblbfgs = func(x0 []float64, iterations int) (elapsed time.Duration, evaluations int, x []float64) {
		var count C.long
		x = slices.Clone(x0)
		ns := C.lbfgs_run(C.int(len(x)), pairs, C.int(iterations), pointer(x), &count)
		return time.Duration(ns), int(count), x
	}
	rosenbrockInC = func(x []float64, count int) time.Duration {
		return time.Duration(C.lbfgs_evaluations(C.int(len(x)), C.long(count), pointer(x)))
	}
}
