package entry

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// Hidden is what a Value shows of itself.
const Hidden = "[secret]"

// MaxValue is the limit of a value, in bytes. The plaintext around it has the same limit.
const MaxValue = 256 << 10

// Value is one secret text: UTF-8 without NUL, any line ends, kept as it came.
// It hides from fmt, slog, JSON, text and YAML; Reveal is the only way in. A
// function holds the bytes, because fmt and other readers by reflection follow
// every pointer in an unexported field, but no function. The zero Value is empty.
type Value struct{ hidden func() *[]byte }

// NewValue takes over b, which the caller must not use afterwards.
func NewValue(b []byte) Value {
	held := &b
	return Value{hidden: func() *[]byte { return held }}
}

// Reveal gives the bytes themselves, not a copy: they are gone after Wipe.
func (v Value) Reveal() []byte {
	if v.hidden == nil {
		return nil
	}
	return *v.hidden()
}

// Len gives the length in bytes.
func (v Value) Len() int { return len(v.Reveal()) }

// Clone gives a Value with bytes of its own.
func (v Value) Clone() Value { return NewValue(append([]byte(nil), v.Reveal()...)) }

// Equal compares in a time that tells only the lengths.
func (v Value) Equal(w Value) bool { return subtle.ConstantTimeCompare(v.Reveal(), w.Reveal()) == 1 }

// Wipe overwrites the bytes, best effort: copies that the runtime made stay.
func (v Value) Wipe() {
	if v.hidden != nil {
		clear(*v.hidden())
		*v.hidden() = nil
	}
}

func (v Value) String() string               { return Hidden }
func (v Value) GoString() string             { return Hidden }
func (v Value) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, Hidden) }
func (v Value) LogValue() slog.Value         { return slog.StringValue(Hidden) }
func (v Value) MarshalJSON() ([]byte, error) { return []byte(`"` + Hidden + `"`), nil }
func (v Value) MarshalText() ([]byte, error) { return []byte(Hidden), nil }
func (v Value) MarshalYAML() (any, error)    { return Hidden, nil }
