package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/optim/examples/internal/picture"
	"example.com/optim/examples/internal/picture/picturetest"
	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/plot/plotter"
)

func clothes(t *testing.T) (training, test dataset) {
	t.Helper()
	training, test, err := load(defaultData)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return training, test
}

// noise returns n images of random pixels with random classes.
func noise(rng *rand.Rand, n int) dataset {
	d := dataset{make([]byte, n*pixels), make([]byte, n)}
	for i := range d.images {
		d.images[i] = byte(rng.UintN(256))
	}
	for i := range d.labels {
		d.labels[i] = byte(rng.IntN(len(classes)))
	}
	return d
}

// write writes an IDX file of bytes.
func write(t *testing.T, name string, data []byte, dims ...byte) {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte{0, 0, 8, byte(len(dims))})
	for _, n := range dims {
		z.Write([]byte{0, 0, 0, n})
	}
	z.Write(data)
	z.Close()
	if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestLoad(t *testing.T) {
	folder := t.TempDir()
	want := noise(rand.New(rand.NewPCG(1, 0)), 3)
	for _, part := range []string{"train", "t10k"} {
		write(t, filepath.Join(folder, part+"-images-idx3-ubyte.gz"), want.images, 3, side, side)
		write(t, filepath.Join(folder, part+"-labels-idx1-ubyte.gz"), want.labels, 3)
	}
	training, test, err := load(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []dataset{training, test} {
		if got.len() != 3 || !slices.Equal(got.images, want.images) || !slices.Equal(got.labels, want.labels) {
			t.Error("the data differ from those that were written")
		}
	}

	labels := filepath.Join(folder, "t10k-labels-idx1-ubyte.gz")
	for _, bad := range []func(){
		func() { write(t, labels, want.labels, 4) },              // too short
		func() { write(t, labels, want.labels[:2], 2) },          // not as many as images
		func() { write(t, labels, want.labels, 3, 1) },           // one dimension too many
		func() { os.WriteFile(labels, []byte("labels"), 0o644) }, // not gzip
	} {
		bad()
		if _, _, err := load(folder); err == nil || !strings.Contains(err.Error(), "t10k") {
			t.Errorf("error %v, want one that names the file", err)
		}
	}
	if _, _, err := load(t.TempDir()); err == nil || !strings.Contains(err.Error(), "apt-get install dataset-fashion-mnist") {
		t.Errorf("error %v, want one that says how to get the data", err)
	}
}

// The gradient agrees with central differences.
func TestGradient(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	d := noise(rng, 9)
	indices := []int{8, 2, 3, 5}
	net := newNetwork(rng, len(indices), pixels, 4, 3, len(classes))
	for i := range net.params {
		net.params[i] += 0.1 * rng.NormFloat64() // biases that are not zero
	}
	net.gradient(d, []int{1, 4, 6, 7}) // does not change the result of the next batch
	loss := net.gradient(d, indices)
	if want := math.Log(10); !(math.Abs(loss-want) <= 2) {
		t.Errorf("loss %v before training, want about %v", loss, want)
	}
	got := slices.Clone(net.grads)
	start := slices.Clone(net.params)
	want := fd.Gradient(nil, func(x []float64) float64 {
		copy(net.params, x)
		return net.gradient(d, indices)
	}, start, &fd.Settings{Formula: fd.Central})
	if e := floats.Distance(got, want, math.Inf(1)) / floats.Norm(want, math.Inf(1)); !(e < 1e-6) {
		t.Errorf("relative error %.1e, want below 1e-6", e)
	}
}

// One pass over a tenth of the training images gives an accuracy of more than 70 %.
func TestLearns(t *testing.T) {
	training, test := clothes(t)
	training.labels = training.labels[:6000]
	var out bytes.Buffer
	r := train(&out, training, test, 1)
	if accuracy := r.accuracies[0].Y; !(accuracy > 70) {
		t.Errorf("accuracy %v %%, want more than 70 %%", accuracy)
	}
	if wrong := float64(len(r.mistakes)) / float64(test.len()); !(math.Abs(100-100*wrong-r.accuracies[0].Y) <= 1e-9) {
		t.Errorf("%d mistakes, and an accuracy of %v %%", len(r.mistakes), r.accuracies[0].Y)
	}
	for _, m := range r.mistakes {
		if m.label == m.as {
			t.Fatalf("a %s classified as a %s is listed as a mistake", m.label, m.as)
		}
	}
	if lines := strings.Count(out.String(), "\n"); lines != 2 {
		t.Errorf("%d lines, want a heading and an epoch:\n%s", lines, out.String())
	}
	for _, curve := range []*plotter.XYs{&r.losses, &r.accuracies} {
		*curve = append(*curve, plotter.XY{X: 2, Y: 1.1 * (*curve)[0].Y})
	}
	count := picturetest.Pixels(t, func(file string) error { return draw(file, r) })
	picturetest.Shows(t, count, 300, picture.Blue, picture.Vermillion)
}

// The accuracy reaches what the authors of the data list for a multilayer perceptron.
func TestAccuracy(t *testing.T) {
	if testing.Short() {
		t.Skip("half a minute of training")
	}
	training, test := clothes(t)
	r := train(io.Discard, training, test, defaultEpochs)
	if accuracy := r.accuracies[defaultEpochs-1].Y; !(accuracy >= 88) {
		t.Errorf("accuracy %v %%, want at least 88 %%", accuracy)
	}
}
