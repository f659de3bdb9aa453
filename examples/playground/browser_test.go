package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"example.com/optim/examples/playground/play"
)

var screenshots = flag.String("screenshots", "", "write screenshots of the page to this `folder`")

// browser is the page in Chromium.
type browser struct {
	*testing.T
	ctx     context.Context
	address string

	mutex    sync.Mutex
	requests []string // the addresses that the page has asked for
	faults   []string // errors and warnings on the console
}

// site is the folder of the page, and writeSite writes the page to it once.
var (
	site      string
	writeSite = sync.OnceValue(func() error {
		if _, err := os.ReadFile("wasm/main.go"); err != nil { // so that go test runs again if it has changed
			return err
		}
		return write(site)
	})
)

func TestMain(m *testing.M) {
	var err error
	site, err = os.MkdirTemp("", "playground")
	if err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(site)
	os.Exit(code)
}

// chromium returns the name of the browser, or "" if there is none.
func chromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// openPage opens the page with a query. It skips the test if there is no Chromium. At the end of the
// test it checks that the console has no errors, and that no request has left the host.
func openPage(t *testing.T, query string) *browser {
	t.Helper()
	path := chromium()
	if path == "" {
		t.Skip("Chromium is not installed")
	}
	if err := writeSite(); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.FileServer(http.Dir(site)))
	ctx, cancelTime := context.WithTimeout(t.Context(), 2*time.Minute)
	ctx, cancelBrowser := chromedp.NewExecAllocator(ctx, chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.NoFirstRun,
		chromedp.WSURLReadTimeout(time.Minute))
	ctx, cancelPage := chromedp.NewContext(ctx)
	b := &browser{T: t, ctx: ctx, address: server.URL}
	t.Cleanup(func() {
		b.checkQuiet()
		cancelPage()
		cancelBrowser()
		cancelTime()
		server.Close()
	})
	b.check(chromedp.Listen(ctx, func(event any) {
		b.mutex.Lock()
		defer b.mutex.Unlock()
		if e, ok := event.(*network.EventRequestWillBeSent); ok {
			b.requests = append(b.requests, e.Request.URL)
		}
	}))
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			b.mutex.Lock()
			if err == nil && m.Type != "log" && m.Type != "info" && m.Type != "debug" {
				b.faults = append(b.faults, m.String())
			}
			b.mutex.Unlock()
		}
	}()
	b.do(chromedp.EmulateViewport(1024, 900))
	b.open(query)
	return b
}

func (b *browser) check(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	b.check(chromedp.Do(b.ctx, steps...))
}

// open loads the page with a query.
func (b *browser) open(query string) {
	b.Helper()
	b.do(chromedp.Navigate("about:blank"), chromedp.Navigate(b.address+"/#"+query), chromedp.WaitReady("body[data-ready]"))
}

// prefer sets what the page learns from a media query.
func (b *browser) prefer(name, value string) {
	b.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: name, Value: value}},
	})
	b.check(err)
}

func (b *browser) checkQuiet() {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, fault := range b.faults {
		b.Errorf("console: %s", fault)
	}
	for _, request := range b.requests {
		if !strings.HasPrefix(request, b.address+"/") && !strings.HasPrefix(request, "data:") && request != "about:blank" {
			b.Errorf("the page asks for %s", request)
		}
	}
	if len(b.requests) < 5 {
		b.Errorf("%d requests, want at least those of the five files", len(b.requests))
	}
}

// eval returns the value of a JavaScript expression.
func eval[T any](b *browser, expression string, args ...any) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](fmt.Sprintf(expression, args...)))
	b.check(err)
	return v
}

// until waits until a JavaScript expression is true.
func (b *browser) until(expression string, args ...any) {
	b.Helper()
	_, err := chromedp.Run(b.ctx, chromedp.Poll[bool](fmt.Sprintf(expression, args...), chromedp.WithPollingTimeout(time.Minute)))
	if err != nil {
		b.Fatalf("%s: %v", fmt.Sprintf(expression, args...), err)
	}
}

// settings returns the settings in the address.
func (b *browser) settings() play.Settings {
	b.Helper()
	s, err := play.Parse(strings.TrimPrefix(eval[string](b, "location.hash"), "#"))
	b.check(err)
	return s
}

const finished = `document.getElementById("announcement").textContent === "Finished"`

