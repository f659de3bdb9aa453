// Command gen writes the assembly of package kernel, every kernel once for AVX2 and once for
// AVX-512, and the Go functions that choose between the assembly and the Go loop.
//
// rules.go, vector.go, single.go and elementary.go hold the kernels that map vectors to vectors. They consist of the
// functions in lane.go and steps.go. reduce.go holds the kernels that sum vectors. The operations
// have the order of the Go loop, and none of them is fused, because assembly and Go loop must give
// the same bits.
//
// To run it, run go generate in package kernel.
package main

import (
	"flag"
	"log"

	. "github.com/mmcloughlin/avo/build"
)

func main() {
	dispatch := flag.String("dispatch", "", "file of the functions that choose an instruction set")
	fallback := flag.String("fallback", "", "file of the functions for builds without assembly")
	flag.Parse()
	ConstraintExpr("amd64,!purego")
	cpu()
	prefetch()
	for _, s := range []set{avx2, avx512} {
		rules(s)
		scheduleFree(s)
		primalAveraging(s)
		vectors(s)
		conversions(s)
		elementary(s)
		reductions(s)
	}
	Generate()
	if err := writeDispatch(*dispatch, "amd64 && !purego", (*function).choose); err != nil {
		log.Fatal(err)
	}
	if err := writeDispatch(*fallback, "!amd64 || purego", func(f *function) string { return f.call("generic") }); err != nil {
		log.Fatal(err)
	}
}
