package picture_test

import (
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/optim/examples/internal/picture"
	"example.com/optim/examples/internal/picture/picturetest"
	"example.com/optim/examples/internal/program"
	"gonum.org/v1/plot/plotter"
)

func TestMain(m *testing.M) { program.Main(m, sketch) }

// sketch is an example that prints its flags, and draws an empty panel to a file of the name draw.png.
func sketch() {
	flag.CommandLine = new(flag.FlagSet) // without the flags of go test
	rows := picture.Count("rows", 3, "`number` of rows")
	width := picture.Positive("width", 0.5, "width in `inches`")
	picture.Main("sketch draws nothing.", func(out io.Writer, file string) error {
		switch filepath.Base(file) {
		case "bad.png":
			return errors.New("no ink")
		case "draw.png":
			return picture.Save(file, 4, picture.Row{Panels: []*picture.Plot{picture.Panel("", "", "")}})
		}
		fmt.Fprintf(out, "file %q, %d rows, width %v", file, *rows, *width)
		return nil
	})
}

func TestExitCodes(t *testing.T) {
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args           string
		code           int
		stdout, stderr string
	}{
		{"", 0, `file "", 3 rows, width 0.5`, ""},
		{"-plot a.png -rows 1 -width 1e-3", 0, fmt.Sprintf("file %q, 1 rows, width 0.001", filepath.Join(folder, "a.png")), ""},
		{"-rows 0", 2, "", "sketch: invalid value \"0\" for flag -rows: want a whole number, at least 1\n"},
		{"-rows 1.5", 2, "", "sketch: invalid value \"1.5\" for flag -rows: want a whole number, at least 1\n"},
		{"-width 0", 2, "", "sketch: invalid value \"0\" for flag -width: want a finite number above 0\n"},
		{"-width NaN", 2, "", "sketch: invalid value \"NaN\" for flag -width: want a finite number above 0\n"},
		{"-width Inf", 2, "", "sketch: invalid value \"Inf\" for flag -width: want a finite number above 0\n"},
		{"-plot bad.png", 1, "", "sketch: no ink\n"},
		{"-plot a.svg", 2, "", "sketch: -plot a.svg, want a name that ends in .png\n"},
		{"-plot none/a.png", 2, "", "sketch: -plot: stat " + filepath.Join(folder, "none") + ": no such file or directory\n"},
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

// A relative name is relative to the folder of the shell, which PWD has after go -C. Save prints the name
// of the file.
func TestFolder(t *testing.T) {
	shell, name := t.TempDir(), filepath.Join("pictures", "draw.png")
	if err := os.Mkdir(filepath.Join(shell, "pictures"), 0o777); err != nil {
		t.Fatal(err)
	}
	child := program.Command("-plot", name)
	child.Env = append(child.Environ(), "PWD="+shell)
	output, err := child.CombinedOutput()
	if file := filepath.Join(shell, name); err != nil || string(output) != "wrote "+file+"\n" {
		t.Errorf("%v: %q, want wrote %s", err, output, file)
	}
	picturetest.Decode(t, filepath.Join(shell, name))
}

func TestFromShell(t *testing.T) {
	absolute := filepath.Join(t.TempDir(), "x")
	t.Setenv("PWD", absolute)
	for name, want := range map[string]string{"a": filepath.Join(absolute, "a"), "../b": filepath.Join(filepath.Dir(absolute), "b"), absolute: absolute} {
		if got := picture.FromShell(name); got != want {
			t.Errorf("FromShell(%q) = %q, want %q", name, got, want)
		}
	}
	t.Setenv("PWD", "")
	if got := picture.FromShell("a"); got != "a" {
		t.Errorf("FromShell(%q) = %q without PWD, want the same", "a", got)
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
		return picture.Save(file, 4, picture.Row{Panels: []*picture.Plot{panel}})
	})
	if len(count) > 64 {
		t.Errorf("%d colours, want 64 at most", len(count))
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
		return picture.Save(file, 4, picture.Row{Panels: []*picture.Plot{panel}})
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

// The labels are multiples of 1, 2 or 5 times a power of ten, at most 7.
func TestTicks(t *testing.T) {
	for _, c := range []struct {
		least, most float64
		want        string
	}{
		{82.6, 88.7, "83 84 85 86 87 88"},
		{-1.2, 1.6, "−1.0 −0.5 0.0 0.5 1.0 1.5"},
		{0, 0.3, "0.00 0.05 0.10 0.15 0.20 0.25 0.30"},
		{0, 1500, "0 500 1000 1500"},
		{-6e5, 6e5, "−600000 −400000 −200000 0 200000 400000 600000"},
	} {
		var labels []string
		for _, tick := range picture.Panel("", "", "").Y.Tick.Marker.Ticks(c.least, c.most) {
			labels = append(labels, tick.Label)
		}
		if got := strings.Join(labels, " "); got != c.want {
			t.Errorf("%v to %v: labels %s, want %s", c.least, c.most, got, c.want)
		}
	}
}

// darkest returns the row or the column with the most dark pixels.
func darkest(img image.Image, columns bool, area image.Rectangle) (at int) {
	count := make([]int, max(area.Max.X, area.Max.Y))
	for x := area.Min.X; x < area.Max.X; x++ {
		for y := area.Min.Y; y < area.Max.Y; y++ {
			r, g, b, _ := img.At(x, y).RGBA()
			switch dark := max(r, g, b) < 0x9000; {
			case dark && columns:
				count[x]++
			case dark:
				count[y]++
			}
		}
	}
	for i, n := range count {
		if n > count[at] {
			at = i
		}
	}
	return at
}

// The vertical axes of two rows are at the same distance from the left edge, though the labels of the
// first row are wider. The horizontal axes of a row are at the same height, though one panel has a dot at
// its edge, a thick line, a text beyond its edge and other labels.
func TestAlignedAxes(t *testing.T) {
	row := func(most float64) picture.Row {
		dots, plain := picture.Panel("", "x", "y"), picture.Panel("", "x", "y")
		mark := picture.Dots(plotter.XYs{{X: 0, Y: -most}, {X: 1, Y: most}}, picture.Blue)
		mark.Radius = 8
		line := picture.Line(plotter.XYs{{X: 1, Y: -most}, {X: 1, Y: most}, {X: 0.5, Y: most}}, picture.Green)
		line.Width = 5
		dots.Add(mark, line, picture.Text(0.9, most, "a text beyond the edge"))
		picture.Bounds(dots, 0, 1, -most, most)
		picture.Bounds(plain, 0, 1, -0.9*most, 0.9*most)
		return picture.Row{Panels: []*picture.Plot{dots, plain}}
	}
	file := filepath.Join(t.TempDir(), "rows.png")
	if err := picture.Save(file, 4, row(1e6), row(1)); err != nil {
		t.Fatal(err)
	}
	img := picturetest.Decode(t, file)
	width, height := img.Bounds().Dx(), img.Bounds().Dy()
	for left := 0; left < width; left += width / 2 {
		first := darkest(img, true, image.Rect(left, 0, left+width/2, height/2))
		second := darkest(img, true, image.Rect(left, height/2, left+width/2, height))
		if first != second || first < left+40 {
			t.Errorf("vertical axes at x = %d and x = %d, want the same, right of the labels", first, second)
		}
	}
	for top := 0; top < height; top += height / 2 {
		first := darkest(img, false, image.Rect(0, top, width/2, top+height/2))
		second := darkest(img, false, image.Rect(width/2, top, width, top+height/2))
		if first != second {
			t.Errorf("horizontal axes at y = %d and y = %d, want the same", first, second)
		}
	}
}

// The headings of a row are at the same height, and above the panels.
func TestHeadings(t *testing.T) {
	panels := []*picture.Plot{picture.Panel("heading", "", ""), picture.Panel("heading", "", "")}
	picture.Bounds(panels[0], 0, 1, 0, 1)   // with a label at the top
	picture.Bounds(panels[1], 0, 1, 0, 1.1) // without one
	file := filepath.Join(t.TempDir(), "row.png")
	if err := picture.Save(file, 4, picture.Row{Panels: panels}); err != nil {
		t.Fatal(err)
	}
	img := picturetest.Decode(t, file)
	width := img.Bounds().Dx()
	left, right := darkest(img, false, image.Rect(100, 0, width/2, 50)), darkest(img, false, image.Rect(width/2+100, 0, width, 50))
	if left != right || left == 0 {
		t.Errorf("headings at y = %d and y = %d, want the same", left, right)
	}
}

// A key that is too long for a line has several, and its text stays inside the picture.
func TestLongKey(t *testing.T) {
	height := func(entries int) int {
		key := slices.Repeat([]picture.Entry{{Name: "a line of some length", Of: picture.Line(nil, picture.Blue)}}, entries)
		panel := picture.Panel("", "", "")
		panel.Add(picture.Line(plotter.XYs{{X: 0, Y: 1}, {X: 1, Y: 1}}, picture.Green)) // at the top of the panel
		picture.Bounds(panel, 0, 1, 0, 1)
		file := filepath.Join(t.TempDir(), "key.png")
		if err := picture.Save(file, 4, picture.Row{Panels: []*picture.Plot{panel}, Key: key}); err != nil {
			t.Fatal(err)
		}
		img := picturetest.Decode(t, file)
		for y := range img.Bounds().Dy() {
			if r, g, b, _ := img.At(img.Bounds().Dx()/2, y).RGBA(); r < 0x2000 && g > 0x8000 && b < 0x9000 {
				return y
			}
		}
		t.Fatal("no line")
		return 0
	}
	one, same, two := height(1), height(4), height(6)
	if one != same || two < one+20 {
		t.Errorf("panels at y = %d, %d and %d below keys of 1, 4 and 6 entries, want the last one lower", one, same, two)
	}
}

// Grid fills the last row with empty places. With SharedY only the first panel has labels at its left.
func TestGrid(t *testing.T) {
	var panels []*picture.Plot
	for range 5 {
		panels = append(panels, picture.Panel("", "", ""))
	}
	rows := picture.Grid(3, panels)
	if len(rows) != 2 || len(rows[1].Panels) != 3 || rows[1].Panels[1] != panels[4] || rows[1].Panels[2] != nil {
		t.Fatalf("%v", rows)
	}
	rows[0].SharedY, rows[1].SharedY = true, true
	count := picturetest.Pixels(t, func(file string) error { return picture.Save(file, 4, rows...) })
	picturetest.Shows(t, count, 300, picture.Black)
	for i, p := range panels {
		for _, tick := range p.Y.Tick.Marker.Ticks(0, 1) {
			if (tick.Label == " ") != (i%3 > 0) {
				t.Errorf("panel %d: the label %q", i, tick.Label)
			}
		}
	}
}
