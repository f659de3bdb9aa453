package optim

import (
	"encoding"
	"fmt"

	"example.com/optim/internal/archive"
)

// stateful is what has state that this package knows: optimizers, transforms and
// estimators of this package, a Plateau, and types that embed one of these.
type stateful interface {
	// visit walks over the fields, in an order that never changes. Its first call
	// names the type and its version.
	visit(a *walk)
}

// walk is one walk over the fields of a value.
type walk = archive.Walk

// Marshal returns the state of s: an optimizer, an estimator, a transform or a
// Plateau. The state includes the fields that the user assigns, such as learning
// rates, but no functions, such as a Schedule, and no generators. The encoding has
// the same bytes on every processor. Later versions of this package read it.
//
// A type of the user's encodes itself by its methods MarshalBinary and
// UnmarshalBinary. Without these, a type that embeds one of this package has the
// state of the embedded one. Marshal returns an error for any other type.
func Marshal(s any) ([]byte, error) {
	if err := known("Marshal", s); err != nil {
		return nil, err
	}
	return archive.Marshal(func(a *walk) { visitAny(a, s) })
}

// Unmarshal restores the state of s from what Marshal returned for a value that was
// made in the same way: the same types, nested alike. If the data is damaged or
// does not fit, Unmarshal returns an error and changes nothing. The fields that the
// user assigns are restored too.
func Unmarshal(data []byte, s any) error {
	if err := known("Unmarshal", s); err != nil {
		return err
	}
	return archive.Unmarshal(data, func(a *walk) { visitAny(a, s) })
}

// Reset sets the state of s, as in Marshal, to that of a new value. It keeps the
// fields that the user assigns. A type of the user's is reset by its method Reset;
// without one, and without an embedded type of this package, it stays as it is.
// Reset panics if s is nil.
func Reset(s any) {
	checkGiven("Reset", "argument", s)
	archive.Reset(func(a *walk) { visitAny(a, s) })
}

// known returns an error if s is nil, or its type has no state that can be saved.
func known(function string, s any) error {
	if s == nil {
		return fmt.Errorf("optim: %s: the argument is nil", function)
	}
	if isNil(s) {
		return fmt.Errorf("optim: %s: the argument is a nil %T", function, s)
	}
	return nil
}

// visitAny walks over the state of s. A type of the user's that encodes or resets
// itself may embed one of this package, so its own methods come first.
func visitAny(a *walk, s any) {
	_, own := s.(encoding.BinaryMarshaler)
	if a.Resetting() {
		_, own = s.(interface{ Reset() })
	}
	if known, ok := s.(stateful); ok && !own {
		known.visit(a)
	} else {
		a.Foreign(s)
	}
}

// visitTransform walks over the state of a transform. Of one without state it
// writes the type.
func visitTransform(a *walk, t Transform) {
	_, known := t.(stateful)
	_, encodes := t.(encoding.BinaryMarshaler)
	if known || encodes || a.Resetting() {
		visitAny(a, t)
		return
	}
	a.Type(fmt.Sprintf("%T", t), 1)
}
