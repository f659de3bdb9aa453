// Command gallery runs the examples that draw pictures, and writes an HTML page with the pictures, the
// output and the sources. It also writes the playground. It prints the name of the page at the end.
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
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"example.com/optim/examples/internal/picture"
)

// exhibit is an example with a text about its picture.
type exhibit struct {
	Name  string   // of the program and of the picture
	Args  []string // of the program
	Needs string   // a folder that the program needs, or ""
	Text  string
	Alt   string // what the picture shows, for those who do not see it
}

var exhibits = []exhibit{
	{Name: "descent", Text: "Gradient descent converges to the nearest minimum if the learning rate is suitable. " +
		"It hardly moves if the rate is too small, and it diverges if the rate is too large. " +
		"On x³ it stops at a saddle. " +
		"The orange steps use a wrong derivative, which some texts contain: it lacks a factor π, and the steps end beside the minima.",
		Alt: "Eight panels with the graph of a function and the steps of gradient descent as dots. With x·cos πx the steps reach the nearest minimum, hardly move at the rate 0.001, and leave the panel at the rate 1.0055. With the wrong derivative they end beside the minima, or stay bounded. On x³ they stop at 0 from one side and diverge from the other."},
	{Name: "valley", Text: "In a narrow valley gradient descent zigzags, because one learning rate has to suit the steep and the flat direction. " +
		"Momentum damps the zigzag and accelerates along the valley. " +
		"The rules with a rate for each coordinate compensate for different curvatures only if the valley is parallel to an axis. " +
		"Newton's method and L-BFGS use the curvature and need few steps on both functions.",
		Alt: "Six panels with contour lines of a quadratic and of Rosenbrock's function, and the paths of nine optimizers. Gradient descent zigzags across the valley; momentum swings and is faster; AdaGrad, RMSProp and Adam take smooth paths; Newton's method and L-BFGS reach the minimum in few long steps."},
	{Name: "saddle", Text: "Plain Newton steps converge to a saddle just as to a minimum. " +
		"The other methods do so only if they start on the ridge. " +
		"Classify distinguishes a saddle from a minimum by the eigenvalues of the Hessian, and its Direction leads away from the saddle on both sides.",
		Alt: "Four panels with contour lines of a function with a saddle between two minima, and paths from four starts. Three paths of plain Newton steps and one of gradient descent and of saddle-free Newton end at the saddle. All paths of Newton's method with a trust region end at a minimum."},
	{Name: "cliff", Text: "The loss of this recurrent network has a cliff, where the gradient is more than ten thousand times as large as elsewhere. " +
		"Without clipping a single step from there leads so far away that the run does not recover. " +
		"ClipNorm keeps the direction of the gradient and limits its norm, and the run converges.",
		Alt: "Left: contour lines of the loss with a cliff. The path without clipping jumps off the panel at the cliff; the clipped path zigzags along it to a low loss. Right: the norm of the gradient by step. Both runs meet a norm of almost 10,000. After that the gradient of the run without clipping is 0."},
	{Name: "schedules", Text: "Each panel shows a schedule of the library: the factor on the learning rate in each of 100 steps. " +
		"A schedule is a function of the step. " +
		"Schedules can be composed, and any function of yours is one.",
		Alt: "Twenty-four small panels, each with the factor of one schedule against the step: decays, cycles, compositions, a plateau and a function of the user."},
	{Name: "minimize", Text: "A soap film has the least area in its frame, and L-BFGS computes it from 1,600 heights. " +
		"The left panel compares three lines of the film with Scherk's surface, which is the exact result. " +
		"The program prints a line for each iteration, and ends early at a time limit or at Ctrl-C.",
		Alt: "Left: three curves through the film, with computed heights as dots on the exact lines of Scherk's surface. Right: the area falls from 12.2 to 9.95 within 30 iterations."},
	{Name: "curvefit", Text: "FitCurve fits seven parameters to measurements. " +
		"The result agrees with the values that NIST has certified, to seven digits, and the second panel shows the residuals and the band of confidence. " +
		"In the last panel cosmic rays are outliers. " +
		"Least squares follows them; with a Cauchy loss they have little weight, and the background stays at its bound, zero.",
		Alt: "Top: 37 measured mobilities and the fitted curve, which rises from 80 to 1500. Middle: the residuals, most of them within 20, and a band of confidence that is wide where there are no measurements. Bottom: a spectral line with six outliers. The robust curve goes through the other points; least squares lies above it."},
	{Name: "checkpoint", Text: "The thick line is an uninterrupted run. " +
		"A second run is killed after step 537, and a new process continues it from the checkpoint of step 500. " +
		"One file holds all of its state, and both runs end with the same bits.",
		Alt: "A loss that falls from 80 to 0.5 in 1,000 steps. The line of the killed run ends at step 537. The line of the continued run starts at step 500 and lies on that of the uninterrupted run."},
	{Name: "lasso", Text: "Each line is the coefficient of a measurement, as a function of the L1 penalty. " +
		"With a large penalty all coefficients are zero. " +
		"As the penalty decreases, the measurements enter the model one after another. " +
		"Where a line bends, a coefficient leaves zero or becomes zero.",
		Alt: "Ten lines that leave zero one after another as the penalty decreases: first BMI and triglycerides, then blood pressure, then the others. At the right the coefficient of cholesterol is the most negative."},
	{Name: "crossvalidation", Text: "How large should the penalty of the lasso be? " +
		"Each of ten fits leaves out a tenth of the rows, and predicts them. " +
		"The penalty with the smallest mean error is marked, and so is the largest penalty within one standard error of it.",
		Alt: "Left: the mean squared error of the predictions for 100 penalties, with a band of one standard error. As the penalty decreases, it falls from 28 to 11 and rises to 26. A circle marks the minimum, and a triangle the larger penalty. Right: the number of columns with a coefficient rises from 0 to 60; it is 18 at the circle and 8 at the triangle."},
	{Name: "noise", Text: "With a fixed learning rate the noise in the gradients keeps SGD at a distance from the minimum. " +
		"A decaying rate, averaging and growing batches reduce that distance slowly. " +
		"SVRG, SAG and SAGA reuse earlier gradients, and gain a decimal digit every few passes over the data.",
		Alt: "The loss above its minimum on a logarithmic axis, for eight methods over 50 passes. SGD stays near 1e-4; averaging, growing batches and a decaying rate end between 1e-5 and 1e-7; SVRG, SAG and SAGA fall on straight lines to the rounding errors near 1e-15."},
	{Name: "growing", Text: "While the gradient is large, a few images are enough to estimate its direction. " +
		"The batch grows as the gradient gets smaller. " +
		"This run computes a tenth of the gradients, and reaches the test accuracy of a run with all images in every step.",
		Alt: "Left: the training loss against the gradients computed. The run with growing batches ends at a tenth of the gradients. Right: its batch grows from 8 to 450 images; the other run always takes 1,437."},
	{Name: "digits", Args: []string{"-seeds", "5"}, Text: "A small network is trained on 1,797 handwritten digits with each first-order optimizer, five times. " +
		"The learning rates were found by trial, so the picture does not rank the optimizers. " +
		"The final training losses are between 3e-2 and 1e-8. " +
		"The mean test accuracy is between 95 and 98 % for all.",
		Alt: "Twenty-eight small panels, one for each optimizer, with the median training loss of five seeds, a band from the least to the largest, and the other optimizers in grey. Most end between 0.03 and 0.001; Muon and SOAP fall below 1e-6."},
	{Name: "matrix", Text: "Muon and SOAP treat the weights of a layer as a matrix. " +
		"On this small network each needs less than half of the steps of AdamW for the same training loss. " +
		"A step of theirs takes longer, so that the gain in time is smaller, or none. " +
		"A thin line is a run with one seed, and a thick line is the run with the median number of steps.",
		Alt: "The training loss of AdamW, Muon and SOAP for ten seeds. Left, by step: Muon and SOAP reach 0.01 in less than half of the steps of AdamW. Right, by time: the lines of the three rules overlap."},
	{Name: "fashion", Needs: "/usr/share/datasets/fashion-mnist", Text: "A network with three layers learns to distinguish ten kinds of clothes, with AdamW and a one-cycle schedule. " +
		"The lower panel shows test images that it misclassifies at the end.",
		Alt: "Top: the training loss falls from 0.66 to 0.23 and the test accuracy rises from 83 to 89 % in eight epochs. Bottom: sixteen misclassified images of clothes with their class and the class that the network returns."},
}

