package vault

import (
	"slices"
	"time"

	"opsvault/policy"
	"opsvault/vault/statement"
)

// writable refuses writes to a safe whose key must be renewed first, or for
// which the two heads of a fork have different keys. An entry's card goes to
// the catalogue, so that must be writable, too.
func (v *Vault) writable(safe string) error {
	doc := v.policy.Doc
	for _, one := range []string{safe, policy.Catalogue} {
		if doc.Renewing(one) {
			holders := doc.Readers(one)
			return &RenewError{Safe: one, Holders: holders,
				Governs: contains(holders, v.me.Member) && contains(doc.Governors(), v.me.Member)}
		}
	}
	if _, shared := doc.KeyOfAll(policy.Catalogue); !shared {
		return &ForkError{Safe: policy.Catalogue}
	}
	if !doc.SameKeys(safe) {
		return &ForkError{Safe: safe}
	}
	return nil
}

// RenewSafe makes the next key of a safe. Only somebody who holds its key can:
// whoever governs signs it; of anybody else it is a draft, which waits for a
// governor. *NotFoundError, *DeniedError, ErrNoKey.
func (v *Vault) RenewSafe(safe string) (*Change, error) {
	var change *Change
	err := v.writing(func() (err error) {
		if err := v.checkPolicyHere(); err != nil {
			return err
		}
		change, err = v.nextKeys([]string{safe})
		return err
	})
	return change, err
}

func (v *Vault) nextKeys(safes []string) (*Change, error) {
	own := v.policy.Own
	f := &founding{doc: own.Next(v.policy.Hash.String(), v.now()), keys: map[keyID]string{}}
	for _, safe := range safes {
		if !slices.Contains(own.SafeIDs(), safe) {
			return nil, &NotFoundError{What: "safe", Name: safe, Near: own.SafeIDs()}
		}
		if d := v.policy.Doc.Decide(v.me.Member, policy.Read, safe); !d.Allowed {
			return nil, &DeniedError{Member: v.me.Member, Capability: policy.Read, On: safe, Decision: d}
		}
		if own.Current(safe).Gen > 0 {
			if _, err := v.safeKeyText(v.currentKey(safe)); err != nil {
				return nil, err
			}
		}
		if err := v.addGeneration(f, safe); err != nil {
			return nil, err
		}
	}
	if err := v.mayExtend(f.doc); err != nil {
		return nil, err
	}
	c := &candidate{version: version{number: f.doc.Version, parents: []statement.Hash{v.policy.Hash}}, doc: f.doc, parents: []*policy.Document{own}}
	return v.publishPolicy(f, c, policy.Diff(own, f.doc))
}

// renewGrace is how long those who are not the first to renew a key wait for
// the one who is: two people who renew it apart from one another make a fork.
const renewGrace = 24 * time.Hour

// renewDue makes the keys that wait for somebody who holds and governs, in one
// version, and returns how many. Nothing happens while a draft of them waits.
// The caller holds the writers' lock.
func (v *Vault) renewDue() (int, error) {
	doc := v.policy.Doc
	renewing := func(safe string) bool { return doc.Renewing(safe) }
	if v.Forked() || v.maySign() != nil || !contains(doc.Governors(), v.me.Member) || !slices.ContainsFunc(doc.SafeIDs(), renewing) {
		return 0, nil
	}
	drafted, err := v.draftedKeys()
	if err != nil {
		return 0, err
	}
	var due []string
	for _, safe := range doc.SafeIDs() {
		if doc.Renewing(safe) && !drafted[safe] && v.holds(safe) && v.myTurn(safe) {
			due = append(due, safe)
		}
	}
	if len(due) == 0 {
		return 0, nil
	}
	_, err = v.nextKeys(due)
	return len(due), err
}

// draftedKeys are the safes for which a draft that waits brings a key.
func (v *Vault) draftedKeys() (map[string]bool, error) {
	pending, err := v.PendingPolicies()
	if err != nil {
		return nil, err
	}
	drafted := map[string]bool{}
	for _, p := range pending {
		for _, g := range p.Effect.Generations {
			drafted[g.Safe] = drafted[g.Safe] || !p.Stale && len(g.Added) > 0
		}
	}
	return drafted, nil
}

// myTurn reports whether this member is the first, by id, who holds and
// governs, or has waited long enough for that one.
func (v *Vault) myTurn(safe string) bool {
	doc := v.policy.Doc
	for _, member := range doc.Readers(safe) {
		if contains(doc.Governors(), member) {
			return member == v.me.Member || v.now().After(doc.Issued.Add(renewGrace))
		}
	}
	return false
}
