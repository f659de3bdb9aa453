//go:build amd64 && !purego

package kernel

import "unsafe"

// Prefetch starts to load x into the cache, and does not wait for it.
func Prefetch[T float64 | int](x []T) {
	prefetch((*byte)(unsafe.Pointer(unsafe.SliceData(x))), len(x)*8)
}
