package optim

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/optimize"
)

// TestMeasureNoise has a line search from f = 1 with the slope −1. The miss of a trial with the same value and slope is
// its length.
func TestMeasureNoise(t *testing.T) {
	steep := func(length float64) trial { return trial{length: length, f: 1, slope: -1, sloped: true} }
	for i, c := range []struct {
		trials []trial
		want   float64
	}{
		{[]trial{steep(1e-5), steep(4e-5), steep(2e-5), {length: 1, f: 0.5, slope: -1, sloped: true}}, 4e-5},
		{[]trial{steep(1e-5), steep(4e-5), {length: 1e-6, f: 1 + 1e-6, slope: -1, sloped: true}, {length: 1, f: 0.5}}, 4e-5},
		{[]trial{steep(1e-5), {length: 1e-6, f: 1 + 1e-6, slope: -1, sloped: true}}, 1e-5},   // no trial agrees
		{[]trial{steep(1e-5), steep(4e-5), {length: 1, f: 0.5, slope: -1, sloped: true}}, 0}, // two trials contradict
		{[]trial{steep(1e-5), steep(4e-5), steep(0.9e-3), {length: 1, f: 0.5}}, 0.9e-3},
		{[]trial{steep(1e-5), steep(4e-5), steep(1.1e-3), {length: 1, f: 0.5}}, 0}, // more than 10⁻³ of f
		{[]trial{steep(1e-5), steep(2e-5), steep(4e-5), {length: 1, f: inf, slope: -1, sloped: true}, {length: 1, f: 2, slope: -1}}, 4e-5},
	} {
		s, e := searchOf([2]float64{1, -1})
		s.begin(-1)
		s.line.trials = c.trials
		if s.measureNoise(e); !(math.Abs(s.noise-c.want) <= 1e-12) || e.stats.FuncEvaluations > 0 {
			t.Errorf("row %d: noise %v after %d values, want %v", i, s.noise, e.stats.FuncEvaluations, c.want)
		}
	}
}

// TestNoiseOfAConstant has values that do not change over any length. Trials at 4 times the largest length follow, up to
// 2¹⁰ times the first one. The miss of the last one is its length.
func TestNoiseOfAConstant(t *testing.T) {
	s, e := searchOf([2]float64{1, -1})
	l := s.begin(-1)
	s.evaluateTrial(e, l, optimize.FuncEvaluation|optimize.GradEvaluation, 0x1p-30)
	s.measureNoise(e)
	if e.stats.FuncEvaluations != 1+5 || s.noise != 0x1p-20 {
		t.Errorf("noise %v after %d values, want 2⁻²⁰ after 6", s.noise, e.stats.FuncEvaluations)
	}
	s, e = searchOf([2]float64{1, -1}, [2]float64{1, -1}, [2]float64{1 + epsilon, -1})
	l = s.begin(-1)
	s.evaluateTrial(e, l, optimize.FuncEvaluation|optimize.GradEvaluation, 0x1p-30)
	s.measureNoise(e)
	if e.stats.FuncEvaluations != 3 || s.noise != 0x1p-26+epsilon {
		t.Errorf("noise %v after %d values, want 2⁻²⁶ + ε after 3", s.noise, e.stats.FuncEvaluations)
	}
}

// TestLargestNoise has trials at which f = 1000 does not fall, and its slope −1 stays for short lengths. Of the longer trials
// those count whose slope is at most 1/2. The trapezoidal rule then predicts that f falls by a quarter of the length. An error
// of more than a thousandth is no noise.
func TestLargestNoise(t *testing.T) {
	for _, c := range []struct{ length, slope, want float64 }{{1, 0.5, 0.25}, {1, 0.6, 0x1p-10}, {4, 0.5, 1}, {5, 0.5, 0}} {
		var s search
		s.at.F, s.line = 1000, trace{value: 1000, slope: -1}
		for _, length := range []float64{0x1p-10, 0x1p-11, 0x1p-12} {
			s.line.trials = append(s.line.trials, trial{length: length, f: 1000, slope: -1, sloped: true})
		}
		s.line.trials = append(s.line.trials, trial{length: c.length, f: 1000, slope: c.slope, sloped: true}, trial{length: 2, f: 1001, slope: 9, sloped: true})
		if s.measureNoise(new(evaluator)); s.noise != c.want {
			t.Errorf("%+v: noise %v", c, s.noise)
		}
	}
}
