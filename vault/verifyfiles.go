package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"

	"opsvault/policy"
	"opsvault/vault/audit"
	"opsvault/vault/chain"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// fileJobs verify the files that are to be read, a directory each. The
// policy chain is one job.
func (c *checking) fileJobs() []func() {
	var jobs []func()
	for _, name := range c.order {
		l := c.dirs[name]
		if isChain(name) {
			continue
		}
		c.report.Files += len(l.files)
		if name == "policy" && len(l.fresh) > 0 {
			jobs = append(jobs, c.policyChain)
		}
		if len(l.fresh) > 0 {
			jobs = append(jobs, func() {
				for _, file := range l.fresh {
					c.file(l.name + "/" + file)
				}
			})
		}
	}
	return append(jobs, c.named)
}

// file verifies one file by what its name says it is.
func (c *checking) file(name string) {
	n, ok := store.ParseName(name)
	var err error
	switch {
	case !ok:
		c.unknown(name, "no file of a vault has such a name")
		return
	case n.Newcomer != "":
		c.find(audit.Finding{Code: audit.Equivocation, Device: n.Device, File: name, Other: besides(name), Detail: "two files claim one name"})
		return
	case n.Form == store.FormPolicy:
		err = c.document(name, n)
	case n.Form == store.FormDevice:
		err = c.device(name, n)
	case n.Form == store.FormRecipient:
		err = c.recipientFile(name, n)
	case n.Form == store.FormText:
		err = c.text(name, n)
	default:
		err = c.statement(name, n)
	}
	c.judge(name, n, err)
}

// besides is the name that a newcomer claims.
func besides(name string) string {
	name, _, _ = strings.Cut(name, "~")
	return name
}

// statement verifies a signed file. Whether it was announced is seen when the
// logs are known: see join.
func (c *checking) statement(name string, n store.Name) error {
	data, err := c.v.dir.Read(name, statement.MaxSize)
	if err != nil {
		return err
	}
	st, err := statement.Open(data, c.keyOf)
	if err != nil {
		return &IntegrityError{name, err}
	}
	if err := c.v.checkNamed(name, st); err != nil {
		return err
	}
	common, err := statement.ParseCommon(st.Header)
	if err != nil {
		return &IntegrityError{name, err}
	}
	if common.Vault != c.v.id {
		return &IntegrityError{name, errors.New("it belongs to another vault")}
	}
	if err := c.author(name, common); err != nil {
		return err
	}
	if err := c.right(name, st, common); err != nil {
		return err
	}
	if n.Form == store.FormPublish {
		if err := c.published(name, n); err != nil {
			return err
		}
	}
	c.claim(common.Device, claim{name, common.Event, st.Hash})
	return nil
}

func (c *checking) keyOf(device string) (ssh.PublicKey, error) {
	if key := c.keys[device]; key != nil {
		return key, nil
	}
	return nil, errors.New("no policy version names this device")
}

// author checks that the device belonged to the author under the policy that
// the statement names. Where the document of that policy isn't here, which is
// a finding of its own, there is nothing to check it by.
func (c *checking) author(name string, common statement.Common) error {
	at := common.Policy
	switch {
	case len(c.chain) == 0:
	case c.v.policy.follows(at):
	case at.Number > c.chain[len(c.chain)-1].number:
		c.note(audit.Finding{Code: chain.InTransit, Device: common.Device, File: name, Detail: fmt.Sprintf("policy %d, which it names, has not arrived", at.Number)})
		return nil
	case strings.HasPrefix(name, "keys/"): // bundles come before the first signature, which may never come
		c.unknown(name, fmt.Sprintf("it belongs to policy %d %s, which is not in the chain", at.Number, at.Hash.Short()))
		return nil
	default:
		return &IntegrityError{name, fmt.Errorf("it names policy %d %s, which is not in the chain", at.Number, at.Hash.Short())}
	}
	owners := c.ownersOf(at)
	if owners != nil && owners[common.Device] != common.Author {
		return &IntegrityError{name, fmt.Errorf("device %s did not belong to %s in policy %d", common.Device, common.Author, at.Number)}
	}
	return nil
}

// ownersOf says whose device was whose in a policy version; nil where the
// document can't be read.
func (c *checking) ownersOf(ref statement.PolicyRef) map[string]string {
	doc := c.docOf(ref)
	if doc == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if owners, ok := c.owners[ref.Hash]; ok {
		return owners
	}
	owners := map[string]string{}
	for member, m := range doc.Members {
		for device := range m.Devices {
			owners[device] = member
		}
	}
	c.owners[ref.Hash] = owners
	return owners
}

