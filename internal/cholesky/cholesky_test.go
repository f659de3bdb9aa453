package cholesky

import (
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// TestFactor appends and removes rows at random, and compares the solutions with those of gonum.
func TestFactor(t *testing.T) {
	const n = 60
	rng := rand.New(rand.NewPCG(1, 2))
	a := mat.NewDense(n, n, nil)
	for i := range n {
		for j := range n {
			a.Set(i, j, rng.NormFloat64())
		}
	}
	h := mat.NewSymDense(n, nil)
	h.SymOuterK(1, a)
	for i := range n {
		h.SetSym(i, i, h.At(i, i)+1)
	}
	var f Factor
	var members []int // the rows of h that are in f
	for step := range 400 {
		if k := rng.IntN(n); slices.Contains(members, k) {
			i := slices.Index(members, k)
			f.Remove(i)
			members = slices.Delete(members, i, i+1)
		} else {
			members = append(members, k)
			var row []float64
			for _, m := range members {
				row = append(row, h.At(k, m))
			}
			if !f.Append(row) {
				t.Fatalf("step %d: row %d is singular", step, k)
			}
		}
		size := len(members)
		if f.Len() != size {
			t.Fatalf("step %d: %d rows, want %d", step, f.Len(), size)
		}
		if size == 0 {
			continue
		}
		sub, right := mat.NewSymDense(size, nil), make([]float64, size)
		for i, k := range members {
			right[i] = rng.NormFloat64()
			for j, m := range members {
				sub.SetSym(i, j, h.At(k, m))
			}
		}
		var c mat.Cholesky
		var want mat.VecDense
		if !c.Factorize(sub) {
			t.Fatalf("step %d: not positive definite", step)
		}
		if err := c.SolveVecTo(&want, mat.NewVecDense(size, slices.Clone(right))); err != nil {
			t.Fatal(err)
		}
		f.Solve(right)
		if !floats.EqualApprox(right, want.RawVector().Data, 1e-10*floats.Norm(want.RawVector().Data, 2)) {
			t.Fatalf("step %d: solution %v, want %v", step, right, want.RawVector().Data)
		}
	}
	f.Reset()
	if f.Len() != 0 {
		t.Errorf("%d rows after Reset, want 0", f.Len())
	}
}

// TestSingular checks that a row that depends on the others is refused and changes nothing.
func TestSingular(t *testing.T) {
	var f Factor
	if f.Append([]float64{0}) {
		t.Error("Append accepts the matrix 0")
	}
	f.Append([]float64{4})
	f.Append([]float64{2, 5})
	if f.Append([]float64{4, 2, 4}) {
		t.Error("Append accepts a row twice")
	}
	b := []float64{8, 12}
	f.Solve(b) // 4x + 2y = 8, 2x + 5y = 12
	if !floats.EqualApprox(b, []float64{1, 2}, 1e-15) {
		t.Errorf("solution %v, want 1 and 2", b)
	}
}

// TestAllocations checks that rows of before lend their memory.
func TestAllocations(t *testing.T) {
	var f Factor
	run := func() {
		f.Append([]float64{4})
		f.Append([]float64{2, 5})
		f.Append([]float64{1, 1, 6})
		f.Remove(0)
		f.Reset()
	}
	run()
	if n := testing.AllocsPerRun(10, run); n > 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}
