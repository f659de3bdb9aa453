package kernel

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
)

// walks are the kernels that map vectors to vectors. v[0] is the first argument
// of the kernel, and so on.
var walks = []struct {
	name    string
	vectors int
	run     func(v [][]float64, h hyper)
}{
	{"SGD", 2, func(v [][]float64, h hyper) { SGD(v[0], v[1], h.eta) }},
	{"Scale", 1, func(v [][]float64, h hyper) { Scale(v[0], h.eta) }},
	{"AddSign", 2, func(v [][]float64, h hyper) { AddSign(v[0], v[1], h.eta) }},
	{"Approach", 2, func(v [][]float64, h hyper) { Approach(v[0], v[1], h.beta1) }},
	{"Clamp", 1, func(v [][]float64, h hyper) { Clamp(v[0], h.eta) }},
	{"Shrink", 1, func(v [][]float64, h hyper) { Shrink(v[0], h.eta) }},
	{"Between", 1, func(v [][]float64, h hyper) { Between(v[0], -h.eta, h.c) }},
	{"AtLeast", 2, func(v [][]float64, h hyper) { AtLeast(v[0], v[1]) }},
	{"AtMost", 2, func(v [][]float64, h hyper) { AtMost(v[0], v[1]) }},
	{"Cut", 1, func(v [][]float64, h hyper) { Cut(v[0], h.c, h.eta) }},
	{"CutAbs", 1, func(v [][]float64, h hyper) { CutAbs(v[0], h.c, h.eta) }},
	{"AddScaled", 2, func(v [][]float64, h hyper) { AddScaled(v[0], v[1], h.eta) }},
	{"AddScaledTo", 3, func(v [][]float64, h hyper) { AddScaledTo(v[0], v[1], v[2], h.eta) }},
	{"Combine", 2, func(v [][]float64, h hyper) { Combine(v[0], v[1], h.eta, h.c) }},
	{"AddSquares", 2, func(v [][]float64, h hyper) { AddSquares(v[0], v[1], h.eta, h.eps) }},
	{"DivideByRoot", 3, func(v [][]float64, h hyper) { DivideByRoot(v[0], v[1], v[2], h.c) }},
	{"AddTwo", 3, func(v [][]float64, h hyper) { AddTwo(v[0], v[1], v[2], h.eta, h.c) }},
	{"Momentum", 3, func(v [][]float64, h hyper) { Momentum(v[0], v[1], v[2], h.beta1, h.c, h.eta) }},
	{"Nesterov", 3, func(v [][]float64, h hyper) { Nesterov(v[0], v[1], v[2], h.beta1, h.beta2, h.eta) }},
	{"AdaGrad", 3, func(v [][]float64, h hyper) { AdaGrad(v[0], v[1], v[2], h.eta, h.root, h.eps) }},
	{"AdaDelta", 4, func(v [][]float64, h hyper) { AdaDelta(v[0], v[1], v[2], v[3], h.beta1, h.eps, h.eta) }},
	{"RMSProp", 3, func(v [][]float64, h hyper) { RMSProp(v[0], v[1], v[2], h.beta2, h.eta, h.root, h.eps) }},
	{"RMSPropMomentum", 4, func(v [][]float64, h hyper) {
		RMSPropMomentum(v[0], v[1], v[2], v[3], h.beta2, h.beta1, h.eta, h.root, h.eps)
	}},
	{"RMSPropCentered", 4, func(v [][]float64, h hyper) {
		RMSPropCentered(v[0], v[1], v[2], v[3], h.beta2, h.eta, h.root, h.eps)
	}},
	{"RMSPropCenteredMomentum", 5, func(v [][]float64, h hyper) {
		RMSPropCenteredMomentum(v[0], v[1], v[2], v[3], v[4], h.beta2, h.beta1, h.eta, h.root, h.eps)
	}},
	{"Adam", 4, func(v [][]float64, h hyper) {
		Adam(v[0], v[1], v[2], v[3], h.beta1, h.beta2, h.eta, h.c, h.root, h.eps, h.keep)
	}},
	{"AMSGrad", 5, func(v [][]float64, h hyper) {
		AMSGrad(v[0], v[1], v[2], v[3], v[4], h.beta1, h.beta2, h.eta, h.c, h.root, h.eps, h.keep)
	}},
	{"AdaMax", 4, func(v [][]float64, h hyper) { AdaMax(v[0], v[1], v[2], v[3], h.beta1, h.beta2, h.eta, h.eps) }},
	{"NAdam", 4, func(v [][]float64, h hyper) {
		NAdam(v[0], v[1], v[2], v[3], h.beta1, h.beta2, h.eta, h.keep, h.c, h.eps)
	}},
	{"ADOPT", 4, func(v [][]float64, h hyper) {
		ADOPT(v[0], v[1], v[2], v[3], h.beta1, h.beta2, h.eta, h.eps, h.c, h.keep)
	}},
	{"AdaBelief", 4, func(v [][]float64, h hyper) {
		AdaBelief(v[0], v[1], v[2], v[3], h.beta1, h.beta2, h.eta, h.c, h.root, h.eps, h.keep)
	}},
	{"RAdamWarm", 4, func(v [][]float64, h hyper) {
		RAdamWarm(v[0], v[1], v[2], v[3], h.beta1, h.beta2, h.eta, h.keep)
	}},
	{"ScheduleFree", 3, func(v [][]float64, h hyper) { ScheduleFree(v[0], v[1], v[2], h.beta1, h.c, h.eta, h.root) }},
	{"ScheduleFreeAdam", 4, func(v [][]float64, h hyper) {
		ScheduleFreeAdam(v[0], v[1], v[2], v[3], h.beta2, h.c, h.eps, h.beta1, h.keep, h.eta, h.root)
	}},
	{"AdEMAMix", 5, func(v [][]float64, h hyper) {
		AdEMAMix(v[0], v[1], v[2], v[3], v[4], h.beta1, h.beta2, h.keep, h.eta, h.root, h.c, h.eps, h.keep)
	}},
	{"Adan", 6, func(v [][]float64, h hyper) {
		Adan(v[0], v[1], v[2], v[3], v[4], v[5], h.beta1, h.beta2, h.keep, h.eta, h.root, h.c, h.eps, h.keep)
	}},
	{"AdamDirection", 4, func(v [][]float64, h hyper) {
		AdamDirection(v[0], v[1], v[2], v[3], h.beta1, h.beta2, h.eps)
	}},
	{"SOAPDirection", 3, func(v [][]float64, h hyper) { SOAPDirection(v[0], v[1], v[2], h.beta2, h.eps) }},
	{"maskBlock", 2, func(v [][]float64, _ hyper) { MaskOpposite(v[0], v[1]) }},
	{"CautiousDecay", 3, func(v [][]float64, h hyper) { CautiousDecay(v[0], v[1], v[2], h.c, h.root, h.keep) }},
	{"LARS", 3, func(v [][]float64, h hyper) { LARS(v[0], v[1], v[2], h.beta1, h.c, h.root, h.eta) }},
	{"Prodigy", 4, func(v [][]float64, h hyper) {
		Prodigy(v[0], v[1], v[2], v[3], h.beta1, h.beta2, h.c, h.eta, h.eps, h.keep)
	}},
	{"GPAAdam", 5, func(v [][]float64, h hyper) {
		GPAAdam(v[0], v[1], v[2], v[3], v[4], h.beta1, h.beta2, h.c, h.eps, h.root, h.keep, h.eta, h.keep)
	}},
	{"Lion", 3, func(v [][]float64, h hyper) { Lion(v[0], v[1], v[2], h.beta1, h.beta2, h.eta, h.keep) }},
	{"Exp", 1, func(v [][]float64, _ hyper) { inRange(v[0], -708, 708); Exp(v[0]) }},
	{"Log", 1, func(v [][]float64, _ hyper) { inRange(v[0], 0x1p-1022, math.MaxFloat64); Log(v[0]) }},
	{"Rprop", 4, func(v [][]float64, h hyper) { Rprop(v[0], v[1], v[2], v[3], h.eta, h.beta1, h.c, h.eps, 50) }},
}

