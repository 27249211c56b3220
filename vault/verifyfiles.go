package vault

import (
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"

	"opsvault/policy"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// verifyDocument checks a policy document: its name's hash, its form, and,
// where it is part of the chain, that its bytes are the ones that count.
func (v *Vault) verifyDocument(name string, n store.Name) error {
	data, err := v.dir.Read(name, policy.MaxSize)
	if err != nil {
		return err
	}
	hash := statement.Sum(data)
	if hash.Short() != n.Hash {
		return &IntegrityError{name, errors.New("its bytes are not those that its name promises")}
	}
	doc, err := policy.Parse(data)
	if err != nil {
		return &IntegrityError{name, err}
	}
	if doc.Version != n.Number {
		return &IntegrityError{name, fmt.Errorf("it is version %d", doc.Version)}
	}
	if err := v.loadChain(); err != nil {
		return err
	}
	if n.Number <= v.policy.Number && v.policy.chain[n.Number-1] == hash {
		return v.verifyVersion(name, doc, hash)
	}
	return nil
}

// verifyVersion checks a version of the chain once more: that it may follow
// its parent, and that enough governors have signed.
func (v *Vault) verifyVersion(name string, doc *policy.Document, hash statement.Hash) error {
	parent := &Vault{opts: v.opts, dir: v.dir, state: v.state, id: v.id, me: v.me, logs: v.logs,
		policy: policyState{Devices: v.policy.Devices}}
	if doc.Version > 1 {
		ref := statement.PolicyRef{Number: doc.Version - 1, Hash: v.policy.chain[doc.Version-2]}
		before, err := v.docAt(ref)
		if err != nil {
			return err
		}
		parent.policy.Number, parent.policy.Hash, parent.policy.Doc = ref.Number, ref.Hash, before
	}
	c, err := parent.readCandidate(doc.Version, hash.Short())
	if err != nil {
		return err
	}
	if c == nil {
		return &IntegrityError{name, errors.New("it does not follow the version before it")}
	}
	for id, d := range v.policy.Devices {
		if _, ok := c.doc.MemberOf(id); ok {
			c.devices[id] = d
		}
	}
	ok, err := parent.counts(c)
	if err != nil {
		return err
	}
	if !ok {
		return &IntegrityError{name, errors.New("its signatures are missing or do not verify")}
	}
	return nil
}

func (v *Vault) verifyDevice(name string, n store.Name) error {
	known, ok := v.policy.Devices[n.Device]
	if !ok {
		return nil // waits for a policy to name it
	}
	_, err := v.readDevice(n.Device, known.File)
	return err
}

func (v *Vault) verifyRecipient(name string, n store.Name) error {
	data, err := v.dir.Read(name, 4<<10)
	if err != nil {
		return err
	}
	if statement.Sum(data).Short() != n.Hash {
		return &IntegrityError{name, errors.New("its bytes are not those that its name promises")}
	}
	if _, err := age.ParseHybridRecipient(strings.TrimSuffix(string(data), "\n")); err != nil {
		return &IntegrityError{name, err}
	}
	return nil
}

// verifyText holds a runbook's text against the publications that name it.
func (v *Vault) verifyText(name string, n store.Name) error {
	publication := store.PublishName(n.Slug, n.Number, n.Device, n.Device)
	st, err := v.readStatement(publication)
	if errors.Is(err, store.ErrNotExist) {
		return nil // a publication that was cut short: inert
	}
	if err != nil {
		return err
	}
	body, err := statement.ParseBook(st.Header)
	if err != nil {
		return &IntegrityError{publication, err}
	}
	text, err := v.dir.Read(name, MaxBook)
	if err != nil {
		return err
	}
	if statement.Sum(text) != body.Text {
		return &IntegrityError{name, errors.New("the text is not the one that was published")}
	}
	return nil
}
