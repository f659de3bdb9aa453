// Package data holds data sets for the tests of this repository and for the examples. DATA.md has their
// origins and licences.
package data

import (
	"bufio"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"strconv"
	"strings"
)

//go:embed *.csv *.gz nist
var files embed.FS

// Table returns the numbers in the lines of a file after the first skip lines. Commas and spaces
// separate numbers. A file whose name ends in .gz is unzipped.
func Table(name string, skip int) ([][]float64, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var text io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		text, err = gzip.NewReader(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	var rows [][]float64
	lines := bufio.NewScanner(text)
	for line := 1; lines.Scan(); line++ {
		if line <= skip {
			continue
		}
		row, err := numbers(strings.FieldsFunc(lines.Text(), func(r rune) bool { return strings.ContainsRune(", \t\r", r) }))
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, line, err)
		}
		rows = append(rows, row)
	}
	return rows, lines.Err()
}

func numbers(fields []string) (row []float64, err error) {
	row = make([]float64, len(fields))
	for i, field := range fields {
		row[i], err = strconv.ParseFloat(field, 64)
		if err != nil {
			return nil, err
		}
	}
	return row, nil
}
