// Command cliff shows what gradient clipping is for. The loss of a recurrent network with one unit
// has a cliff where the gradient is very large: gradient descent without clipping takes one huge
// step there and does not recover. With ClipNorm it converges.
//
//	go -C examples run ./cliff -plot cliff.png
//
// The network is that of figure 6 in R. Pascanu, T. Mikolov and Y. Bengio, On the difficulty of
// training recurrent neural networks, 2013, arXiv:1211.5063.
package main

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"

	"example.com/optim"
	"example.com/optim/examples/internal/picture"
	"gonum.org/v1/plot/plotter"
)

const (
	depth  = 50  // applications of x ← w·σ(x) + b
	first  = 0.5 // x at the start
	target = 0.7 // wanted σ(x) at the end
)

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// loss returns the squared error of the last output for the weight w and the bias b.
func loss(w, b float64) float64 {
	x := first
	for range depth {
		x = w*sigmoid(x) + b
	}
	return (sigmoid(x) - target) * (sigmoid(x) - target)
}

// gradient computes the gradient of the loss by backpropagation. Each of the 50 steps multiplies
// the derivative by w·σ′(x), so it vanishes or explodes.
func gradient(dst []float64, w, b float64) {
	outputs := make([]float64, depth+1) // σ(x)
	outputs[0] = sigmoid(first)
	for i := range depth {
		outputs[i+1] = sigmoid(w*outputs[i] + b)
	}
	clear(dst)
	d := 2 * (outputs[depth] - target) // derivative of the loss by σ(x), and in the loop by x
	for i := depth; i > 0; i-- {
		d *= outputs[i] * (1 - outputs[i])
		dst[0] += d * outputs[i-1]
		dst[1] += d
		d *= w
	}
}

// trace holds the data of a run.
type trace struct {
	points  plotter.XYs // w and b before the first step and after each
	norms   plotter.XYs // norm of the gradient before clipping, by step
	clipped int         // number of clipped gradients
}

const (
	rate    = 0.3
	longest = 0.5 // norm at which gradients are clipped
	steps   = 160
)

// train starts at w = 6, b = −2.2 and clips gradients to the norm most.
func train(most float64) trace {
	clip := optim.NewClipNorm(most)
	opt := optim.NewChain(optim.NewSGD(rate), clip)
	params, grads := []float64{6, -2.2}, make([]float64, 2)
	var t trace
	for k := range steps {
		t.points = append(t.points, plotter.XY{X: params[0], Y: params[1]})
		gradient(grads, params[0], params[1])
		opt.Step(params, grads)
		t.norms = append(t.norms, plotter.XY{X: float64(k), Y: clip.Norm()})
		if clip.Norm() > most {
			t.clipped++
		}
	}
	t.points = append(t.points, plotter.XY{X: params[0], Y: params[1]})
	return t
}

func main() {
	picture.Main("cliff trains a recurrent network whose gradient explodes, with and without gradient clipping.", run)
}

func run(out io.Writer, file string) error {
	plain, clipped := train(math.MaxFloat64), train(longest)
	fmt.Fprintf(out, "%d steps, η = %g     largest ‖gradient‖  clipped steps     final w     final b final loss\n", steps, rate)
	for _, r := range []struct {
		name string
		trace
	}{{"without clipping", plain}, {fmt.Sprintf("ClipNorm(%g)", longest), clipped}} {
		norm := 0.0
		for _, n := range r.norms {
			norm = max(norm, n.Y)
		}
		end := r.points[steps]
		fmt.Fprintf(out, "%-24s %16.4g %14d %11.5g %11.5g %10.2g\n", r.name, norm, r.clipped, end.X, end.Y, loss(end.X, end.Y))
	}
	if file == "" {
		return nil
	}
	return draw(file, plain, clipped)
}

func draw(file string, plain, clipped trace) error {
	const xmin, xmax, ymin, ymax = 3.5, 6.5, -3.2, -1.4
	surface := picture.Panel("contours of the loss, and the steps", "weight w", "bias b")
	levels := []float64{0.001, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.2, 0.3, 0.35, 0.4, 0.42}
	surface.Add(picture.Contours(loss, xmin, xmax, ymin, ymax, levels...))
	norms := picture.Panel("norm of the gradient before clipping", "step", "‖gradient‖")
	picture.LogY(norms)

	var key []picture.Entry
	for _, r := range []struct {
		name   string
		colour color.RGBA
		trace
	}{
		{fmt.Sprintf("ClipNorm(%g)", longest), picture.Blue, clipped},
		{"without clipping", picture.Vermillion, plain},
	} {
		path, norm := picture.Line(r.points, r.colour), picture.Line(positive(r.norms), r.colour)
		dots := picture.Dots(r.points, r.colour)
		dots.Radius = 1.5
		surface.Add(path, dots)
		norms.Add(norm)
		key = append(key, picture.Entry{Name: r.name, Of: path})
	}
	start := picture.Mark(plain.points[0].X, plain.points[0].Y, picture.Black, picture.Ring)
	surface.Add(start, picture.Text(6.03, -2.64, "loss 0.07"), picture.Text(4, -3, "loss 0.4"), picture.Text(5.43, -3.13, "cliff"))
	picture.Bounds(surface, xmin, xmax, ymin, ymax)
	picture.Bounds(norms, 0, steps, 1e-3, 1e4)
	if shown := positive(plain.norms); len(shown) < steps {
		last := shown[len(shown)-1]
		norms.Add(picture.Mark(last.X, last.Y, picture.Vermillion, picture.Cross),
			picture.Text(last.X+3, last.Y, fmt.Sprintf("gradient 0 from step %d on", len(shown))))
	}
	key = append(key, picture.Entry{Name: "start", Of: start})
	return picture.Save(file, 4, picture.Row{Panels: []*picture.Plot{surface, norms}, Key: key})
}

// positive returns the points before the first whose value is 0, which a logarithmic axis cannot show.
func positive(points plotter.XYs) plotter.XYs {
	zero := slices.IndexFunc(points, func(p plotter.XY) bool { return p.Y == 0 })
	if zero < 0 {
		return points
	}
	return points[:zero]
}
