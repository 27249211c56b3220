package vault

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"opsvault/policy"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A PendingPolicy is a document that has been signed, but not by enough
// people. It changes nothing until it has been.
type PendingPolicy struct {
	Number  uint64
	Hash    statement.Hash
	Author  string // who signed first
	Time    time.Time
	Doc     *policy.Document
	Effect  policy.Effect // who gains and loses what, against the newest version
	Signers []string      // whose signatures are here, in the order of their times; not all of them need count
	Needs   []policy.Need // whose are asked for
	Stale   bool          // another version has taken its place: it can't count any more
	Merge   bool          // it joins the heads of a fork
	Renewal bool          // it brings new keys, and nothing else

	c *candidate
}

// Missing is how many people must still sign, and who can.
func (p *PendingPolicy) Missing() (left int, who []string) { return missing(p.Needs) }

func missing(needs []policy.Need) (left int, who []string) {
	for _, n := range needs {
		if n.Met() {
			continue
		}
		count, can := n.Missing()
		left = max(left, count)
		for _, member := range can {
			if !contains(who, member) {
				who = append(who, member)
			}
		}
	}
	slices.Sort(who)
	return left, who
}

// Signed is how many signatures count.
func (p *PendingPolicy) Signed() (count int) {
	for _, n := range p.Needs {
		count = max(count, len(n.Signed))
	}
	return count
}

// shown leaves out what somebody put there who has no say.
func (p *PendingPolicy) shown() bool {
	say := func(n policy.Need) bool {
		return slices.ContainsFunc(p.Signers, func(member string) bool { return contains(n.Of, member) })
	}
	return p.Renewal || slices.ContainsFunc(p.Needs, say)
}

func (v *Vault) pendingOf(c *candidate) *PendingPolicy {
	p := &PendingPolicy{Number: c.number, Hash: c.hash, Doc: c.doc, Needs: c.needs, Merge: len(c.parents) > 1, c: c}
	signs := slices.Clone(c.signs)
	slices.SortFunc(signs, func(a, b signature) int { return a.Time.Compare(b.Time) })
	for _, s := range signs {
		if !contains(p.Signers, s.Author) {
			p.Signers = append(p.Signers, s.Author)
		}
	}
	p.Author, p.Time = signs[0].Author, signs[0].Time
	heads := v.policy.heads()
	p.Stale = slices.ContainsFunc(c.version.parents, func(h statement.Hash) bool {
		return !slices.ContainsFunc(heads, func(head PolicyHead) bool { return head.Hash == h })
	})
	p.Effect = policy.Diff(c.parents[0], c.doc)
	p.Renewal = len(c.parents) == 1 && onlyKeys(c.parents[0], c.doc)
	return p
}

// onlyKeys reports a version that brings new keys for safes, and nothing else.
func onlyKeys(parent, child *policy.Document) bool {
	e := policy.Diff(parent, child)
	return len(e.Lines) > 0 && !slices.ContainsFunc(e.Lines, func(l policy.LineChange) bool {
		return !strings.Contains(l.Path, "generations.") && !strings.HasSuffix(l.Path, ".renew")
	}) && !slices.ContainsFunc(e.Generations, func(g policy.GenerationChange) bool { return g.Renew || len(g.Retired) > 0 })
}

// PendingPolicies lists what waits for signatures, oldest number first, and
// what did when another version took its place.
func (v *Vault) PendingPolicies() ([]PendingPolicy, error) {
	l, err := v.lookThrough()
	if err != nil {
		return nil, err
	}
	var list []PendingPolicy
	for _, c := range l.drafts {
		if p := v.pendingOf(c); p.shown() {
			list = append(list, *p)
		}
	}
	return list, nil
}

// StaleError says that a pending version can't count any more.
type StaleError struct {
	Number uint64
	Hash   statement.Hash
	Newest uint64
}

func (e *StaleError) Error() string {
	return fmt.Sprintf("policy %d %s follows a version that is not the newest any more", e.Number, e.Hash.Short())
}

// SignPolicy adds this member's signature to a pending version, which prefix
// begins the hash of. When it is the last that was missing, the version counts
// and those who gain a key get it. *NotFoundError, *StaleError, *DeniedError
// for those whose signature is not asked for, ErrUnchanged where it is there.
func (v *Vault) SignPolicy(prefix string) (*Change, error) {
	var change *Change
	err := v.writing(func() error {
		if err := v.checkPolicyHere(); err != nil {
			return err
		}
		p, err := v.pendingBy(prefix)
		if err != nil {
			return err
		}
		if err := v.maySignPolicy(p); err != nil {
			return err
		}
		change, err = v.signAndDeliver(p.c, p.Effect)
		return err
	})
	return change, err
}

