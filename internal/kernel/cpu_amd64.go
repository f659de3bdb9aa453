//go:build amd64 && !purego

package kernel

// level is the best instruction set of this processor. Tests lower it.
var level = detect()

// detect asks the processor what it has, and the operating system whether it
// saves the wide registers when it switches threads.
func detect() int {
	const (
		osxsave  = 1 << 27 // leaf 1, ECX
		avx      = 1 << 28
		avx2Bit  = 1 << 5 // leaf 7, EBX
		avx512F  = 1 << 16
		avx512DQ = 1 << 17
		avx512VL = 1 << 31
		ymmState = 1<<1 | 1<<2                   // XCR0: SSE, AVX
		zmmState = ymmState | 1<<5 | 1<<6 | 1<<7 // and the masks and both halves of ZMM
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
