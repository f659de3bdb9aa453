package qr

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// results returns all that the methods compute for a Jacobian and residuals.
func results(t *testing.T, f *Factors, jac *mat.Dense, r []float64) []float64 {
	t.Helper()
	if bad := factorize(f, jac, r); bad != -1 {
		t.Fatalf("row %d is not finite", bad)
	}
	d := make([]float64, len(f.Norms))
	f.Solve(d)
	all := append(slices.Clone(d), float64(f.Rank), f.Offset, f.Cosine)
	all = append(append(all, f.SolveDamped(d, 1e-2, f.Norms)), d...)
	f.SolveAgain(d, f.Norms)
	return append(append(all, d...), f.Norms...)
}

// TestGoroutines compares the bits of 1, 2, 3 and 8 goroutines.
func TestGoroutines(t *testing.T) {
	const m, n = 90_001, 3
	jac, r := random(rand.New(rand.NewPCG(13, 14)), m, n), mat.Col(nil, 0, random(rand.New(rand.NewPCG(15, 16)), m, 1))
	var want []float64
	for _, procs := range []int{1, 2, 3, 8} {
		t.Run(fmt.Sprint(procs), func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
			f := New(m, n)
			if len(f.tall.leaves) < 8 {
				t.Fatalf("%d leaves", len(f.tall.leaves))
			}
			for range 3 {
				got := results(t, f, jac, r)
				if want == nil {
					want = got
				}
				if !slices.Equal(got, want) {
					t.Fatalf("%v, want %v", got, want)
				}
			}
		})
	}
}

// TestPaddedRows compares a Jacobian of few rows, which is factorized as it is, with the same one above
// rows of zeros, which is reduced by blocks.
func TestPaddedRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 18))
	for _, n := range []int{1, 2, 3, 4, 6, 11} {
		const few, m = 40, 2*blockRows + 7
		short, long := random(rng, few, n), mat.NewDense(m, n, nil)
		long.Slice(m-few, m, 0, n).(*mat.Dense).Copy(short)
		r := make([]float64, m)
		for i := range few {
			r[m-few+i] = rng.NormFloat64()
		}
		want, got := results(t, New(few, n), short, r[m-few:]), results(t, New(m, n), long, r)
		if !floats.EqualApprox(got, want, 1e-13) {
			t.Errorf("n = %d: %v, want %v", n, got, want)
		}
	}
}

// TestUnits multiplies a column and the residuals by powers of two, up to the ends of the range, where
// squares overflow and underflow. The solution is multiplied by powers of two too.
func TestUnits(t *testing.T) {
	for _, m := range []int{50, 3*blockRows + 1} {
		const n = 4
		jac, r := random(rand.New(rand.NewPCG(19, 20)), m, n), mat.Col(nil, 0, random(rand.New(rand.NewPCG(21, 22)), m, 1))
		f, want := New(m, n), make([]float64, n)
		factorize(f, jac, r)
		f.Solve(want)
		for _, unit := range []int{-990, -600, -300, 0, 300, 600, 1010} {
			for _, unitR := range []int{-990, -400, 0, 400, 1010} {
				scaled, scaledR, d := mat.DenseCopyOf(jac), slices.Clone(r), make([]float64, n)
				for i := range m {
					scaled.Set(i, 2, math.Ldexp(jac.At(i, 2), unit))
					scaledR[i] = math.Ldexp(r[i], unitR)
				}
				factorize(f, scaled, scaledR)
				f.Solve(d)
				for j, v := range want {
					power := unitR
					if j == 2 {
						power -= unit
					}
					if power < -1000 || power > 1000 {
						continue // the solution is not representable
					}
					if expected := math.Ldexp(v, power); !(math.Abs(d[j]-expected) <= 1e-13*math.Abs(expected)) {
						t.Errorf("m = %d, units 2^%d and 2^%d: d = %v, want %v", m, unit, unitR, d[j], expected)
					}
				}
			}
		}
	}
}

