// Package archive encodes the state of a value. A type lists its fields once, in a function that
// walks over them with a Walk. The same function measures, writes, checks, reads and resets them.
//
// The encoding is a sequence of little-endian words of 8 bytes: float64, int and bool fields, and
// the elements of vectors. Every type begins with its name and its version. The encoding does not
// describe the fields, so a type keeps their order and appends new fields under a new version.
//
// Only package optim calls this package: state.go for the types, checkpoint.go for the files.
package archive

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Walk is one walk over the fields of a value.
type Walk struct {
	mode mode
	err  error // the first

	w       io.Writer
	size    int64 // bytes measured or written so far
	r       io.Reader
	left    int64  // bytes to read
	source  string // the name of the bytes to read, for error messages
	buffer  []byte
	foreign []foreign // the foreign values found so far, or left to write

	part string // the part that is walked over, for error messages
	name string // the type that is walked over
	n    int    // number of parameters of that type
	want int    // the required n, unless n is 0; Any: every n is right

	length int                    // in a resizing walk, the number of parameters from now on
	each   func(field *[]float64) // in a resizing walk, called for each vector
}

type mode int

const (
	measuring mode = iota
	writing
	checking // reads, but does not assign
	reading
	resetting
	resizing
)

// Any is a number of parameters that stands for every number.
const Any = -1

// Resetting returns whether the walk is a reset.
func (a *Walk) Resetting() bool { return a.mode == resetting }

// Reads returns whether the walk reads data, to check or to assign.
func (a *Walk) Reads() bool { return a.mode == checking || a.mode == reading }

// Assigning returns whether the walk assigns fields: it reads, resets or resizes.
func (a *Walk) Assigning() bool { return a.err == nil && a.mode >= reading }

// Fail ends the walk with an error. The first error counts.
func (a *Walk) Fail(format string, args ...any) {
	where := a.part
	if a.name != "" {
		where += "state of " + a.name + ": "
	}
	if a.err == nil {
		a.err = fmt.Errorf("%s%w", where, fmt.Errorf(format, args...))
	}
}

// Type begins the fields of a type. It returns the given version or, when it reads, the version in
// the data, which may be lower. A field of version k is walked over only if Type returns at least
// k. Otherwise, if the walk assigns, visit assigns the value that the field has in a new value.
func (a *Walk) Type(name string, version int) int {
	if a.Reads() {
		if found := a.TypeName(); found != article(name) {
			a.Fail("%s has %s, want %s", a.source, found, article(name))
		}
	} else {
		a.bytes([]byte(name), a.Count(len(name)))
	}
	a.name = name
	found := a.Count(version)
	if a.mode == resetting {
		return version
	}
	if found < 1 || found > version {
		a.Fail("%s has version %d, want at most %d", a.source, found, version)
	}
	return found
}

// TypeName reads the name of a type. It returns the name with its article, for error messages.
func (a *Walk) TypeName() string {
	if length := a.word(0); 0 < length && length <= uint64(a.left) {
		name := string(a.bytes(nil, int(length)))
		if a.err == nil && strconv.Quote(name) == `"`+name+`"` {
			return article(name)
		}
	}
	return "no name of a type"
}

// article returns the name of a type with the indefinite article in front.
func article(name string) string {
	const vowels, spelled = "AEIOaeio", "FHLMNRSX" // spelled in LBFGS, RMSProp or L2
	abbreviated := len(name) > 1 && !('a' <= name[1] && name[1] <= 'z')
	if strings.IndexByte(vowels, name[0]) >= 0 || abbreviated && strings.IndexByte(spelled, name[0]) >= 0 {
		return "an " + name
	}
	return "a " + name
}

// State walks over fields of the state: *float64, *bool, and *int that is at least 0. A reset sets
// them to 0 or false.
func (a *Walk) State(fields ...any) {
	for _, field := range fields {
		switch p := field.(type) {
		case *float64:
			assign(a, p, math.Float64frombits(a.word(math.Float64bits(*p))))
		case *int:
			assign(a, p, a.Count(*p))
		case *bool:
			assign(a, p, a.Flag(*p))
		default:
			panic(fmt.Sprintf("archive: a field of type %T", field))
		}
	}
}

