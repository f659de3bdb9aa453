package play

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/optimize"
	"gonum.org/v1/gonum/optimize/functions"

	"example.com/optim"
)

func surfaceOf(t *testing.T, key string, condition float64) surface {
	t.Helper()
	i := slices.IndexFunc(Functions, func(f Function) bool { return f.Key == key })
	if i < 0 {
		t.Fatalf("no function %s", key)
	}
	return surface{&Functions[i], condition}
}

// points returns points of the view of a function.
func points(s surface) [][]float64 {
	var all [][]float64
	for _, r := range [][2]float64{{0.1, 0.2}, {0.3, 0.8}, {0.55, 0.4}, {0.77, 0.61}, {0.93, 0.05}} {
		x := []float64{s.View[0] + r[0]*(s.View[1]-s.View[0]), s.View[2] + r[1]*(s.View[3]-s.View[2])}
		all = append(all, x[:s.Variables])
	}
	return all
}

func TestDerivatives(t *testing.T) {
	for _, f := range Functions {
		s := surface{&f, 7}
		p := optimize.Problem{Func: s.f, Grad: s.grad, Hess: s.hess}
		for _, x := range points(s) {
			if err := optim.CheckGradient(p, x); err != nil {
				t.Errorf("%s at %v: %v", f.Key, x, err)
			}
			if err := optim.CheckHessian(p, x); err != nil {
				t.Errorf("%s at %v: %v", f.Key, x, err)
			}
		}
	}
}

// The values are those of the formulas in the literature.
func TestValues(t *testing.T) {
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	formulas := map[string]func(x []float64) float64{
		"valley":     func(x []float64) float64 { return (x[0]*x[0] + 7*x[1]*x[1]) / 2 },
		"rosenbrock": functions.ExtendedRosenbrock{}.Func,
		"saddle":     func(x []float64) float64 { return x[0]*x[0] - x[1]*x[1] + math.Pow(x[1], 4) },
		"beale":      functions.Beale{}.Func,
		"himmelblau": func(x []float64) float64 {
			return math.Pow(x[0]*x[0]+x[1]-11, 2) + math.Pow(x[0]+x[1]*x[1]-7, 2)
		},
		"noisy": func(x []float64) float64 { return (x[0]*x[0] + 7*x[1]*x[1]) / 2 },
		"cliff": func(x []float64) float64 {
			h := 0.5
			for range 50 {
				h = x[0]*sigmoid(h) + x[1]
			}
			return math.Pow(sigmoid(h)-0.7, 2)
		},
		"wave": func(x []float64) float64 { return x[0] * math.Cos(math.Pi*x[0]) },
		"cube": func(x []float64) float64 { return math.Pow(x[0], 3) },
	}
	for _, f := range Functions {
		s := surface{&f, 7}
		for _, x := range points(s) {
			if got, want := s.f(x), formulas[f.Key](x); !(math.Abs(got-want) <= 1e-11*max(1, math.Abs(want))) {
				t.Errorf("%s at %v: %v, want %v", f.Key, x, got, want)
			}
		}
	}
}

// Lowest is the value at the minimum, or the least value in the picture.
func TestLowest(t *testing.T) {
	minima := map[string][]float64{
		"valley": {0, 0}, "rosenbrock": {1, 1}, "saddle": {0, math.Sqrt(0.5)}, "beale": {3, 0.5}, "himmelblau": {3, 2},
		"noisy": {0, 0},
	}
	for _, f := range Functions {
		s := surface{&f, 7}
		if x := minima[f.Key]; x != nil && !(math.Abs(s.f(x)-f.Lowest) <= 1e-15) {
			t.Errorf("%s: Lowest = %v, want %v", f.Key, f.Lowest, s.f(x))
		}
		least := math.Inf(1)
		for j := range columns + 1 {
			for i := range rows + 1 {
				x, y := s.mesh(j, i)
				least = min(least, s.f([]float64{x, y}[:f.Variables]))
			}
		}
		if !(f.Lowest <= least+1e-15 && least < f.Lowest+0.2) {
			t.Errorf("%s: Lowest = %v, and the least value on the mesh is %v", f.Key, f.Lowest, least)
		}
	}
	if s := surfaceOf(t, "wave", 0); !(math.Abs(s.f([]float64{-2.0490556507433455})-s.Lowest) <= 1e-15) {
		t.Error("the lowest value of the wave is wrong")
	}
}

