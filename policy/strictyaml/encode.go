package strictyaml

import (
	"bytes"
	"cmp"
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Marshaler is encoded as another value: a string, Map, struct …
type Marshaler interface{ MarshalYAML() (any, error) }

// ErrEncode is wrapped by every error of [Encode].
var ErrEncode = errors.New("yaml: cannot be encoded")

// Encode writes a struct or map: block style, two spaces of indent, struct keys in the order of their fields, map keys
// sorted, [Map] in its own order. a time in UTC and whole seconds, `,omitempty` leaves out what is zero or has no elements, `,flow` writes a list or map on
// one line, `,flowitems` each of its items; nil pointers are left out. [Decode] gives every string back as it was. A string that is not UTF-8, a key longer than
// 512 bytes and types that Decode does not know are errors that wrap [ErrEncode].
func Encode(v any) ([]byte, error) {
	e := encoder{}
	e.value(reflect.ValueOf(v), place{})
	if e.err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEncode, e.err)
	}
	return bytes.TrimLeft(e.out.Bytes(), " \n"), nil
}

// A place says where a value is written: how far its lines are indented, and whether it must stay on one line.
type place struct {
	depth  int // nesting
	indent int // of the lines of a block
	flow   flow
	item   bool // directly behind "- "
	tight  bool // directly behind "["
}

// line reports that the value stands on one line.
func (p place) line() bool { return p.flow == flowAll }

// in is the place of what lies in a list or map.
func (p place) in() place {
	inner := place{depth: p.depth + 1, indent: p.indent + 2}
	if p.flow != flowNone {
		inner.flow = flowAll
	}
	return inner
}

// lead is what separates a value on a line from what stands before it.
func (p place) lead() string {
	if p.tight {
		return ""
	}
	return " "
}

type encoder struct {
	out bytes.Buffer
	err error
}

func (e *encoder) fail(format string, args ...any) {
	if e.err == nil {
		e.err = fmt.Errorf(format, args...)
	}
}

func (e *encoder) value(v reflect.Value, p place) {
	if e.err != nil || p.depth > maxDepth {
		e.fail("nested more than %d levels deep", maxDepth)
		return
	}
	if !v.IsValid() {
		e.fail("nothing to encode")
		return
	}
	if e.custom(v, p) {
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		e.value(v.Elem(), p)
	case reflect.Struct:
		e.pairs(structPairs(v), p)
	case reflect.Map:
		e.pairs(mapPairs(v), p)
	case reflect.Slice:
		e.list(v, p)
	case reflect.String:
		e.text(v.String(), p)
	case reflect.Bool:
		e.scalar(strconv.FormatBool(v.Bool()), p)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		e.scalar(strconv.FormatInt(v.Int(), 10), p)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		e.scalar(strconv.FormatUint(v.Uint(), 10), p)
	default:
		e.fail("a value of type %v", v.Type())
	}
}

// custom handles the types that are written in their own way.
func (e *encoder) custom(v reflect.Value, p place) bool {
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return false
	}
	switch x := v.Interface().(type) {
	case Map:
		list := make([]pair, len(x))
		for i, one := range x {
			list[i] = pair{one.Key, reflect.ValueOf(one.Value), flowNone}
		}
		e.pairs(list, p)
	case []byte:
		e.text(string(x), p)
	case time.Time:
		e.text(x.UTC().Format(timeForm), p)
	case Marshaler:
		inner, err := x.MarshalYAML()
		if err != nil {
			e.fail("%w", err)
		}
		e.value(reflect.ValueOf(inner), p)
	case encoding.TextMarshaler:
		text, err := x.MarshalText()
		if err != nil {
			e.fail("%w", err)
		}
		e.text(string(text), p)
	default:
		return false
	}
	return true
}

type pair struct {
	key   string
	value reflect.Value
	flow  flow
}

func structPairs(v reflect.Value) []pair {
	var list []pair
	for _, f := range fieldsOf(v.Type()) {
		value := v.FieldByIndex(f.index)
		if absent(value) || f.omitEmpty && empty(value) {
			continue
		}
		list = append(list, pair{f.name, value, f.flow})
	}
	return list
}

func mapPairs(v reflect.Value) []pair {
	list := make([]pair, 0, v.Len())
	for _, key := range v.MapKeys() {
		list = append(list, pair{key.String(), v.MapIndex(key), flowNone})
	}
	slices.SortFunc(list, func(a, b pair) int { return cmp.Compare(a.key, b.key) })
	return list
}

func absent(v reflect.Value) bool { return v.Kind() == reflect.Pointer && v.IsNil() }

func empty(v reflect.Value) bool {
	if v.Kind() == reflect.Map || v.Kind() == reflect.Slice {
		return v.Len() == 0
	}
	return v.IsZero()
}

func (e *encoder) pairs(list []pair, p place) {
	if len(list) == 0 {
		e.scalar("{}", p)
		return
	}
	for i, one := range list {
		key := quoteKey(one.key, e)
		if p.line() {
			e.out.WriteString(separator(i, p.lead()+"{", ", ") + key + ":")
		} else if p.item && i == 0 {
			e.out.WriteString(" " + key + ":")
		} else {
			e.out.WriteString("\n" + strings.Repeat(" ", p.indent) + key + ":")
		}
		inner := p.in()
		inner.flow = max(inner.flow, one.flow)
		e.value(one.value, inner)
	}
	e.end(p, "}")
}

func (e *encoder) list(v reflect.Value, p place) {
	if v.Len() == 0 {
		e.scalar("[]", p)
		return
	}
	for i := range v.Len() {
		inner := p.in()
		if p.line() {
			e.out.WriteString(separator(i, p.lead()+"[", ","))
			inner.tight = i == 0
		} else if p.item && i == 0 {
			e.out.WriteString(" -")
		} else {
			e.out.WriteString("\n" + strings.Repeat(" ", p.indent) + "-")
		}
		inner.item = !p.line()
		e.value(v.Index(i), inner)
	}
	e.end(p, "]")
}

func separator(i int, first, next string) string {
	if i == 0 {
		return first
	}
	return next
}

// end closes what stands on one line, and the document.
func (e *encoder) end(p place, closing string) {
	if p.line() {
		e.out.WriteString(closing)
	}
	if p.depth == 0 {
		e.out.WriteString("\n")
	}
}

// scalar writes a value that needs no quotes. At the root that is a whole document.
func (e *encoder) scalar(text string, p place) {
	e.out.WriteString(p.lead() + text)
	e.end(place{depth: p.depth}, "")
}