// assign sets a field to v if the walk assigns fields.
func assign[T any](a *Walk, field *T, v T) {
	if a.Assigning() {
		*field = v
	}
}

// Settings walks over fields that the user assigns. A reset keeps them.
func (a *Walk) Settings(fields ...any) {
	if a.mode != resetting {
		a.State(fields...)
	}
}

// Count walks over a number that is at least 0. It returns v or, when it reads, the number in the
// data. In a reset it returns 0.
func (a *Walk) Count(v int) int {
	w := a.word(uint64(v))
	if w > math.MaxInt {
		a.Fail("a count of %d, want at least 0", int64(w))
		return 0
	}
	return int(w)
}

// Flag walks over a bool, as Count does over a number.
func (a *Walk) Flag(v bool) bool {
	w := uint64(0)
	if v {
		w = 1
	}
	w = a.word(w)
	if w > 1 {
		a.Fail("a flag of %d, want 0 or 1", w)
	}
	return w == 1
}

// Same walks over a number that must be the same in the data.
func (a *Walk) Same(what string, n int) {
	if found := a.Count(n); found != n && a.mode != resetting {
		a.Fail("%d %s, want %d", found, what, n)
	}
}

// Within walks over a number in [least, most]. A reset sets it to first.
func (a *Walk) Within(what string, field *int, first, least, most int) {
	v := a.Count(*field)
	if a.mode == resetting {
		v = first
	}
	if v < least || v > most {
		a.Fail("%d %s, want [%d, %d]", v, what, least, most)
	}
	assign(a, field, v)
}

// Used walks over the number of steps and the number of parameters. Both are 0 before the first
// step. The vectors that follow have as many elements as there are parameters.
func (a *Walk) Used(steps, params *int) {
	t, n := a.Count(*steps), a.Count(*params)
	switch {
	case a.mode == resizing:
	case n > 0 != (t > 0):
		a.Fail("%d parameters after %d steps", n, t)
	case n > 0 && n != a.want && a.want != Any:
		a.Fail("%d parameters, want %d", n, a.want)
	case n > 0:
		a.want = n
	}
	if a.mode == resizing && t > 0 {
		n = a.length
	}
	a.n = n
	assign(a, steps, t)
	assign(a, params, n)
}

// Params returns the number of parameters that Used has found, and 0 before the first step.
func (a *Walk) Params() int { return a.n }

// Want returns the number of parameters that a value must have if it has taken a step, or Any.
func (a *Walk) Want() int { return a.want }

// Inner walks over a value within another one. The inner value must have want parameters if it has
// taken a step; Any stands for every number.
func (a *Walk) Inner(want int, visit func(*Walk)) {
	name, n, outer := a.name, a.n, a.want
	a.want = want
	visit(a)
	a.name, a.n, a.want = name, n, outer
}

// Part is Inner for a part of a checkpoint. Error messages name the part.
func (a *Walk) Part(part string, want int, visit func(*Walk)) {
	a.part = part + ": "
	a.Inner(want, visit)
	a.part = ""
}

// Value walks over a value that is not a part of an optimizer: *int, *float64, or []float64, whose
// length must be the same in the data. It returns false if v has another type.
func (a *Walk) Value(v any) bool {
	switch p := v.(type) {
	case *int:
		a.Type("*int", 1)
		w := int64(a.word(uint64(*p)))
		if int64(int(w)) != w {
			a.Fail("%d does not fit an int", w)
		}
		assign(a, p, int(w))
	case *float64:
		a.Type("*float64", 1)
		a.State(p)
	case []float64:
		a.Type("[]float64", 1)
		a.Same("numbers", len(p))
		a.Elements(p)
	default:
		return false
	}
	return true
}