// inRange moves the elements of x into [low, high], for kernels that are not for all numbers.
func inRange(x []float64, low, high float64) {
	for i, v := range x {
		if v != v {
			v = 1
		}
		x[i] = min(max(v, low), high)
	}
}

// conversions are the kernels with as many vectors of float32 as of float64.
var conversions = []struct {
	name    string
	vectors int // of each type
	run     func(v [][]float64, w [][]float32, h hyper)
}{
	{"Widen", 1, func(v [][]float64, w [][]float32, _ hyper) { Widen(v[0], w[0]) }},
	{"Round", 1, func(v [][]float64, w [][]float32, _ hyper) { Round(w[0], v[0]) }},
	{"Reconcile", 1, func(v [][]float64, w [][]float32, _ hyper) { Reconcile(v[0], w[0]) }},
	{"Adam32", 2, func(v [][]float64, w [][]float32, h hyper) {
		Adam32(w[0], w[1], v[0], v[1], h.beta1, h.beta2, h.eta, h.c, h.root, h.eps, h.keep)
	}},
}

// hyper are the scalars of a step.
type hyper struct{ beta1, beta2, eta, c, root, eps, keep float64 }

var hypers = []hyper{
	{beta1: 0.9, beta2: 0.999, eta: 1e-3, c: 1.2, root: 0, eps: 1e-8, keep: 1},
	{},
	{beta1: 0.3, beta2: 0, eta: 7, c: 1e3, root: 1e-3, eps: 0, keep: 0.99},
}

