package vault

import (
	"errors"

	"golang.org/x/crypto/ssh"

	"opsvault/policy"
	"opsvault/vault/statement"
	"opsvault/vault/store"
	"opsvault/vault/union"
)

func good() union.Verdict { return union.Verdict{} }

func waits(why union.Why, detail string) union.Verdict {
	return union.Verdict{Kind: union.Waits, Why: why, Detail: detail}
}

func bad(why union.Why, err error) union.Verdict {
	v := union.Verdict{Kind: union.Bad, Why: why}
	if err != nil {
		v.Detail = err.Error()
	}
	return v
}

// judge says whether a file may be carried: it has the form and the signature
// that its name promises, by a device that the policy names or named. Whether
// its author had the right is not asked here: that is decided when it is read.
func (c *carrier) judge(n store.Name, data []byte) union.Verdict {
	switch n.Form {
	case store.FormPolicy:
		return c.judgePolicy(n, data)
	case store.FormSign:
		return c.judgeStatement(n, data, c.keyNamed)
	case store.FormDevice:
		return c.judgeDevice(n, data)
	case store.FormRecipient:
		return c.judgeRecipient(n, data)
	case store.FormText:
		return c.judgeText(n, data)
	}
	return c.judgeStatement(n, data, c.v.keyOf)
}

func (c *carrier) judgePolicy(n store.Name, data []byte) union.Verdict {
	hash := statement.Sum(data)
	switch {
	case hash.Short() != n.Hash:
		return bad(union.WhyName, nil)
	case c.v.policy.knows(hash), c.docs[hash] != nil:
		return good()
	}
	doc, err := policy.Parse(data)
	if err != nil {
		return bad(WhyForm, err)
	}
	if why := c.impossible(doc); why != "" {
		return bad(WhyPolicy, errors.New(why))
	}
	return waits(WhyUnsigned, "")
}

// judgeStatement checks frame, signature, name and vault.
func (c *carrier) judgeStatement(n store.Name, data []byte, keyOf func(string) (ssh.PublicKey, error)) union.Verdict {
	st, err := statement.Open(data, keyOf)
	var newer *statement.UnknownType
	switch {
	case errors.As(err, &newer) && st != nil:
		return c.judgeNewer(n, st)
	case errors.Is(err, statement.ErrUnknownDevice):
		return waits(WhyDevice, err.Error())
	case errors.Is(err, statement.ErrSignature):
		return bad(WhySignature, err)
	case err != nil:
		return bad(WhyForm, err)
	}
	if err := c.v.checkNamed(n.String(), st); err != nil {
		return bad(union.WhyName, err)
	}
	if vault, ok := st.Header.Get("vault"); ok && vault != c.v.id.String() {
		return bad(WhyOtherVault, nil)
	}
	return good()
}

// judgeNewer judges a statement of a type or op that a newer opsvault made: it
// is carried if its name says who signed it, or which statement it is.
func (c *carrier) judgeNewer(n store.Name, st *statement.Statement) union.Verdict {
	device, _ := st.Header.Get("device")
	signer := n.Device
	if n.Signer != "" {
		signer = n.Signer
	}
	switch {
	case n.Form == store.FormQuorum:
	case n.Hash != "" && n.Hash != st.Hash.Short(), n.Hash == "" && signer != device:
		return bad(union.WhyName, nil)
	}
	if vault, ok := st.Header.Get("vault"); ok && vault != c.v.id.String() {
		return bad(WhyOtherVault, nil)
	}
	return good()
}

