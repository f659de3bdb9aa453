package optim

import (
	"fmt"
	"reflect"
	"strings"
)

// describe returns the text of String for v, a pointer to a struct: its name, LearningRate, the
// exported fields that differ from those of defaults, and extra texts.
//
//	Adam(LearningRate 0.001, Beta1 0.95, 12 steps)
func describe(v, defaults any, extra ...string) string {
	if defaults == nil {
		return "an optimizer that no constructor made"
	}
	x, y := reflect.ValueOf(v).Elem(), reflect.ValueOf(defaults).Elem()
	var parts []string
	for i := range x.NumField() {
		field, value := x.Type().Field(i), x.Field(i)
		if !field.IsExported() {
			continue
		}
		switch value.Kind() {
		case reflect.Float64, reflect.Int, reflect.Bool:
			if field.Name == "LearningRate" || !value.Equal(y.Field(i)) {
				parts = append(parts, fmt.Sprintf("%s %v", field.Name, value.Interface()))
			}
		case reflect.Slice:
			if !value.IsNil() {
				parts = append(parts, fmt.Sprintf("%d %s", value.Len(), field.Name))
			}
		case reflect.Struct: // Loss
			if !value.IsZero() {
				parts = append(parts, fmt.Sprintf("%s %v", field.Name, value.Interface()))
			}
		default: // functions and problems
			if !value.IsZero() {
				parts = append(parts, field.Name)
			}
		}
	}
	return name(v) + "(" + strings.Join(append(parts, extra...), ", ") + ")"
}

// title returns the text of the method String of v, or the name of its type if it has none.
func title(v any) string {
	if s, ok := v.(fmt.Stringer); ok && !isNil(v) {
		return s.String()
	}
	return fmt.Sprintf("%T", v)
}

// steps returns a number of steps in words.
func steps(t int) string { return plural(t, "step") }

// evaluations returns a number of evaluations in words.
func evaluations(n int) string { return plural(n, "evaluation") }

func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
