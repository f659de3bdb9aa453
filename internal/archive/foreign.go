package archive

import (
	"encoding"
	"fmt"
	"math/rand/v2"
)

// foreign is a value of another package that encodes itself. Saving writes now. Reading restores
// the value from data. If that fails, it restores the value from now.
type foreign struct {
	selfEncoding
	now, data []byte
}

type selfEncoding interface {
	encoding.BinaryMarshaler
	encoding.BinaryUnmarshaler
}

// Foreign walks over a value of another package that encodes itself, with the name of its type in
// front. A reset calls the method Reset of the value, if there is one.
func (a *Walk) Foreign(v any) {
	if a.mode == resetting {
		if r, ok := v.(interface{ Reset() }); ok {
			r.Reset()
		}
		return
	}
	name := fmt.Sprintf("%T", v)
	s, ok := v.(selfEncoding)
	if !ok {
		hint := ""
		if _, ok := v.(*rand.Rand); ok {
			hint = "; save its source instead, such as a *rand.PCG"
		}
		a.Fail("%s does not have both MarshalBinary and UnmarshalBinary%s", article(name), hint)
		return
	}
	a.Type(name, 1)
	f := foreign{selfEncoding: s}
	var err error
	switch a.mode {
	case measuring, checking:
		if f.now, err = s.MarshalBinary(); err != nil {
			a.Fail("MarshalBinary: %w", err)
		}
	case writing:
		f = a.foreign[0]
		a.foreign = a.foreign[1:]
	}
	n := a.Count(len(f.now))
	if a.mode == reading { // Assign has restored the value
		a.skip(int64(n))
		return
	}
	f.data = a.bytes(f.now, n)
	if a.mode != writing {
		a.foreign = append(a.foreign, f)
	}
}

// putBack restores values from now. Each accepts its own encoding.
func putBack(values []foreign) {
	for _, f := range values {
		f.UnmarshalBinary(f.now)
	}
}
