package optim

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// schedules returns the schedules of testdata/schedules.json by PyTorch's names, and Cosine.
func schedules() map[string]Schedule {
	third := 1.0 / 3
	linear := NewOneCycle(21)
	linear.Linear, linear.ThreePhases = true, true
	return map[string]Schedule{
		"LambdaLR 0.95**e":                                 Exponential(0.95),
		"StepLR step=5 gamma=.1":                           StepDecay(5, 0.1),
		"MultiStepLR [3,8] .1":                             MultiStep(0.1, 3, 8),
		"ConstantLR factor=1/3 total=5":                    Sequence(Phase{5, Constant(third)}, Phase{}),
		"LinearLR 1/3->1 total=5":                          Linear(third, 1, 5),
		"ExponentialLR .9":                                 Exponential(0.9),
		"PolynomialLR total=10 power=2":                    Polynomial(10, 2),
		"CosineAnnealingLR T=10 min=1e-3":                  CosinePeriodic(10, 0.01),
		"CosineAnnealingWarmRestarts T0=4 mult=2 min=1e-3": CosineRestarts(4, 2, 0.01),
		"CyclicLR base=.01 max=.1 up=4 triangular":         Triangular(0.1, 4, 4),
		"CyclicLR triangular2":                             Triangular2(0.1, 4, 4),
		"CyclicLR exp_range .94":                           ExpRange(0.1, 4, 4, 0.94),
		"OneCycleLR max=.1 total=21 cos":                   NewOneCycle(21).At,
		"OneCycleLR linear three_phase":                    linear.At,
		"SequentialLR LinearLR(.1,1,5) then Cosine(15) at 5": Sequence(
			Phase{5, Linear(0.1, 1, 5)}, Phase{Schedule: CosinePeriodic(15, 0)}),
		"Cosine": Cosine(10, 0.01),
	}
}

func readSchedules(t *testing.T) (base float64, rates map[string][]float64) {
	var file struct {
		Base      float64 `json:"base_lr"`
		Schedules map[string][]float64
	}
	readJSON(t, "testdata/schedules.json", &file)
	return file.Base, file.Schedules
}

func TestGoldenSchedules(t *testing.T) {
	base, rates := readSchedules(t)
	made := schedules()
	for name, want := range rates {
		s, ok := made[name]
		if !ok {
			continue // a plateau: below
		}
		for step := range want {
			if got := base * s.At(step); !(math.Abs(got-want[step]) <= 1e-12*want[step]) {
				t.Errorf("%s: %v in step %d, want %v", name, got, step, want[step])
			}
		}
	}
	if len(made) != 16 || len(rates) != 16 {
		t.Errorf("%d schedules made and %d in the file, want 16 and 16", len(made), len(rates))
	}
}

const plateauRow = "ReduceLROnPlateau min factor=.5 patience=2 threshold=1e-2 rel cooldown=1 min_lr=.01, " +
	"losses=[1.0, 0.9, 0.895, 0.894, 0.893, 0.892, 0.891, 0.89, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]"

func TestGoldenPlateau(t *testing.T) {
	base, rates := readSchedules(t)
	want := rates[plateauRow]
	if len(want) != 21 {
		t.Fatal("no plateau in the file")
	}
	losses := []float64{1.0, 0.9, 0.895, 0.894, 0.893, 0.892, 0.891, 0.89}
	for _, sign := range []float64{1, -1} { // a loss that falls, or a score that rises
		p := NewPlateau(0.5, 2)
		p.Threshold, p.Cooldown, p.Min, p.Maximize = 1e-2, 1, 0.1, sign < 0
		for step := range want {
			if got := base * p.At(step); !(math.Abs(got-want[step]) <= 1e-12*want[step]) {
				t.Errorf("sign %v: %v in step %d, want %v", sign, got, step, want[step])
			}
			loss := 0.5
			if step < len(losses) {
				loss = losses[step]
			}
			p.Observe(sign * loss)
		}
	}
}