// PendingPolicy finds a version that waits by the beginning of its hash, at
// least 4 characters, or by its number where only one of that number waits.
func (v *Vault) PendingPolicy(name string) (*PendingPolicy, error) { return v.pendingBy(name) }

// MaySign returns the error that SignPolicy would, without signing.
func (v *Vault) MaySign(p *PendingPolicy) error { return v.maySignPolicy(p) }

func (v *Vault) pendingBy(prefix string) (*PendingPolicy, error) {
	all, err := v.PendingPolicies()
	if err != nil {
		return nil, err
	}
	var found []PendingPolicy
	var names []string
	for _, p := range all {
		names = append(names, p.Hash.Short())
		byNumber := fmt.Sprint(p.Number) == prefix && !p.Stale
		if byNumber || len(prefix) >= 4 && strings.HasPrefix(p.Hash.String(), strings.ToLower(prefix)) {
			found = append(found, p)
		}
	}
	if len(found) != 1 {
		return nil, &NotFoundError{What: "pending policy", Name: prefix, Near: names}
	}
	return &found[0], nil
}

// maySignPolicy refuses what a careful governor doesn't sign: a version that can't
// count, or that brings a key made by somebody who could not hold the safe's.
func (v *Vault) maySignPolicy(p *PendingPolicy) error {
	if p.Stale {
		return &StaleError{p.Number, p.Hash, v.policy.Number}
	}
	if contains(p.Signers, v.me.Member) {
		return ErrUnchanged
	}
	_, who := p.Missing()
	if !contains(who, v.me.Member) {
		return &DeniedError{Member: v.me.Member, Capability: policy.CanGovern, On: "policy",
			Decision: policy.Decision{Why: "govern.roles", Ask: who}}
	}
	return v.keysByHolders(p.c)
}

// keysByHolders refuses a version whose new keys nobody can have made who may
// read the safe: its maker would read what is written next.
func (v *Vault) keysByHolders(c *candidate) error {
	for _, safe := range c.doc.SafeIDs() {
		for _, g := range c.doc.Generations(safe) {
			if slices.ContainsFunc(c.parents, func(p *policy.Document) bool { return slices.Contains(p.Generations(safe), g) }) {
				continue
			}
			hash, err := statement.ParseHash(g.Recipient)
			if err != nil {
				return err
			}
			if _, err := v.dir.Stat(store.RecipientName(safe, g.Gen, hash.Short())); err != nil {
				return &IntegrityError{c.file(), fmt.Errorf("the recipient of generation %d of %s is not here: %w", g.Gen, safe, err)}
			}
			old := slices.ContainsFunc(c.parents, func(p *policy.Document) bool { return p.Current(safe).Gen > 0 })
			reads := func(s signature) bool {
				return slices.ContainsFunc(c.parents, func(p *policy.Document) bool { return contains(p.Readers(safe), s.Author) })
			}
			if old && !slices.ContainsFunc(c.signs, reads) {
				return &IntegrityError{c.file(), fmt.Errorf("generation %d of %s was made by somebody who may not read that safe", g.Gen, safe)}
			}
		}
	}
	return nil
}

// signAndDeliver signs a document that lies in the vault, with what it closes
// and what it relies on. Where that makes it count, new readers get their keys.
func (v *Vault) signAndDeliver(c *candidate, effect policy.Effect) (*Change, error) {
	closed, err := v.closings(c.doc)
	if err != nil {
		return nil, err
	}
	relies, err := v.reliedOn(c)
	if err != nil {
		return nil, err
	}
	if err := v.announce(v.signatureJob(c.number, c.hash, closed, relies)); err != nil {
		return nil, err
	}
	if err := v.advancePolicy(); err != nil {
		return nil, err
	}
	change := &Change{Number: c.number, Hash: c.hash, Effect: effect}
	if v.policy.Hash != c.hash {
		change.Pending, err = v.pendingBy(c.hash.String())
		return change, err
	}
	if v.Forked() { // the other head may have taken away what this one gives: the merge delivers
		return change, nil
	}
	if err := v.receiveBundles(); err != nil { // what others have drafted is here, and is to be passed on
		return change, err
	}
	return change, v.deliver(c.doc, v.gaining(c))
}

// reliedOn are the signatures of all parents that count here.
func (v *Vault) reliedOn(c *candidate) ([]statement.Hash, error) {
	if err := v.loadVersions(); err != nil {
		return nil, err
	}
	var all []statement.Hash
	for _, hash := range c.version.parents {
		parent := v.policy.versions.by[hash]
		if parent == nil {
			return nil, errors.New("a parent is not known")
		}
		relies, err := v.relied(parent.ref())
		if err != nil {
			return nil, err
		}
		all = append(all, relies...)
	}
	return all[:min(len(all), statement.MaxRelies)], nil
}
