package optim

import (
	"bytes"
	"encoding"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"reflect"
	"slices"
)

// stateful is what this package can save, restore and reset.
type stateful interface {
	// visit shows the archive what there is, in an order that never changes.
	visit(a *archive)
}

// version is that of the encoding. What an older version wrote is read for ever.
const version = 1

// archive goes through the fields of an optimizer to do one of several things
// with them.
type archive struct {
	mode mode
	b    []byte // written so far, or still to be read
	size int    // measured so far
	n    int    // number of parameters of the optimizer at hand
	want int    // what n must be if it is not 0; negative if nobody knows
	own  bool   // whether there is an optimizer or transform of the user's
	name string // of the optimizer at hand
	err  error  // the first
}

type mode int

const (
	measuring mode = iota
	writing
	checking // reading that changes nothing
	reading
	resetting
)

// appendBinary appends the state of s to b.
func appendBinary(b []byte, s stateful) ([]byte, error) {
	m := archive{mode: measuring}
	s.visit(&m)
	a := archive{mode: writing, b: slices.Grow(b, m.size)}
	s.visit(&a)
	return a.b, a.err
}

// unmarshalBinary restores the state of s.
func unmarshalBinary(data []byte, s stateful) error { return restore(data, -1, s.visit) }

// restore checks and then reads all of the data, which is for the given number
// of parameters, if that is not negative. Data that does not fit changes
// nothing. A type of the user's may refuse it all the same: then everything is
// put back.
func restore(data []byte, want int, visit func(a *archive)) error {
	a := archive{mode: checking, b: data, want: want}
	visit(&a)
	if a.err == nil && len(a.b) > 0 {
		a.fail("%d bytes too many", len(a.b))
	}
	if a.err != nil {
		return a.err
	}
	before := archive{mode: writing}
	if a.own {
		visit(&before)
	}
	a = archive{mode: reading, b: data}
	visit(&a)
	if a.err != nil && before.err == nil {
		visit(&archive{mode: reading, b: before.b})
	}
	return a.err
}

// reset makes s as new, but for its settings.
func reset(s stateful) { s.visit(&archive{mode: resetting}) }

// fail keeps the first error.
func (a *archive) fail(format string, args ...any) {
	if a.err == nil {
		a.err = errors.New("optim: state of " + a.name + ": " + fmt.Sprintf(format, args...))
	}
}

// begin starts the fields of a type.
func (a *archive) begin(name string) {
	a.name = name
	switch a.mode {
	case measuring:
		a.size += len(name) + 2
	case writing:
		a.b = append(append(append(a.b, byte(len(name))), name...), version)
	case checking, reading:
		if head := a.take(1); head != nil {
			if found := a.take(int(head[0])); a.err == nil && string(found) != name {
				a.fail("the data is that of %q", found)
			}
		}
		if v := a.take(1); v != nil && v[0] != version {
			a.fail("the data has version %d, this package reads version %d", v[0], version)
		}
	}
}

// take is the next n bytes to read, or nil if there are not so many.
func (a *archive) take(n int) []byte {
	if a.err != nil {
		return nil
	}
	if n > len(a.b) {
		a.fail("the data ends %d bytes early", n-len(a.b))
		return nil
	}
	head := a.b[:n]
	a.b = a.b[n:]
	return head
}

// word is eight bytes. It returns what v is after it: in most modes what it was.
func (a *archive) word(v uint64) uint64 {
	switch a.mode {
	case measuring:
		a.size += 8
	case writing:
		a.b = binary.LittleEndian.AppendUint64(a.b, v)
	case checking, reading:
		if b := a.take(8); b != nil {
			return binary.LittleEndian.Uint64(b)
		}
	case resetting:
		return 0
	}
	return v
}

// set is whether fields are assigned.
func (a *archive) set() bool { return a.err == nil && (a.mode == reading || a.mode == resetting) }

// numbers are float64 fields of the state.
func (a *archive) numbers(fields ...*float64) {
	for _, p := range fields {
		if v := math.Float64frombits(a.word(math.Float64bits(*p))); a.set() {
			*p = v
		}
	}
}

// counts are int fields of the state, none of them negative.
func (a *archive) counts(fields ...*int) {
	for _, p := range fields {
		if v := a.count(*p); a.set() {
			*p = v
		}
	}
}

