package optim

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// linearFit is a fit of another library: see testdata/README.md.
type linearFit struct {
	Data, Loss, Source string
	L1, L2             float64
	Weighted           bool
	X                  []float64 // the coefficients and the intercept
}

// sum returns the sum that the fit minimises.
func (f linearFit) sum(t testing.TB) *LinearSum {
	var a *mat.Dense
	y := make([]float64, 0, 569)
	if f.Data == "diabetes" {
		rows := readTable(t, "diabetes_data_raw.csv.gz", 0)
		a = mat.NewDense(442, 10, nil)
		for i, row := range rows {
			a.SetRow(i, row)
		}
		for _, row := range readTable(t, "diabetes_target.csv.gz", 0) {
			y = append(y, row[0])
		}
	} else {
		a = mat.NewDense(569, 30, nil)
		for i, row := range readTable(t, "breast_cancer.csv", 1) {
			a.SetRow(i, row[:30])
			y = append(y, row[30])
		}
	}
	standardize(a)
	var l *LinearSum
	switch f.Loss {
	case "squared":
		l = NewSquaredSum(a, y)
	case "logistic":
		l = NewLogisticSum(a, y)
	case "Poisson":
		l = NewPoissonSum(a, y)
	}
	l.Intercept, l.L2 = true, f.L2
	if f.Weighted {
		for i := range y {
			l.SampleWeights = append(l.SampleWeights, 0.5+float64(i%3))
		}
	}
	return l
}

// distance returns the largest difference to the coefficients of the fit, relative to the largest
// coefficient or 1.
func (f linearFit) distance(x []float64) float64 {
	most, scale := 0.0, 1.0
	for j, v := range f.X {
		most = max(most, math.Abs(v-x[j]))
		scale = max(scale, math.Abs(v))
	}
	return most / scale
}

// readLinear returns the fits of scikit-learn and glmnet.
func readLinear(t testing.TB) (fits []linearFit) {
	data, err := os.ReadFile("testdata/linear.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Fits []linearFit }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return file.Fits
}

// TestLinearPeers compares with the coefficients of scikit-learn and glmnet.
func TestLinearPeers(t *testing.T) {
	fits := readLinear(t)
	if len(fits) != 22 {
		t.Fatalf("%d fits", len(fits))
	}
	for _, f := range fits {
		l := f.sum(t)
		o := l.CoordinateDescent(Cyclic)
		if f.Loss != "squared" {
			o = l.ProximalNewton(Cyclic)
		}
		o.L1 = f.L1
		x := make([]float64, len(f.X))
		steps := 0
		for ; steps == 0 || o.KKT() > 1e-12; steps++ {
			o.Step(x, nil)
			if steps > 5000 {
				t.Fatalf("%+v: no end, KKT() = %v", f, o.KKT())
			}
		}
		t.Logf("%s %s %v %v: %d steps, gap %v, distance %v from %s", f.Data, f.Loss, f.L1, f.L2, steps, o.Gap(), f.distance(x), f.Source)
		if d := f.distance(x); !(d <= 1e-8) {
			t.Errorf("%s, %s, L1 %v, L2 %v, weighted %v: %v away from %s", f.Data, f.Loss, f.L1, f.L2, f.Weighted, d, f.Source)
		}
	}
}
