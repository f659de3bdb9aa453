// Package program lets the tests of an example start the example in a child process: the test binary
// acts as the program.
package program

import (
	"os"
	"os/exec"
	"testing"
)

// variable is set in the environment of the child processes.
const variable = "TEST_BINARY_AS_PROGRAM"

// Main is for TestMain. It runs the tests, or in a child process main. Processes that main starts
// from its own file act as the program, too.
func Main(m *testing.M, main func()) {
	if os.Getenv(variable) != "" {
		main()
		return
	}
	os.Setenv(variable, "1")
	os.Exit(m.Run())
}

// Command returns the program as a child process that has not started.
func Command(args ...string) *exec.Cmd { return exec.Command(os.Args[0], args...) }