// reductions are the kernels that sum vectors. A name is that of the kernel,
// followed by /variant if the kernel has several rows.
var reductions = []struct {
	name string
	run  func(x, y []float64) float64
}{
	{"dotBlock", Dot},
	{"dotDifferenceBlock", func(x, y []float64) float64 { return DotDifference(x, y, x) }},
	{"sumSquaresBlock", func(x, _ []float64) float64 { return SumSquares(x, 1) }},
	{"sumSquaresBlock/scaled", func(x, _ []float64) float64 { return SumSquares(x, 0x1p-30) }},
	{"sumAbsBlock", func(x, _ []float64) float64 { return SumAbs(x) }},
	{"countOppositeBlock", CountOpposite},
	{"maskBlock", func(x, y []float64) float64 { return MaskOpposite(slices.Clone(x), y) }},
	{"AbsMax", func(x, _ []float64) float64 { return AbsMax(x) }},
	{"excessBlock", func(x, _ []float64) float64 { sum, _ := Excess(x, 1, 2); return sum }},
	{"aboveBlock", func(x, _ []float64) float64 { _, count := Excess(x, 1, 2); return count }},
	{"excessAbsBlock", func(x, _ []float64) float64 { sum, _ := ExcessAbs(x, 1, 1.5); return sum }},
	{"aboveAbsBlock", func(x, _ []float64) float64 { _, count := ExcessAbs(x, 1, 1.5); return count }},
	{"Dots/ux", func(x, y []float64) float64 { s, _, _, _ := Dots(x, y, y, x); return s }},
	{"Dots/vx", func(x, y []float64) float64 { _, s, _, _ := Dots(x, y, y, x); return s }},
	{"Dots/uy", func(x, y []float64) float64 { _, _, s, _ := Dots(x, y, y, x); return s }},
	{"Dots/vy", func(x, y []float64) float64 { _, _, _, s := Dots(y, x, y, x); return s }},
}

var special = []float64{
	0, math.Copysign(0, -1), 5e-324, -5e-324, 1e-310, 0x1p-1022, 1, -1, 1e-200, -1e200,
	math.MaxFloat64, -math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN(),
}

// fill sets x to random numbers. With specials, a third of them are special.
func fill(rng *rand.Rand, x []float64, specials bool) {
	for i := range x {
		x[i] = rng.NormFloat64() * math.Exp(4*rng.NormFloat64())
		if specials && rng.IntN(3) == 0 {
			x[i] = special[rng.IntN(len(special))]
		}
	}
}

// same reports whether a and b have the same bits or are both NaN. Neither IEEE
// 754 nor Go specifies which of two NaNs an addition returns.
func same(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || a != a && b != b
}

// guard is the number of guard words on each side of a vector.
const guard = 8

// guarded returns n elements at an offset in an array, and the whole array, which
// has guard words on both sides.
func guarded(n, offset int) (whole, cut []float64) {
	whole = make([]float64, guard+offset+n+guard)
	for i := range whole {
		whole[i] = 12345.678
	}
	return whole, whole[guard+offset:][:n:n]
}

