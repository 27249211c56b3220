package vault

import (
	"errors"
	"slices"
	"strings"

	"opsvault/policy"
	"opsvault/vault/identity"
	"opsvault/vault/statement"
)

// A Merging is what a merge would be: to be shown before it is signed.
type Merging struct {
	Heads   [2]PolicyHead
	Doc     *policy.Document
	Clashes []policy.Clash   // what both sides changed, and what was taken
	Effects [2]policy.Effect // what changes for people who are at each head
}

// MergePolicies joins the first two heads of a fork in one version that keeps
// what either took away. edit, when not nil, changes the joined document before
// it is checked: it may remove people and devices. preview, when not nil, is
// shown the result before anything is written; its error stops the merge.
// ErrNoFork where there is nothing to merge, *DeniedError for those who don't
// govern at both heads, *PolicyError when the result breaks a rule.
func (v *Vault) MergePolicies(edit func(*policy.Document) error, preview func(*Merging) error) (*Change, error) {
	var change *Change
	err := v.writing(func() error {
		if !v.Forked() {
			return ErrNoFork
		}
		if err := v.checkPolicyHere(); err != nil {
			return err
		}
		heads := v.policy.heads()
		m := &Merging{Heads: [2]PolicyHead{heads[0], heads[1]}}
		both := policy.Stricter(heads[0].Doc, heads[1].Doc)
		if !contains(both.Governors(), v.me.Member) {
			return &DeniedError{Member: v.me.Member, Capability: policy.CanGovern, On: "policy",
				Decision: policy.Decision{Cause: policy.CauseNoLine, Why: "govern.roles", Ask: v.others(both.Governors())}}
		}
		f, c, err := v.mergeDraft(m, edit)
		if err != nil {
			return err
		}
		if preview != nil {
			if err := preview(m); err != nil {
				return err
			}
		}
		change, err = v.publishPolicy(f, c, m.Effects[0])
		return err
	})
	return change, err
}

// ErrNoFork: the policy has one head.
var ErrNoFork = errors.New("the policy has one newest version: there is nothing to merge")

// mergeDraft makes the document that joins two heads.
func (v *Vault) mergeDraft(m *Merging, edit func(*policy.Document) error) (*founding, *candidate, error) {
	a, b := m.Heads[0], m.Heads[1]
	if err := v.loadVersions(); err != nil {
		return nil, nil, err
	}
	base, err := v.baseOf([]statement.Hash{a.Hash, b.Hash})
	if err != nil {
		return nil, nil, err
	}
	parents := []PolicyHead{a, b}
	slices.SortFunc(parents, func(x, y PolicyHead) int { return strings.Compare(x.Hash.String(), y.Hash.String()) })
	c := &candidate{base: base, parents: []*policy.Document{parents[0].Doc, parents[1].Doc}}
	c.version = version{number: max(a.Number, b.Number) + 1, parents: []statement.Hash{parents[0].Hash, parents[1].Hash}}
	m.Doc, m.Clashes = policy.Merge(base, a.Doc, b.Doc)
	next := m.Doc.Next("", v.now())
	next.Version, next.Prev = c.number, []string{parents[0].Hash.String(), parents[1].Hash.String()}
	m.Doc, c.doc = next, next
	if edit != nil {
		if err := edit(next); err != nil {
			return nil, nil, err
		}
	}
	f := &founding{doc: next, keys: map[keyID]string{}}
	if err := v.mergedKeys(f, c.parents); err != nil {
		return nil, nil, err
	}
	m.Effects = [2]policy.Effect{policy.Diff(a.Doc, next), policy.Diff(b.Doc, next)}
	return f, c, v.encode(f, c)
}

// mergedKeys gives new keys to safes that a device loses, or for which the two
// sides made keys apart from one another.
func (v *Vault) mergedKeys(f *founding, parents []*policy.Document) error {
	all := policy.Stricter(parents...)
	for _, safe := range f.doc.SafeIDs() {
		_, shared := all.KeyOfAll(safe)
		old := !slices.ContainsFunc(parents, func(p *policy.Document) bool { return p.Current(safe).Gen == 0 })
		lost := slices.ContainsFunc(parents, func(p *policy.Document) bool {
			return p.Current(safe).Gen > 0 && len(policy.LostDevices(p, f.doc)[safe]) > 0 && f.doc.Current(safe).Gen <= p.Current(safe).Gen
		})
		switch {
		case f.doc.Renewing(safe) || !lost && (shared || !old):
			continue
		case v.holdsAny(safe, parents) && !v.loses(safe, f.doc, parents):
			if err := v.addGeneration(f, safe); err != nil {
				return err
			}
		default:
			f.doc.SetRenew(safe)
		}
	}
	return nil
}

