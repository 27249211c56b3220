package vault

import (
	"cmp"
	"slices"
	"time"
)

// A Rotation is one credential that should be changed at the far system,
// because of one member: a row of the rotation list.
type Rotation struct {
	Path    string
	Safe    string
	Kind    string
	Member  string
	Why     string    // RotateOpened or RotateOpenable
	Risk    string    // RiskHigh, RiskMedium or RiskLow
	Since   time.Time // when the member, or the device, was no longer meant to have it
	Opened  time.Time // when the log last says that they opened it; zero: it doesn't
	Device  string    // the member still reads, and this device of theirs was removed
	Deleted bool      // the entry was deleted after that
	id      string
	reached bool    // they could open the newest version, too
	Changed uint64  // a version written since that they never could open; 0: none
	Waived  *Waiver // who said that it need not be changed; nil: nobody
}

// A Waiver says why a credential stays as it is.
type Waiver struct {
	Member string
	Reason string
	Time   time.Time
}

// Why a credential is on the list. Opened is what the log says. Openable says
// that the keys or a packet were delivered to them, and nothing more.
const (
	RotateOpened   = "opened"
	RotateOpenable = "openable"
)

// Risks, the highest first.
const (
	RiskHigh   = "high"
	RiskMedium = "medium"
	RiskLow    = "low"
)

// rotationFacts is what the rotation list is made of. It knows no disk and no keys.
type rotationFacts struct {
	credentials []credential
	knowers     []*knower                      // by member
	reads       func(member, safe string) bool // now
	granted     func(member, id string) bool   // a grant that runs now
	lost        func(member, safe string) loss // when they last lost the right to read it
	dropped     func(device string) loss       // when a device was removed
	changed     map[ackKey]uint64              // the newest version said to be changed at the far system
	waived      map[ackKey][]waived
}

// A credential is what a person knows under one path, through all names it had.
type credential struct {
	path, kind string
	deleted    bool
	entries    []entryLine // oldest first; the last is the one at the path
}

// An entryLine is one entry with those of its versions that are looked at, oldest first.
type entryLine struct {
	safe, id string
	versions []versionFact
}

// A versionFact is what the header of a version says.
type versionFact struct {
	number uint64
	key    keyID // its secret is sealed to; zero for a tombstone
	policy uint64
	time   time.Time
}

// entryAt names one version.
type entryAt struct {
	id      string
	version uint64
}

type ackKey struct{ id, member string }

type waived struct {
	Waiver
	policy uint64
}

// A loss is when somebody lost something: by which policy version, or, where
// that is 0, by the end of a grant.
type loss struct {
	policy uint64
	time   time.Time
}

// after reports whether something under a policy, at a time, was after the loss.
// Versions order better than clocks do.
func (l loss) after(policy uint64, at time.Time) bool {
	if l.policy > 0 {
		return policy >= l.policy
	}
	return !at.Before(l.time)
}

// A knower is what was ever delivered to a member's devices, and what they opened.
type knower struct {
	member  string
	devices map[string]*reach     // by device
	packets map[entryAt]time.Time // their end
}

// A reach is what one device could open, and what its log says that it did.
type reach struct {
	gone   bool // removed from the policy
	keys   map[keyID]bool
	opened map[entryAt]time.Time
}

// rows are the rows of the list, riskiest first; those that are waived come too.
func (f *rotationFacts) rows() []Rotation {
	var list []Rotation
	for i := range f.credentials {
		for _, k := range f.knowers {
			if r, ok := f.row(&f.credentials[i], k); ok {
				list = append(list, r)
			}
		}
	}
	slices.SortFunc(list, func(a, b Rotation) int {
		return cmp.Or(cmp.Compare(riskOrder(a.Risk), riskOrder(b.Risk)), cmp.Compare(b.Why, a.Why), cmp.Compare(kindOrder(a.Kind), kindOrder(b.Kind)),
			b.Opened.Compare(a.Opened), b.Since.Compare(a.Since), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Member, b.Member))
	})
	return list
}

