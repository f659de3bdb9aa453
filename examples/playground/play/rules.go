package play

import (
	"reflect"

	"gonum.org/v1/gonum/optimize"

	"example.com/optim"
)

// Rule is an optimizer of the library with the fields that the playground sets.
type Rule struct {
	Key                       string  // in a query
	Name                      string  // for people
	Kind                      Kind    // selects the default learning rate
	Momentum                  float64 // default of the momentum or of β₁; negative if the rule has none
	Beta2                     float64 // default of β₂ or β; negative if the rule has none
	MomentumField, Beta2Field string  // names of the fields, or ""

	make func(s surface) optim.Optimizer
}

// Kind is a kind of rule. The rules of a kind have similar learning rates.
type Kind int

// The kinds of rules.
const (
	OneRate  Kind = iota // one learning rate for all coordinates
	Adaptive             // a rate for each coordinate
	Newton               // fixed steps of Newton's method
	Search               // a search chooses the length of a step, and there is no rate
)

// SecondOrder returns whether the rule computes with gonum's linear algebra or line searches. The
// last bits of such a rule may differ between kinds of processors.
func (r Rule) SecondOrder() bool { return r.Kind >= Newton }

const none = -1

// Rules are the optimizers of the playground.
var Rules = []Rule{
	{"sgd", "Gradient descent", OneRate, none, none, "", "", func(surface) optim.Optimizer { return optim.NewSGD(0) }},
	{"momentum", "Momentum", OneRate, 0.9, none, "Mu", "", func(surface) optim.Optimizer { return optim.NewMomentum(0, 0) }},
	{"nesterov", "Nesterov", OneRate, 0.9, none, "Mu", "", func(surface) optim.Optimizer { return optim.NewNesterov(0, 0) }},
	{"adagrad", "AdaGrad", Adaptive, none, none, "", "", func(surface) optim.Optimizer { return optim.NewAdaGrad(0) }},
	{"rmsprop", "RMSProp", Adaptive, 0, 0.99, "Mu", "Beta", func(surface) optim.Optimizer { return optim.NewRMSProp(0) }},
	{"adam", "Adam", Adaptive, 0.9, 0.999, "Beta1", "Beta2", func(surface) optim.Optimizer { return optim.NewAdam(0) }},
	{"amsgrad", "AMSGrad", Adaptive, 0.9, 0.999, "Beta1", "Beta2", func(surface) optim.Optimizer { return optim.NewAMSGrad(0) }},
	{"nadam", "NAdam", Adaptive, 0.9, 0.999, "Beta1", "Beta2", func(surface) optim.Optimizer { return optim.NewNAdam(0) }},
	{"adabelief", "AdaBelief", Adaptive, 0.9, 0.999, "Beta1", "Beta2", func(surface) optim.Optimizer { return optim.NewAdaBelief(0) }},
	{"lion", "Lion", Adaptive, 0.9, 0.99, "Beta1", "Beta2", func(surface) optim.Optimizer { return optim.NewLion(0) }},
	{"rprop", "Rprop", Adaptive, none, none, "", "", func(surface) optim.Optimizer { return optim.NewRprop(0) }},
	{"plain", "Newton, plain", Newton, none, none, "", "", newton(optim.Plain)},
	{"shifted", "Newton, shifted", Newton, none, none, "", "", newton(optim.Shifted)},
	{"saddlefree", "Newton, saddle-free", Newton, none, none, "", "", newton(optim.SaddleFree)},
	{"region", "Newton, trust region", Search, none, none, "", "", func(s surface) optim.Optimizer {
		opt := optim.NewNewton(s.hess)
		opt.Problem = s.problem()
		return opt
	}},
	{"bfgs", "BFGS", Search, none, none, "", "", func(s surface) optim.Optimizer {
		opt := optim.NewBFGS()
		opt.Problem = s.problem()
		return opt
	}},
	{"lbfgs", "L-BFGS", Search, none, none, "", "", func(s surface) optim.Optimizer {
		opt := optim.NewLBFGS(10)
		opt.Problem = s.problem()
		return opt
	}},
}

func newton(mode optim.NewtonMode) func(s surface) optim.Optimizer {
	return func(s surface) optim.Optimizer {
		opt := optim.NewNewton(s.hess)
		opt.Mode = mode
		return opt
	}
}

func (s surface) problem() *optimize.Problem { return &optimize.Problem{Func: s.f, Grad: s.grad} }

// set assigns a field of an optimizer. It does nothing if the name is "".
func set[T any](opt optim.Optimizer, field string, value T) {
	if field != "" {
		reflect.ValueOf(opt).Elem().FieldByName(field).Set(reflect.ValueOf(value))
	}
}

// Vector is a vector of the state of an optimizer.
type Vector struct {
	Name   string
	Values []float64
}

// vectors returns the vectors of n numbers that a first-order rule keeps. The names are those of the
// equations in the documentation of the rule, because the unexported fields have these names.
func vectors(opt optim.Optimizer, n int) []Vector {
	var state []Vector
	o := reflect.ValueOf(opt).Elem()
	for i := range o.NumField() {
		field, value := o.Type().Field(i), o.Field(i)
		if field.IsExported() || field.Type != reflect.TypeFor[[]float64]() || value.Len() != n {
			continue
		}
		v := Vector{Name: field.Name}
		for k := range n {
			v.Values = append(v.Values, value.Index(k).Float())
		}
		state = append(state, v)
	}
	return state
}
