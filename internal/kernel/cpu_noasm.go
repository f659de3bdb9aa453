//go:build !amd64 || purego

package kernel

// level is a constant here, so that the compiler drops the assembly branches.
const level = generic
