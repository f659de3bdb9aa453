package main

import (
	"math/rand/v2"

	"example.com/optim/internal/digits"
	"gonum.org/v1/gonum/mat"
)

const (
	pixels  = digits.Pixels
	classes = digits.Classes
)

// dataset holds images and the digit that each of them shows. A row of images has the pixels of one
// image, from 0 to 1.
type dataset struct {
	images *mat.Dense
	labels []int
}

// load returns all images.
func load() dataset {
	values, labels := digits.Load[float64]()
	return dataset{mat.NewDense(len(labels), pixels, values), labels}
}

func (d dataset) len() int { return len(d.labels) }

// slice returns the images from lo to hi − 1. It shares their memory.
func (d dataset) slice(lo, hi int) dataset {
	return dataset{d.images.Slice(lo, hi, 0, pixels).(*mat.Dense), d.labels[lo:hi]}
}

// split copies the images in random order. The given share of them is for training.
func (d dataset) split(share float64, rng *rand.Rand) (train, test dataset) {
	n := d.len()
	mixed := dataset{mat.DenseCopyOf(d.images), append([]int(nil), d.labels...)}
	mixed.shuffle(rng)
	first := int(share * float64(n))
	return mixed.slice(0, first), mixed.slice(first, n)
}

// shuffle moves the images, so that each batch is a slice and needs no copy.
func (d dataset) shuffle(rng *rand.Rand) {
	digits.Shuffle(rng, d.images.RawMatrix().Data, d.labels)
}
