package picture

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Row is a row of panels with a key above them.
type Row struct {
	Panels  []*Plot // nil leaves a place empty
	Key     []Entry
	SharedY bool // all panels have the same vertical axis: only the first has labels
}

// Entry is an entry of a key: a line or a mark of the picture, and its name.
type Entry struct {
	Name string
	Of   plot.Thumbnailer // nil for a text without a mark
}

// Grid returns rows with the given number of places, for any number of panels.
func Grid(across int, panels []*Plot) []Row {
	var rows []Row
	for row := range slices.Chunk(panels, across) {
		rows = append(rows, Row{Panels: slices.Concat(row, make([]*Plot, across-len(row)))})
	}
	return rows
}

// Save writes rows of panels to a PNG file. The picture is 960 pixels wide. Its height is in inches of
// 120 pixels. All rows have the same height. The axes of a row are aligned, and so are those of rows with
// the same number of panels.
func Save(file string, height vg.Length, rows ...Row) error {
	canvas := vgimg.NewWith(vgimg.UseWH(8*vg.Inch, height*vg.Inch), vgimg.UseDPI(120))
	all := draw.Crop(draw.New(canvas), 8, -12, 8, -8)
	width := all.Max.X - all.Min.X
	panels := all.Max.Y - all.Min.Y
	for _, row := range rows {
		row.thin()
		row.share()
		panels -= keyHeight(row.Key, width)
	}
	rest := all
	for k, row := range rows {
		drawKey(rest, row.Key)
		c := rest
		c.Max.Y -= keyHeight(row.Key, width)
		c.Min.Y = c.Max.Y - panels/vg.Length(len(rows))
		rest.Max.Y = c.Min.Y
		drawRow(c, row, alignColumns(all, rows, k))
	}
	return write(file, canvas)
}

// small returns whether a row has many panels. They have small headings and few ticks.
func (r Row) small() bool { return len(r.Panels) >= 4 }

// thin leaves few labels on the axes of small panels.
func (r Row) thin() {
	for _, p := range r.Panels {
		if p == nil || !r.small() {
			continue
		}
		if p.X.Tick.Marker == many {
			p.X.Tick.Marker = few
		}
		if p.Y.Tick.Marker == decades {
			p.Y.Tick.Marker = powers(few)
		}
	}
}

// share removes the labels of the vertical axes other than the first.
func (r Row) share() {
	for _, p := range r.Panels[1:] {
		if r.SharedY && p != nil {
			p.Y.Tick.Marker = blank{p.Y.Tick.Marker}
		}
	}
}

// drawRow draws the panels of a row. The horizontal places are those of columns.
func drawRow(c draw.Canvas, row Row, columns []draw.Canvas) {
	style := textStyle(11)
	if row.small() {
		style.Font.Size = 9
	}
	style.XAlign = draw.XCenter
	var height vg.Length
	for i, p := range row.Panels {
		if p != nil && p.Heading != "" {
			c.FillText(style, vg.Point{X: columns[i].Center().X, Y: c.Max.Y - style.Font.Size}, p.Heading)
			height = style.Font.Size + 5
		}
	}
	c.Max.Y -= height
	for i, where := range align(c, []Row{row})[0] {
		if p := row.Panels[i]; p != nil {
			where.Min.X, where.Max.X = columns[i].Min.X, columns[i].Max.X
			p.Draw(where)
		}
	}
}

// alignColumns returns canvases for the panels of row k. Their horizontal axes are aligned with those
// of the other rows that have the same number of panels.
func alignColumns(c draw.Canvas, rows []Row, k int) []draw.Canvas {
	var table []Row
	at := 0
	for i, row := range rows {
		if i == k {
			at = len(table)
		}
		if len(row.Panels) == len(rows[k].Panels) {
			table = append(table, row)
		}
	}
	return align(c, table)[at]
}

