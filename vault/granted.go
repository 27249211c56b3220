package vault

import (
	"fmt"
	"time"

	"filippo.io/age"

	"opsvault/policy"
	"opsvault/vault/entry"
)

// openedBy is how a version is opened by a grant: packets of it that are sealed
// to this device. There are several where several people sealed one.
type openedBy struct {
	grant   string
	packets []*packet
}

// granted finds a packet that lets this device open an entry although the
// policy denies it. It returns *WaitingError, *GrantEndedError, or nil where nothing
// was ever asked for or granted.
func (v *Vault) granted(e *Entry, p Purpose) (*Entry, error) {
	opened, err := v.grantedBy(e, p, actChoice{id: e.body.ID, running: true})
	if opened != nil {
		return opened, nil
	}
	if err == nil { // nothing runs: what waits, and what is over
		_, err = v.grantedBy(e, p, actChoice{id: e.body.ID})
	}
	return nil, err
}

func (v *Vault) grantedBy(e *Entry, p Purpose, choice actChoice) (*Entry, error) {
	grants, err := v.chosenGrants(choice)
	if err != nil {
		return nil, err
	}
	var best *Entry
	var refusal error
	for _, g := range grants {
		if g.Member != v.me.Member {
			continue
		}
		if !g.Phase.Running() {
			refusal = later(refusal, v.notNow(e, g))
			continue
		}
		if e.Deleted {
			v.warn("grant-of-deleted", "id", g.Short(), "path", e.Path.String(), "to", e.Card.MovedTo)
			return nil, &NotFoundError{What: "entry", Name: e.Path.String()}
		}
		found, err := v.openable(g, e, p)
		if err != nil {
			return nil, err
		}
		if found != nil && (best == nil || found.Version > best.Version) {
			best = found
		} else if found == nil {
			refusal = later(refusal, v.notNow(e, g))
		}
	}
	if best == nil {
		return nil, refusal
	}
	if best.Version < e.Version && p.Version == 0 {
		v.warn("packet-older", "path", e.Path.String(), "have", fmt.Sprint(best.Version), "newest", fmt.Sprint(e.Version))
	}
	return best, nil
}

// notNow says why a grant opens nothing; nil for one that was denied.
func (v *Vault) notNow(e *Entry, g *GrantState) error {
	switch {
	case g.Phase == PhaseWaiting || g.Phase.Running():
		return &WaitingError{e.Path.String(), g}
	case g.Phase == PhaseEnded:
		return &GrantEndedError{e.Path.String(), g, g.Until}
	case g.Phase == PhaseRevoked && !g.From.IsZero():
		return &GrantEndedError{e.Path.String(), g, g.Closed.Time}
	}
	return nil
}

// later is the refusal that a person is told of: what still waits before what
// is over, and of two alike the later one.
func later(old, fresh error) error {
	if fresh == nil {
		return old
	}
	_, oldWaits := old.(*WaitingError)
	_, freshWaits := fresh.(*WaitingError)
	if oldWaits && !freshWaits {
		return old
	}
	return fresh
}

// openable returns the newest version of which a grant has a packet for this
// device; nil if there is none.
func (v *Vault) openable(g *GrantState, e *Entry, p Purpose) (*Entry, error) {
	packets, err := v.packetsOf(g)
	if err != nil {
		return nil, err
	}
	var best *Entry
	for _, x := range packets {
		if x.body.ID != e.body.ID || x.part(v.me.Device) == nil || !v.now().Before(x.body.NotAfter) ||
			p.Version > 0 && x.body.Version != p.Version || best != nil && x.body.Version < best.Version {
			continue
		}
		found, err := v.packetEntry(x)
		if err != nil {
			if err := v.leavePacketOut(x.file, err); err != nil {
				return nil, err
			}
			continue
		}
		if best != nil && found.Hash == best.Hash {
			best.by.packets = append(best.by.packets, x)
			continue
		}
		opened := *found
		opened.by = &openedBy{g.Short(), []*packet{x}}
		best = &opened
	}
	return best, nil
}

// A sealedSecret is a version's secret, and where it lies.
type sealedSecret struct {
	file string
	part []byte
	key  *age.HybridIdentity
}

// secretsOf are the ways to a version's secret: the one that is sealed to its
// safe, or, where a grant lets this device in, those that are sealed to it.
func (v *Vault) secretsOf(e *Entry) ([]sealedSecret, error) {
	if e.by == nil {
		key, err := v.secretKey(e)
		return []sealedSecret{{e.File, e.st.Parts[1], key}}, err
	}
	mine, err := v.unlocked()
	if err != nil {
		return nil, err
	}
	key, err := mine.Age()
	if err != nil {
		return nil, err
	}
	var list []sealedSecret
	for _, p := range e.by.packets {
		list = append(list, sealedSecret{p.file, p.part(v.me.Device), key})
	}
	return list, nil
}

// ReadableEntry reports whether this member may read an entry's secret, and
// why: by the policy, or by a grant that runs and is sealed to this device.
func (v *Vault) ReadableEntry(path entry.Path) policy.Decision {
	d := v.Readable(path.Safe())
	if d.Allowed || d.Cause == policy.CauseSafe {
		return d
	}
	ref, err := v.refOf(path.String())
	if err != nil {
		return d
	}
	if until, ok := v.GrantedNow()[ref.ID]; ok {
		return policy.Decision{Allowed: true, Why: "grant until " + until.Format(time.RFC3339)}
	}
	return d
}

// GrantedNow lists the entries, by id, that this device can open by a grant,
// and until when. What can't be read is only warned of.
func (v *Vault) GrantedNow() map[string]time.Time {
	open := map[string]time.Time{}
	if items, err := v.dir.List("packets"); err != nil || len(items) == 0 {
		return open
	}
	grants, err := v.chosenGrants(actChoice{running: true})
	if err != nil {
		v.warn("grants-unreadable", "why", err.Error())
		return open
	}
	for _, g := range grants {
		if g.Member != v.me.Member || !g.Phase.Running() {
			continue
		}
		packets, err := v.packetsOf(g)
		if err != nil {
			v.warn("grants-unreadable", "why", err.Error())
			continue
		}
		for _, p := range packets {
			until := p.body.NotAfter
			if until.After(g.Until) {
				until = g.Until
			}
			if p.part(v.me.Device) != nil && v.now().Before(until) && until.After(open[p.body.ID]) {
				open[p.body.ID] = until
			}
		}
	}
	return open
}
