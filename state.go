package optim

import (
	"encoding"
	"fmt"

	"example.com/optim/internal/archive"
)

// stateful is a type whose state this package encodes: the optimizers, transforms and estimators
// of this package, Plateau, and types that embed one of these.
type stateful interface {
	// visit walks over the fields, in an order that never changes. Its first call passes the name
	// of the type and its version.
	visit(a *walk)
}

// walk is one walk over the fields of a value.
type walk = archive.Walk

// Marshal returns the state of s: an optimizer, an estimator, a transform, a [Prox], a [Plateau] or
// [Tensors]. The state includes the fields that the user assigns, such as learning rates. It includes
// no functions, such as a [Schedule], and no generators. The encoding has the same bytes on every
// processor. Later versions of this package read it.
//
// A type of the user's encodes itself by its methods MarshalBinary and UnmarshalBinary. A type
// without MarshalBinary that embeds a type of this package has the state of the embedded value. For
// any other type Marshal returns an error.
func Marshal(s any) ([]byte, error) {
	data, err := archive.Marshal(func(a *walk) { visitAny(a, s) })
	return data, failed("Marshal", err)
}

// Unmarshal restores the state of s from what [Marshal] returned for a value that was made in the
// same way: the same types, nested alike. The fields that the user assigns are restored too. If the
// data is damaged or does not fit, Unmarshal returns an error and changes nothing.
func Unmarshal(data []byte, s any) error {
	return failed("Unmarshal", archive.Unmarshal(data, func(a *walk) { visitAny(a, s) }))
}

// Reset sets the state of s to that of a new value, but keeps the fields that the user assigns. If
// a type of the user's has a method Reset, Reset calls that method. A type of the user's without
// that method has the state of the value of this package that it embeds. If it embeds none, Reset
// leaves it as it is. Reset panics if s is nil.
func Reset(s any) {
	checkGiven("Reset", "value", s)
	archive.Reset(func(a *walk) { visitAny(a, s) })
}

// failed returns err with the name of the function in front, or nil if err is nil.
func failed(function string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("optim: %s: %w", function, err)
}

// visitAny walks over the state of s. A type of the user's that encodes or resets itself may embed
// a type of this package. Therefore its own methods come first.
func visitAny(a *walk, s any) {
	if err := checkNotNil("value", s); err != nil {
		a.Fail("%w", err)
		return
	}
	_, own := s.(encoding.BinaryMarshaler)
	if a.Resetting() {
		_, own = s.(interface{ Reset() })
	}
	known, ok := s.(stateful)
	_, stateless := s.(checked) // such as L2
	switch {
	case ok && !own:
		known.visit(a)
	case stateless && !own:
		a.Type(fmt.Sprintf("%T", s), 1)
	default:
		a.Foreign(s)
	}
}

// visitPart walks over the state of a transform in a Chain, or of a Prox in a Proximal. A type of the
// user's may have none.
func visitPart(a *walk, part any) {
	_, known := part.(stateful)
	_, encodes := part.(encoding.BinaryMarshaler)
	if known || encodes || a.Resetting() {
		visitAny(a, part)
	} else {
		a.Type(fmt.Sprintf("%T", part), 1)
	}
}
