package vault

import (
	"errors"
	"slices"

	"opsvault/policy"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A Change is a policy version that was made here.
type Change struct {
	Number uint64
	Hash   statement.Hash
	Effect policy.Effect // who gains and loses what
}

// ChangePolicy makes the next version of the policy: edit changes a copy of
// the newest one, whose number, parent and time are set already. Safes that
// are new get their first generation. *PolicyError when the result breaks a
// rule, *DeniedError for those who don't govern, ErrUnchanged when edit
// changed nothing.
//
// Nothing changes before the signature, which is written last but for the
// bundles of devices that gain a key.
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
	if !d.Allowed {
		return &DeniedError{Member: v.me.Member, Capability: policy.CanGovern, On: "policy", Decision: d}
	}
	return nil
}

func (v *Vault) nextPolicy(edit func(*policy.Document) error) (*Change, error) {
	f := &founding{doc: v.policy.Doc.Next(v.policy.Hash.String(), v.now()), keys: map[keyID]string{}}
	if err := edit(f.doc); err != nil {
		return nil, err
	}
	lost := policy.LostDevices(v.policy.Doc, f.doc)
	for _, safe := range f.doc.SafeIDs() {
		if len(f.doc.Generations(safe)) == 0 || len(lost[safe]) > 0 && !v.isAmong(lost[safe]) {
			if err := v.addGeneration(f, safe); err != nil {
				return nil, err
			}
		}
	}
	f.doc.MarkRenew(v.policy.Doc)
	effect := policy.Diff(v.policy.Doc, f.doc)
	if effect.Empty() {
		return nil, ErrUnchanged
	}
	text, err := f.doc.Encode()
	var faults policy.Problems
	if errors.As(err, &faults) {
		return nil, &PolicyError{faults}
	}
	if err != nil {
		return nil, err
	}
	f.text = text
	if problems := policy.CheckNext(v.policy.Doc, f.doc, v.policy.Hash.String()); len(problems) > 0 {
		return nil, &PolicyError{problems}
	}
	return v.publishPolicy(f, effect)
}

// isAmong reports whether this device is one of those that lose a safe: a key
// that it makes now it would know for ever, so somebody else makes it.
func (v *Vault) isAmong(lost []policy.DeviceOf) bool {
	return slices.ContainsFunc(lost, func(d policy.DeviceOf) bool { return d.Device == v.me.Device })
}

// ChangePolicyBecause is ChangePolicy with a reason for the log.
func (v *Vault) ChangePolicyBecause(reason string, edit func(*policy.Document) error) (*Change, error) {
	v.because = clip(reason, maxReason)
	defer func() { v.because = "" }()
	return v.ChangePolicy(edit)
}

// publishPolicy writes recipients, keys, document and own bundle, then the
// signature that makes it true, then the bundles of those who gain a key.
func (v *Vault) publishPolicy(f *founding, effect policy.Effect) (*Change, error) {
	number, hash := f.doc.Version, statement.Sum(f.text)
	if err := v.addKeys(f.keys); err != nil {
		return nil, err
	}
	blobs := append(f.recipients, store.Blob{Name: store.PolicyName(number, hash.Short()), Data: f.text})
	if err := v.dir.WriteGroup(blobs); err != nil {
		return nil, err
	}
	reads := func(device string) bool { return v.readsAlready(device, f.doc) }
	if err := v.deliver(f.doc, reads); err != nil {
		return nil, err
	}
	closed, err := v.closings(f.doc)
	if err != nil {
		return nil, err
	}
	if err := v.announce(v.signatureJob(number, hash, closed)); err != nil {
		return nil, err
	}
	if err := v.advancePolicy(); err != nil {
		return nil, err
	}
	if v.policy.Hash != hash {
		return &Change{number, hash, effect}, nil // waits for other signatures
	}
	return &Change{number, hash, effect}, v.deliver(f.doc, func(string) bool { return true })
}

// readsAlready reports whether a device gains nothing by doc but new
// generations: those get their bundles before the signature.
func (v *Vault) readsAlready(device string, doc *policy.Document) bool {
	member, ok := v.policy.Doc.MemberOf(device)
	if !ok {
		return false
	}
	for _, id := range entitled(doc, member) {
		if len(v.policy.Doc.Generations(id.Safe)) > 0 && !contains(v.policy.Doc.Readers(id.Safe), member) {
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
		return preview(policy.Diff(v.policy.Doc, doc))
	})
}

// PolicyVersions lists the chain, oldest first.
func (v *Vault) PolicyVersions() ([]PolicyVersion, error) {
	if err := v.loadChain(); err != nil {
		return nil, err
	}
	var list []PolicyVersion
	for i, hash := range v.policy.chain {
		doc, err := v.docAt(statement.PolicyRef{Number: uint64(i + 1), Hash: hash})
		if err != nil {
			return nil, err
		}
		signers, err := v.signersOf(uint64(i+1), hash)
		if err != nil {
			return nil, err
		}
		list = append(list, PolicyVersion{uint64(i + 1), hash, doc, signers})
	}
	return list, nil
}

// PolicyVersion is one link of the chain.
type PolicyVersion struct {
	Number  uint64
	Hash    statement.Hash
	Doc     *policy.Document
	Signers []string // members whose signature of it is here and verifies
}

// signersOf lists whose signatures of a version verify.
func (v *Vault) signersOf(number uint64, hash statement.Hash) ([]string, error) {
	items, err := v.dir.List("policy")
	if err != nil {
		return nil, err
	}
	var members []string
	for _, item := range items {
		name := "policy/" + item.Name
		n, ok := store.ParseName(name)
		if !ok || n.Form != store.FormSign || n.Number != number || n.Hash != hash.Short() {
			continue
		}
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
		if err := v.verifyVersion(store.PolicyName(p.Number, p.Hash.Short()), p.Doc, p.Hash); err != nil {
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