func TestPlateau(t *testing.T) {
	// PyTorch's defaults: an improvement is more than 1e-4 of the best loss, and a reduction of the
	// factor is more than 1e-8.
	for _, c := range []struct{ loss, factor, want float64 }{
		{1 - 0.99e-4, 0.5, 0.5}, {1 - 1.01e-4, 0.5, 1}, {1, 1 - 0.9e-8, 1}, {1, 1 - 1.1e-8, 1 - 1.1e-8},
	} {
		p := NewPlateau(c.factor, 0)
		p.Observe(1)
		p.Observe(c.loss)
		if p.At(0) != c.want {
			t.Errorf("factor %v after losses of 1 and %v, want %v", p.At(0), c.loss, c.want)
		}
	}
	falling := NewPlateau(0.5, 0)
	for i := range 20 { // below zero, every loss better by far
		falling.Observe(-float64(i))
	}
	if falling.At(0) != 1 {
		t.Errorf("factor %v after losses that all improve", falling.At(0))
	}
	lost := NewPlateau(0.5, 1)
	lost.Absolute = true
	for range 4 {
		lost.Observe(math.NaN())
	}
	if lost.At(0) != 0.25 {
		t.Errorf("factor %v after four NaNs with patience 1, want 0.25", lost.At(0))
	}
	tight := NewPlateau(0.5, 0)
	tight.Epsilon = 0.3
	for range 5 {
		tight.Observe(1)
	}
	if tight.At(0) != 0.5 {
		t.Errorf("factor %v, want 0.5: the next reduction is below Epsilon", tight.At(0))
	}
	opt := NewSGD(1)
	opt.Schedule = Product(tight.At, Constant(0.5), nil)
	x := []float64{1}
	opt.Step(x, []float64{1})
	if x[0] != 0.75 {
		t.Errorf("x = %v after a step with 0.5 · 0.5, want 0.75", x[0])
	}
}

func TestScheduleValues(t *testing.T) {
	for _, c := range []struct {
		name string
		s    Schedule
		want []float64
	}{
		{"nil", nil, []float64{1, 1, 1}},
		{"Constant", Constant(0.3), []float64{0.3, 0.3}},
		{"InverseTime", InverseTime(1), []float64{1, 0.5, 1.0 / 3, 0.25}},
		{"InverseSqrt", InverseSqrt(1), []float64{1, math.Sqrt(0.5), math.Sqrt(1.0 / 3), 0.5}},
		{"Polynomial", Polynomial(4, 0.5), []float64{1, math.Sqrt(0.75), math.Sqrt(0.5), 0.5, 0, 0}},
		{"Warmup", Warmup(3, Linear(0.8, 0, 2)), []float64{0.2, 0.4, 0.6, 0.8, 0.4, 0, 0}},
		{"Warmup/nil", Warmup(1, nil), []float64{0.5, 1, 1}},
		{"MultiStep", MultiStep(0.5, 3, 1, 3), []float64{1, 0.5, 0.5, 0.125}},
		{"Cosine", Cosine(4, 0.5), []float64{1, 0.25 * (3 + math.Sqrt2/2), 0.75, 0.25 * (3 - math.Sqrt2/2), 0.5, 0.5, 0.5}},
		{"OneCycle/rise", (&OneCycle{Steps: 3, Rise: 1, Div: 4, FinalDiv: 2, Linear: true}).At, []float64{0.25, 0.625, 1, 1, 1}},
		{"OneCycle/none", NewOneCycle(0).At, []float64{4e-6, 4e-6}},
		{"CosinePeriodic", CosinePeriodic(2, 0), []float64{1, 0.5, 0, 0.5, 1, 0.5}},
		{"CosineRestarts", CosineRestarts(2, 1, 0), []float64{1, 0.5, 1, 0.5}},
		{"Polynomial/constant", Polynomial(2, 0), []float64{1, 1, 0}},
		{"OneMinusSqrt", OneMinusSqrt(4, 0.2), []float64{1, 0.6, 1 - 0.8*math.Sqrt(0.5), 1 - 0.8*math.Sqrt(0.75), 0.2, 0.2}},
		{"PolynomialBetween", PolynomialBetween(1, 0.5, 2, 2), []float64{1, 0.625, 0.5, 0.5}},
		{"PolynomialBetween/up", PolynomialBetween(0, 3, 4, 1), []float64{0, 0.75, 1.5, 2.25, 3, 3}},
		{"WarmupStableDecay", WarmupStableDecay(1, 2, Linear(1, 0, 2)), []float64{0.5, 1, 1, 1, 0.5, 0, 0}},
		{"WarmupStableDecay/cosine", WarmupStableDecay(0, 1, Cosine(2, 0.5)), []float64{1, 1, 0.75, 0.5, 0.5}},
		{"WarmupStableDecay/root", WarmupStableDecay(0, 0, OneMinusSqrt(4, 0)), []float64{1, 0.5, 1 - math.Sqrt(0.5)}},
		// transformers 4.57, get_inverse_sqrt_schedule with 3 steps of warm-up: √(3/t) from step 3 on
		{"InverseSqrt/warmup", Warmup(3, InverseSqrt(1.0/3)), []float64{0.25, 0.5, 0.75, 1, math.Sqrt(3.0 / 4), math.Sqrt(3.0 / 5), math.Sqrt(3.0 / 6)}},
		{"InverseSqrt/cooldown", Product(InverseSqrt(1), WarmupStableDecay(0, 2, Linear(1, 0, 2))), []float64{1, math.Sqrt(0.5), math.Sqrt(1.0 / 3), 0.25, 0, 0}},
		{"Product", Product(Constant(0.5), InverseTime(1)), []float64{0.5, 0.25}},
		{"Triangular", Triangular(0.5, 1, 2), []float64{0.5, 1, 0.75, 0.5, 1, 0.75}},
		{"Triangular/down", Triangular(0, 0, 2), []float64{1, 0.5, 1, 0.5}},
	} {
		for step, want := range c.want {
			if got := c.s.At(step); !(math.Abs(got-want) <= 1e-15) {
				t.Errorf("%s: %v in step %d, want %v", c.name, got, step, want)
			}
		}
	}
}

