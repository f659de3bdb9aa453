package optim

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// given is what the fragments in the README take for granted, by name. What
// a fragment declares itself, and what it does not use, is left out.
var given = map[string]string{
	"steps":  "const steps = 3",
	"params": "var params = []float64{3, -2, 1}",
	"grads":  "var grads = make([]float64, len(params))",
	"opt":    "var opt = optim.NewAdam(0.1)",
	"model":  "var model bowl",
	"bowl": `type bowl struct{}
func (bowl) Gradient(grads, params []float64) { copy(grads, params) }
func (bowl) BatchGradient(grads, params []float64, batch []int) { copy(grads, params) }`,
	"n":           "const n = 100",
	"epochs":      "const epochs = 2",
	"weights":     "var weights = make([]float32, 4)",
	"weightGrads": "var weightGrads = make([]float32, 4)",
	"biases":      "var biases = make([]float32, 2)",
	"biasGrads":   "var biasGrads = make([]float32, 2)",
	"rng":         "var rng = rand.New(rand.NewPCG(1, 2))",
	"rows":        "var rows = mat.NewDense(4, 2, []float64{0, 1, 1, -1, 2, -1, 3, 1})",
	"labels":      "var labels = []float64{1, 3, 5, 7}",
	"draw":        "func draw(alpha float64, params []float64, gap float64) {}",
}

// imports are the packages that a fragment may use, by name.
var imports = map[string]string{
	"optim": "example.com/optim", "mat": "gonum.org/v1/gonum/mat", "optimize": "gonum.org/v1/gonum/optimize",
	"errors": "errors", "fmt": "fmt", "log": "log", "math": "math", "os": "os", "rand": "math/rand/v2", "slices": "slices",
}

// TestREADME goes the way of a newcomer: in an empty folder outside the checkout
// it makes a module as the README says, with every block of Go in the README as
// a program. A comment behind a fmt.Print is what the line prints.
func TestREADME(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds programs")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip(err)
	}
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	checkout, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	blocks := goBlocks(string(text))
	if len(blocks) < 5 {
		t.Fatalf("%d blocks of Go, want 5 at least", len(blocks))
	}
	for _, b := range blocks {
		source, err := b.program()
		if err != nil {
			t.Errorf("%v: %v", b, err)
			continue
		}
		if err := os.MkdirAll(filepath.Join(folder, b.name()), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, b.name(), "main.go"), source, 0o644); err != nil {
			t.Fatal(err)
		}
	}

	setUp := func(env ...string) error {
		os.Remove(filepath.Join(folder, "go.mod"))
		commands := []string{"go mod init newcomer"}
		for line := range strings.Lines(string(text)) {
			if command, ok := strings.CutPrefix(line, "    go mod "); ok {
				commands = append(commands, "go mod "+command)
			}
		}
		if len(commands) != 3 {
			t.Fatalf("%q, want go mod edit and go mod tidy in the README", commands[1:])
		}
		for _, command := range commands {
			words := strings.Fields(command)
			for i := range words {
				words[i] = strings.Replace(words[i], "/path/to/checkout", checkout, 1)
			}
			if _, err := newcomer(folder, env, words...); err != nil {
				return err
			}
		}
		return nil
	}
	// What this package needs is here already; a proxy is asked if it is not.
	if setUp("GOPROXY=off", "GOSUMDB=off") != nil {
		if err := setUp(); err != nil {
			t.Fatal(err)
		}
	}
	for _, b := range blocks {
		t.Run(b.name(), func(t *testing.T) {
			place := "./" + b.name()
			if _, err := newcomer(folder, nil, "go", "vet", place); err != nil {
				t.Fatalf("%v: %v\nIf it lacks a name that is clear from the text, declare it in given, in readme_test.go.", b, err)
			}
			out, err := newcomer(folder, nil, "go", "run", place)
			if err != nil {
				t.Fatalf("%v: %v", b, err)
			}
			if want := b.prints(); out != want {
				t.Errorf("%v prints\n%s\nwant, as its comments say,\n%s", b, out, want)
			}
		})
	}
}