// TestDamagedRows puts a NaN or an infinity into a row. Measure returns this row, the factors stay, and
// the next Jacobian has the same bits as with new factors.
func TestDamagedRows(t *testing.T) {
	const m, n = 17*blockRows*2 + 5, 4
	rng := rand.New(rand.NewPCG(23, 24))
	jac, r := random(rng, m, n), mat.Col(nil, 0, random(rng, m, 1))
	f := New(m, n)
	want := results(t, f, jac, r)
	d, before := make([]float64, n), make([]float64, n)
	f.Solve(before)
	for _, row := range []int{0, 1, blockRows - 1, blockRows, 8*blockRows + 3, f.tall.leafRows - 1, f.tall.leafRows, m - 1} {
		for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			damaged := mat.DenseCopyOf(jac)
			damaged.Set(row, row%n, v)
			damaged.Set(m-1, 0, math.NaN())
			if bad := factorize(f, damaged, r); bad != row {
				t.Errorf("row %d, want %d", bad, row)
			}
			if f.Solve(d); !slices.Equal(d, before) {
				t.Errorf("row %d: Measure changed the factors", row)
			}
		}
		if got := results(t, f, jac, r); !slices.Equal(got, want) {
			t.Errorf("after row %d: %v, want %v", row, got, want)
		}
	}
	overflow := mat.NewDense(m, n, nil)
	for i := range m {
		overflow.Set(i, 1, 1e308)
	}
	if bad := f.Measure(overflow, r, floats.Norm(r, 2)); bad != 0 {
		t.Errorf("a norm overflows: row %d", bad)
	}
}

// TestSolveAgain compares with the normal equations.
func TestSolveAgain(t *testing.T) {
	rng := rand.New(rand.NewPCG(25, 26))
	for try := range 300 {
		p := newProblem(rng, 0)
		f := p.factors(t, New(p.m, p.n))
		d, g, diagonal := make([]float64, p.n), make([]float64, p.n), make([]float64, p.n)
		var normal mat.SymDense
		normal.SymOuterK(1, p.jac.T())
		mu := math.Exp(rng.NormFloat64())
		for j := range g {
			g[j], diagonal[j] = rng.NormFloat64(), 1.5*f.Norms[j]
			if slices.Contains(p.zeros, j) {
				g[j] = 0
				normal.SetSym(j, j, 1)
			}
			normal.SetSym(j, j, normal.At(j, j)+mu*diagonal[j]*diagonal[j])
		}
		f.SolveDamped(d, mu, diagonal)
		f.SolveAgain(d, g)
		var want mat.VecDense
		if err := want.SolveVec(&normal, mat.NewVecDense(p.n, g)); err != nil {
			continue
		}
		want.ScaleVec(-1, &want)
		if !floats.EqualApprox(d, want.RawVector().Data, 1e-13*mat.Cond(&normal, 2)*(1+floats.Norm(d, 2))) {
			t.Errorf("try %d, %d × %d of rank %d: %v, want %v", try, p.m, p.n, p.rank, d, want.RawVector().Data)
		}
	}
}

// TestMemory checks that the memory does not grow with the number of rows.
func TestMemory(t *testing.T) {
	bytes := func(m, n int) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		New(m, n)
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	for _, n := range []int{3, 30} {
		got := bytes(1<<24, n)
		if most := uint64(8 * 20 * blockRows * (n + 1)); got > most {
			t.Errorf("n = %d: %d bytes, want at most %d", n, got, most)
		}
	}
}

func BenchmarkFactors(b *testing.B) {
	for _, c := range [][2]int{{1e3, 3}, {1e5, 3}, {1e5, 30}, {2e4, 100}} {
		b.Run(fmt.Sprintf("%d×%d", c[0], c[1]), func(b *testing.B) {
			rng, f := rand.New(rand.NewPCG(1, 2)), New(c[0], c[1])
			jac, r := random(rng, c[0], c[1]), mat.Col(nil, 0, random(rng, c[0], 1))
			for b.Loop() {
				factorize(f, jac, r)
			}
		})
	}
}