// judgeDevice: a policy names the hash of the whole file, or somebody is
// invited and expected; of those at most maxApplicants.
func (c *carrier) judgeDevice(n store.Name, data []byte) union.Verdict {
	_, body, err := statement.OpenDevice(data)
	switch {
	case errors.Is(err, statement.ErrSignature):
		return bad(WhySignature, err)
	case err != nil:
		return bad(WhyForm, err)
	case body.Device != n.Device:
		return bad(union.WhyName, nil)
	}
	hash := statement.Sum(data).String()
	if known, ok := c.v.policy.Devices[n.Device]; ok {
		if known.File == hash {
			return good()
		}
		return bad(WhyOtherDevice, nil)
	}
	if c.pins[n.Device][hash] || n.Device == c.v.me.Device {
		return good()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.invited == nil {
		c.invited = c.v.invitedMembers()
	}
	switch {
	case !c.invited[body.Member]:
		return waits(WhyNoInvitation, "")
	case c.applicants[n.Device]:
		return good()
	case len(c.applicants) >= maxApplicants:
		return waits(WhyNoInvitation, "")
	}
	c.applicants[n.Device] = true
	return good()
}

// judgeRecipient: some policy version that is believed names its hash.
func (c *carrier) judgeRecipient(n store.Name, data []byte) union.Verdict {
	hash := statement.Sum(data)
	if hash.Short() != n.Hash {
		return bad(union.WhyName, nil)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keys == nil {
		c.keys = c.namedRecipients()
	}
	if c.keys[hash.String()] {
		return good()
	}
	return waits(WhyUnnamed, "")
}

// namedRecipients are the hashes that any version names, old ones, too: what
// was sealed to a generation that was retired is still read.
func (c *carrier) namedRecipients() map[string]bool {
	named := map[string]bool{}
	take := func(doc *policy.Document) {
		for _, safe := range doc.SafeIDs() {
			for _, g := range doc.Generations(safe) {
				named[g.Recipient] = true
			}
		}
	}
	for _, doc := range c.docs {
		take(doc)
	}
	if c.v.policy.versions != nil {
		for _, w := range c.v.policy.versions.list {
			if doc, err := c.v.docOf(w.ref()); err == nil {
				take(doc)
			}
		}
	}
	return named
}

// judgeText: a publication or an approval of exactly this text is here or
// there. The text itself is not signed.
func (c *carrier) judgeText(n store.Name, data []byte) union.Verdict {
	c.mu.Lock()
	defer c.mu.Unlock()
	named, ok := c.texts[n.String()]
	if !ok {
		named = c.publishedTexts(n)
		c.texts[n.String()] = named
	}
	switch {
	case named[statement.Sum(data)]:
		return good()
	case len(named) > 0:
		return bad(union.WhyName, nil)
	}
	return waits(WhyUnpublished, "")
}

func (c *carrier) publishedTexts(text store.Name) map[statement.Hash]bool {
	named := map[statement.Hash]bool{}
	base := store.RunbookBase(text.Slug)
	for _, dir := range c.bothDirs() {
		items, err := dir.List(base)
		if err != nil {
			continue
		}
		for _, item := range items {
			n, ok := store.ParseName(base + "/" + item.Name)
			if !ok || n.Form != store.FormPublish || n.Number != text.Number || n.Device != text.Device {
				continue
			}
			n.Newcomer = ""
			data, err := dir.Read(base+"/"+item.Name, statement.MaxSize)
			if err != nil || c.judgeStatement(n, data, c.v.keyOf).Kind != union.Good {
				continue
			}
			if st, err := statement.Open(data, c.v.keyOf); err == nil {
				if body, err := statement.ParseBook(st.Header); err == nil {
					named[body.Text] = true
				}
			}
		}
	}
	return named
}

// keyNamed returns the key of a device that is known, or that a version names
// which is believed and does not count yet: its signature may be what is missing.
func (c *carrier) keyNamed(device string) (ssh.PublicKey, error) {
	key, err := c.v.keyOf(device)
	if err == nil {
		return key, nil
	}
	for _, dir := range c.bothDirs() {
		for pin := range c.pins[device] {
			data, err := dir.Read(store.DeviceName(device), statement.MaxSize)
			if err != nil || statement.Sum(data).String() != pin {
				continue
			}
			if _, body, err := statement.OpenDevice(data); err == nil && body.Device == device {
				return body.Key, nil
			}
		}
	}
	return nil, err
}
