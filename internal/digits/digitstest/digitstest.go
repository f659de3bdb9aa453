// Package digitstest tests programs that train a network on the digits, as the integrations do.
package digitstest

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// Resumes trains for the given number of epochs, once in one run and once in runs that continue from
// the checkpoint after each epoch. Both must write the same checkpoint, and recognise more than 90 %
// of the digits. train continues from the checkpoint in a file, if there is one, until so many epochs
// are done. It prints them and the accuracy.
func Resumes(t *testing.T, epochs int, train func(out io.Writer, epochs int, file string) error) {
	t.Helper()
	folder := t.TempDir()
	whole, broken := filepath.Join(folder, "whole"), filepath.Join(folder, "broken")
	var out bytes.Buffer
	if err := train(&out, epochs, whole); err != nil {
		t.Fatal(err)
	}
	var done int
	var accuracy float64
	if _, err := fmt.Sscanf(out.String(), "%d epochs, test accuracy %f %%", &done, &accuracy); err != nil {
		t.Fatalf("%v in %q", err, out.String())
	}
	if done != epochs || !(accuracy > 90) {
		t.Errorf("%s, want %d epochs and more than 90 %%", out.String(), epochs)
	}
	for k := range epochs + 1 {
		if err := train(io.Discard, k, broken); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(read(t, broken), read(t, whole)) {
		t.Error("the checkpoints differ")
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
