package vault

import (
	"fmt"
	"slices"

	"opsvault/policy"
	"opsvault/vault/chain"
	"opsvault/vault/statement"
)

// A cut is how far the signers of a policy version saw the log of a device that
// the version takes a right from. What the device announced up to there goes
// on to stand; what it announces later doesn't, whatever policy it names.
type cut struct {
	seen    []sight // lines that the log here proves
	pending []sight // lines beyond the log that is here
}

// A sight is one signer's `closed` line.
type sight struct {
	seq  uint64
	less []statement.Range
}

func (s sight) covers(event uint64) bool {
	inside := func(r statement.Range) bool { return r.First <= event && event <= r.Last }
	return event <= s.seq && !slices.ContainsFunc(s.less, inside)
}

// covers reports whether an event is covered, or may be once more of the log is here.
func (c cut) covers(event uint64) (now, later bool) {
	covering := func(s sight) bool { return s.covers(event) }
	if len(c.seen) == 0 {
		return slices.ContainsFunc(c.pending, covering), false
	}
	return slices.ContainsFunc(c.seen, covering), slices.ContainsFunc(c.pending, covering)
}

// stands reports whether a statement counts by the right it takes: its author
// had the right under the policy that it names, with a device that was theirs,
// and has it under the newest one, or else announced the statement where the
// version which took the right away still covers it. on is the safe, or empty
// for a right on the vault. *DeniedError where it never had the right,
// *LateError where it came after the right went, *TransitError where more of
// the author's log must be here to tell.
func (v *Vault) stands(c statement.Common, right policy.Capability, on string) error {
	then, err := v.docAt(c.Policy)
	if err != nil {
		return err
	}
	if d, had := gives(then, c, right, on); !had {
		return &DeniedError{Member: c.Author, Capability: right, On: rightOn(on), Decision: d}
	}
	return v.stillStands(c, right, on)
}

// stillStands is stands for a statement that stood when it was first seen.
func (v *Vault) stillStands(c statement.Common, right policy.Capability, on string) error {
	d, holds := gives(v.policy.Doc, c, right, on)
	if holds {
		return nil
	}
	taken, err := v.takings(c.Policy, func(doc *policy.Document) bool { _, holds := gives(doc, c, right, on); return holds })
	if err != nil {
		return err
	}
	covered, waits := len(taken) > 0, false
	for _, w := range taken { // the cuts of both branches of a fork
		limit, err := v.cutOf(w, c.Device)
		if err != nil {
			return err
		}
		now, later := limit.covers(c.Event)
		covered, waits = covered && (now || later), waits || !now && later
	}
	switch {
	case covered && waits:
		return &TransitError{c.Device, c.Event}
	case covered:
		return nil
	}
	return &LateError{Statement: c, Denied: &DeniedError{Member: c.Author, Capability: right, On: rightOn(on), Decision: d}}
}

// gives asks one policy version about a statement's author and device.
func gives(doc *policy.Document, c statement.Common, right policy.Capability, on string) (policy.Decision, bool) {
	d := doc.DecideAt(c.Author, right, on, c.Time)
	if d.Allowed && !holdsDevice(doc, c.Author, c.Device) {
		return policy.Decision{Cause: policy.CauseNoDevice, Why: fmt.Sprintf("device %s was removed", c.Device)}, false
	}
	return d, d.Allowed
}

// rightOn is what a denial says a right is on.
func rightOn(safe string) string {
	if safe == "" {
		return "vault"
	}
	return safe
}

