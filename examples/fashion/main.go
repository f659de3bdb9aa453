// Command fashion trains a network with three layers on the 60,000 images of clothes of
// Fashion-MNIST, with AdamW and a one-cycle schedule, and tests it on 10,000 other images. It
// prints a line after each epoch. It needs the Debian package dataset-fashion-mnist.
//
//	go -C examples run ./fashion -plot fashion.png
//
// The data: H. Xiao, K. Rasul and R. Vollgraf, Fashion-MNIST, 2017, arXiv:1708.07747.
package main

import (
	"flag"
	"fmt"
	"image"
	"io"
	"math/rand/v2"
	"time"

	"example.com/optim"
	"example.com/optim/examples/internal/picture"
	"example.com/optim/examples/internal/progress"
	"gonum.org/v1/plot/plotter"
)

const (
	defaultData   = "/usr/share/datasets/fashion-mnist"
	defaultEpochs = 8
	batch         = 100
	rate          = 5e-3
	seed          = 1
)

var classes = []string{"T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot"}

// result holds the training loss and the test accuracy by epoch, and the test images that the
// network misclassifies after the last epoch.
type result struct {
	losses, accuracies plotter.XYs
	mistakes           []mistake
}

// mistake is an image with its class and the class that the network returns.
type mistake struct {
	image     []byte
	label, as string
}

func main() {
	data := flag.String("data", defaultData, "`folder` with the four files of Fashion-MNIST")
	epochs := picture.Count("epochs", defaultEpochs, "`number` of passes over the training images")
	picture.Main("fashion trains a network with three layers on the images of clothes of Fashion-MNIST, with AdamW and a one-cycle schedule.", func(out io.Writer, file string) error {
		training, test, err := load(picture.FromShell(*data))
		if err != nil {
			return err
		}
		r := train(out, training, test, *epochs)
		if file == "" {
			return nil
		}
		return draw(file, r)
	})
}

// train trains a network and prints a line after each epoch.
func train(out io.Writer, training, test dataset, epochs int) result {
	rng := rand.New(rand.NewPCG(seed, 0))
	net := newNetwork(rng, batch, pixels, 128, 64, len(classes))
	steps := training.len() / batch
	opt := optim.NewAdamW(rate, 0.01)
	opt.Schedule = optim.NewOneCycle(epochs * steps).At

	bar := progress.New(epochs * steps)
	fmt.Fprintln(out, "epoch  training loss  test accuracy  images/s")
	var r result
	for epoch := 1; epoch <= epochs; epoch++ {
		begin, mean := time.Now(), 0.0
		order := rng.Perm(training.len())
		for step := range steps {
			loss := net.gradient(training, order[step*batch:(step+1)*batch])
			opt.Step(net.params, net.grads)
			mean += loss / float64(steps)
			bar.Add(1, fmt.Sprintf("epoch %d of %d, loss %.2f", epoch, epochs, loss))
		}
		speed := float64(steps*batch) / time.Since(begin).Seconds()
		r.mistakes = check(net, test)
		accuracy := 1 - float64(len(r.mistakes))/float64(test.len())
		r.losses = append(r.losses, plotter.XY{X: float64(epoch), Y: mean})
		r.accuracies = append(r.accuracies, plotter.XY{X: float64(epoch), Y: 100 * accuracy})
		bar.Clear()
		fmt.Fprintf(out, "%5d  %13.3f  %11.2f %%  %8.0f\n", epoch, mean, 100*accuracy, speed)
	}
	return r
}

// check returns the images that the network misclassifies.
func check(net *network, d dataset) (mistakes []mistake) {
	var indices [batch]int
	for lo := 0; lo < d.len(); lo += batch {
		n := min(batch, d.len()-lo)
		for i := range n {
			indices[i] = lo + i
		}
		for i, class := range net.classify(d, indices[:n]) {
			if label := d.labels[lo+i]; class != int(label) {
				mistakes = append(mistakes, mistake{d.image(lo + i), classes[label], classes[class]})
			}
		}
	}
	return mistakes
}

// draw draws the curves, and some of the misclassified images below.
func draw(file string, r result) error {
	losses := picture.Panel("training loss", "epoch (passes over the training images)", "mean cross entropy (nats)")
	losses.Add(picture.Line(r.losses, picture.Blue), picture.Dots(r.losses, picture.Blue))
	losses.Y.Min = 0
	accuracies := picture.Panel("test accuracy", "epoch (passes over the training images)", "correct (%)")
	accuracies.Add(picture.Line(r.accuracies, picture.Vermillion), picture.Dots(r.accuracies, picture.Vermillion))

	const across, down, width, height = 8, 2, 44, 46
	gallery := picture.Panel("mistakes: the class, and the class that the network returns", "", "")
	for i, m := range r.mistakes[:min(across*down, len(r.mistakes))] {
		img := image.NewGray(image.Rect(0, 0, side, side))
		for j, pixel := range m.image {
			img.Pix[j] = 255 - pixel
		}
		x, y := float64(i%across*width), float64((down-i/across)*height)
		gallery.Add(plotter.NewImage(img, x, y-side, x+side, y),
			picture.Text(x, y-side-7, m.label), picture.Text(x, y-side-14, "→ "+m.as))
	}
	picture.Bounds(gallery, 0, across*width, 0, down*height)
	gallery.HideAxes()
	return picture.Save(file, 5.5,
		picture.Row{Panels: []*picture.Plot{losses, accuracies}},
		picture.Row{Panels: []*picture.Plot{gallery}})
}
