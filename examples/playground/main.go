// Command playground serves a page on which optimizers can be tried: functions, learning rates,
// momentum, noise, schedules and clipping. The library itself runs in the page, as WebAssembly that
// the command builds.
//
//	go -C examples run ./playground
//	go -C examples run ./playground -out folder
//
// The first command prints the address of the page, and ends at Ctrl-C. The second one writes the
// files of the page to a folder, for any web server. The command must be run inside the module of the
// examples.
package main

import (
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"html/template"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"example.com/optim/examples/internal/picture"
)

const usage = `playground serves a page on which optimizers can be tried, and prints its address.

`

func main() {
	log.SetFlags(0)
	log.SetPrefix("playground: ")
	out := flag.String("out", "", "write the files of the page to this `folder`, and do not serve them")
	port := flag.Int("port", 0, "`number` of the port; 0 takes a free one")
	flag.Usage = func() { fmt.Fprint(flag.CommandLine.Output(), usage); flag.PrintDefaults() }
	flag.Parse()
	if flag.NArg() > 0 {
		log.Fatalf("unexpected argument %q", flag.Arg(0))
	}
	if err := run(*out, *port); err != nil {
		log.Fatal(err)
	}
}

func run(out string, port int) error {
	if out != "" {
		folder := picture.FromShell(out)
		if err := write(folder); err != nil {
			return err
		}
		fmt.Println("wrote", folder)
		return nil
	}
	folder, err := os.MkdirTemp("", "playground")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	log.Print("building the library for the page")
	if err := write(folder); err != nil {
		return err
	}
	return serve(ctx, folder, port, os.Stdout)
}

// serve serves the files of a folder on the loopback address until ctx ends. It prints the address.
func serve(ctx context.Context, folder string, port int, out io.Writer) error {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "http://%s/\n", listener.Addr())
	server := &http.Server{Handler: http.FileServer(http.Dir(folder))}
	context.AfterFunc(ctx, func() { server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

//go:embed web
var web embed.FS

const library = "example.com/optim/examples/playground/wasm"

// write writes the files of the page to a folder.
func write(folder string) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", filepath.Join(folder, "playground.wasm"), library)
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, output)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env: %w", err)
	}
	support, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return err
	}
	files := map[string][]byte{"wasm_exec.js": support, "index.html": index()}
	for _, name := range []string{"style.css", "playground.js"} {
		files[name], err = web.ReadFile("web/" + name)
		if err != nil {
			return err
		}
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// index returns the HTML of the page. The page has the palette of the pictures.
func index() []byte {
	var palette []string
	for _, c := range picture.Palette {
		palette = append(palette, fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B))
	}
	var page strings.Builder
	if err := template.Must(template.ParseFS(web, "web/index.html")).Execute(&page, strings.Join(palette, " ")); err != nil {
		panic(err) // the template is part of the program
	}
	return []byte(page.String())
}
