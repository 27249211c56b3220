// Package strictyaml reads and writes the small part of YAML that a vault allows.
//
// A text is one UTF-8 document that holds maps, lists and scalars, at most 64 levels deep. Byte order marks, control
// characters, characters that reorder text, directives, anchors, aliases, tags, merge keys, duplicate keys, keys
// that the target does not know and a second document are errors. Every error names its line and column (from 1, in
// characters), and as many as there are (at most 20) are returned together, as [Errors].
//
// A scalar means what its reader expects, not what YAML guesses. Into a string goes what was typed: 12345, 0123,
// yes, null and 2026-12-20 are those texts, without quotes as with them; only a value left out altogether is the empty
// string. Where a number is expected it is decimal, without leading zeros, so 0o17, 017, 0x1f and 1_000
// are errors; where a bool is expected it is true or false.
//
// [Encode] writes a form that is the same for equal values, that a person can edit, and that [Decode] reads back to
// the same strings.
package strictyaml

import (
	"fmt"
	"strings"
)

// Code says what kind of fault an [Error] reports. It is stable; words for people are made from it elsewhere.
type Code string

// The codes of errors.
const (
	CodeSize      Code = "size"      // larger than the limit, or more values than any sensible text has
	CodeText      Code = "text"      // not UTF-8, or a character that is not allowed
	CodeSyntax    Code = "syntax"    // not YAML
	CodeQuote     Code = "quote"     // not what was meant: quotes are needed around a text
	CodeTab       Code = "tab"       // a tab where spaces indent
	CodeForbidden Code = "forbidden" // YAML that is not allowed here: anchors, tags, directives …
	CodeDepth     Code = "depth"     // nested too deeply
	CodeDuplicate Code = "duplicate" // the same key twice in one map
	CodeUnknown   Code = "unknown"   // a key that is not known here
	CodeEmpty     Code = "empty"     // no document
	CodeType      Code = "type"      // a list where a map is expected, and the like
	CodeNumber    Code = "number"    // not a number of the form and size that is expected
	CodeValue     Code = "value"     // refused by the type that it is decoded into
)

// An Error is one fault at one place of a text.
type Error struct {
	Line, Column int    // from 1; Column counts characters
	Code         Code   // the kind of fault
	Subject      string // the key or text at fault, where there is one
	Near         string // for CodeUnknown: the nearest known key, or ""
	Msg          string // lower case, with what to do where that is known
	Err          error  // for CodeValue: what the type said
}

func (e Error) Error() string { return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Msg) }

// Unwrap returns the error of the type that refused a value.
func (e Error) Unwrap() error { return e.Err }

// Errors are the faults of a text, at least one, in no promised order.
type Errors []Error

func (e Errors) Error() string {
	parts := make([]string, len(e))
	for i, one := range e {
		parts[i] = one.Error()
	}
	return strings.Join(parts, "; ")
}

// Unwrap returns the faults one by one.
func (e Errors) Unwrap() []error {
	list := make([]error, len(e))
	for i, one := range e {
		list[i] = one
	}
	return list
}

// Shift returns the errors moved down by a number of lines, for a text that was cut out of a larger one.
func (e Errors) Shift(lines int) Errors {
	moved := make(Errors, len(e))
	for i, one := range e {
		one.Line += lines
		moved[i] = one
	}
	return moved
}

// maxErrors is where collecting stops: nobody reads more at once.
const maxErrors = 20

// A Map is a map of scalars whose order counts. Decoding sets the places, encoding ignores them.
type Map []Pair

// A Pair is one key of a [Map] with its value, both as typed.
type Pair struct {
	Key, Value   string
	Line, Column int    // of the value
	Comment      string // a comment behind the value on its line, from "#" on: perhaps the value lacked quotes
}

// Get returns the value of a key.
func (m Map) Get(key string) (value string, ok bool) {
	for _, pair := range m {
		if pair.Key == key {
			return pair.Value, true
		}
	}
	return "", false
}

// Decode reads one document of at most limit bytes into the value that into points to.
//
// Structs take the keys of their `yaml:"key"` tags (`,inline` for embedded structs) and no others; maps with string
// keys, [Map], slices, pointers, strings, []byte, bools and integers take what they can hold, a time.Time
// takes 2026-11-21T10:00:00Z and no other form. A *[Node] takes the
// tree itself, an [Unmarshaler] decodes itself, and an encoding.TextUnmarshaler is given a scalar's text. Keys that
// are not in the text leave their fields alone. A key without a value is an empty string, list, map or struct.
//
// The error, if any, is of type [Errors].
func Decode(data []byte, limit int, into any) error {
	root, err := Parse(data, limit)
	if err != nil {
		return err
	}
	return root.Decode(into)
}
