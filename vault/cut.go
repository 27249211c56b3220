package vault

import (
	"fmt"
	"slices"
	"strings"

	"opsvault/policy"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A cut is where the signers of a policy version saw the log of a device that
// the version takes a right from. What the device announced up to there goes
// on to stand; what it announces later doesn't, whatever policy it names.
type cut struct {
	seq  uint64
	less []statement.Range
}

func (c cut) covers(event uint64) bool {
	inside := func(r statement.Range) bool { return r.First <= event && event <= r.Last }
	return event <= c.seq && !slices.ContainsFunc(c.less, inside)
}

// stands reports whether a statement counts by the right it takes: its author
// had the right under the policy that it names, with a device that was theirs,
// and has it under the newest one, or else announced the statement where the
// version which took the right away still covers it. on is the safe, or empty
// for a right on the vault. *DeniedError when it does not stand.
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
	if err := v.loadChain(); err != nil {
		return err
	}
	for n := c.Policy.Number + 1; n <= v.policy.Number; n++ {
		doc, err := v.docAt(statement.PolicyRef{Number: n, Hash: v.policy.chain[n-1]})
		if err != nil {
			return err
		}
		if _, holds := gives(doc, c, right, on); holds {
			continue
		}
		limit, err := v.cutOf(n, c.Device)
		if err != nil {
			return err
		}
		if limit.covers(c.Event) {
			return nil
		}
		break
	}
	return &DeniedError{Member: c.Author, Capability: right, On: rightOn(on), Decision: d}
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

// cutOf returns the cut that version n sets for a device: the highest of its
// signatures that count. A signature by a device that the version closes
// itself sets none; where only such devices signed, each is closed at the
// event of its own signature.
func (v *Vault) cutOf(n uint64, device string) (cut, error) {
	if known, ok := v.cuts[cutKey{n, device}]; ok {
		return known, nil
	}
	child, err := v.docAt(statement.PolicyRef{Number: n, Hash: v.policy.chain[n-1]})
	if err != nil {
		return cut{}, err
	}
	parent, err := v.docAt(statement.PolicyRef{Number: n - 1, Hash: v.policy.chain[n-2]})
	if err != nil {
		return cut{}, err
	}
	signatures, err := v.signatures(n, parent)
	if err != nil {
		return cut{}, err
	}
	var limit, own cut
	others := false
	for _, s := range signatures {
		if losesRight(parent, child, s.Device) {
			if s.Device == device {
				own.seq = s.Event
			}
			continue
		}
		others = true
		for _, c := range s.Closed {
			if c.Device == device && c.Seq > limit.seq {
				limit = cut{c.Seq, c.Less}
			}
		}
	}
	if !others {
		limit = own
	}
	if v.cuts == nil {
		v.cuts = map[cutKey]cut{}
	}
	v.cuts[cutKey{n, device}] = limit
	return limit, nil
}

type cutKey struct {
	version uint64
	device  string
}

// signatures returns the signatures of version n that count: by governors of
// its parent, announced, and sound.
func (v *Vault) signatures(n uint64, parent *policy.Document) ([]statement.PolicySignature, error) {
	items, err := v.dir.List("policy")
	if err != nil {
		return nil, err
	}
	hash := v.policy.chain[n-1]
	var found []statement.PolicySignature
	for _, item := range items {
		name := "policy/" + item.Name
		at, ok := store.ParseName(name)
		if !ok || at.Form != store.FormSign || at.Number != n || at.Hash != hash.Short() || at.Newcomer != "" {
			continue
		}
		s, err := v.signature(name)
		if err != nil {
			v.warn("signature-refused", "file", name, "why", err.Error())
			continue
		}
		if s.Document.Hash == hash && parent.DecideAt(s.Author, policy.CanGovern, "", s.Time).Allowed {
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

// closings are the `closed` lines of this device's signature of a document
// that follows the newest one: where it sees the logs of the other devices that lose a right.
func (v *Vault) closings(next *policy.Document) ([]statement.Closed, error) {
	var closed []statement.Closed
	for _, device := range v.knownDevices() {
		if device == v.me.Device || !losesRight(v.policy.Doc, next, device) {
			continue
		}
		key, err := v.keyOf(device)
		if err != nil {
			continue // its file never came: it has signed nothing
		}
		log, err := v.logOf(device, key)
		if err != nil {
			return nil, err
		}
		if err := v.readLog(log); err != nil {
			return nil, err
		}
		line := statement.Closed{Device: device, Line: statement.Sum(log.spec.Genesis())}
		if log.size() > 0 {
			line.Seq, line.Line = log.size(), log.state.Last()
		}
		closed = append(closed, line)
	}
	return closed, nil
}

// losesRight reports whether a device that parent knows may do less under child.
func losesRight(parent, child *policy.Document, device string) bool {
	member, ok := parent.MemberOf(device)
	if !ok {
		return false
	}
	if !holdsDevice(child, member, device) {
		return true
	}
	for _, c := range []policy.Capability{policy.CanGovern, policy.CanPublish, policy.CanApprove} {
		if parent.Decide(member, c, "").Allowed && !child.Decide(member, c, "").Allowed {
			return true
		}
	}
	for _, safe := range parent.SafeIDs() {
		if strings.HasPrefix(safe, "@") {
			continue
		}
		for _, c := range []policy.Capability{policy.Read, policy.Write, policy.Grant, policy.Request} {
			if parent.Decide(member, c, safe).Allowed && !child.Decide(member, c, safe).Allowed {
				return true
			}
		}
	}
	return false
}
