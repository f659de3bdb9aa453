package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.com/optim/examples/internal/picture"
	"example.com/optim/examples/internal/picture/picturetest"
)

// Every exported function of the library that returns a Schedule is an example, and so is every
// type with a method At that returns a float64.
func TestAllSchedulesAreThere(t *testing.T) {
	files, err := filepath.Glob("../../*.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || strings.HasSuffix(name, "_test.go") || !f.Name.IsExported() {
				continue
			}
			if f.Recv == nil && returns(f, "Schedule") {
				names = append(names, f.Name.Name)
			}
			if f.Recv != nil && f.Name.Name == "At" && f.Type.Params.NumFields() == 1 && returns(f, "float64") {
				if pointer, ok := f.Recv.List[0].Type.(*ast.StarExpr); ok {
					names = append(names, "New"+pointer.X.(*ast.Ident).Name)
				}
			}
		}
	}
	if len(names) < 18 {
		t.Errorf("found %q only, want 18 schedules at least", names)
	}
	for _, name := range names {
		if !slices.ContainsFunc(examples, func(e example) bool { return strings.HasPrefix(e.call, name+"(") }) {
			t.Errorf("%s is not drawn", name)
		}
	}
}

// returns returns whether the first result of f has the named type.
func returns(f *ast.FuncDecl, name string) bool {
	if f.Type.Results == nil {
		return false
	}
	result, ok := f.Type.Results.List[0].Type.(*ast.Ident)
	return ok && result.Name == name
}

// The factors at the steps 0, 50 and 100 are those of the formulas.
func TestFactors(t *testing.T) {
	half := func(r float64) float64 { return (1 + math.Cos(math.Pi*r)) / 2 } // half a cosine, from 1 to 0
	want := map[string][3]float64{
		"Constant(0.5)":                    {0.5, 0.5, 0.5},
		"StepDecay(25, 0.5)":               {1, 0.25, 0.0625},
		"MultiStep(0.3, 20, 70)":           {1, 0.3, 0.09},
		"Exponential(0.97)":                {1, math.Pow(0.97, 50), math.Pow(0.97, 100)},
		"InverseTime(0.05)":                {1, 1 / 3.5, 1. / 6},
		"InverseSqrt(0.2)":                 {1, 1 / math.Sqrt(11), 1 / math.Sqrt(21)},
		"Polynomial(80, 2)":                {1, 0.140625, 0},
		"Linear(1, 0.2, 70)":               {1, 1 - 0.8*50/70, 0.2},
		"Cosine(60, 0.2)":                  {1, 0.2 + 0.8*half(50./60), 0.2},
		"CosinePeriodic(30, 0.2)":          {1, 0.2 + 0.8*half(10./30), 0.2 + 0.8*half(20./30)},
		"CosineRestarts(15, 2, 0)":         {1, half(5. / 60), half(55. / 60)},
		"Triangular(0.1, 10, 15)":          {0.1, 0.1, 0.1},
		"Triangular2(0.1, 10, 15)":         {0.1, 0.1, 0.1},
		"ExpRange(0.1, 10, 15, 0.98)":      {0.1, 0.1, 0.1},
		"NewOneCycle(100)":                 {0.04, 0.04e-4 + (1-0.04e-4)*half(21./70), 0.04e-4},
		"OneCycle{ThreePhases, Linear}":    {0.04, 1 - 0.96*21/29, 0.04e-4},
		"Warmup(20, Cosine(80, 0))":        {1. / 21, half(30. / 80), 0},
		"WarmupStableDecay(10, 60, …)":     {1. / 11, 1, 0},
		"OneMinusSqrt(80, 0.1)":            {1, 1 - 0.9*math.Sqrt(50./80), 0.1},
		"PolynomialBetween(1, 0.2, 80, 2)": {1, 0.2 + 0.8*0.140625, 0.2},
		"Sequence(Constant, Cosine)":       {1, 0.1 + 0.9*half(10./60), 0.1},
		"Product(Triangular, Linear)":      {0.3, 0.5, 0},
		"NewPlateau(0.5, 9)":               {1, 0.25, 1. / 128}, // the last improvement of the loss is in step 27
		"func(step int) float64":           {1, 1 / (1 + math.Log(51)), 1 / (1 + math.Log(101))},
	}
	if len(want) != len(examples) {
		t.Errorf("%d schedules, want %d", len(examples), len(want))
	}
	for _, e := range examples {
		for i, step := range []int{0, 50, 100} {
			if got := e.schedule.At(step); !(math.Abs(got-want[e.call][i]) <= 1e-12) {
				t.Errorf("%s at step %d is %v, want %v", e.call, step, got, want[e.call][i])
			}
		}
	}
}

func TestReportAndPicture(t *testing.T) {
	var out bytes.Buffer
	count := picturetest.Pixels(t, func(file string) error { return run(&out, file) })
	picturetest.Shows(t, count, 400, picture.Blue, picture.Vermillion, picture.Green, picture.Purple, picture.Black)
	if rows := regexp.MustCompile(`(?m)( +\d\.\d{3}){6}$`).FindAllString(out.String(), -1); len(rows) != len(examples) {
		t.Errorf("%d rows of six numbers, want %d:\n%s", len(rows), len(examples), out.String())
	}
}
