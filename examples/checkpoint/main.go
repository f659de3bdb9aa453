// Command checkpoint shows that a run which is killed, and goes on from its last
// checkpoint, ends with the bits of a run that nothing has happened to.
//
//	go -C examples run ./checkpoint -plot checkpoint.png
//
// It starts itself three times, each with the flag -run: for a run without a
// break, for one that is killed half-way, and for the rest of that one.
package main

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"example.com/optim"
	"example.com/optim/examples/internal/picture"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

const (
	steps      = 1000
	interval   = 100 // steps between checkpoints
	lastMoment = 537 // the step after which the second run is killed
	dim        = 50
	seed       = 1
)

func main() {
	folder := flag.String("run", "", "train with checkpoints in this `folder`, on from the last one there")
	kill := flag.Int("kill", 0, "with -run: kill the process after this `step`")
	picture.Main("checkpoint", func(out io.Writer, file string) error {
		if *folder != "" {
			return train(out, *folder, *kill)
		}
		return run(out, file)
	})
}

// train minimises ½Σix² from gradients with noise in them, as mini-batches have
// it. It writes the loss after each step.
func train(out io.Writer, folder string, kill int) error {
	params, grads := make([]float64, dim), make([]float64, dim)
	for i := range params {
		params[i] = 1
	}
	adam := optim.NewAdam(0.02)
	adam.Schedule = optim.Warmup(50, optim.Cosine(steps-50, 0))
	opt := optim.NewChain(adam, optim.NewClipNorm(10))

	first := 0
	if files, _ := filepath.Glob(filepath.Join(folder, "*.checkpoint")); len(files) > 0 {
		last := files[len(files)-1]
		if err := optim.LoadFile(last, params, opt); err != nil {
			return err
		}
		if _, err := fmt.Sscanf(filepath.Base(last), "%d.checkpoint", &first); err != nil {
			return err
		}
	}
	for step := first + 1; step <= steps; step++ {
		// The step alone says what is random in it, so that no generator has to
		// be in the checkpoint.
		rng := rand.New(rand.NewPCG(seed, uint64(step)))
		for i, x := range params {
			grads[i] = float64(i+1)*x + rng.NormFloat64()
		}
		opt.Step(params, grads)
		loss := 0.0
		for i, x := range params {
			loss += float64(i+1) * x * x / 2
		}
		fmt.Fprintln(out, step, loss)
		if step%interval == 0 {
			if err := optim.SaveFile(checkpoint(folder, step), params, opt); err != nil {
				return err
			}
		}
		if step == kill {
			self, err := os.FindProcess(os.Getpid())
			if err != nil {
				return err
			}
			self.Kill()
			time.Sleep(time.Minute) // it does not wake up
		}
	}
	return nil
}

func checkpoint(folder string, step int) string {
	return filepath.Join(folder, fmt.Sprintf("%04d.checkpoint", step))
}

// run compares the checkpoints with which the two runs end. They hold all
// parameters, and the state of Adam.
func run(out io.Writer, file string) error {
	folder, err := os.MkdirTemp("", "checkpoint")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	var losses []plotter.XYs
	for _, part := range []struct {
		name, folder string
		kill         int
	}{
		{"without a break", "whole", 0},
		{"killed half-way", "broken", lastMoment},
		{"the rest of it", "broken", 0},
	} {
		points, err := start(filepath.Join(folder, part.folder), part.kill)
		if (err != nil) != (part.kill > 0) || len(points) == 0 {
			return fmt.Errorf("%s: %d steps, %v", part.name, len(points), err)
		}
		losses = append(losses, points)
		last := points[len(points)-1]
		fmt.Fprintf(out, "%-16s steps %3g to %4g, loss %.2g", part.name, points[0].X, last.X, last.Y)
		if err != nil {
			fmt.Fprintf(out, "; %v", err)
		}
		fmt.Fprintln(out)
	}
	var ends [2][]byte
	for i, name := range []string{"whole", "broken"} {
		if ends[i], err = os.ReadFile(checkpoint(filepath.Join(folder, name), steps)); err != nil {
			return err
		}
	}
	if !bytes.Equal(ends[0], ends[1]) {
		return fmt.Errorf("the last checkpoints differ: SHA-256 %x and %x", sha256.Sum256(ends[0]), sha256.Sum256(ends[1]))
	}
	fmt.Fprintf(out, "the same bits: both end with %d bytes of SHA-256 %.8x…\n", len(ends[0]), sha256.Sum256(ends[0]))
	if file == "" {
		return nil
	}
	return draw(file, losses)
}

// start runs this program in a process of its own, and returns the losses that
// it wrote.
func start(folder string, kill int) (losses plotter.XYs, err error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	child := exec.Command(program, "-run", folder, "-kill", strconv.Itoa(kill))
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
	panel := picture.Panel("a run that is killed and goes on", "step", "loss")
	picture.LogY(panel)
	whole, killed, rest := picture.Line(losses[0], picture.SkyBlue), picture.Line(losses[1], picture.Vermillion), picture.Line(losses[2], picture.Black)
	whole.Width = 6
	panel.Add(whole, killed, rest)
	panel.X.Min = 0
	return picture.Save(file, 4.5, picture.Row{Panels: []*plot.Plot{panel}, Key: [][]picture.Entry{{
		{Name: "without a break", Of: whole},
		{Name: fmt.Sprintf("killed after step %d", lastMoment), Of: killed},
		{Name: fmt.Sprintf("on from the checkpoint of step %d", lastMoment/interval*interval), Of: rest},
	}}})
}
