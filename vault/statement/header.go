package statement

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Limits of a header. A line is a key, a space and a value; LF not counted.
const (
	MaxLines    = 64   // lines of a header with its first, without `closed` lines
	MaxClosed   = 4096 // `closed` lines
	MaxValue    = 4000 // bytes of a value
	maxKey      = 32   // bytes of a key, and of a type
	firstPrefix = "opsvault/v1 "
)

// Type is the type of a statement, the second word of its first line.
type Type string

// The types of format version 1. Quorum is named here and has no grammar yet:
// reading one gives an UnknownType.
const (
	TypeEntry   Type = "entry"
	TypeSign    Type = "sign"
	TypeKeys    Type = "keys"
	TypeDevice  Type = "device"
	TypePublish Type = "publish"
	TypeApprove Type = "approve"
	TypeHead    Type = "head"
	TypeRun     Type = "run"
	TypeAct     Type = "act"
	TypePacket  Type = "packet"
	TypeQuorum  Type = "quorum"
)

// A Field is one line of a header: key, space, value.
type Field struct{ Key, Value string }

// A Header is what a statement says in clear, and what is signed: the type of
// its first line and the lines after it, in order.
type Header struct {
	Type   Type
	Fields []Field
}

// Get returns the value of the first line with this key.
func (h Header) Get(key string) (string, bool) {
	for _, f := range h.Fields {
		if f.Key == key {
			return f.Value, true
		}
	}
	return "", false
}

// Encode returns the bytes that are signed. It refuses (ErrMalformed) what
// ParseHeader would refuse, and types that have no grammar (ErrUnknownType):
// this version of opsvault does not write them.
func (h Header) Encode() ([]byte, error) {
	if err := h.valid(); err != nil {
		return nil, err
	}
	return h.bytes(), nil
}

// valid checks a header that was not read from bytes.
func (h Header) valid() error {
	if !isKey(string(h.Type)) {
		return at(1, malformed("want a type of a-z, 0-9 and hyphens"))
	}
	lines := tally{}
	for i, f := range h.Fields {
		if err := lines.add(f); err != nil {
			return at(i+2, err)
		}
	}
	return h.check()
}

// bytes writes the header down, unchecked.
func (h Header) bytes() []byte {
	size := len(firstPrefix) + len(h.Type) + 1
	for _, f := range h.Fields {
		size += len(f.Key) + len(f.Value) + 2
	}
	data := make([]byte, 0, size)
	data = append(data, firstPrefix...)
	data = append(data, h.Type...)
	data = append(data, '\n')
	for _, f := range h.Fields {
		data = append(data, f.Key...)
		data = append(data, ' ')
		data = append(data, f.Value...)
		data = append(data, '\n')
	}
	return data
}

// ParseHeader reads the bytes of a whole header. It returns a header that is
// right for its type: the lines, their order and number, every value, and the
// rules between lines. Errors are ErrTooLarge, a *SyntaxError with its line,
// or, together with a header whose frame is sound, an *UnknownType.
func ParseHeader(data []byte) (Header, error) {
	if len(data) > MaxSize {
		return Header{}, fmt.Errorf("%w: header of %d bytes", ErrTooLarge, len(data))
	}
	h, err := parseFrame(data)
	if err != nil {
		return Header{}, err
	}
	err = h.check()
	if errors.Is(err, ErrMalformed) {
		return Header{}, err
	}
	return h, err
}

// parseFrame reads what all types have in common: lines, keys, values, limits.
func parseFrame(data []byte) (Header, error) {
	kind, err := firstLine(data)
	if err != nil {
		return Header{}, err
	}
	text := string(data[len(firstPrefix)+len(kind)+1:])
	h := Header{Type: kind, Fields: make([]Field, 0, min(strings.Count(text, "\n"), MaxLines+MaxClosed))}
	lines := tally{}
	for len(text) > 0 {
		row, rest, ok := strings.Cut(text, "\n")
		key, value, spaced := strings.Cut(row, " ")
		if !ok || !spaced {
			return Header{}, at(len(h.Fields)+2, malformed("want a key, a space and a value, ended by LF"))
		}
		field := Field{key, value}
		if err := lines.add(field); err != nil {
			return Header{}, at(len(h.Fields)+2, err)
		}
		h.Fields = append(h.Fields, field)
		text = rest
	}
	return h, nil
}

// A tally counts the lines of a header after its first.
type tally struct{ counted, closed int }

// add checks one line and counts it.
func (t *tally) add(f Field) error {
	if f.Key == "closed" {
		t.closed++
	} else {
		t.counted++
	}
	switch {
	case t.counted >= MaxLines: // the first line is one of them
		return malformed("more than %d lines", MaxLines)
	case t.closed > MaxClosed:
		return malformed("more than %d `closed` lines", MaxClosed)
	case !isKey(f.Key):
		return malformed("want a key of a-z, 0-9 and hyphens")
	}
	return checkValue(f.Value)
}

// firstLine returns the type that the first line of data names.
func firstLine(data []byte) (Type, error) {
	row, _, ok := bytes.Cut(data[:min(len(data), len(firstPrefix)+maxKey+1)], []byte("\n"))
	name, found := strings.CutPrefix(string(row), firstPrefix)
	if !ok || !found || !isKey(name) {
		return "", at(1, malformed("want the first line %q and a type", firstPrefix[:len(firstPrefix)-1]))
	}
	return Type(name), nil
}

// isKey reports whether s is a key: a lower-case letter, then up to 31
// letters, digits and hyphens.
func isKey(s string) bool {
	if len(s) == 0 || len(s) > maxKey || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// checkValue refuses values that are empty, too long, not UTF-8, begin or end
// with a space, or hold a character that does not show as itself.
func checkValue(s string) error {
	switch {
	case len(s) == 0 || len(s) > MaxValue:
		return malformed("want a value of 1 to %d bytes", MaxValue)
	case s[0] == ' ' || s[len(s)-1] == ' ':
		return malformed("value begins or ends with a space")
	case !utf8.ValidString(s):
		return malformed("value is not UTF-8")
	}
	for _, r := range s {
		if isHidden(r) {
			return malformed("value holds the character U+%04X", r)
		}
	}
	return nil
}

// isHidden reports whether r is a control character, a line separator, or
// one that is invisible or turns the direction of the text around it. The
// ranges are fixed here, not taken from Unicode tables, so that what is valid
// never changes with a new Unicode version.
func isHidden(r rune) bool {
	switch {
	case r < 0x20, 0x7f <= r && r <= 0x9f: // C0, DEL, C1
	case r == 0xad, r == 0x61c, r == 0x180e: // soft hyphen, Arabic letter mark, Mongolian separator
	case 0x200b <= r && r <= 0x200f: // zero width, LRM, RLM
	case 0x2028 <= r && r <= 0x202e: // line and paragraph separator, embeddings, overrides
	case 0x2060 <= r && r <= 0x206f: // word joiner, isolates, deprecated controls
	case r == 0xfeff, 0xfff9 <= r && r <= 0xfffb: // BOM, interlinear
	case 0xe0000 <= r && r <= 0xe0fff: // tags, variation selectors supplement
	default:
		return false
	}
	return true
}
