package mpi

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/optim"
)

// cases are the programs that the tests run under mpirun: the test binary itself, with the name of the
// case in the environment.
var cases = map[string]func(comm optim.Comm) error{
	"collectives": collectives,
	"steps":       steps,
	"error": func(comm optim.Comm) error {
		if comm.Rank() == 1 {
			return errors.New("out of data")
		}
		return forever(comm)
	},
	"panic": func(comm optim.Comm) error {
		if comm.Rank() == 1 {
			panic("out of range")
		}
		return forever(comm)
	},
	"kill": func(comm optim.Comm) error {
		if comm.Rank() == 1 {
			self, _ := os.FindProcess(os.Getpid())
			self.Kill()
		}
		return forever(comm)
	},
}

const variable = "OPTIM_MPI_CASE"

func TestMain(m *testing.M) {
	if f := cases[os.Getenv(variable)]; f != nil {
		if err := Run(f); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// mpirun runs a case with the given number of processes, and returns its output.
func mpirun(t *testing.T, ranks int, name string) (string, error) {
	t.Helper()
	cmd := exec.Command("mpirun", "--allow-run-as-root", "--oversubscribe", "-np", fmt.Sprint(ranks), os.Args[0])
	cmd.Env = append(os.Environ(), variable+"="+name)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func forever(comm optim.Comm) error {
	for {
		comm.AllReduce(make([]float64, 10))
	}
}

func TestCollectives(t *testing.T) {
	for ranks := 1; ranks <= 4; ranks++ {
		if out, err := mpirun(t, ranks, "collectives"); err != nil {
			t.Errorf("%d ranks: %v\n%s", ranks, err, out)
		}
	}
}

// collectives has terms[r]·2^(i mod 9) as element i of rank r. The sums must be those of the tree, in
// which the order matters: 2⁵³ + 1 = 2⁵³. The longest vector needs several chunks. In front of each part
// are elements that belong to no part.
func collectives(comm optim.Comm) error {
	v := []float64{0x1p53, 1, 1, -0x1p53}
	sum := []float64{0, v[0], v[0] + v[1], (v[0] + v[1]) + v[2], (v[0] + v[1]) + (v[2] + v[3])}[comm.Size()]
	r, size := comm.Rank(), comm.Size()
	for _, n := range []int{0, 1, 3, 10, 2*chunk*size + 12345} {
		for _, gap := range []int{0, 2} {
			from, to := make([]int, size), make([]int, size)
			end := 0
			for i := range from {
				length := n / size
				switch {
				case n == 10: // all in one piece
					length = n * max(0, 1-i)
				case i == size-1:
					length += n % size
				}
				from[i], to[i] = end+gap, end+gap+length
				end = to[i]
			}
			lo, hi := from[r], to[r]
			x, want, gathered := make([]float64, end), make([]float64, end), make([]float64, end)
			for i := range x {
				x[i], want[i] = math.Ldexp(v[r], i%9), math.Ldexp(sum, i%9)
			}
			for q, lo := range from {
				copy(gathered[lo:to[q]], want[lo:])
			}
			piece, all, before := make([]float64, hi-lo), make([]float64, end), slices.Clone(x)
			comm.ReduceScatter(piece, x, from, to)
			copy(all[lo:], piece)
			comm.AllGather(all, from, to)
			if !slices.Equal(all, gathered) || !slices.Equal(x, before) {
				return fmt.Errorf("%d numbers, gaps of %d: other sums, or another source", n, gap)
			}
			comm.ReduceScatter(x[lo:hi], x, from, to)
			if !slices.Equal(x[lo:hi], piece) {
				return fmt.Errorf("%d numbers, gaps of %d: other sums in place", n, gap)
			}
			comm.AllReduce(before)
			if !slices.Equal(before, want) {
				return fmt.Errorf("%d numbers: other sums of AllReduce", end)
			}
		}
	}
	return nil
}

// train takes steps of a nest, with Overlap in several buckets, and returns a checksum of the parameters.
func train(comm optim.Comm, overlap bool) string {
	const n, steps = 1_200_000, 4
	opt := optim.NewSharded(optim.NewAverage(optim.NewChain(optim.NewAdam(0.1), optim.NewClipNorm(3))), comm)
	opt.Overlap = overlap
	x, g := make([]float64, n), make([]float64, n)
	for step := range steps {
		for i := range g {
			g[i] = x[i] - float64((i*7+step+comm.Rank())%11)/11
		}
		opt.Step(x, g)
	}
	h := crc32.NewIEEE()
	binary.Write(h, binary.LittleEndian, x)
	return fmt.Sprintf("checksum %08x", h.Sum32())
}

func steps(comm optim.Comm) error {
	text, overlapped := train(comm, false), train(comm, true)
	if overlapped != text {
		return fmt.Errorf("with Overlap %s, want %s", overlapped, text)
	}
	if comm.Rank() == 0 {
		fmt.Println(text)
	}
	return nil
}

// TestSteps compares the bits of processes with those of goroutines.
func TestSteps(t *testing.T) {
	for ranks := 1; ranks <= 4; ranks++ {
		var want string
		optim.RunLocal(ranks, func(comm optim.Comm) error {
			if text := train(comm, false); comm.Rank() == 0 {
				want = text
			}
			return nil
		})
		out, err := mpirun(t, ranks, "steps")
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("%d ranks: %v, %s, want %s", ranks, err, out, want)
		}
	}
}

// TestEnds ends one process early. All must end within ten seconds, with a status other than 0.
func TestEnds(t *testing.T) {
	for name, want := range map[string]string{"error": "mpi: rank 1: out of data", "panic": "mpi: rank 1: panic: out of range", "kill": "signal 9"} {
		start := time.Now()
		out, err := mpirun(t, 3, name)
		if err == nil || !strings.Contains(out, want) || time.Since(start) > 10*time.Second {
			t.Errorf("%s: %v after %v, want %s\n%s", name, err, time.Since(start), want, out)
		}
	}
}