// run returns the paths of a query at their ends.
func run(t *testing.T, query string) []*Path {
	t.Helper()
	s, err := Parse(query)
	if err != nil {
		t.Fatal(err)
	}
	paths := New(s)
	for _, p := range paths {
		p.Advance(MaxSteps)
	}
	return paths
}

func end(p *Path) []float64 { return p.Points[len(p.Points)-3:] }

// Gradient descent and Momentum are textbook loops.
func TestTextbook(t *testing.T) {
	paths := run(t, "function=valley&condition=9&start=-3,1&steps=50&schedule=inverse&path=sgd,0.1&path=momentum,0.05,0.8")
	for i, mu := range []float64{0, 0.8} {
		rate, x, v := []float64{0.1, 0.05}[i], []float64{-3, 1}, []float64{0, 0}
		for k := range 50 {
			for j, curvature := range []float64{1, 9} {
				v[j] = mu*v[j] + curvature*x[j]
				x[j] -= rate / (1 + 0.1*float64(k)) * v[j]
			}
			if p := paths[i].Points[3*k+3 : 3*k+5]; !floats.EqualApprox(p, x, 1e-14) {
				t.Fatalf("path %d, step %d: %v, want %v", i, k+1, p, x)
			}
		}
		if n := paths[i].Steps(); n != 50 || paths[i].End != AllSteps {
			t.Errorf("path %d: %d steps, %s", i, n, Ends[paths[i].End])
		}
	}
}

// Plain Newton goes to the saddle. The other modes, and the searches, leave it.
func TestNewtonAtTheSaddle(t *testing.T) {
	paths := run(t, "function=saddle&start=-1.4,0.1&steps=200&path=plain&path=shifted&path=saddlefree&path=region&path=bfgs&path=lbfgs")
	for i, p := range paths {
		want := []float64{0, math.Sqrt(0.5), -0.25}
		if i == 0 {
			want = []float64{0, 0, 0}
		}
		got := slices.Clone(end(p))
		got[1] = math.Abs(got[1])
		if !floats.EqualApprox(got, want, 1e-7) {
			t.Errorf("%s ends at %v, want %v", p.rule.Name, end(p), want)
		}
		if searches := i >= 3; searches != (p.End == NoBetter) {
			t.Errorf("%s: %s", p.rule.Name, Ends[p.End])
		}
	}
	state := paths[0].State()
	if v := state[3]; v.Name != "eigenvalues of ∇²f" || !floats.EqualApprox(v.Values, []float64{-2, 2}, 1e-12) {
		t.Errorf("state %v, want the eigenvalues −2 and 2", state)
	}
}

func TestDivergence(t *testing.T) {
	p := run(t, "function=cube&start=-0.1&path=sgd,0.5")[0]
	if x := end(p)[0]; p.End != Diverged || !(x < -far) {
		t.Errorf("%s at %v, want to diverge", Ends[p.End], x)
	}
	if names := fmt.Sprint(p.State()); !strings.Contains(names, "change") {
		t.Errorf("state %s", names)
	}
}

// Clipping limits the steps. The noise has the given standard deviation and is the same for each path.
func TestNoiseAndClipping(t *testing.T) {
	for i, p := range run(t, "function=valley&clip=2&steps=30&path=sgd,0.1&path=momentum,0.1,0.9") {
		if length := math.Hypot(p.Points[3]-p.Points[0], p.Points[4]-p.Points[1]); !(math.Abs(length-0.2) <= 1e-15) {
			t.Errorf("path %d: the first step has the length %v, want 0.2", i, length)
		}
	}
	paths := run(t, "function=valley&noise=3&start=0,0&steps=4000&path=sgd,1e-8&path=sgd,1e-8")
	if !slices.Equal(paths[0].Points, paths[1].Points) {
		t.Error("two equal paths do not meet the same noise")
	}
	sum := 0.0
	for k := 3; k < len(paths[0].Points); k += 3 {
		for j := range 2 {
			sum += math.Pow((paths[0].Points[k+j]-paths[0].Points[k-3+j])/1e-8, 2)
		}
	}
	if sigma := math.Sqrt(sum / 8000); !(math.Abs(sigma-3) <= 0.1) {
		t.Errorf("the standard deviation of the noise is %v, want 3", sigma)
	}
}

