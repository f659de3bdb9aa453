package data

import (
	"bufio"
	"fmt"
	"strconv"
	"strings"
)

// NIST is a problem of NIST's Statistical Reference Datasets: a curve fit.
type NIST struct {
	Starts           [2][]float64
	Want, Deviations []float64 // certified parameters and their standard deviations
	SumSquares       float64   // certified
	Y                []float64
	X                [][]float64 // predictors, by observation
}

// The lines of a file of NIST.
const (
	nistHeader = 40 // before the starts and the certified values
	nistData   = 60 // before the observations
)

// ReadNIST reads a problem.
func ReadNIST(name string) (p NIST, err error) {
	f, err := files.Open("nist/" + name + ".dat")
	if err != nil {
		return p, err
	}
	defer f.Close()
	observations := 0
	lines := bufio.NewScanner(f)
	for line := 1; lines.Scan(); line++ {
		if line <= nistHeader {
			continue
		}
		if err := p.read(line, strings.Fields(lines.Text()), &observations); err != nil {
			return p, fmt.Errorf("%s.dat:%d: %w", name, line, err)
		}
	}
	if len(p.Want) == 0 || len(p.Y) == 0 || len(p.Y) != observations || p.SumSquares == 0 {
		return p, fmt.Errorf("%s.dat: %d parameters, %d of %d observations", name, len(p.Want), len(p.Y), observations)
	}
	return p, lines.Err()
}

// read reads the fields of a line.
func (p *NIST) read(line int, fields []string, observations *int) (err error) {
	text := strings.Join(fields, " ")
	var v []float64
	switch {
	case len(fields) == 0:
	case line > nistData:
		v, err = numbers(fields)
		if err == nil {
			p.Y, p.X = append(p.Y, v[0]), append(p.X, v[1:])
		}
	case len(fields) == 6 && strings.HasPrefix(text, fmt.Sprintf("b%d = ", len(p.Want)+1)):
		v, err = numbers(fields[2:])
		if err == nil {
			p.Starts[0], p.Starts[1] = append(p.Starts[0], v[0]), append(p.Starts[1], v[1])
			p.Want, p.Deviations = append(p.Want, v[2]), append(p.Deviations, v[3])
		}
	case strings.HasPrefix(text, "Residual Sum of Squares:"):
		p.SumSquares, err = strconv.ParseFloat(fields[4], 64)
	case strings.HasPrefix(text, "Number of Observations:"):
		*observations, err = strconv.Atoi(fields[3])
	}
	return err
}
