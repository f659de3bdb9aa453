package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// specialSingles are numbers of float32 at the ends of its ranges.
var specialSingles = []float32{
	0, float32(math.Copysign(0, -1)), math.SmallestNonzeroFloat32, -0x1p-130, 0x1p-126, 1, -1, 0x1.fffffep-1,
	math.MaxFloat32, -math.MaxFloat32, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()),
}

// fillSingles sets y to numbers of three kinds: those to which the elements of x round, neighbours
// of these, and special ones. It changes every third element of x to a number near the middle
// between two numbers of float32.
func fillSingles(rng *rand.Rand, y []float32, x []float64) {
	for i := range x {
		if rng.IntN(3) == 0 {
			a := math.Float32frombits(rng.Uint32())
			if rng.IntN(2) == 0 {
				a = specialSingles[rng.IntN(len(specialSingles))]
			}
			x[i] = (float64(a) + float64(math.Nextafter32(a, 0))) / 2
			x[i] = []float64{x[i], math.Nextafter(x[i], 0), math.Nextafter(x[i], 2*x[i])}[rng.IntN(3)]
		}
		y[i] = float32(x[i])
		switch rng.IntN(4) {
		case 0:
			y[i] = math.Nextafter32(y[i], 0)
		case 1:
			y[i] = specialSingles[rng.IntN(len(specialSingles))]
		}
	}
}

func TestConversions(t *testing.T) {
	for _, c := range conversions {
		t.Run(c.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(7, 8))
			for n := range 131 {
				for offset := range 8 {
					checkConversion(t, c.vectors, c.run, hypers[offset%3], n, offset, func(x []float64, y []float32) {
						fill(rng, x, offset%2 == 0)
						fillSingles(rng, y, x)
					})
				}
			}
		})
	}
}

// checkConversion compares the vectors and the guard words after the assembly with those after the
// Go loop.
func checkConversion(t *testing.T, vectors int, run func([][]float64, [][]float32, hyper), h hyper, n, offset int, fill func(x []float64, y []float32)) {
	t.Helper()
	starts, singles := make([][]float64, vectors), make([][]float32, vectors)
	for i := range starts {
		starts[i], singles[i] = make([]float64, n), make([]float32, n)
		fill(starts[i], singles[i])
	}
	type result struct {
		x [][]float64
		y [][]float32
	}
	results := map[int]result{}
	eachLevel(func(level int) {
		var r result
		var cutsX [][]float64
		var cutsY [][]float32
		for i := range starts {
			wholeX, x := guarded(n, (offset+i)%8)
			wholeY := make([]float32, guard+n+guard+8)
			for i := range wholeY {
				wholeY[i] = 12345.678
			}
			y := wholeY[guard+7-(offset+i)%8:][:n:n]
			copy(x, starts[i])
			copy(y, singles[i])
			r.x, r.y = append(r.x, wholeX), append(r.y, wholeY)
			cutsX, cutsY = append(cutsX, x), append(cutsY, y)
		}
		run(cutsX, cutsY, h)
		results[level] = r
	})
	want := results[generic]
	for level, got := range results {
		for k := range vectors {
			for i, v := range got.x[k] {
				if w := want.x[k][i]; !same(v, w) {
					t.Fatalf("level %d, n %d, offset %d, vector %d, word %d: %v, the Go loop gives %v", level, n, offset, k, i, v, w)
				}
			}
			for i, v := range got.y[k] {
				if w := want.y[k][i]; math.Float32bits(v) != math.Float32bits(w) && (v == v || w == w) {
					t.Fatalf("level %d, n %d, offset %d, float32 vector %d, word %d: %v, the Go loop gives %v", level, n, offset, k, i, v, w)
				}
			}
		}
	}
}

// TestRounding checks what the conversions return for numbers of which the definition of IEEE 754
// gives the result: ties to even, the largest number, subnormals.
func TestRounding(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		x    float64
		want float32
	}{
		{1 + 0x1p-24, 1}, {1 + 3*0x1p-24, 1 + 0x1p-22}, {1 + 0x1p-24 + 0x1p-52, 1 + 0x1p-23},
		{0x1.ffffffp127, float32(inf)}, {math.Nextafter(0x1.ffffffp127, 0), math.MaxFloat32}, {-1e300, float32(-inf)},
		{0x1p-150, 0}, {math.Nextafter(0x1p-150, 1), 0x1p-149}, {3 * 0x1p-150, 0x1p-148}, {1e-310, 0}, {0x1.8p-130, 0x1.8p-130},
		{inf, float32(inf)}, {-inf, float32(-inf)},
	} {
		eachLevel(func(level int) {
			y, wide := make([]float32, 21), make([]float64, 21) // whole registers and a rest
			x := make([]float64, len(y))
			for i := range x {
				x[i] = c.x
			}
			Round(y, x)
			Widen(wide, y)
			for i := range y {
				if y[i] != c.want || wide[i] != float64(c.want) {
					t.Fatalf("level %d: %x rounds to %x, which widens to %x; want %x", level, c.x, y[i], wide[i], c.want)
				}
			}
			Reconcile(x, y) // x rounds to y
			y[20] = 7
			Reconcile(x[20:], y[20:])
			if x[0] != c.x || x[20] != 7 {
				t.Fatalf("level %d: %x and %x after Reconcile, want %x and 7", level, x[0], x[20], c.x)
			}
		})
	}
}
