package optim

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestGoldenSOAP follows the trajectories of a reference program, to 1e-8 of the largest value that a
// coordinate has had. The first factor of the longer side is singular. Its null space has no
// definite basis: that of the reference depends on the rounding errors of its library. The test finds
// that basis from the first move of the reference. In the bases every number of that update has the
// magnitude (1−β₁)/√(1−β₂), up to ε, and an unknown sign. From then on, every step is determined.
func TestGoldenSOAP(t *testing.T) {
	var file struct{ Cases []trajectory }
	readJSON(t, "testdata/modern.json", &file)
	rules := map[string]func(s Schedule) *SOAP{
		"SOAP": func(s Schedule) *SOAP {
			o := NewSOAP(1, 4, 6)
			o.Every, o.WeightDecay, o.Schedule = 1, 0.01, s
			return o
		},
		"SOAP/3": func(s Schedule) *SOAP {
			o := NewSOAP(1, 6, 3)
			o.Beta1, o.Beta2, o.Every, o.Schedule = 0.9, 0.99, 3, s
			return o
		},
	}
	found := 0
	for _, c := range file.Cases {
		if rules[c.Name] == nil {
			continue
		}
		found++
		o := rules[c.Name](func(step int) float64 { return c.Rates[step] })
		x, largest := slices.Clone(c.Start), make([]float64, len(c.Start))
		o.Step(x, c.Grads[0])
		if !slices.Equal(x, c.Start) {
			t.Fatalf("%s: step 1 moves the parameters", c.Name)
		}
		adoptBasis(t, o, &c)
		for step := 1; step < len(c.Grads); step++ {
			o.Step(x, c.Grads[step])
			for i, w := range c.Params[step] {
				largest[i] = max(largest[i], math.Abs(w))
				if err := math.Abs(x[i] - w); !(err <= 1e-8*largest[i]) {
					t.Fatalf("%s: step %d, coordinate %d: %v, want %v (error %.1e of %v)", c.Name, step, i, x[i], w, err/largest[i], largest[i])
				}
			}
		}
	}
	if found != len(rules) {
		t.Errorf("%d trajectories, want %d", found, len(rules))
	}
}

// adoptBasis sets the bases of o, which has taken one step, to those of the reference.
func adoptBasis(t *testing.T, o *SOAP, c *trajectory) {
	t.Helper()
	rows, cols := o.rows, o.cols
	var svd mat.SVD
	if !svd.Factorize(mat.NewDense(rows, cols, slices.Clone(c.Grads[0])), mat.SVDFull) {
		t.Fatal("no singular values")
	}
	var left, right, within, projected mat.Dense
	svd.UTo(&left)
	svd.VTo(&right)
	inBases := func(dst *mat.Dense, a []float64) {
		dst.Product(left.T(), mat.NewDense(rows, cols, a), &right)
	}
	keep := 1 - c.Rates[1]*o.WeightDecay
	length := c.Rates[1] * math.Sqrt(1-o.Beta2*o.Beta2) / (1 - o.Beta1*o.Beta1)
	u := make([]float64, rows*cols)
	for i := range u {
		u[i] = (c.Start[i] - c.Params[1][i]/keep) / length
	}
	inBases(&within, u)

	// The rows (or columns) of the null space are turned by an orthogonal matrix, the same for all
	// columns (or rows).
	rank, null, basis := min(rows, cols), max(rows, cols)-min(rows, cols), &left
	part := func(a *mat.Dense) mat.Matrix { return a.Slice(rank, rows, 0, cols) }
	if cols > rows {
		basis = &right
		part = func(a *mat.Dense) mat.Matrix { return a.Slice(0, rows, rank, cols).T() }
	}
	size := (1 - o.Beta1) / math.Sqrt(1-o.Beta2)
	signs := signsWithGram(part(&within), size)
	for range 5 { // the signs first, then the exact numbers, which contain ε
		turnBasis(basis, rank, null, signs, part(&within))
		inBases(&within, u)
		inBases(&projected, c.Grads[1])
		signs = mat.NewDense(null, rank, nil)
		p := part(&projected)
		for i := range null {
			for j := range rank {
				v := p.At(i, j)
				signs.Set(i, j, (1-o.Beta1)*v/(math.Sqrt((1-o.Beta2)*v*v)+o.Epsilon))
			}
		}
	}
	copy(o.left.q, left.RawMatrix().Data)
	copy(o.right.q, right.RawMatrix().Data)
}

// turnBasis multiplies the last columns of a basis by the orthogonal matrix that brings a nearest to want.
func turnBasis(basis *mat.Dense, rank, null int, want, a mat.Matrix) {
	var product, u, v, turned, o mat.Dense
	product.Mul(want, a.T())
	var svd mat.SVD
	svd.Factorize(&product, mat.SVDFull)
	svd.UTo(&u)
	svd.VTo(&v)
	o.Mul(&u, v.T())
	n, _ := basis.Dims()
	last := basis.Slice(0, n, rank, rank+null).(*mat.Dense)
	turned.Mul(last, o.T())
	last.Copy(&turned)
}

// signsWithGram returns a matrix T of ±size with TᵀT = aᵀa. Such matrices differ by an order and by
// signs of the rows, which change nothing in SOAP.
func signsWithGram(a mat.Matrix, size float64) *mat.Dense {
	d, k := a.Dims()
	var gram mat.Dense
	gram.Mul(a.T(), a)
	t := mat.NewDense(d, k, nil)
	var place func(j int) bool
	place = func(j int) bool {
		if j == k {
			return true
		}
		for pattern := range 1 << d {
			for i := range d {
				t.Set(i, j, size*float64(1-2*(pattern>>i&1)))
			}
			fits := true
			for before := range j {
				fits = fits && math.Abs(mat.Dot(t.ColView(before), t.ColView(j))-gram.At(before, j)) < 1e-3*size*size
			}
			if fits && place(j+1) {
				return true
			}
		}
		return false
	}
	if !place(0) {
		panic("no signs have this Gram matrix")
	}
	return t
}

// TestSOAPResetAfterNaN resets SOAP after a gradient of NaN. Step 1 leaves the parameters as they are again.
func TestSOAPResetAfterNaN(t *testing.T) {
	o, x := NewSOAP(0.1, 2, 2), []float64{1, 2, 3, 4}
	for range 2 {
		o.Step(slices.Clone(x), slices.Repeat([]float64{nan}, 4))
	}
	Reset(o)
	if o.Step(x, []float64{1, 0, 0, 2}); !slices.Equal(x, []float64{1, 2, 3, 4}) {
		t.Errorf("x = %v, want (1, 2, 3, 4)", x)
	}
}
