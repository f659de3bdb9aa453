// Command report reads the output of the benchmarks and writes it as tables in Markdown.
//
//	go run ./report < bench.txt
//
// Each time is the median over the rounds. Each ratio is the median of the ratios of the rounds: in
// one round the two contenders ran one after the other.
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"os"
	"slices"
	"strconv"
	"strings"
)

func main() {
	if err := report(os.Stdout, os.Stdin); err != nil {
		log.Fatal(err)
	}
}

// results holds the measurements of a run. Names are those of the benchmarks, without the prefix
// Benchmark and without the number of processors.
type results struct {
	header []string             // lines about the machine and the command
	times  map[string][]float64 // by name and unit: one value a round
	rows   []row                // of BenchmarkStep, in the order of the run
	small  []string             // the rules of BenchmarkSmall, in the order of the run
	peers  []string             // the other Go libraries
}

type row struct{ rule, size string }

func report(w io.Writer, r io.Reader) error {
	res, err := read(r)
	if err != nil {
		return err
	}
	for _, line := range res.header {
		fmt.Fprintln(w, line+"  ")
	}
	if len(res.rows) > 0 {
		fmt.Fprint(w, `
Times are in ns per parameter. A ratio is the time of ours divided by the time of C.
The last two columns are times divided by the time of ours on one thread.

| rule | n | ours | C | ratio | ours, all cores | C, OpenMP | ratio | textbook Go | best peer |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|
`)
		for _, row := range res.rows {
			ours, c := res.perParam(row, "ours"), res.perParam(row, "c")
			all, openmp := res.perParam(row, "ours-parallel"), res.perParam(row, "c-openmp")
			fmt.Fprintln(w, "|", row.rule, "|", row.size, "|",
				number(median(ours)), "|", number(median(c)), "|", number(ratio(ours, c)), "|",
				number(median(all)), "|", number(median(openmp)), "|", number(ratio(all, openmp)), "|",
				number(ratio(res.perParam(row, "textbook"), ours)), "|", res.bestPeer(row, ours), "|")
		}
	}
	if len(res.small) > 0 {
		fmt.Fprint(w, `
A step on 16 parameters and the kernel that it calls, in ns.

| rule | step | kernel | difference |
|---|--:|--:|--:|
`)
		for _, rule := range res.small {
			step, kernel := median(res.times["Small/"+rule+"/step ns/op"]), median(res.times["Small/"+rule+"/kernel ns/op"])
			fmt.Fprintln(w, "|", rule, "|", number(step), "|", number(kernel), "|", number(step-kernel), "|")
		}
	}
	return nil
}

// read reads the output of one or more runs of go test -bench.
func read(r io.Reader) (*results, error) {
	res := &results{times: map[string][]float64{}}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := lines.Text()
		if key, _, ok := strings.Cut(line, ": "); ok && slices.Contains([]string{"cpu", "cores", "go", "c", "command"}, key) {
			res.header = add(res.header, line)
		}
		rest, ok := strings.CutPrefix(line, "Benchmark")
		fields := strings.Fields(rest)
		if !ok || len(fields) < 4 {
			continue // not a result
		}
		path := strings.Split(fields[0], "/")
		last := len(path) - 1
		path[last], _, _ = strings.Cut(path[last], "-")
		switch {
		case path[0] == "Step" && last == 3:
			res.rows = add(res.rows, row{path[1], strings.TrimPrefix(path[3], "n=")})
			if who := path[2]; !slices.Contains([]string{"ours", "c", "ours-parallel", "c-openmp", "textbook"}, who) {
				res.peers = add(res.peers, who)
			}
		case path[0] == "Small" && last == 2:
			res.small = add(res.small, path[1])
		default:
			return nil, fmt.Errorf("report: unknown benchmark: %s", line)
		}
		for i := 2; i+1 < len(fields); i += 2 {
			value, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return nil, fmt.Errorf("report: %w in: %s", err, line)
			}
			key := strings.Join(path, "/") + " " + fields[i+1]
			res.times[key] = append(res.times[key], value)
		}
	}
	return res, lines.Err()
}

// add appends v to list if list does not contain v.
func add[T comparable](list []T, v T) []T {
	if slices.Contains(list, v) {
		return list
	}
	return append(list, v)
}

// perParam returns the times of a contender per parameter, or nil if it did not run.
func (res *results) perParam(r row, who string) []float64 {
	return res.times["Step/"+r.rule+"/"+who+"/n="+r.size+" ns/param"]
}

// bestPeer returns the name of the fastest peer and its time divided by the time of ours.
func (res *results) bestPeer(r row, ours []float64) string {
	best, name := 0.0, ""
	for _, peer := range res.peers {
		if slower := ratio(res.perParam(r, peer), ours); slower > 0 && (name == "" || slower < best) {
			best, name = slower, peer
		}
	}
	return strings.TrimSpace(name + " " + number(best))
}

// ratio returns the median of a/b over the rounds.
func ratio(a, b []float64) float64 {
	ratios := make([]float64, min(len(a), len(b)))
	for i := range ratios {
		ratios[i] = a[i] / b[i]
	}
	return median(ratios)
}

// median returns the median of v, or 0 if v is empty.
func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// number returns v with three significant digits, or "" for 0: then there was no measurement.
func number(v float64) string {
	switch {
	case v == 0:
		return ""
	case v >= 100 || v <= -100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}
