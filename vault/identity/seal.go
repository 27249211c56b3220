package identity

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"

	"opsvault/vault/statement"
)

// workFactor is the base-2 logarithm of scrypt's N: 256 MiB of memory and 0.8 s on
// a machine of 2026, as age's own command line has it. More is refused on reading:
// a few bits more would take all memory of a laptop.
const workFactor = 18

// SealWithPassphrase seals an identity as `age -p -a` does. It returns
// ErrNoPassphrase for an empty passphrase.
func SealWithPassphrase(plain, passphrase []byte) ([]byte, error) {
	return seal(plain, passphrase, workFactor)
}

func seal(plain, passphrase []byte, factor int) ([]byte, error) {
	if len(passphrase) == 0 {
		return nil, ErrNoPassphrase
	}
	recipient, err := age.NewScryptRecipient(string(passphrase))
	if err != nil {
		return nil, fmt.Errorf("seal an identity: %w", err)
	}
	recipient.SetWorkFactor(factor)
	var b bytes.Buffer
	w, err := age.Encrypt(&b, recipient)
	if err != nil {
		return nil, fmt.Errorf("seal an identity: %w", err)
	}
	if _, err := w.Write(plain); err != nil {
		return nil, fmt.Errorf("seal an identity: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("seal an identity: %w", err)
	}
	return statement.Armor(b.Bytes()), nil
}

// OpenWithPassphrase opens a file of at most MaxFile bytes that
// SealWithPassphrase or `age -p` made, armored or not. It returns ErrNoPassphrase,
// ErrPassphrase or ErrDamaged. A file whose start is damaged can't be told from
// one with another passphrase.
func OpenWithPassphrase(file, passphrase []byte) ([]byte, error) {
	if len(passphrase) == 0 {
		return nil, ErrNoPassphrase
	}
	if len(file) > MaxFile {
		return nil, damaged("%d bytes, at most %d", len(file), MaxFile)
	}
	binary, err := statement.Dearmor(file)
	if bytes.HasPrefix(file, []byte("age-encryption.org/")) {
		binary, err = file, nil
	}
	if err != nil {
		return nil, damaged("%w", err)
	}
	key, err := age.NewScryptIdentity(string(passphrase))
	if err != nil {
		return nil, fmt.Errorf("open an identity: %w", err)
	}
	key.SetMaxWorkFactor(workFactor)
	r, err := age.Decrypt(bytes.NewReader(binary), key)
	var none *age.NoIdentityMatchError
	if errors.As(err, &none) {
		if len(none.StanzaTypes) != 1 || none.StanzaTypes[0] != "scrypt" {
			return nil, damaged("not sealed with a passphrase")
		}
		return nil, ErrPassphrase
	}
	if err != nil {
		return nil, damaged("%w", err)
	}
	plain, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err != nil {
		return nil, damaged("%w", err)
	}
	return plain, nil
}
