package optim

import (
	"cmp"
	"flag"
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/optimize"
)

var runLarge = flag.Bool("large", false, "run the problems of CUTEst with 5,000 variables too, which takes a minute")

// mostEvaluations is the number of evaluations within which every run must end.
const mostEvaluations = 20000

// effort holds the numbers of evaluations of a run: the larger of the numbers of values and of
// gradients. 0 is not reached.
type effort struct {
	gradient int // until max|g| ≤ the threshold, at an iterate
	value    int // until f − f* ≤ 1e-12·max(|f*|, ε|f₀|), at any evaluation
	made     int // until the end under default settings
	status   optimize.Status
}

func (e effort) counts() [3]int { return [3]int{e.gradient, e.value, e.made} }

// effortRow is a problem of the table.
type effortRow struct {
	name      string
	p         optimize.Problem
	x0        []float64
	least     float64 // f*; NaN is found from the end of the run, −Inf is not known
	threshold float64 // of max|g|; 0 is 1e-5·max(1, max|g₀|)
}

// minimizer is Minimize with one of our optimizers, or gonum's optimize.Minimize with one of its
// methods.
type minimizer func(p optimize.Problem, x0 []float64, s *optimize.Settings) (*optimize.Result, error)

func (s solver) minimizer() minimizer {
	return func(p optimize.Problem, x0 []float64, settings *optimize.Settings) (*optimize.Result, error) {
		return Minimize(p, x0, s.make(), settings)
	}
}

func gonumMinimizer(method optimize.Method) minimizer {
	return func(p optimize.Problem, x0 []float64, s *optimize.Settings) (*optimize.Result, error) {
		p.Status = nil // which gonum calls at the same time as Func
		if s == nil {
			s = &optimize.Settings{FuncEvaluations: mostEvaluations}
		}
		return optimize.Minimize(p, x0, s, method)
	}
}

// measure runs m twice: until the gradient is small, and under default settings.
func (row effortRow) measure(m minimizer) (e effort) {
	count := func(r *optimize.Result) int { return max(r.FuncEvaluations, r.GradEvaluations) }
	r, _ := m(capped(row.p, mostEvaluations), row.x0, &optimize.Settings{
		GradientThreshold: math.Nextafter(row.threshold, math.Inf(1)),
		Converger:         optimize.NeverTerminate{},
		FuncEvaluations:   mostEvaluations,
		GradEvaluations:   mostEvaluations,
	})
	if r.Status == optimize.GradientThreshold {
		e.gradient = count(r)
	}
	var (
		values    []float64
		made      []int // evaluations up to each value
		gradients int
		watched   = row.p
	)
	watched.Grad = func(g, x []float64) {
		gradients++
		row.p.Grad(g, x)
	}
	watched.Func = func(x []float64) float64 {
		f := row.p.Func(x)
		values = append(values, f)
		made = append(made, max(len(values), gradients))
		return f
	}
	r, _ = m(capped(watched, mostEvaluations), row.x0, nil)
	e.made, e.status = max(len(values), gradients), r.Status
	least := row.least
	if math.IsNaN(least) {
		least = min(r.F, minimumOf(row.p, r.X))
	}
	enough := least + cmp.Or(roundings[row.name], 1e-12)*max(math.Abs(least), epsilon*math.Abs(values[0]))
	for k, f := range values {
		if f <= enough {
			e.value = made[k]
			break
		}
	}
	return e
}

// minimumOf returns the minimum near x, found by gonum's Newton's method.
func minimumOf(p optimize.Problem, x []float64) float64 {
	r, _ := optimize.Minimize(p, x, &optimize.Settings{MajorIterations: 200, FuncEvaluations: mostEvaluations, Converger: optimize.NeverTerminate{}}, &optimize.Newton{})
	return r.F
}

func (l *logistic) effortRow(threshold float64) effortRow {
	p, x0 := l.problem()
	return effortRow{l.name, p, x0, minimumOf(p, x0), threshold}
}

// effortRows returns the problems of the table by sets, which have the names of
// testdata/peers.json.
func effortRows(t testing.TB) (sets []string, rows map[string][]effortRow) {
	rows = map[string][]effortRow{}
	add := func(set string, row effortRow) {
		if row.threshold == 0 {
			g := make([]float64, len(row.x0))
			row.p.Grad(g, row.x0)
			row.threshold = 1e-5 * max(1, floats.Norm(g, math.Inf(1)))
		}
		rows[set] = append(rows[set], row)
	}
	for _, r := range cutest(100) {
		add("cutest", effortRow{r.name, r.p, r.x0, r.least, 0})
	}
	for _, r := range moreCUTEst(100) {
		add("moreCUTEst", effortRow{r.name, r.p, r.x0, r.least, 0})
	}
	for _, l := range smallLogistics() {
		add("logistic", l.effortRow(0))
	}
	for _, l := range cancerLogistics(t) {
		add("breastCancer", l.effortRow(1e-5))
	}
	for _, f := range problems {
		add("gonum", effortRow{f.name, optimize.Problem{Func: f.f.Func, Grad: f.f.Grad, Hess: hessOf(f.f)}, f.start, nan, 0})
	}
	sets = []string{"cutest", "moreCUTEst", "logistic", "breastCancer", "gonum"}
	if !testing.Short() {
		add("large", largeLogistic().effortRow(0))
		sets = append(sets, "large")
	}
	if *runLarge {
		for _, r := range cutest(5000) {
			if math.IsNaN(r.least) {
				r.least = math.Inf(-1) // too large for Newton's method
			}
			add("cutest5000", effortRow{r.name, r.p, r.x0, r.least, 0})
		}
		sets = append(sets, "cutest5000")
	}
	return sets, rows
}

