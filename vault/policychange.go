package vault

import (
	"cmp"
	"errors"
	"slices"

	"opsvault/policy"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A Change is a policy version that was made, or signed, here.
type Change struct {
	Number  uint64
	Hash    statement.Hash
	Effect  policy.Effect  // who gains and loses what
	Pending *PendingPolicy // what it waits for; nil once it counts
}

// ChangePolicy makes the next version of the policy: edit changes a copy of
// the newest one, whose number, parent and time are set already. Safes that
// are new get their first generation, safes that a device loses their next one
// if this device holds their key, else the mark that a holder must make it.
// *PolicyError when the result breaks a rule, *DeniedError for those who don't
// govern, *ForkError while there are two heads, ErrUnchanged when edit changed
// nothing.
//
// Nothing changes before the signature, which is written last but for the
// bundles of devices that gain a key. Where others must sign, too, it waits.
func (v *Vault) ChangePolicy(edit func(*policy.Document) error) (*Change, error) {
	var change *Change
	err := v.writing(func() (err error) {
		if err := v.mayGovern(); err != nil {
			return err
		}
		if err := v.checkPolicyHere(); err != nil {
			return err
		}
		change, err = v.nextPolicy(edit)
		return err
	})
	return change, err
}

func (v *Vault) mayGovern() error {
	d := v.policy.Doc.DecideAt(v.me.Member, policy.CanGovern, "", v.now())
	if d.Allowed || v.Forked() && v.policy.Own.Allows(v.me.Member, policy.CanGovern, "") {
		return nil // a fork has rules of its own
	}
	return &DeniedError{Member: v.me.Member, Capability: policy.CanGovern, On: "policy", Decision: d}
}

func (v *Vault) nextPolicy(edit func(*policy.Document) error) (*Change, error) {
	own := v.policy.Own
	f := &founding{doc: own.Next(v.policy.Hash.String(), v.now()), keys: map[keyID]string{}}
	if err := edit(f.doc); err != nil {
		return nil, err
	}
	if err := v.newKeys(f, own); err != nil {
		return nil, err
	}
	effect := policy.Diff(own, f.doc)
	if effect.Empty() {
		return nil, ErrUnchanged
	}
	c := &candidate{version: version{number: f.doc.Version, parents: []statement.Hash{v.policy.Hash}}, doc: f.doc, parents: []*policy.Document{own}}
	if err := v.mayExtend(f.doc); err != nil {
		return nil, err
	}
	return v.publishPolicy(f, c, effect)
}

// newKeys gives safes their first generation, or the next one where a device
// loses what it had: made by a holder, or asked of one.
func (v *Vault) newKeys(f *founding, parents ...*policy.Document) error {
	losers := make([]map[string][]policy.DeviceOf, len(parents))
	for i, p := range parents {
		losers[i] = policy.LostDevices(p, f.doc)
	}
	for _, safe := range f.doc.SafeIDs() {
		lost := false
		for i, p := range parents {
			lost = lost || p.Current(safe).Gen > 0 && len(losers[i][safe]) > 0 && f.doc.Current(safe).Gen <= p.Current(safe).Gen
		}
		first := len(f.doc.Generations(safe)) == 0
		switch {
		case first, lost && v.holds(safe) && !v.loses(safe, f.doc, parents):
			if err := v.addGeneration(f, safe); err != nil {
				return err
			}
		case lost:
			f.doc.SetRenew(safe)
		}
	}
	return nil
}

// holds reports whether this device has the newest key of a safe.
func (v *Vault) holds(safe string) bool {
	if v.policy.Doc.Current(safe).Gen == 0 {
		return false
	}
	_, err := v.safeKeyText(v.currentKey(safe))
	return err == nil
}

// encode writes a document that may follow its parents.
func (v *Vault) encode(f *founding, c *candidate) error {
	text, err := f.doc.Encode()
	var faults policy.Problems
	if errors.As(err, &faults) {
		return &PolicyError{faults}
	}
	if err != nil {
		return err
	}
	f.text, c.hash = text, statement.Sum(text)
	err = v.checkFollows(c)
	var broken *PolicyError
	if errors.As(err, &broken) {
		return broken
	}
	return err
}

// loses reports whether this device is one of those that lose a safe: a key
// that it makes now it would know for ever, so somebody else makes it.
func (v *Vault) loses(safe string, child *policy.Document, parents []*policy.Document) bool {
	return slices.ContainsFunc(parents, func(p *policy.Document) bool {
		return slices.ContainsFunc(policy.LostDevices(p, child)[safe], func(d policy.DeviceOf) bool { return d.Device == v.me.Device })
	})
}

// ChangePolicyBecause is ChangePolicy with a reason for the log.
func (v *Vault) ChangePolicyBecause(reason string, edit func(*policy.Document) error) (*Change, error) {
	v.because = clip(reason, maxReason)
	defer func() { v.because = "" }()
	return v.ChangePolicy(edit)
}

// publishPolicy writes recipients, keys, document and the bundles of those who
// keep reading, then the signature, and once that counts the bundles of those
// who gain a key.
func (v *Vault) publishPolicy(f *founding, c *candidate, effect policy.Effect) (*Change, error) {
	if err := v.encode(f, c); err != nil {
		return nil, err
	}
	if err := v.addKeys(f.keys); err != nil {
		return nil, err
	}
	blobs := append(f.recipients, store.Blob{Name: c.file(), Data: f.text})
	if err := v.dir.WriteGroup(blobs); err != nil {
		return nil, err
	}
	gains := v.gaining(c)
	reads := func(device string) bool { return gains(device) && v.readsAlready(device, f.doc) }
	if err := v.deliver(f.doc, reads); err != nil {
		return nil, err
	}
	return v.signAndDeliver(c, effect)
}

// gaining tells the devices to which a version gives a key that none of its
// parents gave. Who lacks one of before gets it at the next sync.
func (v *Vault) gaining(c *candidate) func(device string) bool {
	gives := func(doc *policy.Document, device string) []keyID {
		member, ok := doc.MemberOf(device)
		if !ok {
			return nil
		}
		return entitled(doc, member)
	}
	return func(device string) bool {
		now := gives(c.doc, device)
		return slices.ContainsFunc(c.parents, func(p *policy.Document) bool {
			before := gives(p, device)
			return slices.ContainsFunc(now, func(id keyID) bool { return !slices.Contains(before, id) })
		})
	}
}

// readsAlready reports whether a device gains nothing by doc but new
// generations: those get their bundles before the signature.
func (v *Vault) readsAlready(device string, doc *policy.Document) bool {
	member, ok := v.policy.Doc.MemberOf(device)
	if !ok {
		return false
	}
	for _, id := range entitled(doc, member) {
		if len(v.policy.Doc.Generations(id.Safe)) > 0 && !readsBy(v.policy.Doc, id.Safe, member) {
			return false
		}
	}
	return true
}

// DraftPolicy returns the newest document as text, for editing by hand.
func (v *Vault) DraftPolicy() ([]byte, error) {
	return v.dir.Read(store.PolicyName(v.policy.Number, v.policy.Hash.Short()), policy.MaxSize)
}

// ReplacePolicy makes the next version of a document that was edited by hand.
// Its number, parents and time are set here. preview, when not nil, is shown
// the effect before anything is written; its error stops the change.
func (v *Vault) ReplacePolicy(edited *policy.Document, preview func(policy.Effect) error) (*Change, error) {
	return v.ChangePolicy(func(doc *policy.Document) error {
		next := edited.Clone()
		next.Version, next.Prev, next.Issued, next.Nonce = doc.Version, doc.Prev, doc.Issued, doc.Nonce
		*doc = *next
		if preview == nil {
			return nil
		}
		return preview(policy.Diff(v.policy.Own, doc))
	})
}

// PolicyVersions lists the versions that this device follows, oldest first; of
// a fork, and of one that was merged, both branches.
func (v *Vault) PolicyVersions() ([]PolicyVersion, error) {
	all, err := v.followed()
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b *version) int { return cmp.Compare(a.number, b.number) })
	var list []PolicyVersion
	for _, w := range all {
		doc, err := v.docOf(w.ref())
		if err != nil {
			return nil, err
		}
		signers, err := v.signersOf(w.number, w.hash)
		if err != nil {
			return nil, err
		}
		head := slices.ContainsFunc(v.policy.heads(), func(h PolicyHead) bool { return h.Hash == w.hash })
		list = append(list, PolicyVersion{Number: w.number, Hash: w.hash, Doc: doc, Signers: signers, Head: head})
	}
	return list, nil
}

