package optim

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"gonum.org/v1/gonum/optimize"
)

func TestTry(t *testing.T) {
	if os.Getenv("TRY") == "" {
		t.Skip()
	}
	var figures map[string]json.RawMessage
	text, _ := os.ReadFile("/tmp/lb/bounded.json")
	if err := json.Unmarshal(text, &figures); err != nil {
		fmt.Println(err)
	}
	peers := map[string]map[string]any{}
	json.Unmarshal(figures["boundedMinimize"], &peers)
	total, theirs := 0, 0.0
	tot2, th2 := 0, 0.0
	for _, p := range boundedProblems(10000) {
		if only := os.Getenv("ONLY"); only != "" && only != p.name {
			continue
		}
		run := func(s *optimize.Settings) (evals, reached, value int, r *optimize.Result, err error) {
			reached, value = -1, -1
			o := NewLBFGS(10)
			o.Lower, o.Upper = p.lower, p.upper
			f := ValueAndGradient(func(g, x []float64) float64 {
				evals++
				v := p.f(g, x)
				for i := range x {
					if !(p.lower[i] <= x[i] && x[i] <= p.upper[i]) {
						t.Errorf("%s: out", p.name)
						break
					}
				}
				if (p.name == "HS 38" || p.name == "MGH 16 Brown and Dennis") && evals < 15 && os.Getenv("TRACE") != "" {
					fmt.Println("   ", x, v, p.projectedGradient(x, g))
				}
				if reached < 0 && p.projectedGradient(x, g) <= p.threshold() {
					reached = evals
				}
				if value < 0 && math.Abs(p.excess(v)) <= 1e-8 {
					value = evals
				}
				return v
			})
			r, err = Minimize(f, p.start, o, s)
			return
		}
		evals, reached, value, r, err := run(nil)
		_, reached, _, r2, err2 := run(&optimize.Settings{GradientThreshold: p.threshold()})
		if reached < 0 || err2 != nil || r2.Status != optimize.GradientThreshold {
			fmt.Println("with threshold:", r2.Status, err2)
		}
		row := peers[p.name]
		pr, _ := row["projected"].(float64)
		va, _ := row["value"].(float64)
		de, _ := row["default"].(float64)
		mark := ""
		if reached < 0 || math.Abs(p.excess(r.F)) > 1e-6 {
			mark = "  ******"
		}
		if pr > 0 && reached > 0 {
			total += reached
			theirs += pr
		}
		if va > 0 && value > 0 {
			tot2 += value
			th2 += va
		}
		fmt.Printf("%-34s it %4d reached %4d (scipy %v) value %4d (%v) end %4d (%v) excess %.2g %v %v %s\n", p.name, r.MajorIterations, reached, pr, value, va, evals, de, p.excess(r.F), r.Status, err, mark)
	}
	fmt.Println("total", total, theirs, float64(total)/theirs, "value", tot2, th2, float64(tot2)/th2)
}
