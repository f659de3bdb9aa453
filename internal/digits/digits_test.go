package digits

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// The sums agree with the file of scikit-learn 1.2.1 (load_digits): 561,718 in 1,797 images, and
// the counts of the digits from 0 to 9.
func TestLoad(t *testing.T) {
	pixels, labels := Load[float64]()
	if len(pixels) != 1797*Pixels || len(labels) != 1797 {
		t.Fatalf("%d pixels and %d labels, want 1797 images", len(pixels), len(labels))
	}
	sum := 0.0
	for _, v := range pixels {
		if v < 0 || !(v <= 1) {
			t.Fatalf("a pixel is %v, want [0, 1]", v)
		}
		sum += v * maxPixel
	}
	counts := make([]int, Classes)
	for _, label := range labels {
		counts[label]++
	}
	if want := []int{178, 182, 177, 183, 181, 182, 181, 179, 174, 180}; sum != 561718 || !slices.Equal(counts, want) {
		t.Errorf("the pixels add up to %v and the digits are %v, want 561718 and %v", sum, counts, want)
	}

	narrow, _ := Load[float32]()
	for i, v := range narrow {
		if float64(v) != pixels[i] {
			t.Fatalf("pixel %d is %v as a float32, want %v", i, v, pixels[i])
		}
	}
}

// Shuffled images are the same images with the same labels, in another order.
func TestShuffle(t *testing.T) {
	pixels, labels := Load[float64]()
	image := func(i int) [Pixels]float64 { return [Pixels]float64(pixels[i*Pixels:]) }
	label := map[[Pixels]float64]int{}
	for i := range labels {
		label[image(i)] = labels[i]
	}
	if len(label) != len(labels) {
		t.Fatalf("%d different images of %d", len(label), len(labels))
	}
	before := slices.Clone(labels)
	Shuffle(rand.New(rand.NewPCG(1, 0)), pixels, labels)
	if slices.Equal(labels, before) {
		t.Error("the order has not changed")
	}
	for i, got := range labels {
		want, found := label[image(i)]
		if !found || got != want {
			t.Fatalf("image %d has the label %d, want %d; known: %v", i, got, want, found)
		}
		delete(label, image(i))
	}
}
