package vaulttest

import (
	"crypto/rand"
	"fmt"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/entry"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// Forged is the password of versions that are written here.
const Forged = "forged-password"

// Version is the next version of an entry as its author would write it, to be
// changed before it is written.
type Version struct {
	Deed
	Body   statement.Entry
	Card   entry.Card
	Secret entry.Secret

	CardText, SecretText     []byte // the plaintexts, if they are not those of Card and Secret
	SealedCard, SealedSecret []byte // the parts, if they are not these plaintexts sealed as they should be
	FileID                   string // the id in the file's name
	FileVersion              uint64
	CardSafe, SecretSafe     string // whose key the parts are sealed to
}

// Next is the next version of an entry by a person, with the password Forged.
func (w *World) Next(p *Person, path string) (*Version, error) {
	v, err := w.Open(p)
	if err != nil {
		return nil, err
	}
	now, _, err := v.Show(ParsePath(path), true)
	if err != nil {
		return nil, err
	}
	b := now.Card.Binding
	b.Version, b.Author = now.Version+1, p.Member
	card, secret, err := Draft(Forged).Entry(b, rand.Reader)
	if err != nil {
		return nil, err
	}
	n := &Version{Card: card, Secret: secret, FileID: b.ID, FileVersion: b.Version,
		CardSafe: policy.Catalogue, SecretSafe: b.Safe,
		Body: statement.Entry{Op: statement.OpPut, Safe: b.Safe, ID: b.ID, Version: b.Version, Prev: []statement.Hash{now.Hash}}}
	n.Op = "entry.put"
	n.Object = fmt.Sprintf("%s@%d", b.ID, b.Version)
	return n, nil
}

// Put writes a Version with a person's keys.
func (w *World) Put(p *Person, n *Version) error {
	v, err := w.Open(p)
	if err != nil {
		return err
	}
	if err := n.texts(); err != nil {
		return err
	}
	if err := w.seal(v, n); err != nil {
		return err
	}
	n.Body.Secret = statement.Sum(n.SecretText)
	n.Body.SealedCard = statement.Part{Generation: 1, Hash: statement.Sum(n.SealedCard)}
	n.Body.SealedSecret = statement.Part{Generation: 1, Hash: statement.Sum(n.SealedSecret)}
	n.Parts = [][]byte{n.SealedCard, n.SealedSecret}
	n.Header = func(c statement.Common) (statement.Header, error) {
		n.Body.Common = c
		return n.Body.Header()
	}
	n.Name = func(c statement.Common, _ statement.Hash) string {
		return store.EntryName(n.FileID, n.FileVersion, c.Device)
	}
	return w.Commit(p, n.Deed)
}

func (n *Version) texts() (err error) {
	if n.CardText == nil {
		if n.CardText, err = n.Card.Encode(); err != nil {
			return err
		}
	}
	if n.SecretText == nil {
		n.SecretText, err = n.Secret.Encode()
	}
	return err
}

func (w *World) seal(v *vault.Vault, n *Version) (err error) {
	if n.SealedCard == nil {
		if n.SealedCard, err = w.sealTo(v, n.CardSafe, n.CardText); err != nil {
			return err
		}
	}
	if n.SealedSecret == nil {
		n.SealedSecret, err = w.sealTo(v, n.SecretSafe, n.SecretText)
	}
	return err
}

func (w *World) sealTo(v *vault.Vault, safe string, plain []byte) ([]byte, error) {
	to, err := w.Recipient(v, safe)
	if err != nil {
		return nil, err
	}
	return statement.Seal(plain, to)
}

// EntryFile is the name of one version of an entry, by Maria.
func (w *World) EntryFile(path string, version uint64) (string, error) {
	v, err := w.Open(w.Maria)
	if err != nil {
		return "", err
	}
	e, err := v.At(ParsePath(path), version)
	if err != nil {
		return "", err
	}
	return e.File, nil
}

// Sealed returns the parts of a statement's file.
func (w *World) Sealed(name string) ([][]byte, error) {
	v, err := w.Open(w.Maria)
	if err != nil {
		return nil, err
	}
	key, err := w.Key(w.Maria)
	if err != nil {
		return nil, err
	}
	_ = v
	dir, err := store.OpenDir(w.Dir)
	if err != nil {
		return nil, err
	}
	data, err := dir.Read(name, statement.MaxSize)
	if err != nil {
		return nil, err
	}
	st, err := statement.Open(data, keyOf(key))
	if err != nil {
		return nil, err
	}
	return st.Parts, nil
}
