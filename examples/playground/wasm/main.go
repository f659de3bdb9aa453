//go:build js && wasm

// Command wasm is the library as the page of the playground calls it. It defines the object
// playground, whose functions take and return strings, numbers and arrays of numbers.
package main

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"strconv"
	"syscall/js"

	"example.com/optim/examples/playground/play"
)

// The settings and the paths of the page.
var (
	settings play.Settings
	paths    []*play.Path
)

func main() {
	functions := map[string]func(args []js.Value) any{
		"catalogue": catalogue,
		"load":      load,
		"contours":  func([]js.Value) any { return floats(play.Contours(settings)) },
		"advance":   advance,
		"state":     state,
	}
	object := js.Global().Get("Object").New()
	for name, f := range functions {
		object.Set(name, js.FuncOf(func(_ js.Value, args []js.Value) any { return f(args) }))
	}
	js.Global().Set("playground", object)
	select {}
}

// catalogue returns what a person can choose from.
func catalogue([]js.Value) any {
	return text(map[string]any{
		"Functions": play.Functions, "Rules": play.Rules, "Schedules": play.Schedules, "Ends": play.Ends,
		"MaxSteps": play.MaxSteps, "MaxPaths": play.MaxPaths,
	})
}

// load sets the settings to those of a query, and puts all paths at the start. If the query is wrong,
// it returns the error and uses the defaults.
func load(args []js.Value) any {
	s, err := play.Parse(args[0].String())
	message := ""
	if err != nil {
		message = err.Error()
		s, _ = play.Parse("")
	}
	settings, paths = s, play.New(s)
	return text(map[string]any{"Settings": settings, "Error": message})
}

// advance takes up to k steps of all paths. For each path it returns the number of
// steps, the end, ‖g‖ and the number of all points. Then follow the points that the page does not have
// yet: x, y and f of each. The page has as many points of path i as args[1][i] says.
func advance(args []js.Value) any {
	var all []float64
	for i, p := range paths {
		p.Advance(args[0].Int())
		has := 3 * args[1].Index(i).Int()
		all = append(all, float64(p.Steps()), float64(p.End), p.Norm, float64(len(p.Points)/3))
		all = append(all, p.Points[has:]...)
	}
	return floats(all)
}

// state returns the numbers of the last step of path i, with all digits.
func state(args []js.Value) any {
	p := paths[args[0].Int()]
	type row struct {
		Name   string
		Values []string
	}
	var rows []row
	for _, v := range p.State() {
		r := row{Name: v.Name}
		for _, x := range v.Values {
			r.Values = append(r.Values, strconv.FormatFloat(x, 'g', -1, 64))
		}
		rows = append(rows, r)
	}
	return text(map[string]any{"Describe": p.Describe(), "Rows": rows})
}

func text(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// floats returns a Float64Array with the same bits.
func floats(all []float64) js.Value {
	data := make([]byte, 0, 8*len(all))
	for _, v := range all {
		data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
	}
	bytes := js.Global().Get("Uint8Array").New(len(data))
	js.CopyBytesToJS(bytes, data)
	return js.Global().Get("Float64Array").New(bytes.Get("buffer"))
}