const module = "example.com/optim/examples/"

//go:embed page.html
var pages string

var templates = template.Must(template.New("pages").Parse(pages))

func main() {
	flags := flag.NewFlagSet("gallery", flag.ExitOnError)
	folder := flags.String("out", filepath.Join(os.TempDir(), "optim-gallery"), "`folder` for the pictures and the page")
	only := flags.String("only", "", "`names` of examples separated by commas; empty means all, and the playground")
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
	if err := run(os.Stdout, picture.FromShell(*folder), chosen, *only == ""); err != nil {
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
	Command       string
	Output        string
	Width, Height int  // of the picture, in pixels
	LeftOut       bool // Needs does not exist
}

// index is the content of the page.
type index struct {
	Playground bool
	Exhibits   []shown
}

// run writes the pictures, their sources, the page, and the playground if it is asked for, to the folder.
func run(out io.Writer, folder string, chosen []exhibit, playground bool) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	content := index{Playground: playground}
	for _, e := range chosen {
		fmt.Fprintln(out, e.Name)
		s, err := show(e, folder)
		if err != nil {
			return err
		}
		if s.LeftOut {
			fmt.Fprintf(out, "%s: left out, because it needs %s\n", e.Name, e.Needs)
		}
		if err := writeSource(e.Name, folder); err != nil {
			return err
		}
		content.Exhibits = append(content.Exhibits, s)
	}
	if playground {
		fmt.Fprintln(out, "playground")
		if _, err := command("run", module+"playground", "-out", filepath.Join(folder, "playground")); err != nil {
			return err
		}
	}
	file := filepath.Join(folder, "index.html")
	if err := writePage(file, "index", content); err != nil {
		return err
	}
	fmt.Fprintln(out, "wrote", file)
	return nil
}