// TestLastRestart evaluates schedules of equal periods in the last step.
func TestLastRestart(t *testing.T) {
	const last = math.MaxInt // odd
	if got := CosineRestarts(2, 1, 0).At(last); got != 0.5 {
		t.Errorf("factor %v, want 0.5", got)
	}
}

// FuzzSchedules searches for steps and lengths for which a schedule is outside of its range.
func FuzzSchedules(f *testing.F) {
	f.Add(0, 0, 0, 0.0)
	f.Add(1, 1, 1, 0.5)
	f.Add(math.MaxInt, 2, 3, 0.25)
	f.Add(0, 2, 79, 0.5) // a way up of no steps
	f.Add(math.MaxInt, math.MaxInt/4, math.MaxInt/4, 1.0)
	f.Fuzz(func(t *testing.T, step, a, b int, r float64) {
		step, a, b = step&math.MaxInt, a&(math.MaxInt/4), b&(math.MaxInt/4)
		r = math.Abs(r)
		if !(r <= 1) {
			r = 0.5
		}
		cycle := &OneCycle{Steps: a, Rise: r, Div: 25, FinalDiv: 1e4, Linear: b%2 == 0, ThreePhases: b%3 == 0}
		for name, c := range map[string]struct {
			s   Schedule
			low float64
		}{
			"StepDecay":      {StepDecay(a+1, r), 0},
			"MultiStep":      {MultiStep(r, a, b), 0},
			"Exponential":    {Exponential(r), 0},
			"InverseTime":    {InverseTime(r), 0},
			"InverseSqrt":    {InverseSqrt(r), 0},
			"Polynomial":     {Polynomial(a, r), 0},
			"Linear":         {Linear(r, 1, a), r},
			"Cosine":         {Cosine(a, r), r},
			"CosinePeriodic": {CosinePeriodic(a, r), r},
			"CosineRestarts": {CosineRestarts(a, b+1, r), r},
			"Triangular":     {Triangular(r, a/2, b/2), r},
			"Triangular2":    {Triangular2(r, a/2, b/2), r},
			"ExpRange":       {ExpRange(r, a/2, b/2, r), r},
			"OneCycle":       {cycle.At, 4e-6},
			"OneMinusSqrt":   {OneMinusSqrt(a, r), r},
			"Between":        {PolynomialBetween(r, 1, a, r), r},
			"Stable":         {WarmupStableDecay(a, b, OneMinusSqrt(b, r)), 0},
			"Warmup":         {Warmup(a, Cosine(b, r)), 0},
			"Sequence":       {Sequence(Phase{a, Constant(1)}, Phase{b, Linear(r, 1, b)}, Phase{0, Constant(r)}), r},
		} {
			const slack = 1e-15
			if got := c.s.At(step); !(c.low-slack <= got && got <= 1+slack) {
				t.Errorf("%s: %v in step %d (a %d, b %d, r %v), want [%v, 1]", name, got, step, a, b, r, c.low)
			}
		}
	})
}

