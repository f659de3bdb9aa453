package benchmarks

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMain prints the lines that the report shows above its tables.
func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.bench").Value.String() != "" {
		fmt.Println("go:", runtime.Version())
		fmt.Println("c:", compiler())
		fmt.Println("cores:", runtime.NumCPU())
		fmt.Println("command:", command())
	}
	os.Exit(m.Run())
}

// command returns the command line of go test, without the flags that go test adds itself.
func command() string {
	words := []string{"go test"}
	for _, arg := range os.Args[1:] {
		name, value, _ := strings.Cut(strings.TrimPrefix(arg, "-test."), "=")
		if name != "paniconexit0" && name != "testlogfile" {
			words = append(words, fmt.Sprintf("-%s=%s", name, value))
		}
	}
	return strings.Join(words, " ")
}

var sizes = []int{16, 1e3, 1e4, 1e5, 1e6, 1e7}

func BenchmarkStep(b *testing.B) {
	for _, r := range rules {
		for _, n := range sizes {
			course := sync.OnceValue(func() *course { return newCourse(r, n) })
			list := r.contenders(n)
			if rand.N(2) == 0 {
				slices.Reverse(list) // a random order, so that no contender is always the first
			}
			for _, c := range list {
				var run func(int) // made once: the testing package calls the benchmark several times
				b.Run(fmt.Sprintf("%s/%s/n=%d", r.name, c.name, n), func(b *testing.B) {
					defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(c.procs))
					if run == nil {
						run = c.start(course())
						run(1)
					}
					b.ReportAllocs()
					b.ResetTimer()
					run(b.N)
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/param")
				})
			}
		}
	}
}

// BenchmarkRatio measures ours and C in turn, in runs of about 0.1 ms, and reports the ratio of the
// times: the median over all pairs of runs, and the ratio of the least times. On a machine with other
// work these vary less than the times. It needs C.
func BenchmarkRatio(b *testing.B) {
	for _, r := range rules {
		for _, n := range sizes[:5] {
			list := r.contenders(n)[:2]
			if list[1].name != "c" {
				b.Skip("without C")
			}
			b.Run(fmt.Sprintf("%s/n=%d", r.name, n), func(b *testing.B) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
				c := newCourse(r, n)
				ours, inC := list[0].start(c), list[1].start(c)
				var times [2][]float64
				var ratios []float64
				for i := range b.N {
					pair := inTurn(i, max(1, 100_000/n), ours, inC)
					times[0], times[1] = append(times[0], pair[0]), append(times[1], pair[1])
					ratios = append(ratios, pair[0]/pair[1])
				}
				slices.Sort(ratios)
				b.ReportMetric(ratios[len(ratios)/2], "ours/c")
				b.ReportMetric(slices.Min(times[0])/slices.Min(times[1]), "ours/c-least")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// inTurn returns the nanoseconds of a step of each of two contenders. Odd rounds begin with the second.
func inTurn(round, steps int, runs ...func(steps int)) (times [2]float64) {
	for k := range runs {
		i := (k + round) % 2
		start := time.Now()
		runs[i](steps)
		times[i] = float64(time.Since(start).Nanoseconds()) / float64(steps)
	}
	return times
}

// BenchmarkSmall measures a step on 16 parameters and the kernel that it calls. The difference is
// the overhead of a step.
func BenchmarkSmall(b *testing.B) {
	const n = 16
	for _, r := range rules {
		x, g := vectors(n)
		b.Run(r.name+"/step", func(b *testing.B) {
			o := r.ours()
			for b.Loop() {
				o.Step(x, g)
			}
		})
		b.Run(r.name+"/kernel", func(b *testing.B) {
			s := newState(r.name, x)
			for b.Loop() {
				r.kernel(x, g, &s)
			}
		})
	}
}

// TestSameBits checks that C and ours compute the same bits, on one thread and on several.
func TestSameBits(t *testing.T) {
	for _, r := range rules {
		for _, n := range []int{1, 16, 1003, 300_001} {
			for _, c := range r.contenders(n) {
				switch c.name {
				case "ours", "ours-parallel", "c", "c-openmp":
					tolerance := 0.0
					if r.name == "NAdam" {
						tolerance = 1e-15 // C takes pow from libm
					}
					compare(t, r, c, n, tolerance)
				}
			}
		}
	}
}

// TestSameSteps checks that all contenders compute the same parameters, up to rounding.
func TestSameSteps(t *testing.T) {
	for _, r := range rules {
		for _, c := range r.contenders(1003) {
			compare(t, r, c, 1003, 1e-7)
		}
	}
}

// compare takes 20 steps of a contender and of ours, and compares the parameters.
func compare(t *testing.T, r rule, c contender, n int, tolerance float64) {
	t.Helper()
	const steps = 20
	want, g := vectors(n)
	o := r.ours()
	for range steps {
		o.Step(want, g)
	}
	x, g := vectors(n)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(c.procs))
	c.start(&course{x, g, r.ours(), newState(r.name, x)})(steps)
	for i := range x {
		if !(math.Abs(x[i]-want[i]) <= tolerance) {
			t.Errorf("%s, %s, n = %d: x[%d] = %v, want %v", r.name, c.name, n, i, x[i], want[i])
			return
		}
	}
}
