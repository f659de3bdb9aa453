//go:build unix

// Command linear times Path, or passes of SAG and SAGA, on data that it reads from a file.
// benchmarks/linear_speed.py and linear_passes.py write the file, run the command in turn with
// scikit-learn and glmnet, and compare.
//
//	linear file squared|logistic l1ratio α…
//	linear file sag|saga L2 η passes
//	linear methods
//
// The file has little-endian numbers of 8 bytes: rows, columns and the stored elements as integers.
// After them it has the labels, and the matrix: by rows if the number of elements is 0, and
// otherwise the indptr, indices and values of CSR.
//
// The first form prints the seconds of processor time, the seconds that have passed, and the loss
// with penalties at every α. The second form is for a logistic regression with an intercept. It
// prints the seconds of processor time of a pass, without the first pass, and the loss with its
// penalty after all passes. The third form prints the table in the documentation of ProximalNewton.
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"log"
	"math"
	"os"
	"strconv"
	"syscall"
	"time"

	"example.com/optim"
	"gonum.org/v1/gonum/mat"
)

func main() {
	if os.Args[1] == "methods" {
		timeMethods()
		return
	}
	rows, labels := read(os.Args[1])
	switch os.Args[2] {
	case "sag", "saga":
		timePasses(rows, labels)
	default:
		timePath(rows, labels)
	}
}

func timePath(rows mat.Matrix, labels []float64) {
	ratio := number(os.Args[3])
	var alphas []float64
	for _, text := range os.Args[4:] {
		alphas = append(alphas, number(text))
	}
	make := optim.NewSquaredSum
	if os.Args[2] == "logistic" {
		make = optim.NewLogisticSum
	}
	start, begin := processorTime(), time.Now()
	sum := make(rows, labels)
	sum.Intercept = true
	points := optim.Path(sum, alphas, ratio)
	fmt.Println(processorTime()-start, time.Since(begin).Seconds())
	all := below(len(labels))
	value := sum.Sum().Func
	for _, p := range points {
		f := value(p.Params, all)
		for _, v := range p.Params[:len(p.Params)-1] {
			f += p.Alpha*ratio*math.Abs(v) + p.Alpha*(1-ratio)/2*v*v
		}
		fmt.Println(f)
	}
}

// below returns 0, …, n − 1.
func below(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// processorTime returns the seconds that all threads of the process have run.
func processorTime() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		log.Fatal(err)
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + 1e-6*float64(u.Utime.Usec+u.Stime.Usec)
}

func number(text string) float64 {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		log.Fatal(err)
	}
	return v
}

// read returns the matrix and the labels of a file.
func read(name string) (mat.Matrix, []float64) {
	f, err := os.Open(name)
	if err != nil {
		log.Fatal(err)
	}
	in := bufio.NewReader(f)
	load := func(v any) {
		if err := binary.Read(in, binary.LittleEndian, v); err != nil {
			log.Fatal(err)
		}
	}
	var size [3]int64
	load(&size)
	n, p, stored := int(size[0]), int(size[1]), int(size[2])
	labels := make([]float64, n)
	load(labels)
	if stored == 0 {
		values := make([]float64, n*p)
		load(values)
		return mat.NewDense(n, p, values), labels
	}
	wide, values := make([]int64, n+1+stored), make([]float64, stored)
	load(wide)
	load(values)
	ints := make([]int, len(wide))
	for k, v := range wide {
		ints[k] = int(v)
	}
	return optim.NewCSR(n, p, ints[:n+1], ints[n+1:], values), labels
}
