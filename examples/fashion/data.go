package main

import (
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	side   = 28 // pixels
	pixels = side * side
)

// dataset holds images, one after another with a byte for each pixel, and their classes.
type dataset struct {
	images, labels []byte
}

func (d dataset) len() int { return len(d.labels) }

func (d dataset) image(i int) []byte { return d.images[i*pixels : (i+1)*pixels] }

// load reads the images for training and for testing.
func load(folder string) (training, test dataset, err error) {
	for _, part := range []struct {
		prefix string
		dst    *dataset
	}{{"train", &training}, {"t10k", &test}} {
		part.dst.images, err = readIDX(filepath.Join(folder, part.prefix+"-images-idx3-ubyte.gz"), side, side)
		if err == nil {
			part.dst.labels, err = readIDX(filepath.Join(folder, part.prefix+"-labels-idx1-ubyte.gz"))
		}
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%w\nFashion-MNIST is in the Debian package dataset-fashion-mnist (apt-get install dataset-fashion-mnist). If its four files are in another folder, name the folder with -data", err)
		}
		if err == nil && len(part.dst.images) != pixels*len(part.dst.labels) {
			err = fmt.Errorf("%s: %d pixels and %d labels in %s", part.prefix, len(part.dst.images), len(part.dst.labels), folder)
		}
		if err != nil {
			return dataset{}, dataset{}, err
		}
	}
	return training, test, nil
}

// readIDX reads a gzip file in the format IDX: a number for the type and the number of dimensions,
// the dimensions, and the data, which must be bytes. The first dimension may have any size; rest
// holds the others.
func readIDX(name string, rest ...uint32) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	data, err := io.ReadAll(unzipped)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}

	head := 4 * (2 + len(rest))
	if len(data) < head || binary.BigEndian.Uint32(data) != uint32(0x0801+len(rest)) {
		return nil, fmt.Errorf("%s: no IDX file of bytes with %d dimensions", name, 1+len(rest))
	}
	size := int(binary.BigEndian.Uint32(data[4:]))
	for i, want := range rest {
		n := binary.BigEndian.Uint32(data[8+4*i:])
		if n != want {
			return nil, fmt.Errorf("%s: a dimension is %d, want %d", name, n, want)
		}
		size *= int(n)
	}
	data = data[head:]
	if len(data) != size {
		return nil, fmt.Errorf("%s: %d bytes of data, want %d", name, len(data), size)
	}
	return data, nil
}
