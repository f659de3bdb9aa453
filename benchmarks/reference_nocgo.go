//go:build !cgo

package benchmarks

// reference returns nil: without cgo there is no contender in C.
func reference(string, int) starter { return nil }

func compiler() string { return "none (cgo is off)" }