func (a *archive) count(v int) int {
	w := a.word(uint64(v))
	if w > math.MaxInt {
		a.fail("a count of %d", int64(w))
		return 0
	}
	return int(w)
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// flags are bool fields of the state.
func (a *archive) flags(fields ...*bool) {
	for _, p := range fields {
		v := a.word(bit(*p))
		if v > 1 {
			a.fail("a flag of %d", v)
		}
		if a.set() {
			*p = v == 1
		}
	}
}

// settings are the float64 fields that the user assigns: they are saved, but a
// reset leaves them.
func (a *archive) settings(fields ...*float64) {
	if a.mode != resetting {
		a.numbers(fields...)
	}
}

// switches are the bool fields that the user assigns.
func (a *archive) switches(fields ...*bool) {
	if a.mode != resetting {
		a.flags(fields...)
	}
}

// limits are the int fields that the user assigns.
func (a *archive) limits(fields ...*int) {
	if a.mode != resetting {
		a.counts(fields...)
	}
}

// driver is the part of the state that every rule has.
func (a *archive) driver(d *driver) {
	a.used(&d.t, &d.n)
	a.numbers(&d.eta)
}

// used are the steps taken and the number of parameters.
func (a *archive) used(steps, params *int) {
	t, n := a.count(*steps), a.count(*params)
	switch reads := a.mode == checking; {
	case n > 0 != (t > 0):
		a.fail("%d parameters after %d steps", n, t)
	case reads && n > 0 && a.want >= 0 && n != a.want:
		a.fail("%d parameters, want %d", n, a.want)
	}
	if n > 0 {
		a.want = n
	}
	if a.n = n; a.set() {
		*steps, *params = t, n
	}
}

// vectors are those of the state that are there from the first step on, all of
// the length of the parameters.
func (a *archive) vectors(fields ...*[]float64) {
	used := a.n > 0
	a.there("vectors", used)
	if used {
		a.each(fields)
	} else if a.set() {
		for _, p := range fields {
			*p = nil
		}
	}
}

// optional is a vector that is there only if it has been needed.
func (a *archive) optional(field *[]float64) {
	switch there := a.word(bit(*field != nil)); {
	case there > 1 || there == 1 && a.n == 0 && a.mode == checking:
		a.fail("a flag of %d", there)
	case there == 1:
		a.each([]*[]float64{field})
	case a.set():
		*field = nil
	}
}

// square is a matrix of n rows that is there only if it has been needed.
func (a *archive) square(field *[]float64) {
	n := a.n
	if n > 0 && n > (math.MaxInt>>3)/n {
		a.fail("a matrix of %d rows", n)
		return
	}
	a.n = n * n
	a.optional(field)
	a.n = n
}

// there says whether something is there, which must be so in the data as well.
func (a *archive) there(what string, is bool) {
	if w := a.word(bit(is)); a.mode == checking && a.err == nil && w != bit(is) {
		a.fail("%s: %d, want %d", what, w, bit(is))
	}
}

// same is a number that must be the same in the data.
func (a *archive) same(what string, n int) {
	if found := a.count(n); a.mode == checking && a.err == nil && found != n {
		a.fail("%d %s, want %d", found, what, n)
	}
}

// within is a count in [least, most], the first of which is given.
func (a *archive) within(what string, field *int, first, least, most int) {
	v := a.count(*field)
	if a.mode == checking && a.err == nil && (v < least || v > most) {
		a.fail("%d %s, want [%d, %d]", v, what, least, most)
	}
	if a.mode == resetting {
		v = first
	}
	if a.set() {
		*field = v
	}
}

// batches are where an estimator is in its epoch.
func (a *archive) batches(b *batches) {
	a.same("terms", b.n)
	a.permutation(&b.order, b.n)
	a.within("terms done in the epoch", &b.at, 0, 0, b.n-1)
	a.counts(&b.epoch, &b.terms)
}

// permutation are the numbers below n in some order, which are there only if
// they have been needed.
func (a *archive) permutation(field *[]int, n int) {
	there := a.word(bit(*field != nil))
	reads := a.mode == checking || a.mode == reading
	switch {
	case there > 1 || there == 1 && reads && n == 0:
		a.fail("a flag of %d", there)
	case there == 1 && reads && n > len(a.b)/8:
		a.fail("an order of %d numbers, but %d bytes are left", n, len(a.b))
	}
	switch {
	case a.err != nil:
	case there == 0 && a.set():
		*field = nil
	case there == 1 && a.mode == checking:
		seen := make([]bool, n)
		for range n {
			i := a.word(0)
			if i >= uint64(n) || seen[i] {
				a.fail("an order of %d numbers with %d, or with it twice", n, i)
				return
			}
			seen[i] = true
		}
	case there == 1:
		if len(*field) != n {
			*field = make([]int, n)
		}
		for i, v := range *field {
			(*field)[i] = int(a.word(uint64(v)))
		}
	}
}

// table is rows vectors of the given width, one after the other, which are there
// from the first step on.
func (a *archive) table(field *[]float64, rows, width int) {
	if a.n == 0 {
		if a.set() {
			*field = nil
		}
		return
	}
	if a.err == nil {
		n := a.n
		a.n = rows * width
		a.vector(field)
		a.n = n
	}
}

// members are some of the numbers below n, bit by bit, and how many they are.
// They are there from the first step on.
func (a *archive) members(field *[]byte, count *int, n int) {
	if a.n == 0 {
		if a.set() {
			*field, *count = nil, 0
		}
		return
	}
	size := (n + 7) / 8
	switch a.mode {
	case measuring:
		a.size += size
	case writing:
		a.b = append(a.b, *field...)
	case checking, reading:
		b := a.take(size)
		if b == nil {
			return
		}
		if n%8 > 0 && b[size-1]>>(n%8) > 0 {
			a.fail("a member that is not below %d", n)
		}
		if a.set() {
			*field, *count = bytes.Clone(b), 0
			for _, v := range b {
				*count += bits.OnesCount8(v)
			}
		}
	}
}

// each is vectors that are there.
func (a *archive) each(fields []*[]float64) {
	if reads := a.mode == checking || a.mode == reading; reads && a.n > len(a.b)/8/len(fields) {
		a.fail("%d vectors of %d numbers, but %d bytes are left", len(fields), a.n, len(a.b))
	}
	if a.err != nil {
		return
	}
	for _, p := range fields {
		a.vector(p)
	}
}

// vector is one vector of length a.n, which is known to be there.
func (a *archive) vector(p *[]float64) {
	switch a.mode {
	case measuring:
		a.size += 8 * a.n
	case writing:
		a.b = appendVector(a.b, *p)
	case checking:
		a.take(8 * a.n)
	case reading:
		if len(*p) != a.n {
			*p = make([]float64, a.n)
		}
		readVector(*p, a.take(8*a.n))
	}
}

// appendVector appends the elements of v.
func appendVector(b []byte, v []float64) []byte {
	start := len(b)
	b = slices.Grow(b, 8*len(v))[:start+8*len(v)]
	tail := b[start:]
	for _, x := range v {
		binary.LittleEndian.PutUint64(tail, math.Float64bits(x))
		tail = tail[8:]
	}
	return b
}

// readVector reads the elements of v from 8·len(v) bytes.
func readVector(v []float64, b []byte) {
	for i := range v {
		v[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
	}
}

// optimizer is one within another.
func (a *archive) optimizer(opt Optimizer) {
	outer := *a
	if s, ok := opt.(stateful); ok && ours(opt) {
		s.visit(a)
	} else {
		a.foreign(opt)
	}
	a.name, a.n, a.want = outer.name, outer.n, outer.want
}

// transform is one in front of an optimizer. One of the user's that saves itself
// is saved, of any other the type.
func (a *archive) transform(t Transform) {
	outer := a.name
	_, writes := t.(encoding.BinaryMarshaler)
	s, ok := t.(stateful)
	switch {
	case ok && ours(t):
		s.visit(a)
	case writes:
		a.begin(fmt.Sprintf("%T", t))
		a.foreign(t)
	default:
		a.begin(fmt.Sprintf("%T", t))
	}
	a.name = outer
}

// ours tells a type of this package from one that embeds it.
func ours(v any) bool {
	t := reflect.TypeOf(v)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath() == reflect.TypeFor[driver]().PkgPath()
}

// foreign is something of the user's that saves itself.
func (a *archive) foreign(opt any) {
	a.own = true
	if a.mode == resetting {
		if r, ok := opt.(interface{ Reset() }); ok {
			r.Reset()
		}
		return
	}
	m, canWrite := opt.(encoding.BinaryMarshaler)
	u, canRead := opt.(encoding.BinaryUnmarshaler)
	if !canWrite || !canRead {
		a.fail("a %T has no MarshalBinary and UnmarshalBinary", opt)
		return
	}
	var data []byte
	if a.mode == measuring || a.mode == writing {
		var err error
		if data, err = m.MarshalBinary(); err != nil {
			a.fail("a %T: %v", opt, err)
		}
	}
	n := a.count(len(data))
	switch a.mode {
	case measuring:
		a.size += n
	case writing:
		a.b = append(a.b, data...)
	case checking:
		a.take(n)
	case reading:
		if data = a.take(n); a.err == nil {
			if err := u.UnmarshalBinary(data); err != nil {
				a.fail("a %T: %v", opt, err)
			}
		}
	}
}
