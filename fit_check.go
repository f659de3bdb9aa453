package optim

import "fmt"

// check returns an error if the arguments of FitCurve are not valid.
func (c *curveFit[X]) check() error {
	m, n := len(c.ys), len(c.start)
	switch {
	case n == 0:
		return fmt.Errorf("optim: FitCurve: len(start) = 0, want at least 1")
	case m == 0:
		return fmt.Errorf("optim: FitCurve: len(ys) = 0, want at least 1")
	case len(c.xs) != m:
		return fmt.Errorf("optim: FitCurve: len(xs) = %d, len(ys) = %d, want the same", len(c.xs), m)
	case c.MaxEvaluations < 0:
		return fmt.Errorf("optim: FitOptions.MaxEvaluations = %d, want at least 0", c.MaxEvaluations)
	}
	for _, option := range []struct {
		name      string
		given     bool
		len, want int
		of        string
	}{
		{"Sigma", c.Sigma != nil, len(c.Sigma), m, "point"},
		{"Lower", c.Lower != nil, len(c.Lower), n, "parameter"},
		{"Upper", c.Upper != nil, len(c.Upper), n, "parameter"},
		{"Fixed", c.Fixed != nil, len(c.Fixed), n, "parameter"},
		{"Names", c.Names != nil, len(c.Names), n, "parameter"},
	} {
		if option.given && option.len != option.want {
			return fmt.Errorf("optim: FitOptions.%s: len = %d, want %d, one for each %s", option.name, option.len, option.want, option.of)
		}
	}
	positive := func(v float64) bool { return 0 < v && isFinite(v) }
	for _, numbers := range []struct {
		name  string
		v     []float64
		valid func(v float64) bool
		want  string
	}{
		{"FitCurve: ys", c.ys, isFinite, "a finite number"}, {"FitCurve: start", c.start, isFinite, "a finite number"},
		{"FitOptions.Sigma", c.Sigma, positive, "(0, +Inf)"},
		{"FitOptions.Lower", c.Lower, func(v float64) bool { return v < inf }, "[-Inf, +Inf)"},
		{"FitOptions.Upper", c.Upper, func(v float64) bool { return v > -inf }, "(-Inf, +Inf]"},
	} {
		for i, v := range numbers.v {
			if !numbers.valid(v) {
				return fmt.Errorf("optim: %s[%d] = %v, want %s", numbers.name, i, v, numbers.want)
			}
		}
	}
	return c.checkFree()
}

// checkFree returns an error if bounds contradict each other, or if there are fewer points than
// parameters to fit.
func (c *curveFit[X]) checkFree() error {
	free := 0
	for j := range c.start {
		l, u := c.bounds(j)
		if l > u {
			return fmt.Errorf("optim: FitOptions.Lower[%d] = %v, want at most Upper[%d] = %v", j, l, j, u)
		}
		if l < u && !c.fixed(j) {
			free++
		}
	}
	if m := len(c.ys); m < free {
		return fmt.Errorf("optim: FitCurve: %s for %d free parameters, want at least as many points", plural(m, "point"), free)
	}
	return nil
}

// bounds returns the bounds of parameter j.
func (c *curveFit[X]) bounds(j int) (lower, upper float64) {
	b := box{c.Lower, c.Upper}
	return b.low(j), b.high(j)
}

// fixed returns whether parameter j keeps its value.
func (c *curveFit[X]) fixed(j int) bool { return c.Fixed != nil && c.Fixed[j] }

// parameter returns the name of parameter j.
func (c *curveFit[X]) parameter(j int) string {
	if c.Names != nil {
		return c.Names[j]
	}
	return fmt.Sprintf("p%d", j)
}

// mark returns "fixed" or the bound where parameter j is, or "" if the parameter is free.
func (c *curveFit[X]) mark(o *LeastSquares, j int) string {
	switch l, u := c.bounds(j); {
	case c.fixed(j):
		return "fixed"
	case o.isFree(j):
		return ""
	case o.x[j] == l:
		return "at the lower bound"
	case o.x[j] == u:
		return "at the upper bound"
	}
	return ""
}