// PolicyVersion is one link of the chain.
type PolicyVersion struct {
	Number  uint64
	Hash    statement.Hash
	Doc     *policy.Document
	Signers []string // members whose signature of it is here and verifies
	Head    bool     // nothing follows it
}

// signersOf lists whose signatures of a version verify.
func (v *Vault) signersOf(number uint64, hash statement.Hash) ([]string, error) {
	here, err := v.policyFiles()
	if err != nil {
		return nil, err
	}
	var members []string
	for _, name := range here.signs[store.PolicyName(number, hash.Short())] {
		n, _ := store.ParseName(name)
		if _, err := v.readStatement(name); err != nil {
			v.warn("signature-refused", "file", name, "why", err.Error())
			continue
		}
		if member, ok := v.policy.memberOf(n.Device); ok && !contains(members, member) {
			members = append(members, member)
		}
	}
	return members, nil
}

// VerifyPolicy verifies the whole chain once more, version by version, from
// the documents and signatures that lie in the vault.
func (v *Vault) VerifyPolicy() ([]PolicyVersion, error) {
	list, err := v.PolicyVersions()
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		if err := v.verifyVersion(p); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// PolicyText returns the bytes of a version as they were signed.
func (v *Vault) PolicyText(p PolicyVersion) ([]byte, error) {
	name := store.PolicyName(p.Number, p.Hash.Short())
	data, err := v.dir.Read(name, policy.MaxSize)
	if err == nil && statement.Sum(data) != p.Hash {
		err = &IntegrityError{name, errors.New("its bytes are not those that were signed")}
	}
	return data, err
}
