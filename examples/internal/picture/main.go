package picture

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Main is the main function of an example. about is a sentence on the example for -h, which begins
// with its name. Main adds the flag -plot to the flags that are already defined, and parses the
// command line. Then it calls run with the path of the picture, which is "" if there is to be no
// picture. The exit code is 2 for a wrong command line and 1 for an error of run.
func Main(about string, run func(out io.Writer, file string) error) {
	name, _, _ := strings.Cut(about, " ")
	flags := flag.CommandLine
	flags.Init(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // fail prints the errors
	file := flags.String("plot", "", "draw a picture to this PNG `file`")
	err := flags.Parse(os.Args[1:])
	fail := func(code int, err error) {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(code)
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(os.Stderr, "%s\n\n", about)
		flags.SetOutput(os.Stderr)
		flags.PrintDefaults()
		return
	case err != nil:
		fail(2, err)
	case flags.NArg() > 0:
		fail(2, fmt.Errorf("unexpected argument %q", flags.Arg(0)))
	case *file != "" && filepath.Ext(*file) != ".png":
		fail(2, fmt.Errorf("-plot %s, want a name that ends in .png", *file))
	}
	if *file != "" {
		*file = FromShell(*file)
		if _, err := os.Stat(filepath.Dir(*file)); err != nil { // known before the work, which may take minutes
			fail(2, fmt.Errorf("-plot: %w", err))
		}
	}
	if err := run(os.Stdout, *file); err != nil {
		fail(1, err)
	}
}

// FromShell returns the path of a file that is named relative to the folder of the shell. The working
// directory is another one after go -C examples run, but the variable PWD still has the shell's. Without
// that variable FromShell returns the name as it is.
func FromShell(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(os.Getenv("PWD"), name)
}

// Count defines a flag for a whole number of at least 1.
func Count(name string, value int, usage string) *int {
	define(name, usage, &value, "a whole number, at least 1", func(s string) (int, bool) {
		n, err := strconv.Atoi(s)
		return n, err == nil && n >= 1
	})
	return &value
}

// Positive defines a flag for a finite number above 0.
func Positive(name string, value float64, usage string) *float64 {
	define(name, usage, &value, "a finite number above 0", func(s string) (float64, bool) {
		v, err := strconv.ParseFloat(s, 64)
		return v, err == nil && 0 < v && v <= math.MaxFloat64
	})
	return &value
}

// define defines a flag for the values that parse accepts. The usage has the default unless that is 0.
func define[T int | float64](name, usage string, value *T, want string, parse func(s string) (T, bool)) {
	if *value != 0 {
		usage = fmt.Sprintf("%s (default %v)", usage, *value)
	}
	flag.Func(name, usage, func(s string) error {
		v, ok := parse(s)
		if !ok {
			return errors.New("want " + want)
		}
		*value = v
		return nil
	})
}