func TestSchedulesAreCopied(t *testing.T) {
	schedules, phases := []Schedule{Constant(2), nil}, []Phase{{1, Constant(2)}, {0, Constant(3)}}
	milestones := []int{3}
	product, sequence, multi := Product(schedules...), Sequence(phases...), MultiStep(0.5, milestones...)
	schedules[0], phases[0].Schedule, phases[1].Schedule, milestones[0] = nil, nil, nil, 0
	if multi.At(2) != 1 || multi.At(3) != 0.5 {
		t.Errorf("a change of the milestones changes the schedule: %v, %v", multi.At(2), multi.At(3))
	}
	if product.At(0) != 2 || sequence.At(0) != 2 || sequence.At(1) != 3 {
		t.Errorf("a change of the arguments changes the schedules: %v, %v, %v", product.At(0), sequence.At(0), sequence.At(1))
	}
}

// TestOneCycleFallsFromTheStart has its top, which is Rise·Steps − 1 = 0, in the first step.
func TestOneCycleFallsFromTheStart(t *testing.T) {
	for _, linear := range []bool{false, true} {
		c := NewOneCycle(10)
		c.Rise, c.Linear = 0.1, linear
		if first, last := c.At(0), c.At(9); first != 1 || last != 1/25./1e4 {
			t.Errorf("linear %v: from %v to %v, want 1 and 1/(25·10⁴)", linear, first, last)
		}
	}
}

// TestSchedulesWithoutSteps have their last value from the first step on.
func TestSchedulesWithoutSteps(t *testing.T) {
	for name, s := range map[string]Schedule{
		"OneMinusSqrt": OneMinusSqrt(0, 0.25), "PolynomialBetween": PolynomialBetween(1, 0.25, 0, 2), "Linear": Linear(1, 0.25, 0), "Cosine": Cosine(0, 0.25),
	} {
		for step := range 3 {
			if got := s.At(step); got != 0.25 {
				t.Errorf("%s: %v in step %d, want 0.25", name, got, step)
			}
		}
	}
}