// docOf is the document of a policy version; nil where it can't be read.
func (c *checking) docOf(ref statement.PolicyRef) *policy.Document {
	c.mu.Lock()
	defer c.mu.Unlock()
	if doc, ok := c.docs[ref.Hash]; ok {
		return doc
	}
	doc, _ := c.v.docNow(ref) // what can't be read is found by itself
	c.docs[ref.Hash] = doc
	return doc
}

// device verifies a .device file against the policy's pin.
func (c *checking) device(name string, n store.Name) error {
	known, ok := c.v.policy.Devices[n.Device]
	if !ok {
		data, err := c.v.dir.Read(name, statement.MaxSize)
		if err != nil {
			return err
		}
		if _, _, err := statement.OpenDevice(data); err != nil {
			return &IntegrityError{name, err}
		}
		return nil // waits for a policy to name it
	}
	_, err := c.v.readDevice(n.Device, known.File)
	return err
}

func (c *checking) recipientFile(name string, n store.Name) error {
	data, err := c.v.dir.Read(name, 4<<10)
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

// text holds a runbook's text against its publication. A publication that
// doesn't verify is found by itself; a text without one is inert.
func (c *checking) text(name string, n store.Name) error {
	publication := store.PublishName(n.Slug, n.Number, n.Device, n.Device)
	data, err := c.v.dir.Read(publication, statement.MaxSize)
	if err != nil {
		return nil
	}
	st, err := statement.Open(data, c.keyOf)
	if err != nil {
		return nil
	}
	return c.textOf(name, st)
}

// published checks that the text of a publication is here.
func (c *checking) published(name string, n store.Name) error {
	text := store.TextName(n.Slug, n.Number, n.Device)
	if _, err := c.v.dir.Stat(text); errors.Is(err, fs.ErrNotExist) {
		f := audit.Finding{Code: audit.MissingWrite, Device: n.Signer, File: text, Detail: "the text that was published is not here"}
		if n.Signer != c.v.me.Device || c.v.elsewhere {
			f.Code = chain.InTransit
			c.note(f)
			return nil
		}
		c.find(f)
	}
	return nil
}

func (c *checking) textOf(name string, st *statement.Statement) error {
	body, err := statement.ParseBook(st.Header)
	if err != nil {
		return nil // found at the publication
	}
	text, err := c.v.dir.Read(name, MaxBook)
	if err != nil {
		return err
	}
	if statement.Sum(text) != body.Text {
		return &IntegrityError{name, errors.New("the text is not the one that was published")}
	}
	return nil
}

// named notes files that the policy names and that have not arrived.
func (c *checking) named() {
	doc := c.v.policy.Doc
	for _, safe := range doc.SafeIDs() {
		for _, g := range doc.Generations(safe) {
			hash, err := statement.ParseHash(g.Recipient)
			if err == nil {
				c.expect(store.RecipientName(safe, g.Gen, hash.Short()), "")
			}
		}
	}
	for device := range c.keys {
		c.expect(store.DeviceName(device), device)
	}
}

func (c *checking) expect(name, device string) {
	if _, err := c.v.dir.Stat(name); errors.Is(err, fs.ErrNotExist) {
		c.note(audit.Finding{Code: chain.InTransit, Device: device, File: name, Detail: "the policy names it, and it is not here"})
	}
}

// judge turns what is wrong with a file into a finding or a note.
func (c *checking) judge(name string, n store.Name, err error) {
	var integrity *IntegrityError
	var unknown *statement.UnknownType
	device := n.Device
	switch n.Form {
	case store.FormPublish, store.FormApprove:
		device = n.Signer
	case store.FormKeys:
		device = "" // the name has the receiver
	}
	switch {
	case err == nil:
	case errors.As(err, &unknown):
		c.note(audit.Finding{Code: audit.UnknownFile, Device: device, File: name, Detail: "made by a newer opsvault"})
	case errors.Is(err, statement.ErrSignature), errors.Is(err, statement.ErrUnknownDevice):
		c.find(audit.Finding{Code: chain.BadKey, Device: device, File: name, Detail: err.Error()})
	case errors.As(err, &integrity):
		c.find(audit.Finding{Code: chain.Edit, Device: device, File: name, Detail: integrity.Err.Error()})
	default:
		c.unreadable(name, err)
	}
}

// document checks the bytes of a policy document against its name. Whether it
// follows its parent and is signed is seen by policyChain.
func (c *checking) document(name string, n store.Name) error {
	data, err := c.v.dir.Read(name, policy.MaxSize)
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
	if len(c.chain) > 0 && n.Number <= c.v.policy.Number && !c.v.policy.follows(statement.PolicyRef{Number: n.Number, Hash: hash}) {
		c.unknown(name, "another version of the same number, which does not count")
	}
	return nil
}
