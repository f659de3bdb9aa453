// Package archive is the encoding of the state of an optimizer. A type lists its
// fields once, in a function that walks over them with a Walk. The same walk
// measures, writes, checks, reads and resets the fields.
//
// The encoding is a sequence of little-endian 8-byte words: float64, int and bool
// fields, and vectors. Every type begins with its name and its version. The
// encoding has no other description of the fields, so a type keeps their order
// and appends new ones under a new version.
//
// Only package optim calls it: state.go knows the types, checkpoint.go the files.
package archive

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Walk is one walk over the fields of a value.
type Walk struct {
	mode mode
	stream
	plan   *plan
	source string // of the bytes to read, for messages
	name   string // of the type at hand
	n      int    // number of parameters of the optimizer at hand
	want   int    // what n must be if it is not 0, or Any
	err    error  // the first
}

type mode int

const (
	measuring mode = iota
	writing
	checking // reading without assignments
	reading
	resetting
)

// Reset sets the state of a value to that of a new one. It keeps the settings.
func Reset(visit func(*Walk)) { visit(&Walk{mode: resetting}) }

// Fail ends the walk with an error. The first error counts.
func (a *Walk) Fail(format string, args ...any) {
	if a.err != nil {
		return
	}
	text := fmt.Sprintf(format, args...)
	if a.name != "" {
		text = "state of " + a.name + ": " + text
	}
	a.err = errors.New("optim: " + text)
}

// Type begins the fields of a type. It returns the version of the fields: the
// given version, or when reading the version in the data, which may be lower. A
// field that came with version k is read only if Type returns at least k.
func (a *Walk) Type(name string, version int) int {
	switch a.mode {
	case measuring:
		a.size += int64(len(name) + 2)
	case writing:
		a.put(append(append([]byte{byte(len(name))}, name...), byte(version)))
	case checking, reading:
		a.expect(name)
		a.name = name
		found := 0
		if b := a.take(1); b != nil {
			found = int(b[0])
		}
		if found < 1 || found > version {
			a.Fail("%s has version %d of it, want at most %d", a.source, found, version)
		}
		return found
	}
	a.name = name
	return version
}

// expect reads the name of a type and compares it.
func (a *Walk) expect(name string) {
	head := a.take(1)
	if head == nil {
		return
	}
	length := int(head[0])
	if int64(length) > a.left {
		length = 0
	}
	found := string(a.take(length))
	switch {
	case a.err != nil || found == name:
	case found == "" || !printable(found):
		a.Fail("%s has no name of a type, want %s", a.source, article(name))
	default:
		a.Fail("%s has %s, want %s", a.source, article(found), article(name))
	}
}

func printable(name string) bool {
	for _, r := range name {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

// article puts the indefinite article in front of the name of a type.
func article(name string) string {
	const vowels, spelled = "AEIOaeio", "FHLMNRSX" // spelled in LBFGS or RMSProp
	abbreviated := len(name) > 1 && 'A' <= name[1] && name[1] <= 'Z'
	if strings.IndexByte(vowels, name[0]) >= 0 || abbreviated && strings.IndexByte(spelled, name[0]) >= 0 {
		return "an " + name
	}
	return "a " + name
}

// Assigning returns whether the walk assigns fields: it reads or resets.
func (a *Walk) Assigning() bool {
	return a.err == nil && (a.mode == reading || a.mode == resetting)
}

// Resetting returns whether the walk is a reset.
func (a *Walk) Resetting() bool { return a.mode == resetting }

// State walks over fields of the state: *float64, *bool, and *int that is at least
// 0. A reset sets them to 0 or false.
func (a *Walk) State(fields ...any) {
	for _, field := range fields {
		switch p := field.(type) {
		case *float64:
			if v := math.Float64frombits(a.word(math.Float64bits(*p))); a.Assigning() {
				*p = v
			}
		case *int:
			if v := a.Count(*p); a.Assigning() {
				*p = v
			}
		case *bool:
			if v := a.flag(*p); a.Assigning() {
				*p = v
			}
		default:
			panic(fmt.Sprintf("archive: a field of type %T", field))
		}
	}
}

// Settings walks over fields that the user assigns. A reset keeps them.
func (a *Walk) Settings(fields ...any) {
	if a.mode != resetting {
		a.State(fields...)
	}
}

// Count walks over a number that is at least 0. It returns the number after the
// walk: the given one, the one that is read, or 0 in a reset.
func (a *Walk) Count(v int) int {
	w := a.word(uint64(v))
	if w > math.MaxInt {
		a.Fail("a count of %d, want at least 0", int64(w))
		return 0
	}
	return int(w)
}

// flag walks over a bool, as Count does over a number.
func (a *Walk) flag(v bool) bool {
	w := a.word(bit(v))
	if w > 1 {
		a.Fail("a flag of %d, want 0 or 1", w)
	}
	return w == 1
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// Same walks over a number that must be the same in the data.
func (a *Walk) Same(what string, n int) {
	if found := a.Count(n); a.mode == checking && a.err == nil && found != n {
		a.Fail("%d %s, want %d", found, what, n)
	}
}

// Within walks over a number in [least, most]. A reset sets it to first.
func (a *Walk) Within(what string, field *int, first, least, most int) {
	v := a.Count(*field)
	if a.mode == checking && a.err == nil && (v < least || v > most) {
		a.Fail("%d %s, want [%d, %d]", v, what, least, most)
	}
	if a.mode == resetting {
		v = first
	}
	if a.Assigning() {
		*field = v
	}
}

// Used walks over the number of steps and the number of parameters, which is 0
// before the first step. The lengths of the vectors that follow are the second.
func (a *Walk) Used(steps, params *int) {
	t, n := a.Count(*steps), a.Count(*params)
	switch {
	case n > 0 != (t > 0):
		a.Fail("%d parameters after %d steps", n, t)
	case a.mode == checking && n > 0 && a.want != Any && n != a.want:
		a.Fail("%d parameters, want %d", n, a.want)
	}
	if n > 0 {
		a.want = n
	}
	a.n = n
	if a.Assigning() {
		*steps, *params = t, n
	}
}

// Params returns the number of parameters of the value at hand: what Used has
// found, and 0 before the first step.
func (a *Walk) Params() int { return a.n }

// Want returns the number of parameters that the value at hand must have, or Any.
func (a *Walk) Want() int { return a.want }

// Any is a number of parameters that stands for every number.
const Any = -1

// Inner walks over a value within another one. The inner value has want parameters
// once it is used, or any number. Afterwards the outer type and its number of
// parameters are at hand again.
func (a *Walk) Inner(want int, visit func(*Walk)) {
	name, n, outer := a.name, a.n, a.want
	a.want = want
	visit(a)
	a.name, a.n, a.want = name, n, outer
}

// Value walks over a value that is not a part of an optimizer: *int, *float64, or
// []float64, whose length must be the same in the data. It returns false if v has
// another type.
func (a *Walk) Value(v any) bool {
	switch p := v.(type) {
	case *int:
		a.Type("*int", 1)
		w := int64(a.word(uint64(*p)))
		if int64(int(w)) != w {
			a.Fail("%d does not fit an int", w)
		}
		if a.Assigning() {
			*p = int(w)
		}
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
