// Package kernel holds the loops over the elements of vectors: the updates of the optimizers,
// operations on vectors, and sums. Package optim, the packages in its internal folder and its
// benchmarks call it.
//
// A kernel has up to three implementations. The Go loop, for example genericAdam, defines the
// result and runs on every processor. avx2Adam and avx512Adam are assembly with the same bits as
// results. Callers use Adam. In dispatch_amd64.go it calls the implementation for the instruction
// set in the variable level. In dispatch_noasm.go, for other processors and for the build tag
// purego, it calls the Go loop. _gen writes the assembly and both files.
//
// The bits are the same because no implementation fuses a multiplication with an addition. The
// assembly has no FMA. The Go loops convert every product that is added or subtracted, for example
// float64(a*b) + c. This conversion forbids the compiler to fuse the two operations.
//
// All vectors of one call must have the same length: the assembly does not check it. Two vectors of
// one call must not overlap, unless they are the same.
//
// In the equations x are the parameters and g the gradient. The other vectors have the names of the
// arguments. The scalars are η (eta), β (beta), μ (mu), ν (nu), ρ (rho), ε (eps), r (root: ε inside
// the square root) and κ (keep: 1 − ηλ for the weight decay λ). a, b and c have no other names.
package kernel

//go:generate go -C _gen run . -pkg kernel -out ../kernel_amd64.s -stubs ../stubs_amd64.go -dispatch ../dispatch_amd64.go -fallback ../dispatch_noasm.go

// larger returns a if a > b, else b, as the instruction MAXPD does. So a NaN in b is returned.
func larger(a, b float64) float64 {
	if a > b {
		return a
	}
	return b
}

// smaller returns a if a < b, else b, as the instruction MINPD does. So a NaN in b is returned.
func smaller(a, b float64) float64 {
	if a < b {
		return a
	}
	return b
}

// sign returns −1, 0 or 1. The sign of a zero is that zero, the sign of NaN is NaN.
func sign(a float64) float64 {
	if a > 0 {
		return 1
	}
	if a < 0 {
		return -1
	}
	return a
}
