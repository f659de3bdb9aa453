package archive

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

// thing has a field of each kind. After 2 steps on 3 parameters it has all of them.
type thing struct {
	rate     float64 // settings
	limit    int
	on       bool
	t, n     int
	sum      float64
	count    int
	moved    bool
	x, y     []float64
	optional []float64
	matrix   []float64
	table    []float64
	order    []int
	at       int
	set, all []byte
	members  int
	most     int
	inner    *thing
}

func (s *thing) visit(a *Walk) {
	a.Type("thing", 1)
	a.Settings(&s.rate, &s.limit, &s.on)
	a.Same("terms", 5)
	a.Used(&s.t, &s.n)
	a.State(&s.sum, &s.count, &s.moved)
	a.Vectors(&s.x, &s.y)
	a.Optional(&s.optional)
	a.Matrix(&s.matrix)
	a.Table(&s.table, 2, 4)
	a.Permutation(&s.order, 5)
	a.Within("terms done", &s.at, 1, 1, 4)
	a.Members(&s.set, &s.members, 11)
	a.Members(&s.all, &s.most, 8)
	if s.inner != nil {
		a.Inner(a.Want(), s.inner.visit)
	}
	a.Same("parameters behind the inner value", a.Params())
}

// fresh returns a new thing. Its settings are not the defaults.
func fresh(inner *thing) *thing { return &thing{rate: 0.25, limit: 7, on: true, at: 1, inner: inner} }

func used() *thing {
	s := fresh(fresh(nil))
	s.t, s.n, s.sum, s.count, s.moved = 2, 3, math.Inf(-1), 9, true
	s.x, s.y, s.optional = []float64{1, 2, 3}, []float64{4, 5, 6}, []float64{7, 8, 9}
	s.matrix = []float64{1, 2, 3, 4, 5, 6, 7, 8, 9}
	s.table = []float64{1, 2, 3, 4, 5, 6, 7, 8}
	s.order, s.at = []int{3, 1, 0, 2, 4}, 4
	s.set, s.members = []byte{0x81, 0x04}, 3
	s.all, s.most = []byte{0xff}, 8
	return s
}

