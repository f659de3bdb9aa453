package benchmarks

import (
	"math"

	"github.com/gomlx/gomlx/backends/simplego"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/gomlx/pkg/ml/train"
	"github.com/gomlx/gomlx/pkg/ml/train/optimizers"
	"github.com/nlpodyssey/spago/mat"
	"github.com/nlpodyssey/spago/nn"
	spago "github.com/nlpodyssey/spago/optimizers"
	spagograd "github.com/nlpodyssey/spago/optimizers/adagrad"
	spagoadam "github.com/nlpodyssey/spago/optimizers/adam"
	spagorms "github.com/nlpodyssey/spago/optimizers/rmsprop"
	spagosgd "github.com/nlpodyssey/spago/optimizers/sgd"
	"gonum.org/v1/gonum/floats"
)

// peers returns the other Go libraries that have the rule in the same form.
func peers(rule string) []contender {
	var list []contender
	if step := inGonum[rule]; step != nil {
		list = append(list, contender{"gonum", 1, func(c *course) func(int) { return repeat(step(c.x, c.g)) }})
	}
	if strategy := inSpago[rule]; strategy != nil {
		list = append(list, contender{"spago", 1, withSpago(strategy)})
	}
	if opt := inGomlx[rule]; opt != nil {
		list = append(list, contender{"gomlx", 1, withGomlx(opt)})
	}
	return list
}

// inGonum holds the rules as vector operations of gonum. Each operation is one pass over memory.
// gonum has no square root of a vector, so that is a loop.
var inGonum = map[string]func(x, g []float64) (step func()){
	"SGD": func(x, g []float64) func() {
		return func() { floats.AddScaled(x, -rate, g) }
	},
	"Momentum": func(x, g []float64) func() {
		v := make([]float64, len(x))
		return func() {
			floats.Scale(mu, v)
			floats.Add(v, g)
			floats.AddScaled(x, -rate, v)
		}
	},
	"Nesterov": func(x, g []float64) func() {
		v := make([]float64, len(x))
		return func() {
			floats.Scale(mu, v)
			floats.Add(v, g)
			floats.AddScaled(x, -rate, g)
			floats.AddScaled(x, -rate*mu, v)
		}
	},
	"AdaGrad": func(x, g []float64) func() {
		s, d := make([]float64, len(x)), make([]float64, len(x))
		return func() {
			floats.MulTo(d, g, g)
			floats.Add(s, d)
			for i, si := range s {
				d[i] = math.Sqrt(si) + adaGradEps
			}
			floats.DivTo(d, g, d)
			floats.AddScaled(x, -rate, d)
		}
	},
	"RMSProp": func(x, g []float64) func() {
		s, d := make([]float64, len(x)), make([]float64, len(x))
		return func() {
			floats.MulTo(d, g, g)
			floats.Scale(rmsPropBeta, s)
			floats.AddScaled(s, 1-rmsPropBeta, d)
			for i, si := range s {
				d[i] = math.Sqrt(si) + eps
			}
			floats.DivTo(d, g, d)
			floats.AddScaled(x, -rate, d)
		}
	},
	"Adam": func(x, g []float64) func() {
		m, v, d := make([]float64, len(x)), make([]float64, len(x)), make([]float64, len(x))
		t := 0.0
		return func() {
			t++
			c1, c2 := 1-math.Pow(beta1, t), 1-math.Pow(beta2, t)
			floats.Scale(beta1, m)
			floats.AddScaled(m, 1-beta1, g)
			floats.MulTo(d, g, g)
			floats.Scale(beta2, v)
			floats.AddScaled(v, 1-beta2, d)
			for i, vi := range v {
				d[i] = math.Sqrt(vi/c2) + eps
			}
			floats.DivTo(d, m, d)
			floats.AddScaled(x, -rate/c1, d)
		}
	},
}

