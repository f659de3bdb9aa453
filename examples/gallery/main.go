// Command gallery runs the examples that draw pictures, and writes an HTML page with the pictures and
// the output. It prints the name of the page at the end.
//
//	go -C examples run ./gallery
//
// It must be run inside the module of the examples.
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

// exhibit is an example with a text about its picture.
type exhibit struct {
	Name  string   // of the program and of the picture
	Args  []string // of the program
	Needs string   // a folder that the program needs, or ""
	Text  string
}

var exhibits = []exhibit{
	{Name: "descent", Text: "Gradient descent converges to the nearest minimum if the learning rate is suitable. " +
		"It hardly moves if the rate is too small, and it diverges if the rate is too large. " +
		"On x³ it stops at a saddle. " +
		"The orange steps use a wrong derivative, without a factor π, that some texts contain: they end beside the minima."},
	{Name: "valley", Text: "In a narrow valley gradient descent zigzags, because one learning rate has to suit the steep and the flat direction. " +
		"Momentum damps the zigzag and accelerates along the valley. " +
		"The rules with a rate for each coordinate compensate for different curvatures only if the valley is parallel to an axis. " +
		"Newton's method and L-BFGS use the curvature and need few steps on both functions."},
	{Name: "saddle", Text: "Plain Newton steps converge to a saddle just as to a minimum. " +
		"The other methods do so only if they start on the ridge. " +
		"Classify distinguishes a saddle from a minimum by the eigenvalues of the Hessian, and its Direction leads away from the saddle on both sides."},
	{Name: "cliff", Text: "The loss of this recurrent network has a cliff, where the gradient is more than ten thousand times as large as elsewhere. " +
		"Without clipping a single step from there leads so far away that the run does not recover. " +
		"ClipNorm keeps the direction of the gradient and limits its norm, and the run converges."},
	{Name: "schedules", Text: "Each panel shows a schedule of the library: the factor on the learning rate in each of 100 steps. " +
		"A schedule is a function of the step. " +
		"Schedules can be composed, and any function of yours is one."},
	{Name: "minimize", Text: "A soap film has the least area in its frame, and L-BFGS computes it from 1,600 heights. " +
		"The left panel compares three lines of the film with Scherk's surface, which is the exact result. " +
		"The program prints a line for each iteration, and ends early at a time limit or at Ctrl-C."},
	{Name: "curvefit", Text: "FitCurve fits seven parameters to measurements. " +
		"The result agrees with the values that NIST has certified, to seven digits, and the second panel shows the residuals and the band of confidence. " +
		"In the last panel cosmic rays are outliers. " +
		"Least squares follows them; with a Cauchy loss they have little weight, and the background stays at its bound, zero."},
	{Name: "checkpoint", Text: "The thick line is an uninterrupted run. " +
		"A second run is killed after step 537, and a new process continues it from the checkpoint of step 500. " +
		"One file holds all of its state, and both runs end with the same bits."},
	{Name: "lasso", Text: "Each line is the coefficient of a measurement, as a function of the L1 penalty. " +
		"With a large penalty all coefficients are zero. " +
		"As the penalty decreases, the measurements enter the model one after another. " +
		"Where a line bends, a coefficient leaves zero or becomes zero."},
	{Name: "noise", Text: "With a fixed learning rate the noise in the gradients keeps SGD at a distance from the minimum. " +
		"A decaying rate, averaging and growing batches reduce that distance slowly. " +
		"SVRG, SAG and SAGA reuse earlier gradients, and gain a decimal digit every few passes over the data."},
	{Name: "growing", Text: "While the gradient is large, a few images are enough to estimate its direction. " +
		"The batch grows as the gradient gets smaller. " +
		"This run reaches the accuracy of steps with all images, with a tenth of the gradients."},
	{Name: "digits", Text: "A small network is trained on 1,797 handwritten digits with each first-order optimizer, at a learning rate that suits it. " +
		"The final training losses are between 3e-2 and 1e-8. " +
		"The test accuracy is between 94 and 98 % for all."},
	{Name: "matrix", Text: "Muon and SOAP treat the weights of a layer as a matrix. " +
		"On this small network each needs less than half of the steps of AdamW for the same training loss. " +
		"A step of theirs takes longer, so that the gain in time is smaller, or none. " +
		"A thin line is a run with one seed, and a thick line is the run with the median number of steps."},
	{Name: "fashion", Needs: "/usr/share/datasets/fashion-mnist", Text: "A network with three layers learns to distinguish ten kinds of clothes, with AdamW and a one-cycle schedule. " +
		"The lower panel shows test images that it misclassifies at the end."},
}

const module = "example.com/optim/examples/"

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

func main() {
	flags := flag.NewFlagSet("gallery", flag.ExitOnError)
	folder := flags.String("out", filepath.Join(os.TempDir(), "optim-gallery"), "`folder` for the pictures and the page")
	only := flags.String("only", "", "`names` of examples separated by commas; empty means all")
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), "gallery runs the examples that draw pictures, and writes a page with the pictures and the output.\n\n")
		flags.PrintDefaults()
	}
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

// choose returns the exhibits with the given names, or all if names is empty.
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

// shown is an exhibit with the output of its program.
type shown struct {
	exhibit
	Command string
	Output  string
	LeftOut bool // Needs does not exist
}

// run writes the pictures and the page to the folder.
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
			fmt.Fprintf(out, "%s: left out, because it needs %s\n", e.Name, e.Needs)
		} else {
			fmt.Fprintln(out, e.Name)
			s.Output, err = show(e, filepath.Join(folder, e.Name+".png"))
			if err != nil {
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

// show runs an example and returns its output.
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