// holdsAny reports whether this device has the newest key of a safe at one of the heads.
func (v *Vault) holdsAny(safe string, parents []*policy.Document) bool {
	return slices.ContainsFunc(parents, func(p *policy.Document) bool {
		now := p.Current(safe)
		if now.Gen == 0 {
			return false
		}
		_, err := v.safeKeyText(keyOfGeneration(safe, now))
		return err == nil
	})
}

// mayExtend refuses a change while there are two heads, but for one that takes
// out the devices which signed the other: then that one doesn't count any more.
func (v *Vault) mayExtend(next *policy.Document) error {
	if !v.Forked() {
		return nil
	}
	here, err := v.policyFiles()
	if err != nil {
		return err
	}
	if err := v.loadVersions(); err != nil {
		return err
	}
	l := &policyLook{v: v, here: here, spent: map[string]int{}}
	for _, other := range v.policy.Others {
		for _, first := range v.policy.versions.firsts(other.Hash, v.policy.Hash) {
			signers := l.signersOf(first)
			stays := func(device string) bool { _, ok := next.MemberOf(device); return ok }
			if len(signers) == 0 || slices.ContainsFunc(signers, stays) || policy.Agreed(other.Doc, next, signers) {
				return &ForkError{}
			}
		}
	}
	return nil
}

// PolicyDigitsOf are the digits to be read out for a version whose hash begins
// with prefix, followed or not; for the own head where it is empty.
func (v *Vault) PolicyDigitsOf(prefix string) (statement.PolicyRef, string, error) {
	ref, err := v.versionBy(prefix)
	return ref, PolicyDigits(v.id, ref.Hash), err
}

// versionBy finds a sound version by the beginning of its hash.
func (v *Vault) versionBy(prefix string) (statement.PolicyRef, error) {
	if prefix == "" {
		return v.PolicyRef(), nil
	}
	if err := v.loadVersions(); err != nil {
		return statement.PolicyRef{}, err
	}
	var found []statement.PolicyRef
	var near []string
	for _, w := range v.policy.versions.list {
		if len(prefix) >= 4 && strings.HasPrefix(w.hash.String(), strings.ToLower(prefix)) {
			found = append(found, w.ref())
		}
	}
	for _, w := range v.policy.versions.tips() {
		near = append(near, w.hash.Short())
	}
	if len(found) != 1 {
		return statement.PolicyRef{}, &NotFoundError{What: "policy", Name: prefix, Near: near}
	}
	return found[0], nil
}

// DigitsError says that the digits which were typed are not those of the version.
type DigitsError struct{ Number uint64 }

func (e *DigitsError) Error() string { return "the digits are not those of that version" }

// AdoptPolicy makes this device follow the branch of a version for good and
// ignore every other: for a fork that nobody can merge any more. The digits are
// those that somebody at that version reads out. *NotFoundError, *DigitsError.
func (v *Vault) AdoptPolicy(prefix, digits string) (statement.PolicyRef, error) {
	var ref statement.PolicyRef
	err := v.writing(func() (err error) {
		if ref, err = v.versionBy(prefix); err != nil {
			return err
		}
		if !identity.SameDigits(digits, PolicyDigits(v.id, ref.Hash)) {
			return &DigitsError{ref.Number}
		}
		if !slices.Contains(v.policy.Adopted, ref.Hash) {
			v.policy.Adopted = append(v.policy.Adopted, ref.Hash)
		}
		if err := v.follow([]*version{v.policy.versions.by[ref.Hash]}); err != nil {
			return err
		}
		look, err := v.lookThrough()
		if err != nil {
			return err
		}
		if err := v.chooseHeads(look); err != nil {
			return err
		}
		v.policy.Stamp, v.policy.Notes = "", look.notes
		return v.savePolicy()
	})
	return ref, err
}