// inSpago holds the optimizers of spaGO.
var inSpago = map[string]func() spago.OptimizationStrategy{
	"SGD": func() spago.OptimizationStrategy {
		return spagosgd.New[float64](spagosgd.NewConfig(rate, 0, false))
	},
	"Momentum": func() spago.OptimizationStrategy {
		return spagosgd.New[float64](spagosgd.NewConfig(rate, mu, false))
	},
	"Nesterov": func() spago.OptimizationStrategy {
		return spagosgd.New[float64](spagosgd.NewConfig(rate, mu, true))
	},
	"AdaGrad": func() spago.OptimizationStrategy {
		return spagograd.New[float64](spagograd.NewConfig(rate, adaGradEps))
	},
	"RMSProp": func() spago.OptimizationStrategy {
		return spagorms.New[float64](spagorms.NewConfig(rate, eps, rmsPropBeta))
	},
	"Adam": func() spago.OptimizationStrategy {
		return spagoadam.New(spagoadam.NewConfig(rate, beta1, beta2, eps))
	},
}

// withSpago calls the strategy directly, because Optimizer.Optimize starts a goroutine in each
// step.
func withSpago(strategy func() spago.OptimizationStrategy) starter {
	return func(c *course) func(int) {
		s := strategy()
		param := &nn.Param{Matrix: withGrad{column(c.x), column(c.g)}}
		adam, _ := s.(*spagoadam.Adam)
		return repeat(func() {
			if err := s.OptimizeParams(param); err != nil {
				panic(err)
			}
			if adam != nil {
				adam.IncExample()
			}
		})
	}
}

func column(v []float64) mat.Matrix {
	return mat.NewDense[float64](mat.WithShape(len(v), 1), mat.WithBacking(v))
}

// withGrad is a matrix with a fixed gradient, so that spaGO does not copy the gradient in each
// step.
type withGrad struct {
	mat.Matrix
	grad mat.Matrix
}

func (w withGrad) Grad() mat.Tensor { return w.grad }

func (w withGrad) ZeroGrad() {}

// inGomlx holds the optimizers of GoMLX.
var inGomlx = map[string]func() optimizers.Interface{
	"SGD": func() optimizers.Interface {
		return optimizers.StochasticGradientDescent().WithDecay(false).WithLearningRate(rate).Done()
	},
	"Adam":   func() optimizers.Interface { return gomlxAdam().Done() },
	"AdamW":  func() optimizers.Interface { return gomlxAdam().WeightDecay(decay).Done() },
	"AdaMax": func() optimizers.Interface { return gomlxAdam().Adamax().Done() },
}

func gomlxAdam() *optimizers.AdamConfig {
	return optimizers.Adam().LearningRate(rate).Betas(beta1, beta2).Epsilon(eps)
}

// withGomlx runs a graph that holds the update of the optimizer and nothing else, on GoMLX's
// backend in Go. The gradient is the input of the graph. One operation runs at a time, because in
// this version parallel operations have a data race: the result of a power may overwrite the step
// count while another power reads it.
func withGomlx(opt func() optimizers.Interface) starter {
	return func(c *course) func(int) {
		backend, err := simplego.New("ops_sequential")
		if err != nil {
			panic(err)
		}
		ctx := context.New()
		weights := ctx.VariableWithValue("x", c.x)
		update := opt().(train.OptimizeWithGradients)
		exec := context.MustNewExec(backend, ctx, func(ctx *context.Context, grad *graph.Node) *graph.Node {
			weights.ValueGraph(grad.Graph()) // marks the variable as used: the update skips unused ones
			update.UpdateGraphWithGradients(ctx, []*graph.Node{grad}, dtypes.Float64)
			return graph.ScalarZero(grad.Graph(), dtypes.Float64)
		})
		grad := tensors.FromValue(c.g)
		return func(steps int) {
			for range steps {
				exec.MustExec(grad)[0].MustFinalizeAll()
			}
			tensors.MustConstFlatData(weights.MustValue(), func(flat []float64) { copy(c.x, flat) })
		}
	}
}
