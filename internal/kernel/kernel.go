// Package kernel holds the element loops of package optim, and nothing else.
//
// The Go loop of every function is the ground truth. On amd64 a function first
// offers the work to its AVX-512 or AVX2 twin, which _gen writes; the twins
// give the same bits. That holds because nobody fuses a multiplication with an
// addition: the assembly has no FMA, and the loops here convert every product
// that meets a sum, float64(a*b) + c, which forbids the compiler to fuse it.
//
// All slices of one call have the same length; the callers see to it. Slices
// must not overlap, unless they are the same.
package kernel

//go:generate go -C _gen run . -pkg kernel -out ../kernel_amd64.s -stubs ../stubs_amd64.go -fallback ../stubs_noasm.go

// The instruction sets that a kernel can run on, worst first.
const (
	generic = iota
	avx2
	avx512
)
