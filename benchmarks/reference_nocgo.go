//go:build !cgo

package benchmarks

import "example.com/optim"

// reference returns nil: without cgo there is no contender in C.
func reference(string, int) starter { return nil }

// adamFloat is nil: without cgo there is no contender in C.
var adamFloat func(tensors []optim.Tensor) (step func())

func compiler() string { return "none (cgo is off)" }
