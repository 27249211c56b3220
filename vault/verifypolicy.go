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
// its parents, and that enough governors have signed.
func (v *Vault) verifyVersion(p PolicyVersion) error {
	name := store.PolicyName(p.Number, p.Hash.Short())
	here, err := v.policyFiles()
	if err != nil {
		return err
	}
	l := &policyLook{v: v, here: here, spent: map[string]int{}}
	c, err := v.readCandidate(p.Number, p.Hash.Short())
	if err != nil {
		return err
	}
	if c == nil {
		return &IntegrityError{name, errors.New("it does not follow the version before it")}
	}
	c.signs = l.ofParents(c, l.signatures(name, p.Number))
	met := policy.Met(policy.SignersOf(c.parents, c.doc, l.counted(c)))
	for _, w := range l.notes {
		v.warnings = appendWarning(v.warnings, w)
	}
	if !met {
		return &IntegrityError{name, errors.New("its signatures are missing or do not verify")}
	}
	return nil
}

// policyChain follows the versions that this device has pinned once more, from
// version 1: each is here, may follow its parents, and is signed by enough
// governors.
func (c *checking) policyChain() {
	if len(c.chain) == 0 {
		c.find(audit.Finding{Code: audit.Rollback, File: "policy", Detail: "the chain of versions can't be followed back from the newest"})
		return
	}
	signs := c.signFiles()
	docs := map[statement.Hash]*policy.Document{}
	for _, w := range c.chain {
		name := w.file()
		doc, err := c.v.readDocument(w.number, w.hash)
		var integrity *IntegrityError
		switch {
		case errors.Is(err, fs.ErrNotExist):
			c.missed(audit.Finding{Code: audit.Rollback, File: name, Detail: fmt.Sprintf("policy %d was here and is gone", w.number)})
		case errors.As(err, &integrity):
			c.find(audit.Finding{Code: chain.Edit, File: name, Detail: integrity.Err.Error()})
		case err != nil:
			c.unreadable(name, err)
		default:
			c.version(w, doc, docs, signs[name])
		}
		docs[w.hash] = doc
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

// version checks one version against its parents, where they can be read.
func (c *checking) version(w *version, doc *policy.Document, docs map[statement.Hash]*policy.Document, signs []string) {
	x := &candidate{version: *w, doc: doc}
	for _, hash := range w.parents {
		if docs[hash] == nil {
			return
		}
		x.parents = append(x.parents, docs[hash])
	}
	if err := c.v.checkFollows(x); err != nil {
		c.find(audit.Finding{Code: chain.Edit, File: w.file(), Detail: err.Error()})
		return
	}
	var devices []string
	for _, sign := range signs {
		if device, ok := c.signed(sign, x); ok {
			devices = append(devices, device)
		}
	}
	if !policy.Met(policy.SignersOf(x.parents, doc, devices)) {
		c.missed(audit.Finding{Code: audit.MissingWrite, File: w.file(), Detail: "its signatures are missing or do not verify"})
	}
}

// signed reports whether a signature of a document is sound, and whose device
// made it. What is wrong with it is found where the file itself is verified.
func (c *checking) signed(name string, x *candidate) (string, bool) {
	data, err := c.v.dir.Read(name, statement.MaxSize)
	if err != nil {
		return "", false
	}
	st, err := statement.Open(data, func(device string) (ssh.PublicKey, error) { return c.keyOf(device) })
	if err != nil {
		return "", false
	}
	body, err := statement.ParseSign(st.Header)
	if err != nil || body.Vault != c.v.id || body.Document.Hash != x.hash {
		return "", false
	}
	if x.number == 1 {
		return body.Device, body.Policy == x.ref() && holdsDevice(x.doc, body.Author, body.Device)
	}
	for i, parent := range x.version.parents {
		if body.Policy.Hash == parent {
			return body.Device, holdsDevice(x.parents[i], body.Author, body.Device)
		}
	}
	return "", false
}
