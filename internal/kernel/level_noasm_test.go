//go:build !amd64 || purego

package kernel

// generic is the only instruction set of these builds.
const generic = 0

func eachLevel(f func(level int)) { f(generic) }