// align divides c among panels so that their axes are aligned in each row and in each column.
func align(c draw.Canvas, rows []Row) [][]draw.Canvas {
	var panels [][]*plot.Plot
	for _, row := range rows {
		var line []*plot.Plot
		for _, p := range row.Panels {
			if p == nil {
				line = append(line, nil)
			} else {
				line = append(line, p.Plot)
			}
		}
		panels = append(panels, line)
	}
	tiles := draw.Tiles{Rows: len(panels), Cols: len(panels[0]), PadX: 14, PadTop: 4, PadBottom: 4}
	return plot.Align(panels, tiles, c)
}

// Sizes of a key, in points.
const (
	keyLine   = 17 // the height of a line
	keyBelow  = 3  // the space below the key
	thumbnail = 18 // the width of a mark
	gap       = 13 // between entries
)

// entryWidth returns the width of an entry, with the gap after it.
func entryWidth(e Entry) vg.Length {
	width := textStyle(10).Width(e.Name) + gap
	if e.Of != nil {
		width += thumbnail + 4
	}
	return width
}

// keyLines divides the entries into lines of a width.
func keyLines(key []Entry, width vg.Length) (lines [][]Entry) {
	x := width
	for _, e := range key {
		x += entryWidth(e)
		if x-gap > width {
			lines = append(lines, nil)
			x = entryWidth(e)
		}
		last := &lines[len(lines)-1]
		*last = append(*last, e)
	}
	return lines
}

func keyHeight(key []Entry, width vg.Length) vg.Length {
	if len(key) == 0 {
		return 0
	}
	return keyLine*vg.Length(len(keyLines(key, width))) + keyBelow
}

// drawKey draws a key at the top of c.
func drawKey(c draw.Canvas, key []Entry) {
	y := c.Max.Y
	for _, line := range keyLines(key, c.Max.X-c.Min.X) {
		x := c.Min.X
		y -= keyLine
		for _, e := range line {
			text := x
			if e.Of != nil {
				place := c
				place.Min, place.Max = vg.Point{X: x, Y: y}, vg.Point{X: x + thumbnail, Y: y + keyLine - 4}
				e.Of.Thumbnail(&place)
				text += thumbnail + 4
			}
			c.FillText(textStyle(10), vg.Point{X: text, Y: y + 3}, e.Name)
			x += entryWidth(e)
		}
	}
}

// maxColours is the number of colours in a file.
const maxColours = 64

// write writes the drawing to a PNG file with maxColours: the palette and its tints, shades of grey
// and the most frequent other colours. The file has a quarter of its full size and no visible difference. write
// prints the name of the file.
func write(file string, canvas *vgimg.Canvas) error {
	full := canvas.Image()
	count := map[color.Color]int{}
	for _, c := range Palette {
		for quarters := range uint8(4) { // of white: the edges of lines
			tint := func(v uint8) uint8 { return v + (0xFF-v)/4*quarters }
			count[color.RGBA{tint(c.R), tint(c.G), tint(c.B), 0xFF}] = 1 << 30
		}
	}
	for shade := 0; shade <= 0xFF; shade += 0x11 {
		grey := uint8(shade)
		count[color.RGBA{grey, grey, grey, 0xFF}] = 1 << 30 // for photographs
	}
	for y := range full.Bounds().Dy() {
		for x := range full.Bounds().Dx() {
			count[full.At(x, y)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(count), func(a, b color.Color) int {
		return cmp.Or(count[b]-count[a], cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)))
	})
	small := image.NewPaletted(full.Bounds(), colours[:min(maxColours, len(colours))])
	index := map[color.Color]uint8{}
	for _, c := range colours {
		index[c] = uint8(small.Palette.Index(c))
	}
	for y := range full.Bounds().Dy() {
		for x := range full.Bounds().Dx() {
			small.SetColorIndex(x, y, index[full.At(x, y)])
		}
	}

	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&out, small); err != nil {
		return err
	}
	if err := os.WriteFile(file, out.Bytes(), 0o666); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "wrote", file)
	return nil
}