// The terms of the noisy quadratic have the quadratic as their mean.
func TestTerms(t *testing.T) {
	p := run(t, "function=noisy&start=2,1&condition=5&steps=8&path=sgd,1e-8")[0]
	mean := []float64{p.Points[0] - end(p)[0], p.Points[1] - end(p)[1]}
	floats.Scale(1e8/8, mean)
	if want := []float64{2, 5}; !floats.EqualApprox(mean, want, 1e-6) {
		t.Errorf("the mean gradient of an epoch is %v, want %v", mean, want)
	}
}

// The vectors of the state are those of the equations: after the first step m = (1−β₁)g.
func TestState(t *testing.T) {
	paths := run(t, "function=valley&condition=4&start=3,-2&steps=1&path=adam,0.1,0.9,0.99&path=momentum&path=rmsprop,0.1,0,0.9&path=sgd")
	want := [][]Vector{
		{{"m", []float64{0.3, -0.8}}, {"v", []float64{0.09, 0.64}}},
		{{"v", []float64{3, -8}}},
		{{"s", []float64{0.9, 6.4}}},
		nil,
	}
	for i, p := range paths {
		state := p.State()
		if g := state[1]; g.Name != "gradient g" || !slices.Equal(g.Values, []float64{3, -8}) {
			t.Errorf("gradient %v", g)
		}
		if x := state[0].Values; !slices.Equal(x, end(p)[:2]) || !floats.EqualApprox(state[2].Values, []float64{x[0] - 3, x[1] + 2}, 0) {
			t.Errorf("position and change %v", state[:3])
		}
		if len(state) != 3+len(want[i]) {
			t.Errorf("%s: state %v", p.rule.Name, state)
			continue
		}
		for k, w := range want[i] {
			if got := state[3+k]; got.Name != w.Name || !floats.EqualApprox(got.Values, w.Values, 1e-14) {
				t.Errorf("%s: %v, want %v", p.rule.Name, got, w)
			}
		}
	}
}

// Every setting of a rule changes its path. Every schedule works with few steps.
func TestSettingsHaveEffects(t *testing.T) {
	for _, r := range Rules {
		path := func(numbers string) string {
			return fmt.Sprint(run(t, "function=noisy&steps=300&path="+r.Key+numbers)[0].Points)
		}
		base := path(",0.05,0.5,0.6")
		for i, numbers := range []string{",0.06,0.5,0.6", ",0.05,0.6,0.6", ",0.05,0.5,0.7"} {
			has := []bool{r.Kind != Search, r.Momentum >= 0, r.Beta2 >= 0}[i]
			if changed := path(numbers) != base; changed != has {
				t.Errorf("%s: %s changes the path: %v, want %v", r.Key, numbers, changed, has)
			}
		}
		for _, schedule := range Schedules {
			for _, steps := range []int{1, 2, 3, 8, 50} {
				p := run(t, fmt.Sprintf("function=saddle&steps=%d&schedule=%s&path=%s", steps, schedule.Key, r.Key))[0]
				if p.End == Diverged || p.Steps() == 0 {
					t.Errorf("%s, %s: %s after %d steps", r.Key, schedule.Key, Ends[p.End], p.Steps())
				}
			}
		}
	}
}

