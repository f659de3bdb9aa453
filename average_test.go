package optim

import (
	"math"
	"testing"
)

// TestAverages compares with the averages taken by hand.
func TestAverages(t *testing.T) {
	b := newBowl(5)
	for _, c := range []struct {
		name   string
		opt    *Average
		weight func(step, steps int) float64 // of the iterate after so many steps
	}{
		{"mean", NewAverage(NewSGD(0.1)), func(step, steps int) float64 { return 1 }},
		{"tail", tail(NewSGD(0.1)), func(step, steps int) float64 {
			if step > 4 && (step-4)%3 == 0 {
				return 1
			}
			return 0
		}},
		{"exponential", NewExponentialAverage(NewSGD(0.1), 0.8), func(step, steps int) float64 {
			return math.Pow(0.8, float64(steps-step))
		}},
	} {
		x, g, got := make([]float64, 5), make([]float64, 5), make([]float64, 5)
		var iterates [][]float64
		for steps := 1; steps <= 20; steps++ {
			b.gradient(g, x)
			c.opt.Step(x, g)
			iterates = append(iterates, append([]float64(nil), x...))
			want, total := make([]float64, 5), 0.0
			for i, iterate := range iterates {
				w := c.weight(i+1, steps)
				total += w
				for j := range want {
					want[j] += w * iterate[j]
				}
			}
			fill(got, 99)
			if there := c.opt.Params(got); there != (total > 0) {
				t.Fatalf("%s: after %d steps an average is there: %v", c.name, steps, there)
			}
			for j := range want {
				if total > 0 && !(math.Abs(got[j]-want[j]/total) <= 1e-14) || total == 0 && got[j] != 99 {
					t.Fatalf("%s: after %d steps %v, want %v/%v", c.name, steps, got, want, total)
				}
			}
		}
	}
}

// TestAverageOfPieces has more parameters than one piece of the vector, on one and on several
// goroutines.
func TestAverageOfPieces(t *testing.T) {
	const n = 20*blockLen + 3
	b := bowlOf(n)
	x, g, mean := make([]float64, n), make([]float64, n), make([]float64, n)
	plain := NewSGD(0.1)
	for step := range 5 {
		b.gradient(g, x)
		plain.Step(x, g)
		for i := range mean {
			mean[i] += float64((x[i] - mean[i]) * (1 / float64(step+1)))
		}
	}
	for _, goroutines := range []int{0, 3} {
		if goroutines > 0 {
			inParallel(t, 9*blockLen, goroutines)
		}
		o, got := NewAverage(NewSGD(0.1)), make([]float64, n)
		b.run(o, 5)
		o.Params(got)
		if !sameBits(got, mean) {
			t.Errorf("other bits than by hand, with pieces on %d goroutines", goroutines)
		}
	}
}

func TestAverageSwap(t *testing.T) {
	b := newBowl(5)
	opt := NewAverage(NewAdam(0.1))
	x := []float64{1, 2, 3, 4, 5}
	opt.Swap(x) // nothing yet
	if opt.Swap(x); !sameBits(x, []float64{1, 2, 3, 4, 5}) {
		t.Errorf("swapped in %v before the first step", x)
	}
	want := b.run(NewAverage(NewAdam(0.1)), 10)
	x = b.run(opt, 5)
	average := make([]float64, 5)
	opt.Params(average)
	before := append([]float64(nil), x...)
	opt.Swap(x)
	if !sameBits(x, average) {
		t.Errorf("swapped in %v, want %v", x, average)
	}
	for method, f := range map[string]func(){
		"Step":   func() { opt.Step(x, make([]float64, 5)) },
		"Params": func() { opt.Params(average) },
	} {
		if got := message(f); got != "optim: Average."+method+": the parameters hold the average; call Swap first" {
			t.Error(got)
		}
	}
	opt.Swap(x)
	if !sameBits(x, before) {
		t.Errorf("swapped back %v, want %v", x, before)
	}
	if got := b.goOn(x, opt, 5); !sameBits(got, want) {
		t.Error("other bits after an evaluation")
	}
	if got := message(func() { opt.Params(make([]float64, 4)) }); got != "optim: Average.Params: len = 4, want 5 as in the steps before" {
		t.Error(got)
	}
}

func tail(opt Optimizer) *Average {
	o := NewAverage(opt)
	o.Start, o.Every = 4, 3
	return o
}

// TestIgnoredIterate has an infinite iterate that is not averaged.
func TestIgnoredIterate(t *testing.T) {
	o := tail(NewSGD(1))
	x, got := []float64{0}, []float64{0}
	for step := 1; step <= 8; step++ {
		x[0] = float64(step)
		if step == 8 {
			x[0] = inf
		}
		o.Step(x, []float64{0})
	}
	if o.Params(got); got[0] != 7 {
		t.Errorf("mean %v, want iterate 7", got)
	}
}

func TestSwapOfAnotherLength(t *testing.T) {
	o := NewAverage(NewSGD(0.1))
	x := newBowl(3).run(o, 4)
	o.Swap(x)
	if got := message(func() { o.Swap(make([]float64, 2)) }); got != "optim: Average.Swap: len = 2, want 3 as in the steps before" {
		t.Error(got)
	}
	if got := message(func() { o.Step(x, x) }); got != "optim: Average.Step: the parameters hold the average; call Swap first" {
		t.Errorf("a refused Swap put the average back: %s", got)
	}
}