// show runs an example, which writes its picture to the folder.
func show(e exhibit, folder string) (s shown, err error) {
	s = shown{exhibit: e, Command: strings.Join(append([]string{"go -C examples run ./" + e.Name}, e.Args...), " ")}
	if e.Needs != "" {
		if _, err := os.Stat(e.Needs); err != nil {
			s.LeftOut = true
			return s, nil
		}
	}
	file := filepath.Join(folder, e.Name+".png")
	s.Output, err = command(append([]string{"run", module + e.Name, "-plot", file}, e.Args...)...)
	if err != nil {
		return s, err
	}
	f, err := os.Open(file)
	if err != nil {
		return s, err
	}
	defer f.Close()
	size, err := png.DecodeConfig(f)
	s.Width, s.Height = size.Width, size.Height
	return s, err
}

// writeSource writes a page with the source of an example to the folder.
func writeSource(name, folder string) error {
	list, err := command("list", "-f", `{{.Dir}}{{range .GoFiles}}{{"\n"}}{{.}}{{end}}`, module+name)
	if err != nil {
		return err
	}
	type source struct{ Name, Text string }
	content := struct {
		Name  string
		Files []source
	}{Name: name}
	lines := strings.Split(strings.TrimSpace(list), "\n")
	for _, file := range lines[1:] {
		text, err := os.ReadFile(filepath.Join(lines[0], file))
		if err != nil {
			return err
		}
		content.Files = append(content.Files, source{file, string(text)})
	}
	return writePage(filepath.Join(folder, name+".html"), "source", content)
}

func writePage(file, name string, content any) error {
	var html bytes.Buffer
	if err := templates.ExecuteTemplate(&html, name, content); err != nil {
		return err
	}
	return os.WriteFile(file, html.Bytes(), 0o666)
}

// command runs the go command and returns its output.
func command(args ...string) (string, error) {
	program := exec.Command("go", args...)
	var errors bytes.Buffer
	program.Stderr = &errors
	output, err := program.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, errors.Bytes())
	}
	return string(output), nil
}