// cutOf returns the cut that version n sets for a device, by the signatures
// that count. A signature by a device that the version closes itself sets none;
// where only such devices signed, each is closed at the event of its own
// signature, and their lines count for the others. A line that the device's
// log contradicts sets no cut.
func (v *Vault) cutOf(w *version, device string) (cut, error) {
	key := cutKey{w.hash, device}
	if known, ok := v.cuts[key]; ok {
		return known, nil
	}
	child, err := v.docAt(w.ref())
	if err != nil {
		return cut{}, err
	}
	parents, err := v.parentDocs(w)
	if err != nil {
		return cut{}, err
	}
	signatures, err := v.signatures(w, parents)
	if err != nil {
		return cut{}, err
	}
	limit, err := v.limitOf(device, signatures, func(signer string) bool { return losesAny(parents, child, signer) })
	if err != nil {
		return cut{}, err
	}
	if v.cuts == nil {
		v.cuts = map[cutKey]cut{}
	}
	v.cuts[key] = limit
	return limit, nil
}

type cutKey struct {
	version statement.Hash
	device  string
}

func (v *Vault) limitOf(device string, signatures []statement.PolicySignature, leaves func(signer string) bool) (cut, error) {
	stays := func(s statement.PolicySignature) bool { return !leaves(s.Device) }
	if staying := slices.DeleteFunc(slices.Clone(signatures), func(s statement.PolicySignature) bool { return !stays(s) }); len(staying) > 0 {
		signatures = staying
	}
	var limit cut
	for _, s := range signatures {
		if s.Device == device {
			return cut{seen: []sight{{seq: s.Event}}}, nil // it leaves by its own signature
		}
		for _, c := range s.Closed {
			if c.Device != device {
				continue
			}
			if err := v.addSight(&limit, c); err != nil {
				return cut{}, err
			}
		}
	}
	return limit, nil
}

// addSight holds a `closed` line against the log that is here.
func (v *Vault) addSight(limit *cut, c statement.Closed) error {
	key, err := v.keyOf(c.Device)
	if err != nil {
		return nil // its file never came: it has signed nothing
	}
	log, err := v.logOf(c.Device, key)
	if err != nil {
		return err
	}
	if log.size() < c.Seq {
		if err := v.readLog(log); err != nil {
			return err
		}
	}
	if log.size() < c.Seq {
		limit.pending = append(limit.pending, sight{c.Seq, c.Less})
		return nil
	}
	line, err := log.lineHash(c.Seq)
	if err != nil || line != c.Line {
		v.warn("closed-contradicted", "device", c.Device, "event", fmt.Sprint(c.Seq))
		return nil
	}
	limit.seen = append(limit.seen, sight{c.Seq, c.Less})
	return nil
}

// lineHash is the hash of a line that was proven; of the genesis text for 0.
func (log *logView) lineHash(seq uint64) (statement.Hash, error) {
	switch {
	case seq == 0:
		return statement.Sum(log.spec.Genesis()), nil
	case seq == log.size():
		return log.state.Last(), nil
	}
	line, err := chain.LineAt(log.dir, log.base, log.state, seq)
	return line.Hash, err
}

// signatures returns the signatures of a version that count: by governors of
// a parent, announced, and sound.
func (v *Vault) signatures(w *version, parents []*policy.Document) ([]statement.PolicySignature, error) {
	here, err := v.policyFiles()
	if err != nil {
		return nil, err
	}
	var found []statement.PolicySignature
	for _, name := range here.signs[w.file()] {
		s, err := v.signature(name)
		if err != nil {
			v.warn("signature-refused", "file", name, "why", err.Error())
			continue
		}
		governs := func(p *policy.Document) bool { return p.DecideAt(s.Author, policy.CanGovern, "", s.Time).Allowed }
		if s.Document.Hash == w.hash && slices.ContainsFunc(parents, governs) {
			found = append(found, s)
		}
	}
	return found, nil
}

func (v *Vault) signature(name string) (statement.PolicySignature, error) {
	st, err := v.readStatement(name)
	if err != nil {
		return statement.PolicySignature{}, err
	}
	s, err := statement.ParseSign(st.Header)
	if err != nil {
		return s, &IntegrityError{name, err}
	}
	return s, v.checkCommon(name, st, s.Common)
}