// peers is testdata/peers.json.
type peers struct {
	Evaluations map[string]map[string]map[string][3]int
	Leastsq     map[string]struct{ Jacobian, Differences *peerFit }
	TrustExact  map[string]struct {
		Evaluations [3]int
		SumSquares  *float64
	}
	BoundedMinimize map[string]struct {
		Projected, Value, Default int // 0 is not reached
		F                         float64
	}
	BoundedLeastSquares map[string]struct {
		Evaluations, Jacobians int
		SumSquares             float64
	}
}

type peerFit struct {
	Evaluations int
	SumSquares  *float64
}

// effortColumn is a solver of the table.
type effortColumn struct {
	name    string
	ours    bool
	measure func(set string, row effortRow) effort
}

// effortColumns returns our solvers, gonum's and scipy's. Those with an n×n matrix do not run on
// large problems.
func effortColumns(t testing.TB) (columns []effortColumn) {
	var scipy peers
	readJSON(t, "testdata/peers.json", &scipy)
	add := func(name string, ours, dense bool, run minimizer) {
		columns = append(columns, effortColumn{name, ours, func(_ string, row effortRow) (e effort) {
			if dense && len(row.x0) > 1000 {
				return e
			}
			return row.measure(run)
		}})
	}
	add("LBFGS", true, false, solverLBFGS.minimizer())
	add("BFGS", true, true, solverBFGS.minimizer())
	add("HessianFree", true, false, solverHessianFree.minimizer())
	add("Newton", true, true, solverNewton.minimizer())
	add("gonum LBFGS", false, false, gonumMinimizer(&optimize.LBFGS{}))
	add("gonum BFGS", false, true, gonumMinimizer(&optimize.BFGS{}))
	for _, method := range []string{"L-BFGS-B", "BFGS", "Newton-CG", "trust-ncg"} {
		columns = append(columns, effortColumn{"scipy " + method, false, func(set string, row effortRow) effort {
			counts := scipy.Evaluations[set][row.name][method]
			return effort{gradient: counts[0], value: counts[1], made: counts[2]}
		}})
	}
	return columns
}

// roundings are the relative rounding errors of values at the minimum that exceed 1e-12: the terms
// of a residual of Watson's function are a thousand times as large as the residual.
var roundings = map[string]float64{"Watson/9": 1e-11}

// singular names the problems whose Hessian is singular or badly conditioned at the minimum.
var singular = map[string]bool{
	"NONDQUAR": true, "POWER": true, "SINQUAD": true, "OREN": true,
	"ExtendedPowellSingular/4": true, "ExtendedPowellSingular/8": true,
}

// TestEvaluations prints a table of the evaluations that runs need: until the gradient is small,
// until the value is the minimum, and until the end under default settings, for our optimizers,
// gonum's and scipy's. Every run of ours ends within 20,000 evaluations. But for singular problems,
// it reaches the minimum, and the runs of a set end within 1.3 times the evaluations that they need
// for that.
func TestEvaluations(t *testing.T) {
	columns := effortColumns(t)
	sets, rows := effortRows(t)
	var table strings.Builder
	line := func(name string, counts func(k int) [3]int) {
		fmt.Fprintf(&table, "\n%-28s", name)
		for k := range columns {
			fmt.Fprintf(&table, "%19s", cell(counts(k)))
		}
	}
	for _, set := range sets {
		fmt.Fprintf(&table, "\n\n%-28s", set)
		for _, c := range columns {
			fmt.Fprintf(&table, "%19s", c.name)
		}
		totals, missing := make([][3]int, len(columns)), make([][3]int, len(columns))
		regular := make([]effort, len(columns)) // the total without singular problems
		for _, row := range rows[set] {
			line(row.name, func(k int) [3]int {
				e := columns[k].measure(set, row)
				for i, n := range e.counts() {
					totals[k][i] += n
					if n == 0 {
						missing[k][i]++
					}
				}
				if !singular[row.name] && !math.IsInf(row.least, -1) {
					regular[k].made += e.made
					regular[k].value += e.value
				}
				if columns[k].ours && e.made > 0 {
					t.Run(set+"/"+row.name+"/"+columns[k].name, func(t *testing.T) { row.checkEnd(t, e) })
				}
				return e.counts()
			})
		}
		line("total", func(k int) [3]int { return totals[k] })
		line("not reached", func(k int) [3]int { return missing[k] })
		for k, c := range columns {
			if made, needed := regular[k].made, regular[k].value; c.ours && made > 0 {
				t.Run(set+"/"+c.name, func(t *testing.T) {
					skipOpen(t)
					if float64(made) > 1.3*float64(needed) {
						t.Errorf("%d evaluations, where %d reach the minima", made, needed)
					}
				})
			}
		}
	}
	t.Log("evaluations until the gradient is small / the value is the minimum / the end; - is not reached, and not in the total" + table.String())
}

// checkEnd wants a run that ends by itself, at the minimum.
func (row effortRow) checkEnd(t *testing.T, e effort) {
	if e.made >= mostEvaluations/2 {
		t.Logf("near the limit: %v after %d evaluations", e.status, e.made)
	}
	skipOpen(t)
	switch {
	case e.made >= mostEvaluations:
		t.Errorf("no end within %d evaluations", mostEvaluations)
	case e.value == 0 && !singular[row.name] && !math.IsInf(row.least, -1):
		t.Errorf("%v before the minimum", e.status)
	}
}

// cell returns the three numbers with a dash for each zero.
func cell(counts [3]int) string {
	text := make([]string, 3)
	for i, n := range counts {
		text[i] = "-"
		if n > 0 {
			text[i] = fmt.Sprint(n)
		}
	}
	return strings.Join(text, "/")
}
