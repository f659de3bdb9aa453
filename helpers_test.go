package optim

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"

	"example.com/optim/internal/parallel"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// bowl is ½Σaᵢ(xᵢ−cᵢ)² with aᵢ in [½, 1½] and cᵢ in [−1, 1]. Its gradient has the same bits on
// every processor.
type bowl struct{ a, c []float64 }

func newBowl(n int) bowl {
	rng := rand.New(rand.NewPCG(7, 8))
	b := bowl{make([]float64, n), make([]float64, n)}
	for i := range n {
		b.a[i], b.c[i] = 0.5+rng.Float64(), float64(2*rng.Float64())-1
	}
	return b
}

var wide = newBowl(1 << 16)

func bowlOf(n int) bowl { return bowl{wide.a[:n], wide.c[:n]} }

// bowlProblem returns the bowl as a problem of any length.
func bowlProblem() *optimize.Problem {
	return &optimize.Problem{
		Func: func(x []float64) float64 { return bowlOf(len(x)).value(x) },
		Grad: func(g, x []float64) { bowlOf(len(x)).gradient(g, x) },
	}
}

func bowlProduct(dst, x, v []float64) {
	for i, a := range bowlOf(len(x)).a {
		dst[i] = a * v[i]
	}
}

func bowlHessian(dst *mat.SymDense, x []float64) {
	dst.Zero()
	for i, a := range bowlOf(len(x)).a {
		dst.SetSym(i, i, a)
	}
}

func (b bowl) value(x []float64) float64 {
	sum := 0.0
	for i := range x {
		sum += float64(b.a[i] * (x[i] - b.c[i]) * (x[i] - b.c[i]) / 2)
	}
	return sum
}

func (b bowl) gradient(g, x []float64) {
	for i := range x {
		g[i] = b.a[i] * (x[i] - b.c[i])
	}
}

// run takes steps from the origin.
func (b bowl) run(opt Optimizer, steps int) (x []float64) {
	x, g := make([]float64, len(b.a)), make([]float64, len(b.a))
	for range steps {
		b.gradient(g, x)
		opt.Step(x, g)
	}
	return x
}

// inParallel makes every step parallel until the test ends: in pieces of the given length, on the
// given number of goroutines.
func inParallel(t testing.TB, piece, goroutines int) {
	from, length, procs := parallel.MinLen, parallel.ChunkLen, runtime.GOMAXPROCS(goroutines)
	parallel.MinLen, parallel.ChunkLen = 1, piece
	t.Cleanup(func() {
		parallel.MinLen, parallel.ChunkLen = from, length
		runtime.GOMAXPROCS(procs)
	})
}

func sameBits(a, b []float64) bool {
	for i := range a {
		if math.Float64bits(a[i]) != math.Float64bits(b[i]) {
			return false
		}
	}
	return len(a) == len(b)
}

// allocations returns the number of allocations of 100 calls, the least of many tries, since the
// runtime itself allocates now and then. (testing.AllocsPerRun allows one processor only.)
func allocations(f func()) uint64 {
	least := uint64(math.MaxUint64)
	for try := 0; try < 50 && least > 0; try++ {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 100 {
			f()
		}
		runtime.ReadMemStats(&after)
		least = min(least, after.Mallocs-before.Mallocs)
	}
	return least
}

// message returns the text that f panics with.
func message(f func()) (text string) {
	defer func() {
		if v := recover(); v != nil {
			text = fmt.Sprint(v)
		}
	}()
	f()
	return "no panic"
}

var nan = math.NaN()

// encoded returns the encoding of an optimizer, which has all of its state.
func encoded(opt any) []byte {
	data, err := Marshal(opt)
	if err != nil {
		panic(err)
	}
	return data
}

var update = flag.Bool("update", false, "rewrite the digests and states in testdata")

// updated writes v to the file if the flag update is set.
func updated(t *testing.T, file string, v any) {
	t.Helper()
	if *update {
		text, _ := json.MarshalIndent(v, "", "\t")
		if err := os.WriteFile(file, append(text, '\n'), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// allocated returns the number of bytes allocated so far.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

func readJSON(t testing.TB, file string, v any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// bowlResiduals returns least squares on three residuals, one for each parameter.
func bowlResiduals(constructor func(m int, residual func(dst, x []float64), jac func(dst *mat.Dense, x []float64)) *LeastSquares) *LeastSquares {
	return constructor(3, func(dst, x []float64) {
		for i, v := range x {
			dst[i] = v - float64(i)
		}
	}, nil)
}