// TestComplete fails if a kernel has no row in walks, reductions or conversions.
func TestComplete(t *testing.T) {
	tested := map[string]bool{}
	for _, w := range walks {
		tested[w.name] = true
	}
	for _, r := range reductions {
		name, _, _ := strings.Cut(r.name, "/")
		tested[name] = true
	}
	for _, c := range conversions {
		tested[c.name] = true
	}
	file, err := parser.ParseFile(token.NewFileSet(), "dispatch_amd64.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range file.Decls {
		if name := d.(*ast.FuncDecl).Name.Name; !tested[name] {
			t.Errorf("no row in walks, reductions or conversions tests %s", name)
		}
	}
}

func TestWalks(t *testing.T) {
	for _, w := range walks {
		t.Run(w.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			for n := range 131 {
				for offset := range 8 {
					for i, h := range hypers {
						checkWalk(t, w.vectors, w.run, h, n, offset, func(x []float64) { fill(rng, x, (n+offset+i)%2 == 0) })
					}
				}
			}
		})
	}
}

// checkWalk compares the vectors and the guard words after the assembly with those
// after the Go loop.
func checkWalk(t *testing.T, vectors int, run func([][]float64, hyper), h hyper, n, offset int, fill func(x []float64)) {
	t.Helper()
	start := make([][]float64, vectors)
	for i := range start {
		start[i] = make([]float64, n)
		fill(start[i])
	}
	result := map[int][][]float64{}
	eachLevel(func(level int) {
		wholes, cuts := make([][]float64, vectors), make([][]float64, vectors)
		for i := range start {
			wholes[i], cuts[i] = guarded(n, (offset+i)%8)
			copy(cuts[i], start[i])
		}
		run(cuts, h)
		result[level] = wholes
	})
	for level, wholes := range result {
		for v := range wholes {
			for i, got := range wholes[v] {
				if want := result[generic][v][i]; !same(got, want) {
					t.Fatalf("level %d, n %d, offset %d, vector %d, word %d: %v (%x), the Go loop gives %v (%x)",
						level, n, offset, v, i, got, math.Float64bits(got), want, math.Float64bits(want))
				}
			}
		}
	}
}

func TestReductions(t *testing.T) {
	lengths := []int{Block - 1, Block, Block + 1, 2 * Block, 3*Block + 77}
	for n := range 131 {
		lengths = append(lengths, n)
	}
	for _, r := range reductions {
		t.Run(r.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(3, 4))
			for _, n := range lengths {
				for offset := range 8 {
					_, x := guarded(n, offset)
					_, y := guarded(n, 7-offset)
					fill(rng, x, offset == 7)
					fill(rng, y, offset == 7)
					checkReduction(t, r.run, x, y)
				}
			}
		})
	}
}

func checkReduction(t *testing.T, run func(x, y []float64) float64, x, y []float64) {
	t.Helper()
	result := map[int]float64{}
	eachLevel(func(level int) { result[level] = run(x, y) })
	for level, got := range result {
		if want := result[generic]; !same(got, want) {
			t.Fatalf("level %d, n %d: %v, the Go loop gives %v", level, len(x), got, want)
		}
	}
}

