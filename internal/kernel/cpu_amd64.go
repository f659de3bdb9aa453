//go:build amd64 && !purego

package kernel

// The instruction sets that a kernel can use, worst first. Each is the prefix of the names of its
// functions.
const (
	generic = iota
	avx2
	avx512
)

// level is the best instruction set of this processor. Tests lower it.
var level = detect()

// detect returns the best instruction set that the processor has, if the operating system saves its
// registers when it switches threads.
func detect() int {
	const (
		osxsave  = 1 << 27 // leaf 1, ECX
		avx      = 1 << 28
		avx2Bit  = 1 << 5 // leaf 7, EBX
		avx512F  = 1 << 16
		avx512DQ = 1 << 17
		avx512VL = 1 << 31
		ymmState = 1<<1 | 1<<2                   // XCR0: SSE, AVX
		zmmState = ymmState | 1<<5 | 1<<6 | 1<<7 // the masks and both halves of ZMM too
	)
	top, _, _, _ := cpuid(0, 0)
	if top < 7 {
		return generic
	}
	_, _, c1, _ := cpuid(1, 0)
	if c1&osxsave == 0 || c1&avx == 0 {
		return generic
	}
	_, b7, _, _ := cpuid(7, 0)
	saved, _ := xgetbv()
	has := func(features, state uint32) bool {
		return b7&features == features && saved&state == state
	}
	switch {
	case has(avx2Bit|avx512F|avx512DQ|avx512VL, zmmState):
		return avx512
	case has(avx2Bit, ymmState):
		return avx2
	}
	return generic
}
