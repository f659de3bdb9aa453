// Package digits holds 1,797 images of handwritten digits, for the examples and the integrations.
package digits

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/csv"
	"math/rand/v2"
	"strconv"
)

// The images have 8 × 8 pixels, and show the digits from 0 to 9.
const (
	Pixels  = 64
	Classes = 10
)

const maxPixel = 16

//go:embed digits.csv.gz
var archive []byte

// Load returns the pixels of all images, from 0 to 1, image by image, and the digit that each image
// shows. The order is that of the file.
func Load[T float32 | float64]() (pixels []T, labels []int) {
	for _, line := range records() {
		for _, field := range line[:Pixels] {
			pixels = append(pixels, T(number(field))/maxPixel)
		}
		labels = append(labels, number(line[Pixels]))
	}
	return pixels, labels
}

// Shuffle puts the images in random order. Each image keeps its label.
func Shuffle[T float32 | float64](rng *rand.Rand, pixels []T, labels []int) {
	image := func(i int) []T { return pixels[i*Pixels : (i+1)*Pixels] }
	var spare [Pixels]T
	rng.Shuffle(len(labels), func(i, j int) {
		copy(spare[:], image(i))
		copy(image(i), image(j))
		copy(image(j), spare[:])
		labels[i], labels[j] = labels[j], labels[i]
	})
}

// records returns the lines of the file: the pixels of an image and its digit.
func records() [][]string {
	unzipped, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		panic(err)
	}
	reader := csv.NewReader(unzipped)
	reader.FieldsPerRecord = Pixels + 1
	lines, err := reader.ReadAll()
	if err != nil {
		panic(err)
	}
	return lines
}

func number(field string) int {
	v, err := strconv.Atoi(field)
	if err != nil {
		panic(err)
	}
	return v
}
