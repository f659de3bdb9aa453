// Package play takes the steps of the playground. The page calls it as WebAssembly. Tests call it as
// ordinary Go, and compare the numbers.
package play

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"example.com/optim"
)

// Path is the path of an optimizer.
type Path struct {
	Points []float64 // x, y and f of the start and after each step; y is 0 if there is one variable
	Norm   float64   // ‖g‖ of the last step
	End    End

	surface surface
	rule    Rule
	opt     optim.Optimizer // the rule
	chain   optim.Optimizer // the rule with transforms in front
	grad    func(dst, x []float64)
	steps   int // the limit
	x, g    []float64
	before  []float64 // x before the last step
}

// End is the reason for which a path has ended.
type End int

// The ends of a path.
const (
	Running End = iota
	AllSteps
	Diverged
	NoBetter
)

// Ends are the texts of the ends.
var Ends = []string{"running", "all steps taken", "diverged", "no better point found"}

// far is the distance from the origin beyond which a path has diverged. It is far outside of every
// picture. The values of all functions are finite there.
const far = 1e9

// seed is the seed of the noise. All paths of a run meet the same noise.
const seed = 1

// New returns the paths of settings, which are a result of Parse, at their start.
func New(s Settings) []*Path {
	i := slices.IndexFunc(Functions, func(f Function) bool { return f.Key == s.Function })
	surface := surface{&Functions[i], s.Condition}
	var paths []*Path
	for _, choice := range s.Paths {
		paths = append(paths, newPath(surface, s, choice))
	}
	return paths
}

func newPath(s surface, settings Settings, choice PathChoice) *Path {
	rule := Rules[slices.IndexFunc(Rules, func(r Rule) bool { return r.Key == choice.Rule })]
	schedule := Schedules[slices.IndexFunc(Schedules, func(s Schedule) bool { return s.Key == settings.Schedule })]
	opt := rule.make(s)
	if rule.Kind != Search {
		set(opt, "LearningRate", choice.Rate)
		set(opt, "Schedule", schedule.make(settings.Steps))
	}
	set(opt, rule.MomentumField, choice.Momentum)
	set(opt, rule.Beta2Field, choice.Beta2)
	p := &Path{
		surface: s, rule: rule, opt: opt, chain: opt, steps: settings.Steps,
		x: slices.Clone(settings.Start[:s.Variables]), g: make([]float64, s.Variables),
		grad: s.gradient(rand.New(rand.NewPCG(seed, 0))),
	}
	p.before = slices.Clone(p.x)
	if rule.Kind != Search { // a line search needs the gradient of the function
		if settings.Clip > 0 {
			p.chain = optim.NewChain(p.chain, optim.NewClipNorm(settings.Clip))
		}
		if settings.Noise > 0 {
			noise := optim.NewNoise(float64(settings.Noise*settings.Noise), rand.New(rand.NewPCG(seed, 1)))
			noise.Gamma = 0
			p.chain = optim.NewChain(p.chain, noise)
		}
	}
	p.record()
	return p
}

func (p *Path) record() {
	y := 0.0
	if len(p.x) > 1 {
		y = p.x[1]
	}
	p.Points = append(p.Points, p.x[0], y, p.surface.f(p.x))
}

// Steps returns the number of steps taken.
func (p *Path) Steps() int { return len(p.Points)/3 - 1 }

// Advance takes up to k steps.
func (p *Path) Advance(k int) {
	for ; k > 0 && p.End == Running; k-- {
		p.step()
	}
}

func (p *Path) step() {
	copy(p.before, p.x)
	p.grad(p.g, p.x)
	p.Norm = mat.Norm(mat.NewVecDense(len(p.g), p.g), 2)
	p.chain.Step(p.x, p.g)
	if o, ok := p.opt.(interface{ Status() optimize.Status }); ok && o.Status() != optimize.NotTerminated {
		p.End = NoBetter
		return
	}
	p.record()
	switch {
	case slices.ContainsFunc(p.x, func(v float64) bool { return !(math.Abs(v) <= far) }):
		p.End = Diverged
	case p.Steps() >= p.steps:
		p.End = AllSteps
	}
}

// SecondOrder returns what Rule.SecondOrder returns.
func (p *Path) SecondOrder() bool { return p.rule.SecondOrder() }

// Describe returns the optimizer in one line, as its method String does.
func (p *Path) Describe() string { return fmt.Sprint(p.chain) }

// State returns the numbers of the last step: the position after the step, the gradient of the step
// before noise and clipping, the change of the position, and the vectors of the optimizer. For a
// second-order rule it returns the eigenvalues of the Hessian at the position instead of the vectors.
func (p *Path) State() []Vector {
	change := make([]float64, len(p.x))
	for i := range change {
		change[i] = p.x[i] - p.before[i]
	}
	numbers := []Vector{{"position", slices.Clone(p.x)}, {"gradient g", slices.Clone(p.g)}, {"change", change}}
	if !p.rule.SecondOrder() {
		return append(numbers, vectors(p.opt, len(p.x))...)
	}
	h := mat.NewSymDense(len(p.x), nil)
	p.surface.hess(h, p.x)
	var eigen mat.EigenSym
	if p.End == Diverged || !eigen.Factorize(h, false) {
		return numbers
	}
	return append(numbers, Vector{"eigenvalues of ∇²f", eigen.Values(nil)})
}