func TestParse(t *testing.T) {
	s, err := Parse("")
	if err != nil || s.Function != "valley" || s.Start != [2]float64{-9, 2} || len(s.Paths) != 3 || s.Steps != 300 {
		t.Errorf("defaults %+v, error %v", s, err)
	}
	s, err = Parse("function=cliff&path=adam,0.5&path=newton")
	if err == nil || s.Paths[0] != (PathChoice{"adam", 0.5, 0.9, 0.999}) {
		t.Errorf("%+v, error %v", s, err)
	}
	if s, err = Parse("path="); err != nil || s.Paths == nil || len(s.Paths) != 0 {
		t.Errorf("no paths: %+v, error %v", s, err)
	}
	for query, want := range map[string]string{
		"function=x":                    "function = x, want one of valley, rosenbrock, saddle, beale, himmelblau, noisy, cliff, wave, cube",
		"condition=0.5":                 "condition = 0.5, want a number in [1, 10000]",
		"condition=NaN":                 "condition = NaN, want a number in [1, 10000]",
		"start=1":                       "start = , want a number in ",
		"start=Inf,0":                   "start = Inf, want a number in ",
		"steps=0":                       "steps = 0, want a whole number in [1, 20000]",
		"steps=2.5":                     "steps = 2.5, want a whole number in [1, 20000]",
		"speed=1e9":                     "speed = 1e9, want a whole number in [1, 6000]",
		"noise=-1":                      "noise = -1, want a number in [0, 1e+06]",
		"clip=x":                        "clip = x, want a number in [0, 1e+06]",
		"schedule=x":                    "schedule = x, want one of constant, halves, inverse, cosine, warmup, restarts",
		"path=adam,0":                   "path = 0, want a number in [1e-08, 10000]",
		"path=adam,1,1":                 "path = 1, want a number in [0, 0.9999999999999999]",
		"path=sgd&path=x":               "path = x, want one of sgd, momentum, ",
		strings.Repeat("&path=sgd", 11): "path = 11 paths, want at most 10",
		"%":                             "invalid URL escape",
	} {
		if _, err := Parse(query); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: error %v, want %s", query, err, want)
		}
	}
}

// The ends of each segment of a contour line have the same value, up to the curvature in a cell.
func TestContours(t *testing.T) {
	s, _ := Parse("function=valley&condition=2")
	f := surfaceOf(t, "valley", 2)
	levels := map[int]bool{}
	segments := Contours(s)
	for i := 0; i < len(segments); i += 4 {
		a, b := f.f(segments[i:i+2]), f.f(segments[i+2:i+4])
		if !(math.Abs(a-b) <= 0.01) {
			t.Fatalf("segment %v: values %v and %v", segments[i:i+4], a, b)
		}
		levels[int(math.Round(2*a))] = true
	}
	if len(levels) < lines-1 {
		t.Errorf("%d levels, want %d", len(levels), lines)
	}
	s, _ = Parse("function=cube")
	if graph := Contours(s); len(graph) != 4*columns || !(math.Abs(graph[1]+1.1*1.1*1.1) <= 1e-15) {
		t.Errorf("the graph begins with %v", graph[:4])
	}
}

// Where a contour line crosses all four sides of a cell, the value in the middle decides.
func TestCellWithFourCrossings(t *testing.T) {
	f := surfaceOf(t, "valley", 1)
	sides := func(points []float64) string {
		names := ""
		x0, y0 := f.mesh(0, 0)
		x1, y1 := f.mesh(1, 1)
		for i := 0; i < len(points); i += 2 {
			switch {
			case points[i+1] == y0:
				names += "b"
			case points[i] == x1:
				names += "r"
			case points[i+1] == y1:
				names += "t"
			case points[i] == x0:
				names += "l"
			}
		}
		return names
	}
	if got := sides(f.cell(0, 0, 0.4, 1, 0, 1, 0)); got != "brtl" {
		t.Errorf("high middle: %s, want brtl", got)
	}
	if got := sides(f.cell(0, 0, 0.6, 1, 0, 1, 0)); got != "rtlb" {
		t.Errorf("low middle: %s, want rtlb", got)
	}
	if got := f.cell(0, 0, 0.5, 1, 2, 3, 4); got != nil {
		t.Errorf("no crossing: %v", got)
	}
}