func TestScheduleArguments(t *testing.T) {
	for _, c := range []struct {
		make func()
		want string
	}{
		{func() { Constant(-1) }, "optim: Constant: factor = -1, want [0, +Inf)"},
		{func() { StepDecay(0, 0.5) }, "optim: StepDecay: every = 0, want [1, "},
		{func() { StepDecay(1, 2) }, "optim: StepDecay: factor = 2, want [0, 1]"},
		{func() { MultiStep(2, 1) }, "optim: MultiStep: factor = 2, want [0, 1]"},
		{func() { InverseTime(-1) }, "optim: InverseTime: k = -1, want [0, +Inf)"},
		{func() { InverseSqrt(inf) }, "optim: InverseSqrt: k = +Inf, want [0, +Inf)"},
		{func() { Polynomial(-1, 1) }, "optim: Polynomial: steps = -1, want [0, "},
		{func() { Polynomial(1, -1) }, "optim: Polynomial: power = -1, want [0, +Inf)"},
		{func() { OneMinusSqrt(-1, 0) }, "optim: OneMinusSqrt: steps = -1, want [0, "},
		{func() { OneMinusSqrt(1, 2) }, "optim: OneMinusSqrt: floor = 2, want [0, 1]"},
		{func() { PolynomialBetween(-1, 1, 1, 1) }, "optim: PolynomialBetween: from = -1, want [0, +Inf)"},
		{func() { PolynomialBetween(1, nan, 1, 1) }, "optim: PolynomialBetween: to = NaN, want [0, +Inf)"},
		{func() { PolynomialBetween(1, 1, -1, 1) }, "optim: PolynomialBetween: steps = -1, want [0, "},
		{func() { PolynomialBetween(1, 1, 1, -1) }, "optim: PolynomialBetween: power = -1, want [0, +Inf)"},
		{func() { WarmupStableDecay(-1, 1, Constant(1)) }, "optim: WarmupStableDecay: warmup = -1, want [0, "},
		{func() { WarmupStableDecay(1, -1, Constant(1)) }, "optim: WarmupStableDecay: stable = -1, want [0, "},
		{func() { WarmupStableDecay(1, 1, nil) }, "optim: WarmupStableDecay: the decay is nil"},
		{func() { Linear(-1, 1, 1) }, "optim: Linear: from = -1, want [0, +Inf)"},
		{func() { Linear(1, nan, 1) }, "optim: Linear: to = NaN, want [0, +Inf)"},
		{func() { Linear(1, 1, -1) }, "optim: Linear: steps = -1, want [0, "},
		{func() { CosineRestarts(-1, 1, 0) }, "optim: CosineRestarts: first = -1, want [0, "},
		{func() { CosineRestarts(1, 1, 2) }, "optim: CosineRestarts: floor = 2, want [0, 1]"},
		{func() { Triangular(2, 1, 1) }, "optim: Triangular: floor = 2, want [0, 1]"},
		{func() { Triangular2(0, -1, 1) }, "optim: Triangular2: up = -1, want [0, "},
		{func() { ExpRange(0, 1, -1, 1) }, "optim: ExpRange: down = -1, want [0, "},
		{func() { ExpRange(0, 1, 1, 2) }, "optim: ExpRange: gamma = 2, want [0, 1]"},
		{func() { Warmup(-1, nil) }, "optim: Warmup: steps = -1, want [0, "},
		{func() { (&OneCycle{Rise: 2}).At(0) }, "optim: OneCycle.Rise = 2, want [0, 1]"},
		{func() { (&OneCycle{Div: 0.5}).At(0) }, "optim: OneCycle.Div = 0.5, want [1, +Inf)"},
		{func() { (&OneCycle{Div: 1, FinalDiv: nan}).At(0) }, "optim: OneCycle.FinalDiv = NaN, want [1, +Inf)"},
		{func() { Exponential(1.1) }, "optim: Exponential: factor = 1.1, want [0, 1]"},
		{func() { Cosine(-1, 0) }, "optim: Cosine: steps = -1, want [0, "},
		{func() { CosinePeriodic(-1, 0) }, "optim: CosinePeriodic: steps = -1, want [0, "},
		{func() { CosinePeriodic(1, nan) }, "optim: CosinePeriodic: floor = NaN, want [0, 1]"},
		{func() { Cosine(1, nan) }, "optim: Cosine: floor = NaN, want [0, 1]"},
		{func() { CosineRestarts(1, 0, 0) }, "optim: CosineRestarts: growth = 0, want [1, "},
		{func() { Sequence() }, "optim: Sequence: no phases, want at least 1"},
		{func() { Sequence(Phase{-1, nil}, Phase{}) }, "optim: Sequence: Phase.Steps = -1, want [0, "},
		{func() { NewOneCycle(-1).At(0) }, "optim: OneCycle.Steps = -1, want at least 0"},
		{func() { NewPlateau(1, 0).Observe(0) }, "optim: Plateau.Factor = 1, want [0, 1)"},
		{func() { (&Plateau{Threshold: -1}).Observe(0) }, "optim: Plateau.Threshold = -1, want [0, +Inf)"},
		{func() { (&Plateau{Cooldown: -1}).Observe(0) }, "optim: Plateau.Cooldown = -1, want at least 0"},
		{func() { (&Plateau{Min: 1}).Observe(0) }, "optim: Plateau.Min = 1, want [0, 1)"},
		{func() { (&Plateau{Epsilon: -1}).Observe(0) }, "optim: Plateau.Epsilon = -1, want [0, +Inf)"},
		{func() { NewPlateau(0, -1).Observe(0) }, "optim: Plateau.Patience = -1, want at least 0"},
	} {
		want := c.want
		if strings.HasSuffix(want, ", ") {
			want += fmt.Sprintf("%d]", math.MaxInt/2)
		}
		if got := message(c.make); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestPlateauEpsilon has a change of the factor of exactly Epsilon. As in PyTorch, it is too small.
func TestPlateauEpsilon(t *testing.T) {
	for epsilon, want := range map[float64]float64{0.5: 1, 0.4375: 0.5} {
		p := NewPlateau(0.5, 0)
		p.Epsilon = epsilon
		p.Observe(1)
		if p.Observe(1); p.At(0) != want {
			t.Errorf("epsilon %v: factor %v, want %v", epsilon, p.At(0), want)
		}
	}
}

// TestPlateauMargin has a second loss that is lower than the best one by exactly Threshold, and by a little more. As in
// PyTorch, the first one is not better.
func TestPlateauMargin(t *testing.T) {
	for _, absolute := range []bool{true, false} {
		for loss, want := range map[float64]float64{1.5: 0.5, 1.4375: 1} {
			p := NewPlateau(0.5, 0)
			p.Absolute, p.Threshold = absolute, 0.25
			if absolute {
				p.Threshold = 0.5
			}
			p.Observe(2)
			if p.Observe(loss); p.At(0) != want {
				t.Errorf("absolute %v, %v after 2: factor %v, want %v", absolute, loss, p.At(0), want)
			}
		}
	}
}
