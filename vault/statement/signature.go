package statement

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"io"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// maxSignature bounds an armored signature; a real one takes about 350 bytes.
const maxSignature = 1 << 10

// namespace returns the SSHSIG namespace of a type, so that a signature of one
// type is never one of another.
func namespace(t Type) string { return string(t) + "@opsvault.v1" }

// signHeader returns the armored SSH signature of header.
func signHeader(header []byte, t Type, key ssh.Signer, rand io.Reader) ([]byte, error) {
	if key.PublicKey().Type() != ssh.KeyAlgoED25519 {
		return nil, fmt.Errorf("signing with a key of type %s: want %s", key.PublicKey().Type(), ssh.KeyAlgoED25519)
	}
	sig, err := sshsig.SignWithRand(bytes.NewReader(header), rand, key, sshsig.HashSHA512, namespace(t))
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	return sshArmor.encode(sig.Marshal()), nil
}

// verifyHeader checks that armored is the canonical form of a signature of
// header by key. The key that the signature embeds must be the same; it is
// never used. Errors match ErrMalformed (the armor) or ErrSignature.
func verifyHeader(header, armored []byte, t Type, key ssh.PublicKey) error {
	if len(armored) > maxSignature {
		return malformed("signature over %d bytes", maxSignature)
	}
	blob, err := sshArmor.decode(armored)
	if err != nil {
		return err
	}
	sig, err := sshsig.ParseSignature(blob)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if err := checkSignature(sig, key); err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if !bytes.Equal(sig.Marshal(), blob) {
		return fmt.Errorf("%w: not in canonical form", ErrSignature)
	}
	if err := sshsig.Verify(bytes.NewReader(header), sig, key, sshsig.HashSHA512, namespace(t)); err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return nil
}

// checkSignature checks what sshsig.Verify does not look at. Verify itself
// compares the embedded key and the namespace with those it is given, and the
// key compares the format of the signature with its own.
func checkSignature(sig *sshsig.Signature, key ssh.PublicKey) error {
	switch {
	case key.Type() != ssh.KeyAlgoED25519:
		return fmt.Errorf("key of type %s", key.Type())
	case sig.HashAlgorithm != sshsig.HashSHA512: // what it claims; Verify takes what it is told
		return fmt.Errorf("hash algorithm %q", sig.HashAlgorithm)
	case len(sig.Signature.Blob) != ed25519.SignatureSize || len(sig.Signature.Rest) != 0:
		return fmt.Errorf("wrong length")
	}
	return nil
}

// RawSignature returns the 64 bytes of the Ed25519 signature in a statement's
// SSH signature: all that a header and a key don't say already.
func (st *Statement) RawSignature() (raw [ed25519.SignatureSize]byte, err error) {
	blob, err := sshArmor.decode(st.Signature)
	if err != nil {
		return raw, err
	}
	sig, err := sshsig.ParseSignature(blob)
	if err != nil {
		return raw, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	copy(raw[:], sig.Signature.Blob)
	return raw, nil
}

// Assemble puts the file of a statement without sealed parts together again,
// from its header and the raw signature by key. It believes both: Open checks.
func Assemble(h Header, key ssh.PublicKey, raw [ed25519.SignatureSize]byte) ([]byte, error) {
	header, err := h.Encode()
	if err != nil {
		return nil, err
	}
	sig := sshsig.Signature{
		Version: 1, PublicKey: key, Namespace: namespace(h.Type), HashAlgorithm: sshsig.HashSHA512,
		Signature: &ssh.Signature{Format: ssh.KeyAlgoED25519, Blob: raw[:]},
	}
	return append(header, sshArmor.encode(sig.Marshal())...), nil
}
