package optim

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"example.com/optim/internal/kernel"
)

// derivativeCheck compares elements of a derivative with slopes of m functions at x.
type derivativeCheck struct {
	function string    // the function that the user calls
	x        []float64 // the point
	m        int       // number of functions
	value    func(dst, x []float64)
	values   func(i int) string    // the name of function i
	element  func(i, j int) string // the name of the derivative of function i along line j
	line     string                // the name of a line is line[j]; x for the lines along the coordinates

	here     []float64 // the values at x
	epsilon  []float64 // their rounding, relative to them
	point    []float64 // x + hv
	up, down []float64 // the values at x ± hv
	worst    *DerivativeError
	wrong    int // number of wrong elements
	tested   int // number of elements
}

// elements are elements of a derivative, in rows of one function each.
type elements struct {
	value []float64
	blur  []float64 // how much the rounding of x changes them
}

// begin evaluates the functions at x, and count elements of their derivative by f.
func (c *derivativeCheck) begin(count int, f func(dst, x []float64)) (e elements, err error) {
	if j := firstNonFinite(c.x); j >= 0 {
		return e, c.fail("x[%d] = %v, want a finite number", j, c.x[j])
	}
	if c.here == nil {
		c.point, c.up, c.down = slices.Clone(c.x), make([]float64, c.m), make([]float64, c.m)
		c.here, err = c.twice(c.m, c.value, c.values)
		if err != nil {
			return e, err
		}
		c.measureEpsilon()
	}
	if count == 0 {
		return e, nil
	}
	columns := count / c.m
	e.value, err = c.twice(count, f, func(k int) string { return c.element(k/columns, k%columns) })
	if err == nil {
		e.blur = c.blur(e.value, f)
	}
	return e, err
}

func (c *derivativeCheck) fail(format string, args ...any) error {
	return fmt.Errorf("optim: "+c.function+": "+format, args...)
}

// twice evaluates f at x twice. In the second call dst holds the result of the first one. twice returns
// an error unless both calls return the same finite numbers and leave x as it is. name names an
// element.
func (c *derivativeCheck) twice(count int, f func(dst, x []float64), name func(k int) string) ([]float64, error) {
	dst := make([]float64, count)
	copy(c.point, c.x)
	f(dst, c.point)
	first := slices.Clone(dst)
	f(dst, c.point)
	k := firstNonFinite(first)
	switch {
	case !slices.Equal(c.point, c.x):
		return nil, c.fail("the function that returns %s changes x", name(0))
	case k >= 0:
		return nil, c.fail("%s = %v, want a finite number", name(k), first[k])
	}
	for k, v := range first {
		if dst[k] != v {
			return nil, c.fail("%s = %v in the first call at x and %v in the second, want the same; the function must overwrite its result", name(k), v, dst[k])
		}
	}
	return dst, nil
}

// measureEpsilon sets epsilon. A function has the rounding of float32 if its value is a float32 at x and at a
// point near x whose coordinates are none.
func (c *derivativeCheck) measureEpsilon() {
	const shift, single = 1e-3 / 3, 0x1p-23
	for i, v := range c.x {
		c.point[i] = v + float64(shift*cmp.Or(v, 1))
	}
	c.value(c.up, c.point)
	c.epsilon = make([]float64, c.m)
	for i, v := range c.here {
		c.epsilon[i] = epsilon
		if isSingle(v) && isSingle(c.up[i]) {
			c.epsilon[i] = single
		}
	}
}

// isSingle returns whether v is a finite float32.
func isSingle(v float64) bool { return isFinite(v) && float64(float32(v)) == v }

