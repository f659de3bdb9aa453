package optim

import (
	"fmt"
	"math"
)

// Prox is the proximal operator of a function h:
//
//	prox_ηh(v) = argmin_x h(x) + ‖x − v‖²/(2η)
//
// If h is 0 in a set and +∞ elsewhere, prox_ηh is the projection onto the set for every η > 0.
// ProxBox, ProxNonNegative, ProxSimplex, ProxBallL1 and ProxBallL2 are projections. ProxL1, ProxL2,
// ProxElasticNet and ProxGroup have a penalty h. Proximal minimises f + h, where f has a gradient.
//
// The Prox of this package depend on their fields and arguments alone. Apply may be called without
// a Proximal, and by several goroutines at the same time. It panics before anything changes if a
// field is out of its range, or does not fit the length of x. It allocates nothing. Reference: N.
// Parikh and S. Boyd, Proximal algorithms, 2014, doi:10.1561/2400000003.
//
// The state of a Prox of this package includes the fields that are numbers, but not the slices. If
// a user's type has the methods MarshalBinary and UnmarshalBinary, a checkpoint holds its state. If
// it has the method Reset, the function Reset calls that method.
type Prox interface {
	// Apply replaces x by prox_ηh(x), with η = eta. A Proximal calls it with all parameters.
	Apply(x []float64, eta float64)
}

// ProxFunc is a Prox that is a function.
//
//	optim.ProxFunc(func(x []float64, eta float64) { … })
type ProxFunc func(x []float64, eta float64)

// Apply implements Prox.
func (f ProxFunc) Apply(x []float64, eta float64) { f(x, eta) }

// String describes the prox in one line.
func (f ProxFunc) String() string { return "ProxFunc" }

// checkedProx is a Prox of this package, or a user's type that embeds one.
type checkedProx interface {
	Prox
	// check panics if a field is out of its range, or does not fit n parameters.
	check(n int)
}

// checkProx panics if p is known to be out of its range.
func checkProx(p Prox, n int) {
	if p, ok := p.(checkedProx); ok {
		p.check(n)
	}
}

// pieceProx is a Prox that moves every coordinate by itself.
type pieceProx interface {
	Prox
	// piece applies the prox to a part of the parameters, which begins at coordinate lo. Goroutines
	// call it for disjoint parts at the same time.
	piece(lo int, x []float64, eta float64)
}

// elementwise returns p as a pieceProx, or nil. It returns nil for a type of the user's that embeds
// a type of this package, since the user's type may have another Apply.
func elementwise(p Prox) pieceProx {
	switch p := p.(type) {
	case *Box:
		return p
	case *ElasticNet:
		return p
	}
	return nil
}

// projects returns whether p is a projection of this package, which does not depend on η.
func projects(p Prox) bool {
	switch p.(type) {
	case *Box, *Simplex, *BallL1, *BallL2:
		return true
	}
	return false
}

// checkEta panics unless η of a call of Apply is in [0, +Inf).
func checkEta(prox string, eta float64) { checkNonNegative(prox, "Apply: eta", eta) }

// Proximal minimises f + h, where grads is the gradient of f. Each step is a step of the wrapped
// optimizer and then the Prox of h. Around SGD it is proximal gradient descent:
//
//	x ← prox_ηh(x − ηg)
//
// η is the learning rate of the step, as in Decay. With η = 0 a step has no prox, for instance in
// the calls of an Accumulate that take no step. The fields of the Prox may be assigned between
// steps.
//
// Box and ElasticNet move each coordinate by itself. Around an elementwise rule they need no pass
// of their own. The other Prox need all of x, and run on one goroutine.
//
// If the optimizer is a Nesterov, also within wrappers and chains, the rule applies the prox
// itself. It replaces g by the gradient mapping G, so that the velocity depends on h:
//
//	w ← prox_ηh(x − ηg)
//	G = (x − w)/η
//	v ← μv + G
//	x ← x − η(G + μv)
//
// If η is constant, the last two lines are x ← w + μ(w − w′), where w′ is the w of the step before.
// With Convex and η = 1/L this is FISTA with restarts, and the bound of Nesterov holds for f + h.
// The method Iterate of the Nesterov writes w. It has the bits of the result of the prox. The
// parameters x are the points where the gradient is taken. They may lie outside of the set, and are
// seldom exactly zero. If there are several Proximals around a Nesterov, the prox of the innermost
// one comes first. NewProximal changes the Nesterov: its own Step has the prox from then on.
//
// Around any other optimizer the prox moves the parameters alone. This has consequences:
//
//   - The velocity of Momentum does not depend on h. So Momentum minimises f + (1−μ)h/(1−τ), where
//     τ is Dampening.
//   - A rule that divides the gradient, such as Adam, does not divide h. Projections are Euclidean.
//   - ScheduleFreeSGD and ScheduleFreeAdamW do not apply the prox to z. So the average x need not be
//     in the set.
//   - An optimizer with line searches does not minimise f + h.
//
// To average the parameters, put an Average around the Proximal. To skip steps, put a SkipNonFinite
// around it.
//
// State: around a Nesterov one vector, w. If Convex is set or the Prox needs all of x, a step needs
// one more vector for G. References: A. Beck and M. Teboulle, A fast iterative
// shrinkage-thresholding algorithm, 2009, doi:10.1137/080716542; that of Prox.
type Proximal struct {
	proximal
}