// compare selects each path and compares its numbers on the page with those of the same run in Go.
// The first-order rules must have the same bits.
func (b *browser) compare(steps int) {
	b.Helper()
	s := b.settings()
	for i, p := range play.New(s) {
		p.Advance(steps)
		rule := s.Paths[i].Rule
		eval[any](b, `document.querySelectorAll("#list input")[%d].click()`, i)
		tolerance := 0.0
		if p.SecondOrder() {
			tolerance = 1e-12
		}
		near := func(name string, got string, want float64) {
			b.Helper()
			v, err := strconv.ParseFloat(got, 64)
			if err != nil || !(math.Abs(v-want) <= tolerance*max(1, math.Abs(want))) {
				b.Errorf("%s on %s: %s = %q on the page and %v in Go", rule, s.Function, name, got, want)
			}
		}
		state := p.State()
		got := eval[[][]string](b, `[...document.querySelectorAll("#rows tr")].map(row => [row.firstChild.textContent, ...[...row.querySelectorAll("td")].map(d => d.title)])`)
		if len(got) != len(state)+2 {
			b.Fatalf("%s: the table has %q, want %v", rule, got, state)
		}
		for k, v := range state {
			if got[k][0] != v.Name || len(got[k]) != len(v.Values)+1 {
				b.Errorf("%s: the table has the row %q, want %v", rule, got[k], v)
				continue
			}
			for j, want := range v.Values {
				near(v.Name, got[k][j+1], want)
			}
		}
		near("f", got[len(state)][1], p.Points[len(p.Points)-1])
	}
}

// finish goes to another query. The page plays its paths to their ends.
func (b *browser) finish(query string) {
	b.Helper()
	eval[any](b, `document.getElementById("announcement").textContent = ""; location.hash = %q`, query)
	b.until(finished)
}

// Every rule goes the same way on the page as in Go.
func TestSameNumbers(t *testing.T) {
	b := openPage(t, "")
	for _, f := range play.Functions {
		for from := 0; from < len(play.Rules); from += play.MaxPaths {
			q := url.Values{"function": {f.Key}, "steps": {"40"}, "speed": {"6000"}, "schedule": {"warmup"}}
			for _, r := range play.Rules[from:min(from+play.MaxPaths, len(play.Rules))] {
				q.Add("path", r.Key)
			}
			if f.Key == "cliff" || f.Key == "saddle" {
				q.Set("noise", "0.05")
				q.Set("clip", "0.3")
			}
			b.finish(q.Encode())
			b.compare(40)
		}
	}
}

// A click starts the paths at the point that was clicked.
func TestClick(t *testing.T) {
	b := openPage(t, "function=saddle&steps=30&speed=6000&path=sgd&path=adam&path=plain")
	box := eval[[]float64](b, `(r => [r.left, r.top, r.width, r.height])(document.getElementById("heads").getBoundingClientRect())`)
	b.do(chromedp.MouseClickXY(box[0]+box[2]*0.75, box[1]+box[3]*0.25))
	b.until(finished)
	s := b.settings()
	if want := [2]float64{0.8, 0.6}; !(math.Abs(s.Start[0]-want[0]) <= 0.01) || !(math.Abs(s.Start[1]-want[1]) <= 0.01) {
		t.Errorf("the click starts at %v, want %v", s.Start, want)
	}
	b.compare(30)
	if n := eval[int](b, pixels, "lines"); n < 200 {
		t.Errorf("the paths have %d pixels", n)
	}
	b.do(chromedp.EmulateViewport(360, 800, chromedp.EmulateTouch), chromedp.ScrollIntoView("#heads"))
	box = eval[[]float64](b, `(r => [r.left, r.top, r.width, r.height])(document.getElementById("heads").getBoundingClientRect())`)
	b.do(chromedp.TapXY(box[0]+box[2]*0.25, box[1]+box[3]*0.25))
	b.until(`location.hash.includes("start=-0.")`)
	b.until(finished)
	b.compare(30)
}

// pixels is the number of pixels of a canvas that are not transparent.
const pixels = `(c => c.getContext("2d").getImageData(0, 0, c.width, c.height).data.filter((v, i) => i %% 4 === 3 && v > 0).length)(document.getElementById("%s"))`

