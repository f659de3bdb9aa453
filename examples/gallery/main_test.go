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
	chosen = append(chosen, exhibit{Name: "moon", Needs: filepath.Join(folder, "rocket"), Text: "A picture of the moon."})
	var out bytes.Buffer
	if err := run(&out, folder, chosen); err != nil {
		t.Fatal(err)
	}

	index := filepath.Join(folder, "index.html")
	if !strings.HasSuffix(out.String(), "\n"+index+"\n") || !strings.Contains(out.String(), "moon: left out") {
		t.Errorf("want the name of the page and of the example that was left out in\n%s", out.String())
	}
	html, err := os.ReadFile(index)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<img src="schedules.png"`, `<img src="descent.png"`, "go -C examples run ./descent", // commands
		"converges to the minimum at 1.0904", // output
		"hardly moves if the rate",           // text
		"A picture of the moon.", "This example was left out",
	} {
		if !strings.Contains(string(html), want) {
			t.Errorf("no %q on the page", want)
		}
	}
	if strings.Contains(string(html), "moon.png") {
		t.Error("the page shows a picture of an example that was left out")
	}
	for _, name := range []string{"schedules.png", "descent.png"} {
		f, err := os.Open(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := png.DecodeConfig(f); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestErrors(t *testing.T) {
	if _, err := choose("descent,dessert"); err == nil || !strings.Contains(err.Error(), "dessert") {
		t.Errorf("error %v, want one that names the example", err)
	}
	err := run(new(bytes.Buffer), t.TempDir(), []exhibit{{Name: "descent", Args: []string{"-fast"}}})
	if err == nil || !strings.Contains(err.Error(), "-fast") {
		t.Errorf("error %v, want the error of the program", err)
	}
}
