package entry

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"

	"opsvault/policy/strictyaml"
)

// Secret is what only readers of the safe may know of an entry. The salt is new
// in every version: the header of the statement holds the SHA-256 of this
// plaintext, from which a short password could be guessed without it. So the
// whole Secret hides, as a Value does.
type Secret struct {
	Binding
	Salt   string // 64 hex digits
	Fields Fields
}

// secretText is a Secret as it is written.
type secretText struct {
	Binding `yaml:",inline"`
	Salt    string         `yaml:"salt"`
	Fields  strictyaml.Map `yaml:"fields"`
}

// NewSecret binds fields and gives them a fresh salt.
func NewSecret(b Binding, fields Fields, random io.Reader) (Secret, error) {
	var salt [32]byte
	if _, err := io.ReadFull(random, salt[:]); err != nil {
		return Secret{}, fmt.Errorf("salt of a secret: %w", err)
	}
	return Secret{Binding: b, Salt: hex.EncodeToString(salt[:]), Fields: fields}, nil
}

// ParseSecret reads a secret of at most MaxPlaintext bytes and checks everything
// but its binding. Errors are strictyaml.Errors, *PathError or *TextError; they
// hold no values.
func ParseSecret(data []byte) (Secret, error) {
	var text secretText
	if err := strictyaml.Decode(data, MaxPlaintext, &text); err != nil {
		return Secret{}, withoutText(err)
	}
	if text.Fields == nil {
		return Secret{}, &TextError{Key: "fields", Why: Absent}
	}
	s := Secret{Binding: text.Binding, Salt: text.Salt, Fields: make(Fields, len(text.Fields))}
	for i, pair := range text.Fields {
		s.Fields[i] = Field{Name: pair.Key, Value: NewValue([]byte(pair.Value))}
	}
	if err := s.check(); err != nil {
		return Secret{}, err
	}
	return s, nil
}

// Encode gives the plaintext. It refuses what ParseSecret would.
func (s Secret) Encode() ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	text := secretText{Binding: s.Binding, Salt: s.Salt, Fields: make(strictyaml.Map, len(s.Fields))}
	for i, f := range s.Fields {
		text.Fields[i] = strictyaml.Pair{Key: f.Name, Value: string(f.Value.Reveal())}
	}
	return encode("secret", text)
}

// Fits checks that a card and a secret are of one version of one entry: the same
// binding and the same field names in the same order. It returns a *BindError or
// a *TextError.
func (s Secret) Fits(c Card) error {
	if err := s.Bind(c.Binding, nil); err != nil {
		return err
	}
	if !slices.Equal(s.Fields.Names(), c.Fields) {
		return &TextError{Key: "fields", Text: clip(fmt.Sprint(c.Fields)), Why: Mismatch}
	}
	return nil
}

// Wipe overwrites the values, best effort.
func (s Secret) Wipe() { s.Fields.Wipe() }

func (s Secret) String() string               { return Hidden }
func (s Secret) GoString() string             { return Hidden }
func (s Secret) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, Hidden) }
func (s Secret) LogValue() slog.Value         { return slog.StringValue(Hidden) }
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + Hidden + `"`), nil }
func (s Secret) MarshalText() ([]byte, error) { return []byte(Hidden), nil }

func (s Secret) check() error {
	if err := s.Binding.check(); err != nil {
		return err
	}
	if !isHash(s.Salt) {
		return &TextError{Key: "salt", Why: Malformed}
	}
	return s.Fields.check()
}

// withoutText drops from YAML errors what stood at their place: it may be a value.
func withoutText(err error) error {
	var faults strictyaml.Errors
	if !errors.As(err, &faults) {
		return err
	}
	faults = slices.Clone(faults)
	for i, fault := range faults {
		if fault.Code == strictyaml.CodeType || fault.Code == strictyaml.CodeValue {
			faults[i].Subject = ""
		}
	}
	return faults
}
