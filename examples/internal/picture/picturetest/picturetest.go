// Package picturetest tests the pictures of the examples.
package picturetest

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// Pixels calls draw with the name of a file and returns the number of pixels of each colour in it.
func Pixels(t *testing.T, draw func(file string) error) map[color.RGBA]int {
	t.Helper()
	file := filepath.Join(t.TempDir(), "picture.png")
	if err := draw(file); err != nil {
		t.Fatal(err)
	}
	img := Decode(t, file)
	count := map[color.RGBA]int{}
	for x := range img.Bounds().Dx() {
		for y := range img.Bounds().Dy() {
			count[color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)]++
		}
	}
	return count
}

// Decode reads a PNG file.
func Decode(t *testing.T, file string) image.Image {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// Shows checks that each of the colours has at least the given number of pixels. The key of a picture
// alone has a few hundred.
func Shows(t *testing.T, count map[color.RGBA]int, least int, colours ...color.RGBA) {
	t.Helper()
	for _, c := range colours {
		if count[c] < least {
			t.Errorf("%d pixels have the colour %v, want at least %d", count[c], c, least)
		}
	}
}
