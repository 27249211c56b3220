package vault

import (
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/crypto/ssh"

	"opsvault/policy"
	"opsvault/vault/audit"
	"opsvault/vault/chain"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

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

// policyChain follows the chain that this device has pinned once more, from
// version 1: each version is here, may follow the one before, and is signed by
// enough governors. It holds two documents at a time.
func (c *checking) policyChain() {
	if len(c.chain) == 0 {
		c.find(audit.Finding{Code: audit.Rollback, File: "policy", Detail: "the chain of versions can't be followed back from the newest"})
		return
	}
	signs := c.signFiles()
	var parent *policy.Document
	for i, hash := range c.chain {
		number := uint64(i + 1)
		name := store.PolicyName(number, hash.Short())
		doc, err := c.v.readDocument(number, hash)
		var integrity *IntegrityError
		switch {
		case errors.Is(err, fs.ErrNotExist):
			c.missed(audit.Finding{Code: audit.Rollback, File: name, Detail: fmt.Sprintf("policy %d was here and is gone", number)})
		case errors.As(err, &integrity):
			c.find(audit.Finding{Code: chain.Edit, File: name, Detail: integrity.Err.Error()})
		case err != nil:
			c.unreadable(name, err)
		default:
			c.version(name, parent, doc, hash, signs[name])
		}
		parent = doc
	}
}

// signFiles lists the signatures of each document, by its name.
func (c *checking) signFiles() map[string][]string {
	signs := map[string][]string{}
	l := c.dirs["policy"]
	for i := range l.files {
		name := "policy/" + l.files[i].Name
		if n, ok := store.ParseName(name); ok && n.Form == store.FormSign && n.Newcomer == "" {
			document := store.PolicyName(n.Number, n.Hash)
			signs[document] = append(signs[document], name)
		}
	}
	return signs
}

// version checks one version against its parent, which is nil for version 1
// and where it can't be read.
func (c *checking) version(name string, parent, doc *policy.Document, hash statement.Hash, signs []string) {
	if doc.Version > 1 && parent == nil {
		return
	}
	before := statement.PolicyRef{Number: 1, Hash: hash}
	if doc.Version > 1 {
		before = statement.PolicyRef{Number: doc.Version - 1, Hash: c.chain[doc.Version-2]}
		if problems := policy.CheckNext(parent, doc, before.Hash.String()); len(problems) > 0 {
			c.find(audit.Finding{Code: chain.Edit, File: name, Detail: (&PolicyError{problems}).Error()})
			return
		}
	}
	signers := parent
	if signers == nil {
		signers = doc
	}
	var devices []string
	for _, sign := range signs {
		if device, ok := c.signed(sign, before, hash, signers); ok {
			devices = append(devices, device)
		}
	}
	if !policy.Signed(parent, doc, devices) {
		c.missed(audit.Finding{Code: audit.MissingWrite, File: name, Detail: "its signatures are missing or do not verify"})
	}
}

// signed reports whether a signature of a document is sound, and whose device
// made it. What is wrong with it is found where the file itself is verified.
func (c *checking) signed(name string, under statement.PolicyRef, hash statement.Hash, doc *policy.Document) (string, bool) {
	data, err := c.v.dir.Read(name, statement.MaxSize)
	if err != nil {
		return "", false
	}
	st, err := statement.Open(data, func(device string) (ssh.PublicKey, error) { return c.keyOf(device) })
	if err != nil {
		return "", false
	}
	body, err := statement.ParseSign(st.Header)
	if err != nil || body.Vault != c.v.id || body.Document.Hash != hash || body.Policy != under {
		return "", false
	}
	return body.Device, holdsDevice(doc, body.Author, body.Device)
}
