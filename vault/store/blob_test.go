package store_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"
	"testing/iotest"

	"golang.org/x/crypto/chacha20poly1305"

	"opsvault/vault/store"
)

func TestBlob(t *testing.T) {
	key := &[32]byte{1, 2, 3}
	for _, plain := range [][]byte{nil, []byte("x"), bytes.Repeat([]byte("card "), 10_000)} {
		blob, err := store.SealBlob(key, []byte("index"), plain, rand.Reader)
		must(t, err)
		if len(blob) != len(plain)+40 {
			t.Errorf("%d bytes for %d", len(blob), len(plain))
		}
		got, err := store.OpenBlob(key, []byte("index"), blob)
		must(t, err)
		if !bytes.Equal(got, plain) {
			t.Error("other bytes came back")
		}
	}
}

// The form is the one of the documentation: nonce, then what the AEAD gives.
func TestBlobForm(t *testing.T) {
	key, nonce := &[32]byte{7}, bytes.Repeat([]byte{9}, 24)
	blob, err := store.SealBlob(key, []byte("ad"), []byte("plain"), bytes.NewReader(nonce))
	must(t, err)
	aead, err := chacha20poly1305.NewX(key[:])
	must(t, err)
	if want := aead.Seal(bytes.Clone(nonce), nonce, []byte("plain"), []byte("ad")); !bytes.Equal(blob, want) {
		t.Errorf("%x, not %x", blob, want)
	}
}

func TestBlobThatDoesNotOpen(t *testing.T) {
	key := &[32]byte{1}
	blob, err := store.SealBlob(key, []byte("index"), []byte("secret"), rand.Reader)
	must(t, err)
	_, err = store.OpenBlob(&[32]byte{2}, []byte("index"), blob)
	is(t, err, store.ErrSealed)
	_, err = store.OpenBlob(key, []byte("keyring"), blob)
	is(t, err, store.ErrSealed)
	for n := range blob {
		_, err = store.OpenBlob(key, []byte("index"), blob[:n])
		is(t, err, store.ErrSealed)
		changed := bytes.Clone(blob)
		changed[n] ^= 1
		_, err = store.OpenBlob(key, []byte("index"), changed)
		is(t, err, store.ErrSealed)
	}
}

func TestBlobWithoutRandomness(t *testing.T) {
	broken := errors.New("broken")
	_, err := store.SealBlob(&[32]byte{}, nil, nil, iotest.ErrReader(broken))
	is(t, err, broken)
}
