package optim

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/optimize"
)

// mostEvaluations is the number of evaluations within which every run must end.
const mostEvaluations = 20000

// effort holds the numbers of evaluations of a run: the larger of the numbers of values and of gradients. 0 is
// not reached.
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
	least     float64 // f*; NaN is not known
	threshold float64
}

// minimizer is Minimize with one of our optimizers, or gonum's optimize.Minimize with one of its methods.
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
	enough := least + 1e-12*max(math.Abs(least), epsilon*math.Abs(values[0]))
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

// effortRows returns the problems of the table by sets, which have the names of testdata/peers.json.
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
		p, x0 := l.problem()
		add("logistic", effortRow{l.name, p, x0, minimumOf(p, x0), 0})
	}
	for _, l := range cancerLogistics(t) {
		p, x0 := l.problem()
		add("breastCancer", effortRow{l.name, p, x0, minimumOf(p, x0), 1e-5})
	}
	for _, f := range problems {
		add("gonum", effortRow{f.name, optimize.Problem{Func: f.f.Func, Grad: f.f.Grad, Hess: hessOf(f.f)}, f.start, nan, 0})
	}
	return []string{"cutest", "moreCUTEst", "logistic", "breastCancer", "gonum"}, rows
}

// peers is testdata/peers.json.
type peers struct {
	Evaluations map[string]map[string]map[string][3]int
	Leastsq     map[string]struct{ Jacobian, Differences *peerFit }
	TrustExact  map[string]struct {
		Evaluations [3]int
		SumSquares  *float64
	}
}

type peerFit struct {
	Evaluations int
	SumSquares  *float64
}

// TestEvaluations prints a table of the evaluations that runs need: until the gradient is small, until the
// value is the minimum, and until the end under default settings, for our optimizers, gonum's and scipy's.
// Every run of ours ends within 20,000 evaluations. In total, the runs of a set end within 1.3 times the
// evaluations that reach the minima, and every run reaches its minimum, but for the rows whose Hessian is
// singular or badly conditioned there.
func TestEvaluations(t *testing.T) {
	var scipy peers
	readJSON(t, "testdata/peers.json", &scipy)
	type column struct {
		name string
		run  minimizer // nil: of scipy
	}
	columns := []column{}
	for _, s := range append(solvers, solverNewton) {
		columns = append(columns, column{s.name, s.minimizer()})
	}
	ours := len(columns)
	columns = append(columns, column{"gonum LBFGS", gonumMinimizer(&optimize.LBFGS{})}, column{"gonum BFGS", gonumMinimizer(&optimize.BFGS{})})
	for _, method := range []string{"L-BFGS-B", "BFGS", "Newton-CG", "trust-ncg"} {
		columns = append(columns, column{method, nil})
	}
	singular := map[string]bool{"NONDQUAR": true, "POWER": true, "SINQUAD": true, "OREN": true}
	sets, rows := effortRows(t)
	var table strings.Builder
	for _, set := range sets {
		fmt.Fprintf(&table, "\n%-28s", set)
		for _, c := range columns {
			fmt.Fprintf(&table, "%18s", c.name)
		}
		totals, missing := make([][3]int, len(columns)), make([][3]int, len(columns))
		regular := make([]effort, len(columns))
		for _, row := range rows[set] {
			fmt.Fprintf(&table, "\n%-28s", row.name)
			for k, c := range columns {
				counts := scipy.Evaluations[set][row.name][c.name]
				if c.run != nil {
					e := row.measure(c.run)
					counts = e.counts()
					if k < ours && e.made >= mostEvaluations/2 {
						t.Run(set+"/"+row.name+"/"+c.name, func(t *testing.T) {
							t.Logf("%d evaluations, %v", e.made, e.status)
							skipOpen(t)
							if e.made >= mostEvaluations {
								t.Errorf("no end within %d evaluations", mostEvaluations)
							}
						})
					}
					if !singular[row.name] {
						if k < ours && e.value == 0 {
							t.Errorf("%s, %s: the run ends before the minimum: %v", row.name, c.name, e.status)
						}
						regular[k].made += e.made
						regular[k].value += e.value
					}
				}
				fmt.Fprintf(&table, "%18s", cell(counts))
				for i, n := range counts {
					totals[k][i] += n
					if n == 0 {
						missing[k][i]++
					}
				}
			}
		}
		fmt.Fprintf(&table, "\n%-28s", "total")
		for k := range columns {
			fmt.Fprintf(&table, "%18s", cell(totals[k]))
		}
		fmt.Fprintf(&table, "\n%-28s", "not reached")
		for k := range columns {
			fmt.Fprintf(&table, "%18s", cell(missing[k]))
		}
		table.WriteByte('\n')
		for k, c := range columns[:ours] {
			if set != "moreCUTEst" {
				t.Run(set+"/"+c.name, func(t *testing.T) {
					skipOpen(t)
					if made, needed := regular[k].made, regular[k].value; float64(made) > 1.3*float64(needed) {
						t.Errorf("%d evaluations, where %d reach the minima", made, needed)
					}
				})
			}
		}
	}
	t.Log("evaluations until the gradient is small / the value is the minimum / the end; - is not reached, and not in the total\n" + table.String())
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