// encode returns an encoding that cannot fail.
func encode(t *testing.T, visit func(*Walk)) []byte {
	t.Helper()
	data, err := Marshal(visit)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRoundTrip(t *testing.T) {
	for name, source := range map[string]*thing{"used": used(), "fresh": fresh(fresh(nil))} {
		for other, s := range map[string]*thing{"used": used(), "fresh": fresh(fresh(nil)), "empty": {inner: new(thing)}} {
			if err := Unmarshal(encode(t, source.visit), s.visit); err != nil || !reflect.DeepEqual(s, source) {
				t.Errorf("%s from %s: %+v, %v", other, name, s, err)
			}
		}
	}
}

// TestResetKeepsSettings compares with a new value.
func TestResetKeepsSettings(t *testing.T) {
	s := used()
	Reset(s.visit)
	if want := fresh(fresh(nil)); !reflect.DeepEqual(s, want) {
		t.Errorf("%+v, want %+v", s, want)
	}
}

// TestEncoding writes down the bytes of a small value.
func TestEncoding(t *testing.T) {
	n, p, x := -2, 1.0, []float64{0.5, -2}
	got := encode(t, func(a *Walk) { a.Value(&n); a.Value(&p); a.Value(x) })
	var want []byte
	word := func(v uint64) { want = binary.LittleEndian.AppendUint64(want, v) }
	word(4)
	want = append(want, "*int"...)
	word(1)
	word(math.MaxUint64 - 1)
	word(8)
	want = append(want, "*float64"...)
	word(1)
	word(0x3ff0000000000000)
	word(9)
	want = append(want, "[]float64"...)
	word(1)
	word(2)
	word(0x3fe0000000000000)
	word(0xc000000000000000)
	if !bytes.Equal(got, want) {
		t.Errorf("%x, want %x", got, want)
	}
}

// TestHostile flips each bit and cuts after each byte. Bytes that are refused change nothing. Bytes
// that are accepted are written in the same way.
func TestHostile(t *testing.T) {
	good := encode(t, used().visit)
	try := func(data []byte, what string, i int) {
		s := fresh(fresh(nil))
		err := Unmarshal(data, s.visit)
		if err != nil && !reflect.DeepEqual(s, fresh(fresh(nil))) {
			t.Errorf("%s %d: %v, but the value has changed", what, i, err)
		}
		if err == nil && !bytes.Equal(encode(t, s.visit), data) {
			t.Errorf("%s %d: written in another way", what, i)
		}
		if err == nil && what == "cut" {
			t.Errorf("%d bytes are accepted", i)
		}
	}
	for i := range 8 * len(good) {
		data := bytes.Clone(good)
		data[i/8] ^= 1 << (i % 8)
		try(data, "bit", i)
	}
	for i := range good {
		try(good[:i:i], "cut", i)
	}
}

// TestErrors reads words that are out of range.
func TestErrors(t *testing.T) {
	words := func(v ...uint64) (data []byte) {
		for _, w := range v {
			data = binary.LittleEndian.AppendUint64(data, w)
		}
		return data
	}
	var (
		f       float64
		k, n    int
		b       bool
		x       []float64
		order   []int
		set     []byte
		members int
	)
	usedBy := func(visit func(*Walk)) func(*Walk) {
		return func(a *Walk) { a.Used(&k, &n); visit(a) }
	}
	for _, c := range []struct {
		data  []byte
		visit func(*Walk)
		want  string
	}{
		{words(), func(a *Walk) { a.State(&f) }, "the data ends too early: 0 bytes are left, want 8"},
		{words(1, 2), func(a *Walk) { a.State(&f) }, "8 bytes too many"},
		{words(1 << 63), func(a *Walk) { a.State(&k) }, "a count of -9223372036854775808, want at least 0"},
		{words(2), func(a *Walk) { a.State(&b) }, "a flag of 2, want 0 or 1"},
		{words(4), func(a *Walk) { a.Same("terms", 5) }, "4 terms, want 5"},
		{words(0), func(a *Walk) { a.Within("terms", &k, 1, 1, 3) }, "0 terms, want [1, 3]"},
		{words(4), func(a *Walk) { a.Within("terms", &k, 1, 1, 3) }, "4 terms, want [1, 3]"},
		{words(1, 0), usedBy(func(*Walk) {}), "0 parameters after 1 steps"},
		{words(0, 1), usedBy(func(*Walk) {}), "1 parameters after 0 steps"},
		{words(1, 4), func(a *Walk) { a.Inner(3, usedBy(func(*Walk) {})) }, "4 parameters, want 3"},
		{words(1, 4), func(a *Walk) { a.Inner(0, usedBy(func(*Walk) {})) }, "4 parameters, want 0"},
		{words(1, 4, 1, 5), usedBy(func(a *Walk) { a.Inner(a.Want(), usedBy(func(*Walk) {})) }), "5 parameters, want 4"},
		{words(1, 2, 0), usedBy(func(a *Walk) { a.Vectors(&x) }), "the data ends too early: 8 bytes are left, want 16"},
		{words(1, 1<<62), usedBy(func(a *Walk) { a.Vectors(&x) }), "the data ends too early: 0 bytes are left, want 36893488147419103232"},
		{words(1, 1<<62, 1), usedBy(func(a *Walk) { a.Matrix(&x) }), "the data ends too early: 0 bytes are left, want 170141183460469231731687303715884105728"},
		{words(0, 0, 1), usedBy(func(a *Walk) { a.Optional(&x) }), "a part of no numbers"},
		{words(1, 1), func(a *Walk) { a.Permutation(&order, 2) }, "the data ends too early: 8 bytes are left, want 16"},
		{words(1, 1, 1), func(a *Walk) { a.Permutation(&order, 2) }, "1 out of range or twice in an order of 2 numbers"},
		{words(1, 0, 2), func(a *Walk) { a.Permutation(&order, 2) }, "2 out of range or twice in an order of 2 numbers"},
		{append(words(1, 1), 0x08), usedBy(func(a *Walk) { a.Members(&set, &members, 3) }), "a member that is not below 3"},
		{append(words(1, 1), 0xff, 0x02), usedBy(func(a *Walk) { a.Members(&set, &members, 9) }), "a member that is not below 9"},
		{words(1, 1), usedBy(func(a *Walk) { a.Members(&set, &members, 3) }), "the data ends too early: 0 bytes are left, want 1"},
	} {
		if err := Unmarshal(c.data, c.visit); err == nil || err.Error() != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
		if f != 0 || k != 0 || n != 0 || b || x != nil || order != nil || set != nil || members != 0 {
			t.Fatalf("%s: a field has changed", c.want)
		}
	}
	defer func() {
		if v := recover(); v != "archive: a field of type *string" {
			t.Errorf("%v, want a panic", v)
		}
	}()
	Marshal(func(a *Walk) { a.State(new(string)) })
}

// TestSavingChecks does not write what cannot be read.
func TestSavingChecks(t *testing.T) {
	limit, at := -1, 5
	for _, c := range []struct {
		visit func(*Walk)
		want  string
	}{
		{func(a *Walk) { a.Settings(&limit) }, "a count of -1, want at least 0"},
		{func(a *Walk) { a.Within("terms", &at, 1, 1, 4) }, "5 terms, want [1, 4]"},
		{func(a *Walk) { a.Inner(2, used().visit) }, "state of thing: 3 parameters, want 2"},
	} {
		var b bytes.Buffer
		err := Save(&b, func(int64) { t.Error("begins") }, c.visit)
		if err == nil || err.Error() != c.want || b.Len() > 0 {
			t.Errorf("%v after %d bytes, want %s", err, b.Len(), c.want)
		}
	}
}

// TestVersions reads a state of version 1 into a type that has got a field in version 2.
func TestVersions(t *testing.T) {
	type grown struct{ old, added float64 }
	visit := func(s *grown, version int) func(*Walk) {
		return func(a *Walk) {
			found := a.Type("grown", version)
			a.State(&s.old)
			if version == 1 {
				return
			}
			if found >= 2 {
				a.State(&s.added)
			} else if a.Assigning() {
				s.added = 0.5
			}
		}
	}
	first := encode(t, visit(&grown{old: 3}, 1))
	s := grown{1, 2}
	if err := Unmarshal(first, visit(&s, 2)); err != nil || s != (grown{3, 0.5}) {
		t.Errorf("%v, %v", s, err)
	}
	second := encode(t, visit(&grown{4, 6}, 2))
	if err := Unmarshal(second, visit(&s, 2)); err != nil || s != (grown{4, 6}) {
		t.Errorf("%v, %v", s, err)
	}
	err := Unmarshal(second, visit(&s, 1))
	if want := "state of grown: the data has version 2, want at most 1"; err == nil || err.Error() != want || s != (grown{4, 6}) {
		t.Errorf("%v, %v, want %s", s, err, want)
	}
	if Reset(visit(&s, 2)); s != (grown{}) {
		t.Errorf("%v after Reset", s)
	}
}

// TestVersionIsOneWord changes the version in the data.
func TestVersionIsOneWord(t *testing.T) {
	data := encode(t, func(a *Walk) { a.Type("x", 300) })
	for version, want := range map[int]bool{0: false, 1: true, 299: true, 300: true, 301: false} {
		binary.LittleEndian.PutUint64(data[9:], uint64(version))
		found := 0
		err := Unmarshal(data, func(a *Walk) { found = a.Type("x", 300) })
		if (err == nil) != want || found != version {
			t.Errorf("version %d: Type returns %d, %v", version, found, err)
		}
	}
}

// double encodes itself by its value, and refuses to be refuse.
type double struct {
	value, refuse float64
	broken        error
}

func (d *double) MarshalBinary() ([]byte, error) {
	return binary.LittleEndian.AppendUint64(nil, math.Float64bits(d.value)), d.broken
}

func (d *double) UnmarshalBinary(data []byte) error {
	d.value = math.Float64frombits(binary.LittleEndian.Uint64(data))
	if d.value == d.refuse {
		return io.ErrNoProgress
	}
	return nil
}

// TestForeignIsPutBack has values that encode themselves on both sides of a value that refuses.
func TestForeignIsPutBack(t *testing.T) {
	type values struct {
		a, b, c double
		x       float64
	}
	visit := func(v *values) func(*Walk) {
		return func(a *Walk) {
			a.State(&v.x)
			a.Foreign(&v.a)
			a.Foreign(&v.b)
			a.Foreign(&v.a) // twice
			a.Foreign(&v.c)
		}
	}
	data := encode(t, visit(&values{a: double{value: 1}, b: double{value: 2}, c: double{value: 3}, x: 4}))
	before := values{a: double{value: 5}, b: double{value: 6}, c: double{value: 7}, x: 8}
	s := before
	if err := Unmarshal(data, visit(&s)); err != nil || s.a.value != 1 || s.b.value != 2 || s.c.value != 3 || s.x != 4 {
		t.Errorf("%+v, %v", s, err)
	}

	before.c.refuse = 3
	s = before
	err := Unmarshal(data, visit(&s))
	if !errors.Is(err, io.ErrNoProgress) || err.Error() != "state of *archive.double: UnmarshalBinary: "+io.ErrNoProgress.Error() || s != before {
		t.Errorf("%+v, %v", s, err)
	}

	before.c.refuse, before.b.broken = 0, io.ErrClosedPipe
	s = before
	err = Unmarshal(data, visit(&s))
	if !errors.Is(err, io.ErrClosedPipe) || err.Error() != "state of *archive.double: MarshalBinary: "+io.ErrClosedPipe.Error() || s != before {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := Marshal(visit(&s)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("%v, want the error of MarshalBinary", err)
	}

	// The second reading fails.
	before.b.broken = nil
	s = before
	r := &Restorer{Source: "the file", Size: int64(len(data)), Visit: visit(&s)}
	if err := r.Check(bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	err = r.Assign(iotest.TimeoutReader(iotest.OneByteReader(bytes.NewReader(data))))
	if !errors.Is(err, iotest.ErrTimeout) || !strings.HasPrefix(err.Error(), "the file failed in its second reading, and the state to be restored is not valid any more: ") {
		t.Errorf("%v, want a timeout", err)
	}
	if s.a != before.a || s.b != before.b || s.c != before.c {
		t.Errorf("%+v, want %+v", s, before)
	}
}

// resettable has a method Reset and no encoding.
type resettable int

func (r *resettable) Reset() { *r = 7 }

func TestForeignErrors(t *testing.T) {
	s := resettable(1)
	if Reset(func(a *Walk) { a.Foreign(&s); a.Foreign(new(int)) }); s != 7 {
		t.Error("Reset was not called")
	}
	for want, v := range map[string]any{
		"a *archive.resettable does":  &s,
		"an int does":                 3,
		"a <nil> does":                nil,
		"a struct { io.Reader } does": struct{ io.Reader }{},
		"a *rand.Rand does not have both MarshalBinary and UnmarshalBinary; save its source instead, such as a *rand.PCG": rand.New(rand.NewPCG(1, 2)),
	} {
		_, err := Marshal(func(a *Walk) { a.Foreign(v) })
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestParts names the parts in the order of the data.
func TestParts(t *testing.T) {
	n, f := 1, 2.0
	data := encode(t, func(a *Walk) { a.Part("first", Any, func(a *Walk) { a.Value(&n) }) })
	for want, visit := range map[string]func(*Walk){
		"first: the data has a *int, want a *float64": func(a *Walk) { a.Part("first", Any, func(a *Walk) { a.Value(&f) }) },
		"a *int": func(a *Walk) { a.Fail("%s", a.TypeName()) },
		"second: the data ends too early: 0 bytes are left, want 8": func(a *Walk) {
			a.Part("first", Any, func(a *Walk) { a.Value(&n) })
			a.Part("second", Any, func(a *Walk) { a.Value(&n) })
		},
		"outside": func(a *Walk) {
			a.Part("first", Any, func(a *Walk) { a.Value(&n) })
			a.Fail("outside")
		},
	} {
		if err := Unmarshal(data, visit); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if err := Unmarshal(data, func(a *Walk) { a.Skip() }); err != nil {
		t.Error(err)
	}
}

func TestValue(t *testing.T) {
	quiet := math.Float64frombits(0x7ff8000000000123)
	for _, c := range []struct{ from, to, other any }{
		{ptr(-5), ptr(3), ptr(0.0)},
		{ptr(math.MinInt), ptr(3), []float64{}},
		{ptr(quiet), ptr(3.0), ptr(0)},
		{ptr(math.Copysign(0, -1)), ptr(3.0), ptr(0)},
		{[]float64{quiet, 2}, []float64{0, 0}, []float64{0}},
		{[]float64{}, []float64{}, []float64{0}},
	} {
		visit := func(v any) func(*Walk) {
			return func(a *Walk) {
				if !a.Value(v) {
					t.Errorf("%T is refused", v)
				}
			}
		}
		data := encode(t, visit(c.from))
		if err := Unmarshal(data, visit(c.to)); err != nil || !bytes.Equal(encode(t, visit(c.to)), data) {
			t.Errorf("%v, want %v (%v)", c.to, c.from, err)
		}
		if err := Unmarshal(data, visit(c.other)); err == nil {
			t.Errorf("%v was read into a %T", c.from, c.other)
		}
	}
	for _, v := range []any{nil, 3, new(float32), &[]float64{}, []int{}} {
		if _, err := Marshal(func(a *Walk) {
			if a.Value(v) {
				t.Errorf("%T is accepted", v)
			}
		}); err != nil {
			t.Error(err)
		}
	}
}

func ptr[T any](v T) *T { return &v }

// TestTypeName reads a name that is all that is left of the data, one that is cut off, an empty one and other bytes.
func TestTypeName(t *testing.T) {
	data := encode(t, func(a *Walk) { a.Type("Adam", 1) })[:8+4]
	const none = "no name of a type"
	for _, c := range []struct {
		data []byte
		want string
	}{
		{data, "an Adam"}, {data[:8+3], none}, {make([]byte, 8), none},
		{append(bytes.Clone(data[:8]), "Ad\nm"...), none}, {bytes.Repeat([]byte{0xff}, 12), none},
	} {
		got := ""
		visit := func(a *Walk) { got = a.TypeName(); a.Fail("end") }
		if err := Unmarshal(c.data, visit); err == nil || got != c.want {
			t.Errorf("%q: %s, want %s", c.data, got, c.want)
		}
	}
}

func TestArticle(t *testing.T) {
	for _, want := range []string{
		"an Adam", "an FTRL", "an L2", "an LBFGS", "an RMSProp", "an SGD", "an SR1", "an LM", "an int", "an optim.rule",
		"a Momentum", "a HessianFree", "a BFGS", "a DFP", "a Lion", "a Mars", "a Szego", "a *int", "a []float64", "a main.rule", "a x",
	} {
		_, name, _ := strings.Cut(want, " ")
		if got := article(name); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// pieces counts what is written, and fails after a number of bytes.
type pieces struct{ total, longest, end int }

func (p *pieces) Write(b []byte) (int, error) {
	p.longest = max(p.longest, len(b))
	if p.total+len(b) > p.end {
		return 0, io.ErrShortBuffer
	}
	p.total += len(b)
	return len(b), nil
}

// TestSaveWritesPieces saves a long vector, and returns the first error of the writer.
func TestSaveWritesPieces(t *testing.T) {
	x := make([]float64, 100_001)
	for i := range x {
		x[i] = float64(i)
	}
	visit := func(a *Walk) { a.Elements(x) }
	w := &pieces{end: 1 << 30}
	measured := int64(0)
	if err := Save(w, func(size int64) { measured = size }, visit); err != nil || w.total != 8*len(x) || measured != int64(w.total) || w.longest > 1<<16 {
		t.Errorf("%d bytes measured, %+v, %v", measured, *w, err)
	}
	data := encode(t, visit)
	clear(x)
	if err := Unmarshal(data, visit); err != nil || !bytes.Equal(encode(t, visit), data) {
		t.Error("a long vector is restored to other bits", err)
	}
	w = &pieces{end: 1 << 17}
	if err := Save(w, func(int64) {}, visit); err != io.ErrShortBuffer || w.total != 1<<17 {
		t.Errorf("%v after %d bytes", err, w.total)
	}
}

func ExampleWalk() {
	type rule struct {
		rate, sum float64
		steps, n  int
		v         []float64
	}
	visit := func(o *rule) func(*Walk) {
		return func(a *Walk) {
			a.Type("rule", 1)
			a.Settings(&o.rate)
			a.Used(&o.steps, &o.n)
			a.Vectors(&o.v)
			a.State(&o.sum)
		}
	}
	data, _ := Marshal(visit(&rule{0.5, 3, 1, 2, []float64{1, 2}}))
	var o rule
	fmt.Println(Unmarshal(data, visit(&o)), o)
	Reset(visit(&o))
	fmt.Println(o)
	// Output:
	// <nil> {0.5 3 1 2 [1 2]}
	// {0.5 0 0 0 []}
}
