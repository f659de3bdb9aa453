//go:build amd64 && !purego

package kernel

// eachLevel runs f at every instruction set of this processor.
func eachLevel(f func(level int)) {
	best := level
	defer func() { level = best }()
	for level = generic; level <= best; level++ {
		f(level)
	}
}
