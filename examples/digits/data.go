package main

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"strconv"

	"gonum.org/v1/gonum/mat"
)

const (
	pixels   = 64
	classes  = 10
	maxPixel = 16
)

//go:embed digits.csv.gz
var archive []byte

// dataset holds images and the digit that each of them shows. A row of images has the pixels of one
// image, from 0 to 1.
type dataset struct {
	images *mat.Dense
	labels []int
}

// load returns all images.
func load() (dataset, error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return dataset{}, err
	}
	lines := csv.NewReader(unzipped)
	lines.FieldsPerRecord = pixels + 1
	records, err := lines.ReadAll()
	if err != nil {
		return dataset{}, err
	}

	all := dataset{mat.NewDense(len(records), pixels, nil), make([]int, len(records))}
	for i, record := range records {
		for j, field := range record {
			v, err := strconv.Atoi(field)
			if err != nil {
				return dataset{}, fmt.Errorf("image %d: %w", i, err)
			}
			if j < pixels {
				all.images.Set(i, j, float64(v)/maxPixel)
			} else {
				all.labels[i] = v
			}
		}
	}
	return all, nil
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
	var spare [pixels]float64
	rng.Shuffle(d.len(), func(i, j int) {
		a, b := d.images.RawRowView(i), d.images.RawRowView(j)
		copy(spare[:], a)
		copy(a, b)
		copy(b, spare[:])
		d.labels[i], d.labels[j] = d.labels[j], d.labels[i]
	})
}