// newcomer runs a command in a folder and returns what it prints.
func newcomer(folder string, env []string, words ...string) (string, error) {
	command := exec.Command(words[0], words[1:]...)
	command.Dir = folder
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); !slices.Contains([]string{"GOOS", "GOARCH", "GOFLAGS", "GOWORK"}, name) {
			command.Env = append(command.Env, v)
		}
	}
	command.Env = append(append(command.Env, "GOWORK=off"), env...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s%s", strings.Join(words, " "), err, stdout.Bytes(), stderr.Bytes())
	}
	return stdout.String(), nil
}

// goBlock is a block of Go in the README.
type goBlock struct {
	line    int // of its first line
	heading string
	text    string
}

func (b goBlock) name() string   { return fmt.Sprintf("line%d", b.line) }
func (b goBlock) String() string { return fmt.Sprintf("README.md:%d, under %q", b.line, b.heading) }

func goBlocks(readme string) []goBlock {
	var blocks []goBlock
	heading, inside := "", false
	for i, line := range strings.SplitAfter(readme, "\n") {
		switch last := len(blocks) - 1; {
		case inside && strings.HasPrefix(line, "```"):
			inside = false
		case inside:
			blocks[last].text += line
		case strings.HasPrefix(line, "```go"):
			blocks, inside = append(blocks, goBlock{line: i + 2, heading: heading}), true
		case strings.HasPrefix(line, "#"):
			heading = strings.TrimSpace(strings.TrimLeft(line, "#"))
		}
	}
	return blocks
}

// program is the block with what it takes for granted, and steps with the
// optimizer that it makes. Errors give the lines of the README.
func (b goBlock) program() ([]byte, error) {
	place := fmt.Sprintf("\n//line README.md:%d\n", b.line)
	body := "package main\n" + place + b.text
	if _, err := parser.ParseFile(token.NewFileSet(), "README.md", strings.TrimPrefix(place, "\n")+b.text, 0); err == nil {
		return []byte(place + b.text), nil // whole
	}
	last := "for range steps { model.Gradient(grads, params); opt.Step(params, grads) }\n"
	if _, err := parser.ParseFile(token.NewFileSet(), "README.md", body, 0); err == nil {
		body += "\nfunc main() {\n" + last + "}\n" // declarations
	} else {
		body = "package main\nfunc main() {" + place + b.text + last + "}\n"
	}
	for {
		file, err := parser.ParseFile(token.NewFileSet(), "README.md", body, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		used, declared := names(file)
		missing := ""
		for _, name := range slices.Sorted(maps.Keys(given)) {
			if used[name] && !declared[name] {
				missing += given[name] + "\n"
			}
		}
		if missing != "" {
			body += "\n//line readme_test.go:1\n" + missing
			continue
		}
		head := "package main\n"
		for _, name := range slices.Sorted(maps.Keys(imports)) {
			if used[name] && !declared[name] {
				head += fmt.Sprintf("import %q\n", imports[name])
			}
		}
		return []byte(head + strings.TrimPrefix(body, "package main\n")), nil
	}
}

// names are the identifiers of a file, and those that it declares anywhere.
func names(file *ast.File) (used, declared map[string]bool) {
	used, declared = map[string]bool{}, map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			used[n.Name] = true
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				if id, ok := left.(*ast.Ident); ok && n.Tok == token.DEFINE {
					declared[id.Name] = true
				}
			}
		case *ast.ValueSpec:
			for _, id := range n.Names {
				declared[id.Name] = true
			}
		case *ast.TypeSpec:
			declared[n.Name.Name] = true
		case *ast.FuncDecl:
			declared[n.Name.Name] = true
		}
		return true
	})
	return used, declared
}

// prints is what the comments of the block say that it prints.
func (b goBlock) prints() string {
	out := ""
	for line := range strings.Lines(b.text) {
		if call, comment, ok := strings.Cut(line, " // "); ok && strings.HasPrefix(strings.TrimSpace(call), "fmt.Print") {
			out += comment
		}
	}
	return out
}
