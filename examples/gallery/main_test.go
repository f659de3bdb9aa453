package main

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every example is in the gallery, with a text of two to four sentences.
func TestExhibits(t *testing.T) {
	mains, err := filepath.Glob("../*/main.go")
	if err != nil || len(mains) < 8 {
		t.Fatalf("found %q, error %v", mains, err)
	}
	for _, main := range mains {
		name := filepath.Base(filepath.Dir(main))
		if name != "gallery" && !slices.ContainsFunc(exhibits, func(e exhibit) bool { return e.Name == name }) {
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