// row is the row of one credential and one member; there is none while they
// are meant to know it, never could, or it was changed since.
func (f *rotationFacts) row(c *credential, k *knower) (Rotation, bool) {
	last := &c.entries[len(c.entries)-1]
	meant := f.reads(k.member, last.safe) || f.granted(k.member, last.id)
	known, openedAt, device := f.known(c, k, meant)
	if !known {
		return Rotation{}, false
	}
	l := f.lossOf(c, k, meant, device)
	newest := last.versions[len(last.versions)-1]
	if c.deleted && !l.after(newest.policy, newest.time) {
		return Rotation{}, false
	}
	r := Rotation{id: last.id, reached: f.could(k, last.id, newest, meant), Path: c.path, Safe: last.safe, Kind: c.kind, Member: k.member, Since: l.time, Opened: openedAt, Device: device,
		Deleted: c.deleted, Why: RotateOpenable, Waived: f.waiverOf(last.id, k.member, l)}
	if !openedAt.IsZero() {
		r.Why = RotateOpened
	}
	if !r.reached && l.after(newest.policy, newest.time) {
		r.Changed = newest.number
	}
	r.Risk = risk(&r)
	return r, true
}

// known reports whether a member knew, or could know, a version since the last
// that was changed at the far system; when they last opened one; and, for
// somebody who is still meant to know, by which removed device.
func (f *rotationFacts) known(c *credential, k *knower, meant bool) (known bool, opened time.Time, device string) {
	from, floor := 0, uint64(0)
	for i := range c.entries {
		if done := f.changed[ackKey{c.entries[i].id, k.member}]; done > 0 {
			from, floor = i, done
		}
	}
	for i := from; i < len(c.entries); i++ {
		for _, v := range c.entries[i].versions {
			if i == from && v.number < floor {
				continue
			}
			at := entryAt{c.entries[i].id, v.number}
			for name, reach := range k.devices {
				when, did := reach.opened[at]
				if meant && !reach.gone || !did && !reach.keys[v.key] {
					continue
				}
				if known = true; when.After(opened) {
					opened = when
				}
				if meant {
					device = max(device, name)
				}
			}
			if _, sent := k.packets[at]; sent && !meant {
				known = true
			}
		}
	}
	return known, opened, device
}

// could reports whether a version was ever open to a member; for somebody who
// is still meant to know it, to a removed device of theirs.
func (f *rotationFacts) could(k *knower, id string, v versionFact, meant bool) bool {
	at := entryAt{id, v.number}
	for _, reach := range k.devices {
		if _, did := reach.opened[at]; (did || reach.keys[v.key]) && (!meant || reach.gone) {
			return true
		}
	}
	_, sent := k.packets[at]
	return sent && !meant
}

// lossOf is when the member was no longer meant to know a credential: by the
// policy, by the end of a grant, or because it was moved to another safe.
func (f *rotationFacts) lossOf(c *credential, k *knower, meant bool, device string) loss {
	if meant {
		return f.dropped(device)
	}
	last := &c.entries[len(c.entries)-1]
	l := f.lost(k.member, last.safe)
	for _, e := range c.entries {
		for at, end := range k.packets {
			if at.id == e.id && end.After(l.time) {
				l = loss{time: end}
			}
		}
	}
	if len(last.versions) > 0 && l == (loss{}) {
		first := last.versions[0]
		l = loss{first.policy, first.time}
	}
	return l
}

// waiverOf is the newest waiver that was given after the loss.
func (f *rotationFacts) waiverOf(id, member string, l loss) *Waiver {
	var found *Waiver
	for _, w := range f.waived[ackKey{id, member}] {
		if l.after(w.policy, w.Time) && (found == nil || w.Time.After(found.Time)) {
			found = &w.Waiver
		}
	}
	return found
}

// longAgo is how long before the loss an opening weighs less: most people have
// forgotten by then, unless they wrote it down.
const longAgo = 365 * 24 * time.Hour

// risk weighs a row: docs/rotation.md has the rule.
func risk(r *Rotation) string {
	level := 2
	switch {
	case r.Why == RotateOpened && r.Since.Sub(r.Opened) < longAgo:
		level = 0
	case r.Why == RotateOpened, kindOrder(r.Kind) < len(graveKinds()):
		level = 1
	}
	if r.Device != "" {
		level++
	}
	return []string{RiskHigh, RiskMedium, RiskLow}[min(level, 2)]
}

// graveKinds are the kinds with which most harm is done, the gravest first.
func graveKinds() []string {
	return []string{"bank", "payment", "database", "ssh", "api", "system"}
}

func kindOrder(kind string) int {
	if at := slices.Index(graveKinds(), kind); at >= 0 {
		return at
	}
	return len(graveKinds())
}

func riskOrder(risk string) int { return slices.Index([]string{RiskHigh, RiskMedium, RiskLow}, risk) }
