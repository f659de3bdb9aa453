package picture_test

import (
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"example.com/optim/examples/internal/picture"
	"example.com/optim/examples/internal/picture/picturetest"
	"example.com/optim/examples/internal/program"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

func TestMain(m *testing.M) { program.Main(m, sketch) }

// sketch is an example that prints its flags.
func sketch() {
	flag.CommandLine = new(flag.FlagSet) // without the flags of go test
	rows := picture.Count("rows", 3, "`number` of rows")
	width := picture.Positive("width", 0.5, "width in `inches`")
	picture.Main("sketch draws nothing.", func(out io.Writer, file string) error {
		if file == "bad.png" {
			return errors.New("no ink")
		}
		fmt.Fprintf(out, "file %q, %d rows, width %v", file, *rows, *width)
		return nil
	})
}

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		args           string
		code           int
		stdout, stderr string
	}{
		{"", 0, `file "", 3 rows, width 0.5`, ""},
		{"-plot a.png -rows 1 -width 1e-3", 0, `file "a.png", 1 rows, width 0.001`, ""},
		{"-rows 0", 2, "", "sketch: invalid value \"0\" for flag -rows: want a whole number, at least 1\n"},
		{"-rows 1.5", 2, "", "sketch: invalid value \"1.5\" for flag -rows: want a whole number, at least 1\n"},
		{"-width 0", 2, "", "sketch: invalid value \"0\" for flag -width: want a finite number above 0\n"},
		{"-width NaN", 2, "", "sketch: invalid value \"NaN\" for flag -width: want a finite number above 0\n"},
		{"-width Inf", 2, "", "sketch: invalid value \"Inf\" for flag -width: want a finite number above 0\n"},
		{"-plot bad.png", 1, "", "sketch: no ink\n"},
		{"-plot a.svg", 2, "", "sketch: -plot a.svg, want a name that ends in .png\n"},
		{"-plat a.png", 2, "", "sketch: flag provided but not defined: -plat\n"},
		{"a.png", 2, "", "sketch: unexpected argument \"a.png\"\n"},
		{"-h", 0, "", "sketch draws nothing.\n\n  -plot file\n    \tdraw a picture to this PNG file\n" +
			"  -rows number\n    \tnumber of rows (default 3)\n  -width inches\n    \twidth in inches (default 0.5)\n"},
	} {
		child := program.Command(strings.Fields(c.args)...)
		var stdout, stderr strings.Builder
		child.Stdout, child.Stderr = &stdout, &stderr
		child.Run()
		if code := child.ProcessState.ExitCode(); code != c.code || stdout.String() != c.stdout || stderr.String() != c.stderr {
			t.Errorf("%q: exit code %d, %q and %q; want %d, %q and %q", c.args, code, stdout.String(), stderr.String(), c.code, c.stdout, c.stderr)
		}
	}
}

// A colour of the palette is kept even if it has few pixels and 200 other colours have more.
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

// A photograph is drawn in shades of grey even if the picture has many other colours.
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

// The vertical axes of two rows are at the same distance from the left edge, though the labels of the
// first row are wider.
func TestAlignedColumns(t *testing.T) {
	row := func(most float64) picture.Row {
		panel := picture.Panel("", "x", "y")
		picture.Bounds(panel, 0, 1, -most, most)
		return picture.Row{Panels: []*plot.Plot{panel}}
	}
	file := filepath.Join(t.TempDir(), "rows.png")
	if err := picture.Save(file, 4, row(1e6), row(1)); err != nil {
		t.Fatal(err)
	}
	img := picturetest.Decode(t, file)
	width, height := img.Bounds().Dx(), img.Bounds().Dy()
	// axis returns the column with the most dark pixels between two heights.
	axis := func(top, bottom int) (at int) {
		most := 0
		for x := range width {
			dark := 0
			for y := top; y < bottom; y++ {
				if r, g, b, _ := img.At(x, y).RGBA(); r+g+b < 0x18000 {
					dark++
				}
			}
			if dark > most {
				at, most = x, dark
			}
		}
		return at
	}
	if first, second := axis(0, height/2), axis(height/2, height); first != second || first < 50 {
		t.Errorf("the axes are at x = %d and x = %d, want the same, right of the labels", first, second)
	}
}
