// Package picturetest looks at the pictures of the examples.
package picturetest

import (
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// Pixels has a picture drawn, and counts its pixels by colour.
func Pixels(t *testing.T, draw func(file string) error) map[color.RGBA]int {
	t.Helper()
	file := filepath.Join(t.TempDir(), "picture.png")
	if err := draw(file); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	image, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	count := map[color.RGBA]int{}
	for x := range image.Bounds().Dx() {
		for y := range image.Bounds().Dy() {
			count[color.RGBAModel.Convert(image.At(x, y)).(color.RGBA)]++
		}
	}
	return count
}

// Shows demands so many pixels of each colour. A key alone has a few hundred.
func Shows(t *testing.T, count map[color.RGBA]int, least int, colours ...color.RGBA) {
	t.Helper()
	for _, c := range colours {
		if count[c] < least {
			t.Errorf("%d pixels have the colour %v, want %d at least", count[c], c, least)
		}
	}
}