// A slider changes the paths up to the current step, and the address. The address restores all of it.
func TestSlidersAndAddress(t *testing.T) {
	b := openPage(t, "function=valley&steps=25&speed=6000&path=momentum&path=adam")
	b.do(chromedp.Click("#play"))
	b.until(finished)
	before := eval[string](b, `document.querySelector("#rows td").title`)
	set := func(label string, value float64) {
		t.Helper()
		eval[any](b, `(r => { r.value = %v; r.dispatchEvent(new Event("input")); })(document.querySelector('input[type=range][aria-label^="%s"]'))`, value, label)
	}
	set("Learning rate", 700)
	set("Momentum", 333)
	set("Condition", 500)
	set("Noise", 600)
	set("Largest", 400)
	eval[any](b, `(s => { s.value = "cosine"; s.dispatchEvent(new Event("change")); })(document.getElementById("schedule"))`)
	eval[any](b, `document.querySelectorAll("#list input")[1].click()`)
	set("Averaging", 500)
	s := b.settings()
	if p := s.Paths[1]; p.Beta2 != 0.99 || p.Rate != 0.3 {
		t.Errorf("the slider of path 2 gives %+v", p)
	}
	if p := s.Paths[0]; p.Rate != 0.158 || p.Momentum != 0.9 || s.Condition != 100 || s.Noise == 0 || s.Clip == 0 || s.Schedule != "cosine" {
		t.Errorf("the sliders give %+v", s)
	}
	b.compare(25)
	eval[any](b, `document.querySelector("#list input").click()`)
	if after := eval[string](b, `document.querySelector("#rows td").title`); after == before {
		t.Errorf("x stays %s", after)
	}

	b.open(strings.TrimPrefix(eval[string](b, "location.hash"), "#"))
	if got := b.settings(); fmt.Sprint(got) != fmt.Sprint(s) {
		t.Errorf("the address restores %+v, want %+v", got, s)
	}
	b.do(chromedp.Click("#play"))
	b.until(finished)
	b.compare(25)
}

// Space plays, N steps and R resets. The arrow keys move the start.
func TestKeyboard(t *testing.T) {
	b := openPage(t, "function=rosenbrock&steps=20&speed=6000&path=sgd&path=nadam")
	count := func(want string) {
		t.Helper()
		b.until(`document.getElementById("count").textContent.startsWith("Step %s of")`, want)
	}
	b.do(chromedp.KeyEvent("n"), chromedp.KeyEvent("n"))
	count("2")
	b.compare(2)
	eval[any](b, `document.activeElement.blur()`)
	b.do(chromedp.KeyEvent("r"))
	count("0")
	b.do(chromedp.KeyEvent(" "))
	b.until(finished)
	count("20")
	b.do(chromedp.Focus("#heads"), chromedp.KeyEvent(kb.ArrowRight))
	b.until(finished)
	if x := b.settings().Start[0]; x != -1.11 {
		t.Errorf("→ moves the start to %v, want −1.11", x)
	}
	b.compare(20)
}

// Play becomes Pause while the paths run. With reduced motion the paths appear at once.
func TestPauseAndReducedMotion(t *testing.T) {
	b := openPage(t, "function=beale&steps=500&speed=1&path=adam")
	texts := func(button, announcement string) {
		t.Helper()
		got := eval[[]string](b, `["play", "announcement"].map(id => document.getElementById(id).textContent)`)
		if got[0] != button || got[1] != announcement {
			t.Errorf("the button is %q and the announcement %q, want %q and %q", got[0], got[1], button, announcement)
		}
	}
	b.do(chromedp.Click("#play"))
	texts("Pause", "")
	b.do(chromedp.Click("#play"))
	texts("Play", "Paused")
	b.prefer("prefers-reduced-motion", "reduce")
	b.do(chromedp.Click("#play"))
	texts("Play", "Finished")
	b.compare(500)
}

// Another function has its own start and its own rates, and the same optimizers.
func TestFunction(t *testing.T) {
	b := openPage(t, "function=beale&start=1,1&schedule=cosine&path=adam,0.7&path=sgd,0.7")
	eval[any](b, `(s => { s.value = "rosenbrock"; s.dispatchEvent(new Event("change")); })(document.getElementById("function"))`)
	want, err := play.Parse("function=rosenbrock&schedule=cosine&path=adam&path=sgd")
	b.check(err)
	if got := b.settings(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("settings %+v, want %+v", got, want)
	}
}