// NewProximal returns opt with the prox. It panics if opt or prox is nil. Unless prox is a
// projection of this package, it also panics if the learning rate of the steps of opt is not known,
// as for Groups and SkipNonFinite. A user's type needs the method NextRate or Rate.
func NewProximal(opt Optimizer, prox Prox) *Proximal {
	checkGiven("NewProximal", "prox", prox)
	return made(&Proximal{newProximal("NewProximal", opt, prox)})
}

// Step implements Optimizer.
func (o *Proximal) Step(params, grads []float64) { o.take(pair(params, grads)) }

func (o *Proximal) take(v vectors) {
	o.expect(v.lengths())
	o.step(o, v)
}

// String describes the prox and the optimizer in one line.
func (o *Proximal) String() string {
	return describe(o, o.defaults, title(o.prox), title(o.opt), steps(o.t))
}

func (o *Proximal) expect(n, grads int) {
	o.fit(o, n, grads)
	checkProx(o.prox, o.reducer.Len(n))
	o.wrapper.expect(n, grads)
}

func (o *Proximal) visit(a *walk) {
	o.visitWrapper(a, "Proximal")
	a.Inner(a.Want(), func(a *walk) { visitPart(a, o.prox) })
}

// ProximalL1 is a Proximal with ProxL1: h = λ‖x‖₁. Around SGD it is ISTA. It makes parameters
// exactly zero.
//
//	x ← sign(x)·max(|x| − ηλ, 0)
//
// λ is Lambda. Proximal defines η, and describes the effect on Nesterov and on other optimizers.
type ProximalL1 struct {
	Lambda float64 // λ, at least 0

	proximal
	norm *ElasticNet // the prox of λ‖x‖₁, with λ of the last step
}

// NewProximalL1 returns opt with soft thresholding behind it. It panics if opt is nil, or if the
// learning rate of the steps of opt is not known. A user's type needs the method NextRate or Rate.
func NewProximalL1(opt Optimizer, lambda float64) *ProximalL1 {
	norm := new(ElasticNet)
	o := made(&ProximalL1{proximal: newProximal("NewProximalL1", opt, norm), norm: norm})
	o.Lambda = lambda
	return o
}

// Step implements Optimizer.
func (o *ProximalL1) Step(params, grads []float64) { o.take(pair(params, grads)) }

func (o *ProximalL1) take(v vectors) {
	o.expect(v.lengths())
	o.step(o, v)
}

func (o *ProximalL1) expect(n, grads int) {
	o.fit(o, n, grads)
	checkNonNegative("ProximalL1", "Lambda", o.Lambda)
	o.norm.L1 = o.Lambda
	o.wrapper.expect(n, grads)
}

func (o *ProximalL1) visit(a *walk) {
	o.visitWrapper(a, "ProximalL1", &o.Lambda)
	if a.Assigning() {
		o.norm.L1 = o.Lambda
	}
}

// proximal is the part that Proximal and ProximalL1 share.
type proximal struct {
	wrapper
	prox   Prox
	inside bool // a Nesterov in the wrapped optimizer takes the prox
}

func newProximal(constructor string, opt Optimizer, prox Prox) proximal {
	checkGiven(constructor, "optimizer", opt)
	_, last := opt.(interface{ Rate() float64 })
	if !projects(prox) && !rated(opt) && (ours(opt) != nil || !last) {
		panic(fmt.Sprintf("optim: %s: %T does not have the learning rate of the coming step; a user's type needs a method NextRate or Rate", constructor, opt))
	}
	n := accelerated(opt)
	if n != nil {
		n.takeInside(prox)
	}
	return proximal{wrapper: wrap(constructor, opt), prox: prox, inside: n != nil}
}

// accelerated returns opt if it is a Nesterov, or the Nesterov in wrappers, or nil.
func accelerated(opt Optimizer) *Nesterov {
	switch o := ours(opt).(type) {
	case *Nesterov:
		return o
	case *Sharded:
		if accelerated(o.opt) != nil {
			panic("optim: NewProximal: a Sharded with a Nesterov; put the Proximal inside of the Sharded")
		}
		return nil
	case interface{ wrapped() Optimizer }:
		return accelerated(o.wrapped())
	}
	return nil
}

// step takes a step of self, the optimizer that embeds o. If the Prox needs all parameters, step
// uses copies of tensors.
func (o *proximal) step(self rule, v vectors) {
	switch n := v.len(); {
	case o.elementwise():
		o.pass(self, v)
	case !o.idle(n):
		x, g := v.slices()
		o.eta = o.rate()
		o.opt.Step(x, g)
		o.lateRate()
		o.apply(x)
		v.set(x)
		o.count(n)
	}
}

// lateRate sets η after the step, if a user's type has no NextRate.
func (o *proximal) lateRate() {
	if math.IsNaN(o.eta) && !projects(o.prox) && !o.inside {
		o.eta = checkedRate(o.opt, "Rate()", o.Rate())
	}
}

func (o *proximal) apply(x []float64) {
	switch {
	case o.inside || o.eta == 0:
	case o.reducer.Shard != nil:
		elementwise(o.prox).piece(o.reducer.Start(), x, o.eta)
	default:
		o.prox.Apply(x, o.eta)
	}
}

func (o *proximal) elementwise() bool {
	return o.wrapper.elementwise() && (o.inside || elementwise(o.prox) != nil)
}

func (o *proximal) update(lo int, params, grads []float64) {
	if o.inside || o.eta == 0 {
		o.rule.update(lo, params, grads)
		return
	}
	prox, start := elementwise(o.prox), o.reducer.Start()
	o.updateInPieces(lo, params, grads, func(lo int, x []float64) { prox.piece(start+lo, x, o.eta) })
}
