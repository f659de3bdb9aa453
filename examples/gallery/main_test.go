package main

import (
	"bytes"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every example that has no picture is here.
var withoutPicture = []string{"gallery", "parallel", "playground", "train"}

// Every other example is in the gallery, with a text of two to four sentences.
func TestExhibits(t *testing.T) {
	mains, err := filepath.Glob("../*/main.go")
	if err != nil || len(mains) < 8 {
		t.Fatalf("found %q, error %v", mains, err)
	}
	for _, main := range mains {
		name := filepath.Base(filepath.Dir(main))
		if !slices.Contains(withoutPicture, name) && !slices.ContainsFunc(exhibits, func(e exhibit) bool { return e.Name == name }) {
			t.Errorf("%s is not in the gallery", name)
		}
	}
	sentence := regexp.MustCompile(`[.?](\s|$)`)
	for _, e := range exhibits {
		if n := len(sentence.FindAllString(e.Text, -1)); n < 2 || n > 4 || !strings.HasSuffix(e.Text, ".") {
			t.Errorf("%s: %d sentences, want 2 to 4: %s", e.Name, n, e.Text)
		}
		if len(e.Alt) < 100 || !strings.HasSuffix(e.Alt, ".") || strings.Contains(e.Alt, e.Text) {
			t.Errorf("%s: want an alternative text that describes the picture: %s", e.Name, e.Alt)
		}
	}
}

// The flag -h of every example prints first what the example does.
func TestHelp(t *testing.T) {
	folder := t.TempDir()
	if output, err := exec.Command("go", "build", "-o", folder, "../...").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	programs, err := os.ReadDir(folder)
	if err != nil || len(programs) != len(exhibits)+len(withoutPicture) {
		t.Fatalf("%d programs, error %v", len(programs), err)
	}
	for _, p := range programs {
		output, err := exec.Command(filepath.Join(folder, p.Name()), "-h").CombinedOutput()
		name := strings.TrimSuffix(p.Name(), ".exe")
		about, flags, _ := strings.Cut(string(output), "\n\n")
		if err != nil || !strings.HasPrefix(about, name+" ") || !strings.Contains(flags, "\n    \t") {
			t.Errorf("%s: error %v, output %q", name, err, output)
		}
	}
}

func TestPage(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "made", "for this")
	chosen, err := choose("schedules,descent")
	if err != nil {
		t.Fatal(err)
	}
	chosen[1].Alt = `A "quoted" text & more.`
	chosen[0].Needs = filepath.Join(folder, "rocket")
	var out bytes.Buffer
	if err := run(&out, folder, chosen, false); err != nil {
		t.Fatal(err)
	}

	index := filepath.Join(folder, "index.html")
	if !strings.HasSuffix(out.String(), "\nwrote "+index+"\n") || !strings.Contains(out.String(), "schedules: left out") {
		t.Errorf("want the name of the page and of the example that was left out in\n%s", out.String())
	}
	html, err := os.ReadFile(index)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<li><a href="#schedules">`, `<li><a href="#descent">`, `<section id="descent">`, // contents
		`<img src="descent.png" width="960" height="540" alt="A &#34;quoted&#34; text &amp; more.">`,
		"go -C examples run ./descent",                         // command
		"converges to the minimum at 1.0904",                   // output
		"hardly moves if the rate",                             // text
		`<a href="descent.html">`, `<a href="schedules.html">`, // sources
		"go -C examples run ./playground", // its address
		"There is no picture here",
	} {
		if !strings.Contains(string(html), want) {
			t.Errorf("no %q on the page", want)
		}
	}
	for _, not := range []string{"schedules.png", "playground/index.html"} {
		if strings.Contains(string(html), not) {
			t.Errorf("%q on the page", not)
		}
	}
	f, err := os.Open(filepath.Join(folder, "descent.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if size, err := png.DecodeConfig(f); err != nil || size.Width != 960 || size.Height != 540 {
		t.Errorf("a picture of %d × %d, %v", size.Width, size.Height, err)
	}
	source, err := os.ReadFile(filepath.Join(folder, "descent.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"descent/main.go", "package main", "math.Cos(math.Pi*x)", `<a href="index.html#descent">`} {
		if !strings.Contains(string(source), want) {
			t.Errorf("no %q on the page of the source", want)
		}
	}
	if strings.Contains(string(source), "_test.go") {
		t.Error("the page of the source has tests")
	}
}

// The page links to the playground, which is written to a folder of its own.
func TestPlayground(t *testing.T) {
	folder := t.TempDir()
	if err := run(new(bytes.Buffer), folder, nil, true); err != nil {
		t.Fatal(err)
	}
	html, err := os.ReadFile(filepath.Join(folder, "index.html"))
	if err != nil || !strings.Contains(string(html), `<a href="playground/index.html">`) {
		t.Errorf("no link to the playground, error %v", err)
	}
	if _, err := os.Stat(filepath.Join(folder, "playground", "index.html")); err != nil {
		t.Error(err)
	}
}

func TestErrors(t *testing.T) {
	if _, err := choose("descent,dessert"); err == nil || !strings.Contains(err.Error(), "dessert") {
		t.Errorf("error %v, want one that names the example", err)
	}
	err := run(new(bytes.Buffer), t.TempDir(), []exhibit{{Name: "descent", Args: []string{"-fast"}}}, false)
	if err == nil || !strings.Contains(err.Error(), "-fast") {
		t.Errorf("error %v, want the error of the program", err)
	}
}
