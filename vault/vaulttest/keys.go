package vaulttest

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"path/filepath"
	"strings"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"

	"opsvault/vault/identity"
	"opsvault/vault/statement"
)

// keyOf answers every question for a key with one key.
func keyOf(i *identity.Identity) func(string) (ssh.PublicKey, error) {
	return func(string) (ssh.PublicKey, error) { return i.PublicKey(), nil }
}

// SafeKeys returns the newest key of each safe that Maria delivered to a
// person, out of the bundles in the vault.
func (w *World) SafeKeys(p *Person) (map[string]*age.HybridIdentity, error) {
	own, err := w.Key(p)
	if err != nil {
		return nil, err
	}
	open, err := own.Age()
	if err != nil {
		return nil, err
	}
	names, err := filepath.Glob(w.Path("keys/" + own.DeviceID() + "/*.keys"))
	if err != nil {
		return nil, err
	}
	keys := map[string]*age.HybridIdentity{}
	for _, name := range names {
		rel, err := filepath.Rel(w.Dir, name)
		if err != nil {
			return nil, err
		}
		parts, err := w.Sealed(filepath.ToSlash(rel))
		if err != nil {
			return nil, err
		}
		plain, err := statement.Unseal(parts[0], open)
		if err != nil {
			return nil, err
		}
		if err := readKeys(plain, keys); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// readKeys reads the plaintext of a bundle.
func readKeys(plain []byte, into map[string]*age.HybridIdentity) error {
	safe := ""
	for lines := bufio.NewScanner(bytes.NewReader(plain)); lines.Scan(); {
		word := strings.Fields(lines.Text())
		switch {
		case len(word) == 5 && word[1] == "safe":
			safe = word[2]
		case safe != "" && word[0] != "#":
			key, err := age.ParseHybridIdentity(word[0])
			if err != nil {
				return err
			}
			into[safe] = key
		}
	}
	return nil
}

// newIdentity makes the keys of somebody who is not in the vault.
func newIdentity(member string) (*identity.Identity, error) {
	return identity.New(member, rand.Reader)
}

// newRecipient is the recipient file of a key that nobody in the vault has.
func newRecipient() []byte {
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		panic("vaulttest: " + err.Error())
	}
	return []byte(id.Recipient().String() + "\n")
}

// state is where a file of a person's local state lies.
func (w *World) state(id statement.Hash, p *Person, name string) string {
	return filepath.Join(p.Home, "vaults", id.String(), filepath.FromSlash(name))
}
