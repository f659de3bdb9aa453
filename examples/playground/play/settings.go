package play

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"example.com/optim"
)

// Settings are all choices of a person. A query such as
//
//	function=rosenbrock&start=-1.2,1&path=adam,0.05,0.9,0.999&path=sgd,0.001
//
// holds them in the address of the page.
type Settings struct {
	Function  string       // key of a function
	Condition float64      // κ in [1, 10⁴], for the functions that have it
	Start     [2]float64   // in [−10⁶, 10⁶]
	Steps     int          // of each path, in [1, MaxSteps]
	Speed     int          // steps a second on the page, in [1, 6000]
	Noise     float64      // standard deviation of the noise in the gradient, in [0, 10⁶]
	Clip      float64      // largest norm of a gradient, in [0, 10⁶]; 0: no clipping
	Schedule  string       // key of a schedule
	Paths     []PathChoice // at most MaxPaths
}

// PathChoice is the optimizer of a path.
type PathChoice struct {
	Rule     string  // key of a rule
	Rate     float64 // learning rate in [10⁻⁸, 10⁴], ignored by rules of the kind Search
	Momentum float64 // momentum or β₁ in [0, 1), for the rules that have it
	Beta2    float64 // β₂ or β in [0, 1), for the rules that have it
}

// The largest numbers of steps and of paths.
const (
	MaxSteps = 20_000
	MaxPaths = 10
)

// Schedule is a schedule of the learning rate.
type Schedule struct {
	Key, Name string
	make      func(steps int) optim.Schedule
}

// Schedules are the schedules of the playground.
var Schedules = []Schedule{
	{"constant", "Constant", func(int) optim.Schedule { return nil }},
	{"halves", "Halved five times", func(steps int) optim.Schedule { return optim.StepDecay(max(1, steps/6), 0.5) }},
	{"inverse", "Inverse time, 1/(1 + t/10)", func(int) optim.Schedule { return optim.InverseTime(0.1) }},
	{"cosine", "Cosine to 0", func(steps int) optim.Schedule { return optim.Cosine(steps, 0) }},
	{"warmup", "Warm-up, then cosine", func(steps int) optim.Schedule {
		return optim.Warmup(steps/10, optim.Cosine(steps-steps/10, 0))
	}},
	{"restarts", "Cosine with restarts", func(steps int) optim.Schedule {
		return optim.CosineRestarts(max(1, steps/7), 2, 0)
	}},
}

// Parse returns the settings of a query. What the query does not contain has its default.
func Parse(query string) (Settings, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return Settings{}, err
	}
	p := parser{values: values}
	f := choose(&p, "function", Functions, func(f Function) string { return f.Key })
	s := Settings{
		Function:  f.Key,
		Condition: p.number("condition", 20, 1, 1e4),
		Start:     p.start(f),
		Steps:     p.count("steps", 300, MaxSteps),
		Speed:     p.count("speed", 60, 6000),
		Noise:     p.number("noise", 0, 0, 1e6),
		Clip:      p.number("clip", 0, 0, 1e6),
		Schedule:  choose(&p, "schedule", Schedules, func(s Schedule) string { return s.Key }).Key,
		Paths:     []PathChoice{},
	}
	texts := values["path"]
	switch {
	case !values.Has("path"):
		texts = []string{"sgd", "momentum", "adam"}
	case len(texts) == 1 && texts[0] == "":
		texts = nil // path= stands for no paths
	}
	if len(texts) > MaxPaths {
		p.fail("path", fmt.Sprintf("%d paths", len(texts)), fmt.Sprintf("at most %d", MaxPaths))
	}
	for _, text := range texts {
		s.Paths = append(s.Paths, p.path(f, text))
	}
	return s, p.err
}

// parser reads the values of a query. err is the first error.
type parser struct {
	values url.Values
	err    error
}

func (p *parser) fail(key, text, want string) {
	if p.err == nil {
		p.err = fmt.Errorf("%s = %s, want %s", key, text, want)
	}
}

// choose returns the element with the key that the query has. The default is the first element.
func choose[T any](p *parser, key string, all []T, keyOf func(T) string) T {
	wanted := p.values.Get(key)
	i := slices.IndexFunc(all, func(v T) bool { return keyOf(v) == wanted })
	if i < 0 && p.values.Has(key) {
		var keys []string
		for _, v := range all {
			keys = append(keys, keyOf(v))
		}
		p.fail(key, wanted, "one of "+strings.Join(keys, ", "))
	}
	return all[max(i, 0)]
}

func (p *parser) number(key string, normal, least, most float64) float64 {
	if !p.values.Has(key) {
		return normal
	}
	return p.float(key, p.values.Get(key), least, most)
}

// count returns a whole number from 1 to most.
func (p *parser) count(key string, normal, most int) int {
	if !p.values.Has(key) {
		return normal
	}
	text := p.values.Get(key)
	n, err := strconv.Atoi(text)
	if err != nil || !(1 <= n && n <= most) {
		p.fail(key, text, fmt.Sprintf("a whole number in [1, %d]", most))
	}
	return n
}

// float returns the number in the text. It fails if the number is not in [least, most].
func (p *parser) float(key, text string, least, most float64) float64 {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(least <= v && v <= most) {
		p.fail(key, text, fmt.Sprintf("a number in [%v, %v]", least, most))
	}
	return v
}

// start returns the start "x,y", or "x" for a function of one variable.
func (p *parser) start(f Function) [2]float64 {
	if !p.values.Has("start") {
		return f.Start
	}
	x, y, both := strings.Cut(p.values.Get("start"), ",")
	if f.Variables == 1 && !both {
		y = "0"
	}
	return [2]float64{p.float("start", x, -1e6, 1e6), p.float("start", y, -1e6, 1e6)}
}

// path returns the choice "rule,rate,momentum,beta2". Numbers that are missing have their defaults.
func (p *parser) path(f Function, text string) PathChoice {
	key, rest, _ := strings.Cut(text, ",")
	inner := parser{values: url.Values{"path": {key}}}
	rule := choose(&inner, "path", Rules, func(r Rule) string { return r.Key })
	if p.err == nil {
		p.err = inner.err
	}
	c := PathChoice{Rule: rule.Key, Rate: f.rate(rule), Momentum: max(rule.Momentum, 0), Beta2: max(rule.Beta2, 0)}
	var numbers []string
	if rest != "" {
		numbers = strings.Split(rest, ",")
	}
	below1 := math.Nextafter(1, 0)
	for i, to := range []*float64{&c.Rate, &c.Momentum, &c.Beta2} {
		least, most := 0.0, below1
		if i == 0 {
			least, most = 1e-8, 1e4
		}
		if i < len(numbers) {
			*to = p.float("path", numbers[i], least, most)
		}
	}
	return c
}

// rate returns the default learning rate of a rule.
func (f Function) rate(r Rule) float64 {
	if r.Kind == Search {
		return 1
	}
	return f.Rates[r.Kind]
}
