// Command checkpoint shows that a run that was killed continues from its last checkpoint and ends
// with the same bits as an uninterrupted run. One file holds the parameters, the optimizer, the
// estimator of mini-batches, its random number generator and the step counter.
//
//	go -C examples run ./checkpoint -plot checkpoint.png
//
// The command starts itself as three child processes: an uninterrupted run, a run that is killed in
// step 537, and its continuation.
package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"example.com/optim"
	"example.com/optim/examples/internal/picture"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/plot/plotter"
)

const (
	steps    = 1000
	interval = 100 // steps between checkpoints; they are not at the end of an epoch
	killStep = 537 // the second run is killed after this step
)

// The data of the run: a linear regression with mini-batches.
const (
	terms     = 210
	dim       = 20
	batchSize = 4 // an epoch has 53 batches, the last one with 2 terms
)

func main() {
	file := flag.String("run", "", "train with a checkpoint in this `file`, and continue from it if it exists")
	kill := flag.Int("kill", 0, "with -run: kill the process after this `step`")
	picture.Main("checkpoint kills a training run and continues it from its checkpoint, to the same bits as an uninterrupted run.", func(out io.Writer, plotFile string) error {
		if *file != "" {
			return train(out, *file, *kill)
		}
		return run(out, plotFile)
	})
}

// train minimizes the loss and writes the loss after each step to out. If the file exists, it
// continues from there.
func train(out io.Writer, file string, kill int) error {
	sum := regression()
	params, grads := make([]float64, dim), make([]float64, dim)
	adam := optim.NewAdam(0.03)
	adam.Schedule = optim.Warmup(50, optim.Cosine(steps-50, 0))
	opt := optim.NewChain(adam, optim.NewClipNorm(10))
	generator := rand.NewPCG(1, 2)
	batch := optim.NewMiniBatch(sum, batchSize, rand.New(generator))
	step := 0

	err := optim.LoadFile(file, params, opt, batch, generator, &step)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for step < steps {
		batch.Grad(grads, params)
		opt.Step(params, grads)
		step++
		fmt.Fprintln(out, step, sum.Func(params, all()))
		if step%interval == 0 {
			if err := optim.SaveFile(file, params, opt, batch, generator, &step); err != nil {
				return err
			}
		}
		if step == kill {
			self, err := os.FindProcess(os.Getpid())
			if err != nil {
				return err
			}
			self.Kill()
			time.Sleep(time.Minute) // the process ends before this
		}
	}
	return nil
}

// regression returns the loss ½(a·x − b)², averaged over random terms a, b.
func regression() optim.FiniteSum {
	rng := rand.New(rand.NewPCG(3, 4))
	rows, targets, solution := make([][]float64, terms), make([]float64, terms), make([]float64, dim)
	for j := range solution {
		solution[j] = 3 * rng.NormFloat64()
	}
	for i := range rows {
		rows[i] = make([]float64, dim)
		for j := range rows[i] {
			rows[i][j] = rng.NormFloat64()
		}
		targets[i] = floats.Dot(rows[i], solution) + rng.NormFloat64()
	}
	return optim.FiniteSum{
		N: terms,
		Func: func(x []float64, batch []int) float64 {
			mean := 0.0
			for _, i := range batch {
				residual := floats.Dot(rows[i], x) - targets[i]
				mean += residual * residual / 2 / float64(len(batch))
			}
			return mean
		},
		Grad: func(dst, x []float64, batch []int) {
			for _, i := range batch {
				residual := floats.Dot(rows[i], x) - targets[i]
				floats.AddScaled(dst, residual/float64(len(batch)), rows[i])
			}
		},
	}
}

// all returns the numbers of all terms.
func all() []int {
	numbers := make([]int, terms)
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}

// run starts the three processes and compares the last checkpoints of the uninterrupted and of the
// continued run byte by byte.
func run(out io.Writer, plotFile string) error {
	folder, err := os.MkdirTemp("", "checkpoint")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	whole, broken := filepath.Join(folder, "whole.checkpoint"), filepath.Join(folder, "broken.checkpoint")
	var losses []plotter.XYs
	for _, part := range []struct {
		name, file string
		kill       int
	}{
		{"uninterrupted", whole, 0},
		{"killed", broken, killStep},
		{"continued", broken, 0},
	} {
		points, err := start(part.file, part.kill)
		if (err != nil) != (part.kill > 0) || len(points) == 0 {
			return fmt.Errorf("the run %q has ended after %d steps: %v", part.name, len(points), err)
		}
		losses = append(losses, points)
		last := points[len(points)-1]
		fmt.Fprintf(out, "%-13s  steps %3g to %4g, final loss %.3g", part.name, points[0].X, last.X, last.Y)
		if err != nil {
			fmt.Fprintf(out, " (%v)", err)
		}
		fmt.Fprintln(out)
	}
	first, err := os.ReadFile(whole)
	if err != nil {
		return err
	}
	second, err := os.ReadFile(broken)
	if err != nil {
		return err
	}
	if !bytes.Equal(first, second) {
		return fmt.Errorf("the last checkpoints differ: SHA-256 %x and %x", sha256.Sum256(first), sha256.Sum256(second))
	}
	fmt.Fprintf(out, "The last checkpoints of both runs are equal: %d bytes, SHA-256 %.8x…\n", len(first), sha256.Sum256(first))
	if plotFile == "" {
		return nil
	}
	return draw(plotFile, losses)
}

// start runs this program as a child process and returns the losses that it has written. The error
// is not nil if the process was killed.
func start(file string, kill int) (losses plotter.XYs, err error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	child := exec.Command(program, "-run", file, "-kill", strconv.Itoa(kill))
	child.Stderr = os.Stderr
	output, err := child.Output()
	for line := range strings.Lines(string(output)) {
		var p plotter.XY
		if _, err := fmt.Sscan(line, &p.X, &p.Y); err != nil {
			return nil, err
		}
		losses = append(losses, p)
	}
	return losses, err
}

func draw(file string, losses []plotter.XYs) error {
	panel := picture.Panel("A run that is killed and continued from its checkpoint", "step", "loss")
	picture.LogY(panel)
	whole, killed, rest := picture.Line(losses[0], picture.SkyBlue), picture.Line(losses[1], picture.Vermillion), picture.Line(losses[2], picture.Black)
	whole.Width, rest.Width = 8, 4 // where the runs overlap, each of them is visible
	panel.Add(whole, rest, killed)
	panel.X.Min = 0
	return picture.Save(file, 4.5, picture.Row{Panels: []*picture.Plot{panel}, Key: []picture.Entry{
		{Name: "uninterrupted", Of: whole},
		{Name: fmt.Sprintf("killed after step %d", killStep), Of: killed},
		{Name: fmt.Sprintf("continued from the checkpoint of step %d", killStep/interval*interval), Of: rest},
	}})
}
