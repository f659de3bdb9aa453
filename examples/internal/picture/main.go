package picture

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Main is the main function of an example: it takes the flag -plot, beside
// those that are defined already, and runs it.
func Main(name string, run func(out io.Writer, file string) error) {
	flags := flag.CommandLine
	flags.Init(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // fail says what is wrong
	file := flags.String("plot", "", "PNG `file` to draw to")
	err := flags.Parse(os.Args[1:])
	fail := func(code int, err error) {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(code)
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(os.Stderr, "flags of %s:\n", name)
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
	if err := run(os.Stdout, *file); err != nil {
		fail(1, err)
	}
}
