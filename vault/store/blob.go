package store

import (
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"
)

// blobOverhead is what sealing adds: a 24-byte nonce and a 16-byte tag.
const blobOverhead = chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead

// SealBlob seals bytes of local state (the keyring, the index) under a key of
// this device: a random 24-byte nonce, then XChaCha20-Poly1305
// (draft-irtf-cfrg-xchacha-03). ad binds the blob to its place, such as a
// purpose and the vault id, and is not stored. rand is a source of random
// bytes, in life crypto/rand.Reader.
func SealBlob(key *[32]byte, ad, plaintext []byte, rand io.Reader) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(key[:])
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	out := make([]byte, chacha20poly1305.NonceSizeX, len(plaintext)+blobOverhead)
	if _, err := io.ReadFull(rand, out); err != nil {
		return nil, fmt.Errorf("seal: random bytes: %w", err)
	}
	return aead.Seal(out, out, plaintext, ad), nil
}

// OpenBlob opens what SealBlob made with the same key and ad. Anything else is
// ErrSealed. blob is left as it is.
func OpenBlob(key *[32]byte, ad, blob []byte) ([]byte, error) {
	if len(blob) < blobOverhead {
		return nil, fmt.Errorf("%w: %d bytes are too few", ErrSealed, len(blob))
	}
	aead, err := chacha20poly1305.NewX(key[:])
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	nonce, sealed := blob[:chacha20poly1305.NonceSizeX], blob[chacha20poly1305.NonceSizeX:]
	plain, err := aead.Open(nil, nonce, sealed, ad)
	if err != nil {
		return nil, fmt.Errorf("%w: other key, other place or changed bytes", ErrSealed)
	}
	return plain, nil
}
