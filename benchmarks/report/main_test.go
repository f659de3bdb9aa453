package main

import (
	"strings"
	"testing"
)

const sample = `go: go1.26.8
command: go test -bench .
goos: linux
cpu: AMD EPYC
BenchmarkStep/Adam/ours/n=1000-2     100  400 ns/op  0.4 ns/param  0 B/op  0 allocs/op
BenchmarkStep/Adam/ours/n=1000-2     100  900 ns/op  0.9 ns/param  0 B/op  0 allocs/op
BenchmarkStep/Adam/ours/n=1000-2     100  500 ns/op  0.5 ns/param  0 B/op  0 allocs/op
BenchmarkStep/Adam/c/n=1000-2        100  400 ns/op  0.4 ns/param  0 B/op  0 allocs/op
BenchmarkStep/Adam/c/n=1000-2        100  600 ns/op  0.6 ns/param  0 B/op  0 allocs/op
BenchmarkStep/Adam/c/n=1000-2        100  400 ns/op  0.4 ns/param  0 B/op  0 allocs/op
BenchmarkStep/Adam/textbook/n=1000-2 100 2000 ns/op  2.0 ns/param  0 B/op  0 allocs/op
BenchmarkStep/Adam/gonum/n=1000-2    100  800 ns/op  0.8 ns/param  0 B/op  0 allocs/op
BenchmarkStep/Adam/spago/n=1000-2    100 1600 ns/op  1.6 ns/param  9 B/op  1 allocs/op
BenchmarkStep/Lion/ours/n=16         100   16 ns/op  1 ns/param    0 B/op  0 allocs/op
BenchmarkSmall/Adam/step-2           100   30 ns/op
BenchmarkSmall/Adam/step-2           100   20 ns/op
BenchmarkSmall/Adam/kernel-2         100   15 ns/op
PASS
go: go1.26.8
`

func TestReport(t *testing.T) {
	var got strings.Builder
	if err := report(&got, strings.NewReader(sample)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"go: go1.26.8  \ncommand: go test -bench .  \ncpu: AMD EPYC  \n\n",
		"| Adam | 1000 | 0.5 | 0.4 | 1.25 |  |  |  | 5 | gonum 2 |\n",
		"| Lion | 16 | 1 |  |  |  |  |  |  |  |\n",
		"| Adam | 25 | 15 | 10 |\n",
	} {
		if !strings.Contains(got.String(), want) {
			t.Errorf("report is\n%s\nwant in it\n%s", got.String(), want)
		}
	}
}

func TestReportBadInput(t *testing.T) {
	for _, line := range []string{
		"BenchmarkOther-2 100 400 ns/op",
		"BenchmarkSmall/Adam/step-2 100 many ns/op",
	} {
		if err := report(&strings.Builder{}, strings.NewReader(line)); err == nil {
			t.Errorf("no error for %q", line)
		}
	}
}