// Paths are added and removed. A wrong address is reported.
func TestPathsAndErrors(t *testing.T) {
	b := openPage(t, "path=sgd")
	eval[any](b, `document.getElementById("rule").value = "lbfgs"`)
	b.do(chromedp.Click("#add-path"))
	if s := b.settings(); len(s.Paths) != 2 || s.Paths[1].Rule != "lbfgs" {
		t.Errorf("paths %+v, want L-BFGS second", s.Paths)
	}
	b.do(chromedp.Click("#list li:first-child button"))
	if s := b.settings(); len(s.Paths) != 1 || s.Paths[0].Rule != "lbfgs" {
		t.Errorf("paths %+v, want L-BFGS alone", s.Paths)
	}
	b.do(chromedp.Click("#list li:first-child button"))
	b.do(chromedp.Click("#step"), chromedp.Click("#play"))
	if s := b.settings(); len(s.Paths) != 0 {
		t.Errorf("paths %+v, want none", s.Paths)
	}
	b.open("condition=%22<b>")
	if text := eval[string](b, `document.getElementById("error").textContent`); !strings.Contains(text, `condition = "<b>, want a number in [1, 10000]`) {
		t.Errorf("the page says %q", text)
	}
}

// Every control has a name, and nothing is wider than the page.
func TestAccessible(t *testing.T) {
	b := openPage(t, "function=himmelblau&steps=80&speed=6000&path=sgd&path=momentum&path=nesterov&path=adagrad&path=rmsprop&path=adam&path=nadam&path=lion&path=region&path=lbfgs")
	b.do(chromedp.Click("#play"))
	b.until(finished)
	if unnamed := eval[[]string](b, `[...document.querySelectorAll("input, select, button, canvas:not([aria-hidden]), section")].filter(e => !e.labels?.[0]?.textContent.trim() && !e.ariaLabel && !e.getAttribute("aria-labelledby") && !(e.tagName === "BUTTON" && /\w/.test(e.textContent))).map(e => e.outerHTML)`); len(unnamed) > 0 {
		t.Errorf("without a name: %q", unnamed)
	}
	if double := eval[[]string](b, `[...document.querySelectorAll("[id]")].map(e => e.id).filter((id, i, all) => all.indexOf(id) !== i)`); len(double) > 0 {
		t.Errorf("ids that are not unique: %q", double)
	}
	for _, width := range []int64{360, 1024, 1920} {
		for _, scheme := range []string{"light", "dark"} {
			b.do(chromedp.EmulateViewport(width, 1000))
			b.prefer("prefers-color-scheme", scheme)
			b.until("innerWidth === %d", width)
			eval[any](b, `scrollTo(0, 0)`)
			if wide := eval[[]string](b, `[...document.querySelectorAll("body *")].filter(e => !e.closest("table") && e.getBoundingClientRect().right > innerWidth).map(e => e.outerHTML)`); len(wide) > 0 {
				t.Errorf("wider than %d pixels: %q", width, wide)
			}
			if *screenshots != "" {
				png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
				b.check(err)
				b.check(os.MkdirAll(*screenshots, 0o777))
				b.check(os.WriteFile(filepath.Join(*screenshots, fmt.Sprintf("%d-%s.png", width, scheme)), png, 0o666))
			}
		}
	}
}

// The benchmark prints a number of frames, and leaves the settings as they were.
func TestBenchmark(t *testing.T) {
	b := openPage(t, "function=beale&path=lion")
	before := b.settings()
	b.do(chromedp.Click("#benchmark"))
	b.until(`/^[\d.]+ frames per second with ten paths, [\d.]+ ms of work per frame, at step \d+$/.test(document.getElementById("measured").textContent)`)
	t.Log(eval[string](b, `document.getElementById("measured").textContent`))
	if got := b.settings(); fmt.Sprint(got) != fmt.Sprint(before) {
		t.Errorf("settings %+v, want %+v", got, before)
	}
	b.do(chromedp.Click("#step"))
	b.compare(1)
}

// The command prints the address, serves the files, and ends.
func TestServe(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "index.html"), index(), 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	out := make(lines, 1)
	done := make(chan error)
	go func() { done <- serve(ctx, folder, 0, out) }()
	address := strings.TrimSpace(<-out)
	if !strings.HasPrefix(address, "http://127.0.0.1:") || strings.HasSuffix(address, ":0/") {
		t.Errorf("address %q", address)
	}
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	body.ReadFrom(response.Body)
	response.Body.Close()
	if !strings.Contains(body.String(), `content="#0072b2 #d55e00`) {
		t.Errorf("no palette in %s", body.String())
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// lines is a Writer that sends what is written.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}
