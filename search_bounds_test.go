package optim

import "testing"

// TestClosedBox checks whether bounds are finite on all sides.
func TestClosedBox(t *testing.T) {
	finite, below, above := []float64{0, 1}, []float64{0, -inf}, []float64{inf, 1}
	for _, c := range []struct {
		lower, upper []float64
		want         bool
	}{{nil, nil, false}, {finite, nil, false}, {nil, finite, false}, {finite, finite, true}, {below, finite, false}, {finite, above, false}, {below, above, false}} {
		b := box{c.lower, c.upper}
		if b.closed() != c.want {
			t.Errorf("[%v, %v]: %v", c.lower, c.upper, !c.want)
		}
	}
}

// TestValuesInABox checks coordinates inside [0, 4], on the bounds and at 3, 5 and −1.
func TestValuesInABox(t *testing.T) {
	b := box{[]float64{0, 0, 0, 0, 0}, []float64{4, 4, 4, 4, 4}}
	if x := []float64{0, 4, 3, 1, 2}; b.farthest(x) != 3 || b.project(x) {
		t.Errorf("farthest %v, want 3; a point of the box is projected to %v", b.farthest(x), x)
	}
	if x := []float64{-1, 4, 5, 1, 2}; !b.project(x) || x[0] != 0 || x[2] != 4 {
		t.Errorf("projected to %v", x)
	}
	for _, c := range []struct {
		v, g  float64
		holds bool
		room  float64
	}{{0, 1, true, 0}, {0, 0, false, 0}, {0, -1, false, 4}, {4, -1, true, 0}, {4, 0, false, 0}, {4, 1, false, 4}, {3, 1, false, 3}, {3, -1, false, 1}} {
		if b.holds(0, c.v, c.g) != c.holds || b.room(0, c.v, c.g) != c.room {
			t.Errorf("%+v: holds %v, room %v", c, b.holds(0, c.v, c.g), b.room(0, c.v, c.g))
		}
	}
	for _, c := range []struct{ v, move, want float64 }{{1, -1, 0}, {3, 1, 4}, {1, -2, 3}, {3, 2, 1}, {1, 5, 4}, {3, -5, 0}, {3, 5, 0}, {2, 5, 4}, {2, 1, 3}} {
		if got := b.probe(0, c.v, c.move, 1); got != c.want {
			t.Errorf("the move %v from %v ends at %v, want %v", c.move, c.v, got, c.want)
		}
	}
}

// TestMagnitudeAlongAVector compares the magnitude of x along v with the multiple of v that x is. It is 1 for x = 0, and at
// least √ε times the largest coordinate.
func TestMagnitudeAlongAVector(t *testing.T) {
	for _, c := range []struct {
		x, v []float64
		want float64
	}{
		{[]float64{3, 3}, []float64{1, 1}, 3}, {[]float64{-3, 3}, []float64{4, -4}, 0.75}, {[]float64{0, 0}, []float64{1, 1}, 1}, {[]float64{0, 0}, []float64{2, 2}, 0.5},
		{[]float64{1, 0}, []float64{0, 1}, sqrtEpsilon}, {[]float64{1, 5}, []float64{0, 0}, 0}, {[]float64{8, 9}, []float64{2, 0}, 4},
	} {
		if got := magnitude(c.x, c.v); got != c.want {
			t.Errorf("x = %v, v = %v: %v, want %v", c.x, c.v, got, c.want)
		}
	}
}
