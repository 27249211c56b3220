package entry

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Limits of the fields of one entry.
const (
	MaxFields    = 64
	maxFieldName = 64 // characters in NFC
)

// Field is one named value.
type Field struct {
	Name  string
	Value Value
}

// Fields are the values of an entry in the order in which they are shown. Names
// are compared as paths are: two that differ only in case are one.
type Fields []Field

// FieldName checks the name of a field and gives it in NFC: 1 to 64 letters or
// combining marks of any script, decimal digits, space and "._-"; the first a
// letter or digit, the last no space. So it needs no quoting on a terminal beyond
// that for spaces, and "#", "/" and "=" always end it. It returns a *TextError.
func FieldName(s string) (string, error) {
	refuse := func(why Reason, char rune) (string, error) {
		return "", &TextError{Key: "field", Text: s, Why: why, Char: char}
	}
	if len(s) > 4*4*maxFieldName {
		s = s[:maxFieldName]
		return refuse(TooLong, 0)
	}
	if !utf8.ValidString(s) {
		return refuse(NotUTF8, 0)
	}
	if why := checkMarks(s); why != "" {
		return refuse(why, 0)
	}
	name := norm.NFC.String(s)
	for i, r := range name {
		if why := unseen(r); why != "" {
			return refuse(why, r)
		}
		if !isNameRune(r) || i == 0 && strings.ContainsRune("._-", r) {
			return refuse(Character, r)
		}
	}
	switch {
	case name == "":
		return refuse(Empty, 0)
	case name[0] == ' ' || name[len(name)-1] == ' ':
		return refuse(OuterSpace, 0)
	case utf8.RuneCountInString(name) > maxFieldName:
		return refuse(TooLong, 0)
	}
	return name, nil
}

// Get finds a value by name, in any spelling.
func (f Fields) Get(name string) (Value, bool) {
	if i := f.index(name); i >= 0 {
		return f[i].Value, true
	}
	return Value{}, false
}

// Set gives fields with one value replaced, or added at the end. f stays as it is.
func (f Fields) Set(name string, v Value) Fields {
	out := append(Fields(nil), f...)
	if i := f.index(name); i >= 0 {
		out[i].Value = v
		return out
	}
	return append(out, Field{Name: name, Value: v})
}

// Without gives fields without one. f stays as it is.
func (f Fields) Without(name string) Fields {
	i := f.index(name)
	if i < 0 {
		return f
	}
	return append(append(Fields(nil), f[:i]...), f[i+1:]...)
}

// Names gives the names in order.
func (f Fields) Names() []string {
	names := make([]string, len(f))
	for i := range f {
		names[i] = f[i].Name
	}
	return names
}

// Wipe overwrites every value, best effort.
func (f Fields) Wipe() {
	for _, field := range f {
		field.Value.Wipe()
	}
}

func (f Fields) index(name string) int {
	folded := fold(name)
	for i := range f {
		if f[i].Name == name || fold(f[i].Name) == folded {
			return i
		}
	}
	return -1
}

// check holds the rules for fields that are stored or were read.
func (f Fields) check() error {
	if err := checkNames(f.Names()); err != nil {
		return err
	}
	for _, field := range f {
		if why := checkValue(field.Value.Reveal()); why != "" {
			return &TextError{Key: "value of field", Text: field.Name, Why: why}
		}
	}
	return nil
}

func checkNames(names []string) error {
	if len(names) > MaxFields {
		return &TextError{Key: "fields", Why: TooMany}
	}
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		canonical, err := FieldName(name)
		if err != nil {
			return err
		}
		if canonical != name {
			return &TextError{Key: "field", Text: name, Why: Malformed}
		}
		if seen[fold(name)] {
			return &TextError{Key: "field", Text: name, Why: Twice}
		}
		seen[fold(name)] = true
	}
	return nil
}

func checkValue(b []byte) Reason {
	switch {
	case len(b) > MaxValue:
		return TooLong
	case !utf8.Valid(b):
		return NotUTF8
	case bytes.IndexByte(b, 0) >= 0:
		return Control
	}
	return ""
}
