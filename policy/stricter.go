package policy

import (
	"maps"
	"slices"
	"time"
)

// Stricter is what holds while the policy has several heads: a right only if every head gives it, of two numbers the
// stricter, people, devices and safes that all have. Decisions are exact, because each head is asked; the lists and
// limits of the document are for reading. It is neither written nor signed nor changed: a merge is made of the heads
// themselves. One head is its own stricter document.
func Stricter(heads ...*Document) *Document {
	if len(heads) == 1 {
		return heads[0]
	}
	d := heads[0].Clone()
	d.Heads = slices.Clone(heads)
	for _, other := range heads[1:] {
		d.stricterVault(other)
		d.stricterPeople(other)
		d.Safes = both(d.Safes, other.Safes, stricterSafe)
		d.Duties = both(d.Duties, other.Duties, stricterDuty)
	}
	d.sharedKeys()
	return d
}

// both keeps what two maps have, narrowed.
func both[T any](a, b map[string]*T, narrow func(a, b *T)) map[string]*T {
	maps.DeleteFunc(a, func(id string, one *T) bool {
		other, ok := b[id]
		if ok {
			narrow(one, other)
		}
		return !ok
	})
	return a
}

func common(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(x string) bool { return !contains(b, x) })
}

func (d *Document) stricterVault(o *Document) {
	d.Version = max(d.Version, o.Version)
	d.Govern.Roles, d.Govern.Threshold = common(d.Govern.Roles, o.Govern.Roles), max(d.Govern.Threshold, o.Govern.Threshold)
	d.Govern.Succession = stricterSuccession(d.Govern.Succession, o.Govern.Succession)
	d.Audit.Roles, d.Audit.Renew = common(d.Audit.Roles, o.Audit.Roles), d.Audit.Renew || o.Audit.Renew
	d.Catalogue.Renew = d.Catalogue.Renew || o.Catalogue.Renew
	d.Runbooks.Publish, d.Runbooks.Approve = common(d.Runbooks.Publish, o.Runbooks.Publish), common(d.Runbooks.Approve, o.Runbooks.Approve)
	d.Runbooks.Approvals = max(d.Runbooks.Approvals, o.Runbooks.Approvals)
	d.Roles = both(d.Roles, o.Roles, func(_, _ *Role) {})
}

func stricterSuccession(a, b *Succession) *Succession {
	if a == nil || b == nil {
		return nil
	}
	s := &Succession{Need: max(a.Need, b.Need), Of: common(a.Of, b.Of), Wait: max(a.Wait, b.Wait), For: min(a.For, b.For)}
	if len(s.Of) < s.Need {
		return nil
	}
	return s
}

func (d *Document) stricterPeople(o *Document) {
	d.Members = both(d.Members, o.Members, func(m, other *Member) {
		m.Roles = common(m.Roles, other.Roles)
		maps.DeleteFunc(m.Devices, func(device string, one Device) bool { return other.Devices[device].File != one.File })
	})
	d.Acting = slices.DeleteFunc(d.Acting, func(row Acting) bool {
		return !slices.ContainsFunc(o.Acting, func(x Acting) bool {
			return x.ID == row.ID && x.Member == row.Member && x.For == row.For && x.From.Equal(row.From) && x.Until.Equal(row.Until)
		})
	})
}

func stricterSafe(s, o *Safe) {
	s.Access = stricterAccess(s.Access, o.Access)
	s.Renew = s.Renew || o.Renew
	s.Quorum = stricterQuorum(s.Quorum, o.Quorum)
	s.Reason, s.Approvals = stricterReason(s.Reason, o.Reason), max(s.Approvals, o.Approvals)
	s.Grants.Max = shorter(s.Grants.Max, o.Grants.Max)
}

// stricterAccess is what both give.
func stricterAccess(a, b map[string]Access) map[string]Access {
	out := map[string]Access{}
	for role, access := range a {
		if access &= b[role]; access != 0 {
			out[role] = access
		}
	}
	return out
}

func stricterQuorum(a, b *Quorum) *Quorum {
	if a == nil || b == nil {
		return nil
	}
	q := &Quorum{Need: max(a.Need, b.Need), Of: common(a.Of, b.Of)}
	if len(q.Of) < q.Need {
		return nil
	}
	return q
}

func stricterReason(a, b Reason) Reason {
	order := []Reason{ReasonTicket, ReasonRequired, ReasonOptional, ""}
	for _, r := range order {
		if a == r || b == r {
			return r
		}
	}
	return ReasonRequired
}

// shorter is the lower of two limits; 0 is none.
func shorter(a, b Span) Span {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

func stricterDuty(u, o *Duty) {
	if u.Holder != o.Holder {
		u.Holder = ""
	}
	u.Deputies, u.Safes, u.Runbooks = common(u.Deputies, o.Deputies), common(u.Safes, o.Safes), common(u.Runbooks, o.Runbooks)
}

// sharedKeys lists every generation that a head has; the one that all have and that is the newest of one of them comes last.
func (d *Document) sharedKeys() {
	for _, safe := range d.SafeIDs() {
		var all []Generation
		for _, h := range d.Heads {
			all = append(all, h.Generations(safe)...)
		}
		slices.SortFunc(all, byNumber)
		all = slices.Compact(all)
		if now, ok := d.KeyOfAll(safe); ok && now.Gen > 0 {
			all = append(slices.DeleteFunc(all, func(g Generation) bool { return g == now }), now)
		}
		d.setGenerations(safe, all)
	}
}

// KeyOfAll is the generation of a safe that may be sealed to under every head: the newest of a head that has the newest
// of all the others as well, and so was made for nobody whom another head took out. It is not there where two heads
// made keys apart from one another.
func (d *Document) KeyOfAll(safe string) (Generation, bool) {
	heads := d.Heads
	if len(heads) == 0 {
		return d.Current(safe), true
	}
	for _, h := range heads {
		covers := func(o *Document) bool {
			now := o.Current(safe)
			return now.Gen == 0 || slices.Contains(h.Generations(safe), now)
		}
		if !slices.ContainsFunc(heads, func(o *Document) bool { return !covers(o) }) {
			return h.Current(safe), true
		}
	}
	return Generation{}, false
}

// SameKeys reports whether all heads have the same newest generation of a safe.
func (d *Document) SameKeys(safe string) bool {
	return !slices.ContainsFunc(d.Heads, func(h *Document) bool { return h.Current(safe) != d.Heads[0].Current(safe) })
}

// decideAll asks every head: the first denial counts, else the first head's answer.
func (d *Document) decideAll(member string, c Capability, safe string, now time.Time) Decision {
	var first Decision
	for i, h := range d.Heads {
		one := h.DecideAt(member, c, safe, now)
		if !one.Allowed {
			one.Ask = slices.DeleteFunc(one.Ask, func(m string) bool { return d.Members[m] == nil })
			return one
		}
		if i == 0 {
			first = one
		}
	}
	return first
}

// inAll is what a list of every head has in common, in the order of the first.
func inAll[T comparable](d *Document, list func(*Document) []T) []T {
	all := list(d.Heads[0])
	for _, h := range d.Heads[1:] {
		other := list(h)
		all = slices.DeleteFunc(all, func(x T) bool { return !slices.Contains(other, x) })
	}
	return all
}

// withDevice leaves those who have a device in common to all heads.
func (d *Document) withDevice(members []string) []string {
	return slices.DeleteFunc(members, func(m string) bool { return d.Members[m] == nil || len(d.Members[m].Devices) == 0 })
}
