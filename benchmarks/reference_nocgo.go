//go:build !cgo

package benchmarks

// reference is nil: there is no C without cgo.
func reference(string, int) starter { return nil }

func compiler() string { return "none (cgo is off)" }
