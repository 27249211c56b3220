package chain

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20poly1305"

	"opsvault/vault/statement"
)

const (
	nonceSize = chacha20poly1305.NonceSizeX
	tagSize   = chacha20poly1305.Overhead
	// maxKeyFile bounds a segment's key file: one stanza of 1.5 KiB and 65
	// bytes of plaintext make 2.5 KiB in armor.
	maxKeyFile = 8 << 10
)

// SealDetails seals details with a segment's key, bound to the bytes that the
// line has before `,"sealed"`. The result is nonce (from rand), ciphertext and
// tag of a JSON object with sorted keys; nil details give nil. What JSON can't
// say, or is over 16 KiB, is refused with a *DraftError.
func SealDetails(key [32]byte, bound []byte, details map[string]any, rand io.Reader) ([]byte, error) {
	if details == nil {
		return nil, nil
	}
	plain, err := json.Marshal(details)
	if err != nil {
		return nil, &DraftError{Key: "sealed", Why: err.Error()}
	}
	if len(plain) > MaxLine {
		return nil, &DraftError{Key: "sealed", Why: "details over 16 KiB"}
	}
	aead, err := chacha20poly1305.NewX(key[:])
	if err != nil {
		return nil, err
	}
	sealed := make([]byte, nonceSize, nonceSize+len(plain)+tagSize)
	if _, err := io.ReadFull(rand, sealed); err != nil {
		return nil, fmt.Errorf("nonce of details: %w", err)
	}
	return aead.Seal(sealed, sealed, plain, bound), nil
}

// OpenDetails opens the details of a line with its segment's key. A line
// without details gives nil. Numbers come as json.Number. Errors are ErrSealed.
func OpenDetails(key [32]byte, line *Line) (map[string]any, error) {
	if line.Sealed == "" {
		return nil, nil
	}
	sealed, err := base64.StdEncoding.Strict().DecodeString(line.Sealed)
	if err != nil || len(sealed) < nonceSize+tagSize {
		return nil, fmt.Errorf("%w: not base64 of a nonce and a box", ErrSealed)
	}
	aead, err := chacha20poly1305.NewX(key[:])
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, sealed[:nonceSize], sealed[nonceSize:], []byte(line.Bound()))
	if err != nil {
		return nil, fmt.Errorf("%w: another key, or changed", ErrSealed)
	}
	var details map[string]any
	decoder := json.NewDecoder(bytes.NewReader(plain))
	decoder.UseNumber()
	if err := decoder.Decode(&details); err != nil || details == nil {
		return nil, fmt.Errorf("%w: not a JSON object", ErrSealed)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: more than a JSON object", ErrSealed)
	}
	return details, nil
}

// sealKey makes the key file of a segment: the key as 64 hex digits and LF,
// sealed to recipient, in armor.
func sealKey(key [32]byte, recipient string) ([]byte, error) {
	plain := append(hex.AppendEncode(nil, key[:]), '\n')
	binary, err := statement.Seal(plain, recipient)
	if err != nil {
		return nil, err
	}
	return statement.Armor(binary), nil
}

// OpenKey reads the key of a segment from its key file, for a holder of the
// recipient's identity. Errors are ErrSealed.
func OpenKey(file []byte, id *age.HybridIdentity) ([32]byte, error) {
	var key [32]byte
	if len(file) > maxKeyFile {
		return key, fmt.Errorf("%w: key file over its limit", ErrSealed)
	}
	binary, err := statement.Dearmor(file)
	if err != nil {
		return key, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	plain, err := statement.Unseal(binary, id)
	if err != nil {
		return key, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	text, ok := bytes.CutSuffix(plain, []byte("\n"))
	h, err := statement.ParseHash(string(text))
	if !ok || err != nil {
		return key, fmt.Errorf("%w: not a key", ErrSealed)
	}
	return h, nil
}