// TestReductionValues compares the reductions with those of gonum.
func TestReductionValues(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{0, 1, 31, 32, 33, 100, Block, 2*Block + 5} {
		x, y := make([]float64, n), make([]float64, n)
		fill(rng, x, false)
		fill(rng, y, false)
		dot, squares := floats.Dot(x, y), floats.Dot(x, x)
		size := math.Sqrt(squares * floats.Dot(y, y))
		top := 0.0
		if n > 0 {
			top = floats.Norm(x, math.Inf(1))
		}
		if got := Dot(x, y); !(math.Abs(got-dot) <= 1e-13*size) {
			t.Errorf("n %d: Dot %v, want %v", n, got, dot)
		}
		if got, want := DotDifference(x, y, x), dot-squares; !(math.Abs(got-want) <= 1e-13*(size+squares)) {
			t.Errorf("n %d: DotDifference %v, want %v", n, got, want)
		}
		if got := SumSquares(x, 2); !(math.Abs(got-4*squares) <= 4e-13*squares) {
			t.Errorf("n %d: SumSquares %v, want %v", n, got, 4*squares)
		}
		excess, above, excessAbs, aboveAbs := 0.0, 0.0, 0.0, 0.0
		for _, v := range x {
			if v > 0.5 {
				excess += v - 0.5
				above++
			}
			if math.Abs(v) > 0.5 {
				excessAbs += math.Abs(v) - 0.5
				aboveAbs++
			}
		}
		if sum, count := Excess(x, 1, 0.5); !(math.Abs(sum-excess) <= 1e-13*excess) || count != above {
			t.Errorf("n %d: Excess %v of %v, want %v of %v", n, sum, count, excess, above)
		}
		if sum, count := ExcessAbs(x, 1, 0.5); !(math.Abs(sum-excessAbs) <= 1e-13*excessAbs) || count != aboveAbs {
			t.Errorf("n %d: ExcessAbs %v of %v, want %v of %v", n, sum, count, excessAbs, aboveAbs)
		}
		if got, want := SumAbs(x), floats.Norm(x, 1); !(math.Abs(got-want) <= 1e-13*want) {
			t.Errorf("n %d: SumAbs %v, want %v", n, got, want)
		}
		if got := AbsMax(x); got != top {
			t.Errorf("n %d: AbsMax %v, want %v", n, got, top)
		}
	}
}

func TestNorm(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		x    []float64
		want float64
	}{
		{nil, 0},
		{[]float64{0, 0}, 0},
		{[]float64{3, -4}, 5},
		{[]float64{3e200, 4e200}, 5e200},
		{[]float64{3e-200, -4e-200}, 5e-200},
		{[]float64{1e200, 1e-200}, 1e200},
		{[]float64{5e-324}, 5e-324},
		{[]float64{math.MaxFloat64}, math.MaxFloat64},
		{[]float64{math.MaxFloat64, math.MaxFloat64}, inf},
		{[]float64{1, -inf}, inf},
		{[]float64{inf, math.NaN()}, math.NaN()},
	} {
		got := Norm(c.x, SumSquares(c.x, 1))
		if !same(got, c.want) && !(math.Abs(got-c.want) <= 2e-16*c.want) {
			t.Errorf("Norm(%v) = %v, want %v", c.x, got, c.want)
		}
	}
	tiny := make([]float64, 100) // each square underflows, the norm does not
	for i := range tiny {
		tiny[i] = 1e-170
	}
	if got := Norm(tiny, SumSquares(tiny, 1)); !(math.Abs(got-1e-169) <= 1e-183) {
		t.Errorf("norm of a hundred 1e-170: %v", got)
	}
}

func FuzzWalks(f *testing.F) {
	f.Add(uint64(1), 5, 3, 1.0, 2.0)
	f.Fuzz(func(t *testing.T, seed uint64, n, offset int, a, b float64) {
		n, offset = int(uint(n)%200), int(uint(offset)%8)
		rng := rand.New(rand.NewPCG(seed, 0))
		h := hypers[seed%3]
		for _, w := range walks {
			checkWalk(t, w.vectors, w.run, h, n, offset, func(x []float64) {
				fill(rng, x, true)
				for i := range min(n, 7) {
					x[rng.IntN(n)] = []float64{a, b}[i%2]
				}
			})
		}
		x, y := make([]float64, n), make([]float64, n)
		fill(rng, x, seed%2 == 0)
		fill(rng, y, seed%3 == 0)
		for _, r := range reductions {
			checkReduction(t, r.run, x, y)
		}
		for _, c := range conversions {
			checkConversion(t, c.vectors, c.run, h, n, offset, func(x []float64, y []float32) {
				fill(rng, x, true)
				fillSingles(rng, y, x)
				for i := range min(n, 7) {
					y[rng.IntN(n)] = float32([]float64{a, b}[i%2])
				}
			})
		}
	})
}

func BenchmarkKernels(b *testing.B) {
	for _, w := range walks {
		for _, n := range []int{16, 1000, 100000} {
			b.Run(fmt.Sprintf("%s/n=%d", w.name, n), func(b *testing.B) {
				v := make([][]float64, w.vectors)
				for i := range v {
					v[i] = make([]float64, n)
					for j := range v[i] {
						v[i][j] = 1 / float64(1+j)
					}
				}
				for b.Loop() {
					w.run(v, hypers[0])
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/param")
			})
		}
	}
}
