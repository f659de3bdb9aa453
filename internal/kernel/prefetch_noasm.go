//go:build !amd64 || purego

package kernel

// Prefetch does nothing. With assembly it starts to load x into the cache.
func Prefetch[T float64 | int](x []T) {}