// blur returns the largest change of the elements when the parameters change by some units of rounding.
func (c *derivativeCheck) blur(value []float64, f func(dst, x []float64)) []float64 {
	const (
		shift  = 4 * epsilon // relative
		factor = 16          // two changes do not show the largest one
	)
	blur, dst := make([]float64, len(value)), make([]float64, len(value))
	for pattern := range 2 { // all parameters increase, or every other one decreases
		for i, v := range c.x {
			c.point[i] = v + float64(v*shift*float64(1-2*(i&pattern)))
		}
		f(dst, c.point)
		for k, v := range dst {
			if change := factor * math.Abs(v-value[k]); isFinite(change) {
				blur[k] = max(blur[k], change)
			}
		}
	}
	return blur
}

// coordinate returns the direction of the parameter j.
func (c *derivativeCheck) coordinate(j int) []float64 {
	v := make([]float64, len(c.x))
	v[j] = 1
	return v
}

// columns compares the elements along all coordinates.
func (c *derivativeCheck) columns(e elements) error {
	n := len(c.x)
	column := elements{make([]float64, c.m), make([]float64, c.m)}
	for j := range n {
		for i := range c.m {
			column.value[i], column.blur[i] = e.value[i*n+j], e.blur[i*n+j]
		}
		if err := c.compare(c.coordinate(j), j, column); err != nil {
			return err
		}
	}
	return c.err()
}

// compare compares the slopes along v with e. v is the direction of the line j. compare returns an error
// if a function is not finite next to x.
func (c *derivativeCheck) compare(v []float64, j int, e elements) error {
	for i, r := range c.remainders(v, e) {
		c.tested++
		switch {
		case r.isolated():
			return c.fail("%s is not finite next to x along %s[%d]", c.values(i), c.line, j)
		case r.wrong():
			c.wrong++
			c.report(r, i, j)
		}
	}
	return nil
}

// report makes r the worst element if its relative error is the largest one. Of equal errors the first one
// stays.
func (c *derivativeCheck) report(r remainder, i, j int) {
	k, _ := r.best()
	want := r.slope(k)
	relative := math.Abs(r.claim-want) / max(math.Abs(r.claim), math.Abs(want))
	if c.worst == nil || relative > c.worst.Relative*(1+derivativeTolerance) {
		c.worst = &DerivativeError{
			Row: i, Param: j, Got: r.claim, Want: want, Relative: relative, Order: r.order(),
			function: c.function, element: c.element(i, j), slope: fmt.Sprintf("%s along %s[%d]", c.values(i), c.line, j),
		}
	}
}

// err returns the worst element, or nil if none is wrong.
func (c *derivativeCheck) err() error {
	if c.worst == nil {
		return nil
	}
	c.worst.Wrong, c.worst.Tested = c.wrong, c.tested
	return c.worst
}

// slopes compares the slopes of one function along the directions with those of its gradient g.
func (c *derivativeCheck) slopes(g elements, directions [][]float64) error {
	for k, v := range directions {
		c.tested++
		r := c.along(v, g)
		switch {
		case r.isolated():
			return c.fail("%s is not finite next to x along direction %d", c.values(0), k)
		case r.wrong():
			c.wrong++
			j := c.narrow(v, g)
			c.report(c.along(c.coordinate(j), g), 0, j)
		}
	}
	return c.err()
}

// along returns the remainder along v of one function with the gradient g.
func (c *derivativeCheck) along(v []float64, g elements) remainder {
	blur := 0.0
	for i, b := range g.blur {
		blur += math.Abs(float64(b * v[i]))
	}
	return c.remainders(v, elements{[]float64{kernel.Dot(g.value, v)}, []float64{blur}})[0]
}

// narrow halves the direction v, whose slope is wrong, until one coordinate is left. It keeps the half
// whose slope differs more from that of g.
func (c *derivativeCheck) narrow(v []float64, g elements) (j int) {
	difference := func(lo, hi int) float64 {
		part := make([]float64, len(v))
		copy(part[lo:hi], v[lo:hi])
		if kernel.AbsMax(part) == 0 {
			return 0
		}
		return c.along(part, g).difference()
	}
	lo, hi := 0, len(v)
	for hi-lo > 1 {
		mid := (lo + hi) / 2
		if difference(mid, hi) > difference(lo, mid) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}
