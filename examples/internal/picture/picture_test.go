package picture_test

import (
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"example.com/optim/examples/internal/picture"
	"example.com/optim/examples/internal/picture/picturetest"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

// A process that a test starts is an example that names its file.
const asProgram = "PICTURE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	flag.CommandLine = new(flag.FlagSet) // without the flags of go test
	picture.Main("sketch", func(out io.Writer, file string) error {
		if file == "bad.png" {
			return errors.New("no ink")
		}
		fmt.Fprintf(out, "file %q", file)
		return nil
	})
}

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		args           string
		code           int
		stdout, stderr string
	}{
		{"", 0, `file ""`, ""},
		{"-plot a.png", 0, `file "a.png"`, ""},
		{"-plot bad.png", 1, "", "sketch: no ink\n"},
		{"-plot a.svg", 2, "", "sketch: -plot a.svg, want a name that ends in .png\n"},
		{"-plat a.png", 2, "", "sketch: flag provided but not defined: -plat\n"},
		{"a.png", 2, "", "sketch: unexpected argument \"a.png\"\n"},
		{"-h", 0, "", "flags of sketch:\n  -plot file\n    \tPNG file to draw to\n"},
	} {
		program := exec.Command(os.Args[0], strings.Fields(c.args)...)
		program.Env = append(os.Environ(), asProgram+"=1")
		var stdout, stderr strings.Builder
		program.Stdout, program.Stderr = &stdout, &stderr
		program.Run()
		if code := program.ProcessState.ExitCode(); code != c.code || stdout.String() != c.stdout || stderr.String() != c.stderr {
			t.Errorf("%q: exit code %d, %q and %q; want %d, %q and %q", c.args, code, stdout.String(), stderr.String(), c.code, c.stdout, c.stderr)
		}
	}
}

// Few pixels of a colour that says something outlive many of others.
func TestColours(t *testing.T) {
	panel := picture.Panel("", "x", "y")
	for i := range 200 {
		shade := color.RGBA{uint8(50 + i), uint8(50 + i), uint8(i), 255}
		panel.Add(picture.Line(plotter.XYs{{X: 0, Y: float64(i)}, {X: 1, Y: float64(i)}}, shade))
	}
	panel.Add(picture.Dots(plotter.XYs{{X: 0.5, Y: 100}}, picture.Green))
	count := picturetest.Pixels(t, func(file string) error {
		return picture.Save(file, 4, picture.Row{Panels: []*plot.Plot{panel}})
	})
	if len(count) > 44 {
		t.Errorf("%d colours, want 44 at most", len(count))
	}
	picturetest.Shows(t, count, 10, picture.Green)
}

// A photograph keeps to shades of grey, whatever else there is.
func TestShades(t *testing.T) {
	photograph := image.NewGray(image.Rect(0, 0, 256, 4))
	for i := range photograph.Pix {
		photograph.Pix[i] = uint8(i)
	}
	panel := picture.Panel("", "x", "y")
	panel.Add(plotter.NewImage(photograph, 0, 0, 256, 4))
	for i := range 200 {
		panel.Add(picture.Line(plotter.XYs{{X: 0, Y: 5}, {X: 256, Y: 6 + float64(i)}}, picture.Palette[i%7]))
	}
	count := picturetest.Pixels(t, func(file string) error {
		return picture.Save(file, 4, picture.Row{Panels: []*plot.Plot{panel}})
	})
	for grey := 0x11; grey < 0xFF; grey += 0x11 {
		picturetest.Shows(t, count, 10, color.RGBA{uint8(grey), uint8(grey), uint8(grey), 255})
	}
}

func TestLogY(t *testing.T) {
	labels := func(least, most float64) string {
		panel := picture.Panel("", "x", "y")
		picture.LogY(panel)
		var s []string
		for _, tick := range panel.Y.Tick.Marker.Ticks(least, most) {
			if tick.Value < least || tick.Value > most {
				t.Errorf("a tick at %v, beyond %v to %v", tick.Value, least, most)
			}
			if tick.Label != "" {
				s = append(s, tick.Label)
			}
		}
		return strings.Join(s, " ")
	}
	if got, want := labels(0.02, 30), "0.1 1 10"; got != want {
		t.Errorf("labels %s, want %s", got, want)
	}
	if got, want := labels(1e-16, 100), "1e-15 1e-12 1e-09 1e-06 0.001 1"; got != want {
		t.Errorf("labels %s, want %s", got, want)
	}
}
