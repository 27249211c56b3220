package statement

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
)

// stanzaType is the one kind of recipient stanza that a sealed part may have.
const stanzaType = "mlkem768x25519"

// maxAgeHeader bounds the header of an age file with one such stanza, which
// takes about 1.6 KB.
const maxAgeHeader = 4 << 10

// Seal encrypts plaintext to one post-quantum age recipient (age1pq1…) and
// returns the binary age file. None or several recipients, recipients of
// another type, and plaintexts over MaxSize are refused.
func Seal(plaintext []byte, recipients ...string) ([]byte, error) {
	if len(plaintext) > MaxSize {
		return nil, fmt.Errorf("sealing %d bytes: %w", len(plaintext), ErrTooLarge)
	}
	if len(recipients) != 1 {
		return nil, fmt.Errorf("%w: a part has one recipient, not %d", ErrSealed, len(recipients))
	}
	recipient, err := age.ParseHybridRecipient(recipients[0])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	out := bytes.NewBuffer(make([]byte, 0, len(plaintext)+maxAgeHeader))
	w, err := age.Encrypt(out, recipient)
	if err != nil {
		return nil, fmt.Errorf("sealing: %w", err)
	}
	if _, err := w.Write(plaintext); err != nil {
		return nil, fmt.Errorf("sealing: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("sealing: %w", err)
	}
	return out.Bytes(), nil
}

// Unseal decrypts a binary age file that has exactly one recipient stanza, of
// type mlkem768x25519, which it checks before it uses id. It returns plaintext
// only after the whole file was authenticated. All errors but ErrTooLarge
// match ErrSealed; a key that does not fit matches age.ErrIncorrectIdentity
// too.
func Unseal(binary []byte, id *age.HybridIdentity) ([]byte, error) {
	if len(binary) > MaxSize+maxAgeHeader {
		return nil, fmt.Errorf("unsealing %d bytes: %w", len(binary), ErrTooLarge)
	}
	r, err := age.Decrypt(bytes.NewReader(binary), oneStanza{id})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	plaintext := bytes.NewBuffer(make([]byte, 0, len(binary)))
	if _, err := plaintext.ReadFrom(r); err != nil {
		clear(plaintext.Bytes())
		return nil, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	return plaintext.Bytes(), nil
}

// oneStanza passes on to its identity only a header with the one stanza that
// the format allows. Decrypt by itself takes any mixture of stanzas.
type oneStanza struct{ id age.Identity }

func (o oneStanza) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	if len(stanzas) != 1 {
		return nil, fmt.Errorf("want one recipient stanza, have %d", len(stanzas))
	}
	if stanzas[0].Type != stanzaType {
		return nil, fmt.Errorf("want a stanza of type %s, have %q", stanzaType, stanzas[0].Type)
	}
	return o.id.Unwrap(stanzas)
}

// errShape is how checkSealed stops before anything is decrypted.
var errShape = errors.New("shape checked")

// justShape is an identity that opens nothing.
type justShape struct{}

func (justShape) Unwrap([]*age.Stanza) ([]byte, error) { return nil, errShape }

// checkSealed looks at an age file without its key: its header must parse and
// have the one stanza that the format allows.
func checkSealed(binary []byte) error {
	head := bytes.NewReader(binary[:min(len(binary), maxAgeHeader)])
	_, err := age.Decrypt(head, oneStanza{justShape{}})
	if errors.Is(err, errShape) {
		return nil
	}
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("%w: %w", ErrSealed, err)
}
