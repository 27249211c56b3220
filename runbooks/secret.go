package runbooks

import (
	"encoding/json"
	"fmt"
	"log/slog"
)

// A Secret is a value that does not print itself: String, Format, LogValue and MarshalJSON show a mask. Only Bytes gives it.
type Secret struct{ value []byte }

const mask = "••••••••"

// NewSecret wraps a value; the bytes are not copied.
func NewSecret(value []byte) Secret { return Secret{value} }

// Bytes is the value. The caller must not change it.
func (s Secret) Bytes() []byte { return s.value }

// Wipe overwrites the value. It is best effort: copies that the runtime made stay until they are collected.
func (s Secret) Wipe() { clear(s.value) }

func (s Secret) String() string { return mask }

// Format shows the mask, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(mask)) }

// LogValue shows the mask.
func (s Secret) LogValue() slog.Value { return slog.StringValue(mask) }

// MarshalJSON writes the mask.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(mask) }
