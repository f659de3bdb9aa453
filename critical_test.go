package optim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestClassify(t *testing.T) {
	for _, c := range []struct {
		hess      *mat.SymDense
		tol       float64
		kind      Kind
		condition float64
		curvature float64
		direction []float64 // up to its sign
	}{
		{mat.NewSymDense(2, []float64{2, 0, 0, 8}), 1e-10, Minimum, 4, 0, nil},
		{mat.NewSymDense(2, []float64{-2, 0, 0, -8}), 1e-10, Maximum, 4, -8, []float64{0, 1}},
		{mat.NewSymDense(2, []float64{0, 3, 3, 0}), 1e-10, Saddle, 1, -3, []float64{math.Sqrt2 / 2, -math.Sqrt2 / 2}},
		{mat.NewSymDense(3, []float64{1, 0, 0, 0, 0, 0, 0, 0, -4}), 1e-10, Saddle, inf, -4, []float64{0, 0, 1}},
		{mat.NewSymDense(2, []float64{1, 1, 1, 1}), 1e-10, Degenerate, inf, 0, nil},
		{mat.NewSymDense(2, []float64{-1, 0, 0, 1e-12}), 1e-10, Degenerate, inf, -1, []float64{1, 0}},
		{mat.NewSymDense(2, []float64{-1, 0, 0, 1e-12}), 1e-13, Saddle, 1e12, -1, []float64{1, 0}},
		{mat.NewSymDense(2, []float64{1, 0, 0, -0.25}), 0.25, Degenerate, inf, 0, nil}, // at the tolerance it is zero
		{mat.NewSymDense(2, []float64{1, 0, 0, -0.25}), 0, Saddle, 4, -0.25, []float64{0, 1}},
		{mat.NewSymDense(2, nil), 0, Degenerate, inf, 0, nil},
		{mat.NewSymDense(1, []float64{3}), 0, Minimum, 1, 0, nil},
		{mat.NewSymDense(1, []float64{-3}), 0, Maximum, 1, -3, []float64{1}},
		{mat.NewSymDense(1, nil), 0, Degenerate, inf, 0, nil},
		{new(mat.SymDense), 0, Minimum, 1, 0, nil},
		{mat.NewSymDense(2, []float64{1, nan, nan, 1}), 0, Undefined, nan, 0, nil},
		{mat.NewSymDense(2, []float64{1, 0, 0, -inf}), 0, Undefined, nan, 0, nil},
		{mat.NewSymDense(2, []float64{2e300, 0, 0, -1e300}), 1e-10, Saddle, 2, -1e300, []float64{0, 1}},
		{mat.NewSymDense(2, []float64{0, 1e308, 1e308, 0}), 1e-10, Saddle, 1, -1e308, []float64{math.Sqrt2 / 2, -math.Sqrt2 / 2}},
		{mat.NewSymDense(2, []float64{4e-310, 0, 0, 2e-310}), 1e-10, Minimum, 2, 0, nil},
	} {
		got := Classify(c.hess, c.tol)
		near := func(a, b float64) bool {
			return a == b || math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= 1e-12*math.Abs(b)
		}
		if got.Kind != c.kind || !near(got.Condition, c.condition) || !near(got.Curvature, c.curvature) || len(got.Direction) != len(c.direction) {
			t.Errorf("%v by %v: %+v, want %v, %v, %v", mat.Formatted(c.hess), c.tol, got, c.kind, c.condition, c.curvature)
			continue
		}
		if n := c.hess.SymmetricDim(); c.kind != Undefined && (len(got.Eigenvalues) != n || !slices.IsSorted(got.Eigenvalues)) {
			t.Errorf("eigenvalues %v", got.Eigenvalues)
		}
		product := 0.0
		for i, v := range c.direction {
			product += v * got.Direction[i]
		}
		if c.direction != nil && !(math.Abs(math.Abs(product)-1) <= 1e-12) {
			t.Errorf("%v: direction %v, want %v", mat.Formatted(c.hess), got.Direction, c.direction)
		}
	}
}

// TestClassifyRandom classifies Hessians with given eigenvalues, rotated and scaled, and checks the
// curvature along the direction.
func TestClassifyRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	for try := range 200 {
		n := 2 + rng.IntN(8)
		signs := [3]int{}
		values := make([]float64, n)
		for i := range values {
			s := rng.IntN(3) - 1
			signs[s+1]++
			values[i] = float64(s) * (1 + rng.Float64())
		}
		want := Minimum
		switch {
		case signs[0] > 0 && signs[2] > 0:
			want = Saddle
		case signs[1] > 0:
			want = Degenerate
		case signs[0] > 0:
			want = Maximum
		}
		random := mat.NewDense(n, n, nil)
		for i := range n {
			for j := range n {
				random.Set(i, j, rng.NormFloat64())
			}
		}
		var qr mat.QR
		var q, h mat.Dense
		qr.Factorize(random)
		qr.QTo(&q)
		h.Product(&q, mat.NewDiagDense(n, values), q.T())
		hess := mat.NewSymDense(n, nil)
		scale := math.Ldexp(1, rng.IntN(600)-300)
		for i := range n {
			for j := i; j < n; j++ {
				hess.SetSym(i, j, scale*(h.At(i, j)+h.At(j, i))/2)
			}
		}
		c := Classify(hess, 1e-10)
		if c.Kind != want {
			t.Fatalf("try %d: %v is a %v, want %v", try, values, c.Kind, want)
		}
		if (c.Direction != nil) != (signs[0] > 0) {
			t.Errorf("direction %v for %v", c.Direction, values)
		}
		if c.Direction != nil {
			v := mat.NewVecDense(n, c.Direction)
			if along := mat.Inner(v, hess, v); !(math.Abs(along-c.Curvature) <= 1e-12*scale) || !(math.Abs(c.Curvature-scale*slices.Min(values)) <= 1e-12*scale) {
				t.Errorf("curvature %v, along the direction %v, want %v", c.Curvature, along, scale*slices.Min(values))
			}
		}
	}
}

func TestClassifyTolerance(t *testing.T) {
	for _, tol := range []float64{-1, 1, nan} {
		want := fmt.Sprintf("optim: Classify.tol = %v, want [0, 1)", tol)
		if got := message(func() { Classify(mat.NewSymDense(1, nil), tol) }); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestKind(t *testing.T) {
	for k, want := range map[Kind]string{
		Undefined: "undefined", Minimum: "minimum", Maximum: "maximum", Saddle: "saddle", Degenerate: "degenerate", 5: "Kind(5)", -1: "Kind(-1)",
	} {
		if k.String() != want {
			t.Errorf("%s, want %s", k, want)
		}
	}
}
