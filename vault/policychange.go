package vault

import (
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
	for _, safe := range f.doc.SafeIDs() {
		if len(f.doc.Generations(safe)) == 0 {
			if err := v.addGeneration(f, safe); err != nil {
				return nil, err
			}
		}
	}
	effect := policy.Diff(v.policy.Doc, f.doc)
	if effect.Empty() {
		return nil, ErrUnchanged
	}
	text, err := f.doc.Encode()
	if err != nil {
		return nil, err
	}
	f.text = text
	if problems := policy.CheckNext(v.policy.Doc, f.doc, v.policy.Hash.String()); len(problems) > 0 {
		return nil, &PolicyError{problems}
	}
	return v.publishPolicy(f, effect)
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
	if err := v.announce(v.signatureJob(number, hash)); err != nil {
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
		list = append(list, PolicyVersion{uint64(i + 1), hash, doc})
	}
	return list, nil
}

// PolicyVersion is one link of the chain.
type PolicyVersion struct {
	Number uint64
	Hash   statement.Hash
	Doc    *policy.Document
}
