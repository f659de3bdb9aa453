// Command gallery runs the other examples, and gathers their pictures on an HTML
// page.
//
//	go -C examples run ./gallery
//
// It must be run within the module of the examples.
package main

import (
	"bytes"
	_ "embed"
	"flag"
	"fmt"
	"html/template"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// exhibit is an example with a picture, and two sentences about it.
type exhibit struct {
	Name  string // of the program and of the picture
	Args  []string
	Needs string // a folder without which it is left out
	Text  string
}

var exhibits = []exhibit{
	{Name: "descent", Text: "Gradient descent goes down into the nearest valley if its rate suits, " +
		"hardly moves if the rate is too small, and diverges if it is too large; on x³ it stops at a saddle. " +
		"The orange steps follow a derivative that lacks a factor π and circulates in texts: they end beside the valleys."},
	{Name: "valley", Text: "A narrow valley makes gradient descent zigzag, for one rate has to do for the steep and the flat direction; " +
		"momentum evens the zigzag out and gathers speed along the valley. " +
		"The rules with a rate for each coordinate feel no difference as long as the valley runs along an axis, and those that know or learn the curvature none at all."},
	{Name: "saddle", Text: "Plain Newton goes to a saddle as it goes to a minimum, and gradient descent only from the ridge that leads there; the saddle-free and the shifted Newton go down. " +
		"Classify tells the one from the other by the Hessian, and its Direction leads away from the saddle on both sides."},
	{Name: "cliff", Text: "The loss of a recurrent network has a cliff, at which the gradient is ten thousand times longer than elsewhere: one plain step from there and the run is lost. " +
		"With ClipNorm the step has the same direction but an ordinary length, and the run goes on down along the foot of the cliff."},
	{Name: "schedules", Text: "Each panel is a schedule of the library, the factor on the learning rate in each of 100 steps. " +
		"Schedules are functions of the step: they can be composed, and any function of yours is one."},
	{Name: "curvefit", Text: "Gauss-Newton with Levenberg and Marquardt's damping fits seven parameters to measurements of which NIST has certified the answer, and agrees with it to seven digits. " +
		"The residuals show where the model misses a pattern, on the left, and the table gives the standard error of each parameter."},
	{Name: "checkpoint", Text: "The thick line is a run without a break; on it lie a run whose process was killed, and its continuation in a new process from the last checkpoint. " +
		"The steps that were lost are taken again, and the end is the same to the last bit."},
	{Name: "lasso", Text: "Coordinate descent follows the lasso from a penalty that keeps every coefficient at zero to next to none, and picks the measurements that tell most first. " +
		"Where the path bends, a coefficient becomes zero or leaves it, exactly."},
	{Name: "noise", Text: "With a fixed rate the noise of single examples keeps gradient descent at a distance from the minimum; decaying rates, averages and growing batches take that away slowly. " +
		"SVRG, SAG and SAGA remember what the examples said before, and gain a decimal place every few passes."},
	{Name: "growing", Text: "While the gradient is large a few images show its direction, so that the batch may grow as it fades. " +
		"This run is as good as steps with all images, for a tenth of the gradients."},
	{Name: "digits", Text: "A small network learns to read 1,797 handwritten digits with each first-order optimizer, at a rate that suits it. " +
		"The losses differ more than the share of test images that is read right, which is 94 to 98 % for all."},
	{Name: "fashion", Needs: "/usr/share/datasets/fashion-mnist", Text: "A network of three layers learns to tell ten kinds of clothes apart, with AdamW and a one-cycle schedule. " +
		"Most of the images that it misreads at the end would puzzle a person too."},
}

const module = "example.com/optim/examples/"

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

func main() {
	flags := flag.NewFlagSet("gallery", flag.ExitOnError)
	folder := flags.String("out", filepath.Join(os.TempDir(), "optim-gallery"), "`folder` for the pictures and the page")
	only := flags.String("only", "", "`names` of examples separated by commas; empty is all")
	flags.Parse(os.Args[1:])
	chosen, err := choose(*only)
	if flags.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gallery:", err)
		os.Exit(2)
	}
	if err := run(os.Stdout, *folder, chosen); err != nil {
		fmt.Fprintln(os.Stderr, "gallery:", err)
		os.Exit(1)
	}
}

func choose(names string) ([]exhibit, error) {
	if names == "" {
		return exhibits, nil
	}
	var chosen []exhibit
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(exhibits, func(e exhibit) bool { return e.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("-only %s: there is no example %q", names, name)
		}
		chosen = append(chosen, exhibits[i])
	}
	return chosen, nil
}

// shown is an exhibit and what came of it.
type shown struct {
	exhibit
	Command string
	Output  string // what the program printed
	LeftOut bool
}

func run(out io.Writer, folder string, chosen []exhibit) error {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	var all []shown
	for _, e := range chosen {
		s := shown{exhibit: e, Command: strings.Join(append([]string{"go -C examples run ./" + e.Name}, e.Args...), " ")}
		if _, err := os.Stat(e.Needs); e.Needs != "" && err != nil {
			s.LeftOut = true
			fmt.Fprintf(out, "%s: left out, it needs %s\n", e.Name, e.Needs)
		} else {
			fmt.Fprintln(out, e.Name)
			if s.Output, err = show(e, filepath.Join(folder, e.Name+".png")); err != nil {
				return err
			}
		}
		all = append(all, s)
	}
	var html bytes.Buffer
	if err := page.Execute(&html, all); err != nil {
		return err
	}
	index := filepath.Join(folder, "index.html")
	if err := os.WriteFile(index, html.Bytes(), 0o644); err != nil {
		return err
	}
	fmt.Fprintln(out, index)
	return nil
}

// show runs an example and returns what it printed.
func show(e exhibit, file string) (string, error) {
	program := exec.Command("go", append([]string{"run", module + e.Name, "-plot", file}, e.Args...)...)
	var errors bytes.Buffer
	program.Stderr = &errors
	output, err := program.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", e.Name, err, errors.Bytes())
	}
	return string(output), nil
}
