package policy

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// A Clash is one thing that both sides of a fork changed, each in its own way, and what the merge takes.
type Clash struct {
	Path  string // like "safes.billing.access.agent"
	A, B  string
	Taken string // "" where it is gone
}

// Merge joins two heads that grew apart from base, thing by thing: what one side changed is taken; where both changed the
// same thing the stricter counts (what is gone stays gone, access is what both give, limits are the lower, thresholds and
// approvals the higher ones), and of titles, notes, dates and holders those of the head that was issued later. It names
// what both changed. Generations of both are kept; new ones, and the marks, are the caller's business, like number, parents
// and time. The result may lack what [Document.Check] wants: a threshold that nobody can reach, say.
func Merge(base, a, b *Document) (*Document, []Clash) {
	if b.Issued.After(a.Issued) {
		a, b = b, a // a is the later one
	}
	a, b = a.Clone(), b.Clone()
	m := merger{base: base, a: a, b: b, d: a.Clone()}
	m.d.Heads, m.d.Nonce = nil, ""
	m.d.Name = value(&m, "name", base.Name, a.Name, b.Name, later)
	m.vault()
	m.people()
	m.d.Safes = merged(&m, "safes", base.Safes, a.Safes, b.Safes, m.safe)
	m.d.Duties = merged(&m, "duties", base.Duties, a.Duties, b.Duties, m.duty)
	m.acting()
	m.keys()
	m.references()
	slices.SortFunc(m.clashes, func(x, y Clash) int { return strings.Compare(x.Path, y.Path) })
	return m.d, m.clashes
}

type merger struct {
	base, a, b, d *Document
	clashes       []Clash
}

func (m *merger) clash(path, a, b, taken string) {
	m.clashes = append(m.clashes, Clash{path, a, b, taken})
}

// later takes what the head has that was issued later, which is a.
func later[T any](a, _ T) T { return a }

// value merges one value that can be compared.
func value[T comparable](m *merger, path string, base, a, b T, stricter func(a, b T) T) T {
	return chosen(m, path, base, a, b, func(x, y T) bool { return x == y }, stricter)
}

func chosen[T any](m *merger, path string, base, a, b T, same func(a, b T) bool, stricter func(a, b T) T) T {
	switch {
	case same(a, b), same(b, base):
		return a
	case same(a, base):
		return b
	}
	taken := stricter(a, b)
	m.clash(path, shown(a), shown(b), shown(taken))
	return taken
}

// list merges a list of ids one by one: what a side took is gone, what a side added is there.
func list(base, a, b []string) []string {
	var out []string
	for _, id := range slices.Concat(a, b) {
		added := !contains(base, id)
		if !contains(out, id) && (added || contains(a, id) && contains(b, id)) {
			out = append(out, id)
		}
	}
	return out
}

// merged merges two maps: what a side took is gone, even where the other changed it.
func merged[T any](m *merger, path string, base, a, b map[string]*T, join func(path string, base, a, b *T) *T) map[string]*T {
	out := map[string]*T{}
	for _, id := range union(sorted(a), sorted(b)) {
		here, before, one, other := path+"."+id, base[id], a[id], b[id]
		switch {
		case one != nil && other != nil:
			out[id] = join(here, before, one, other)
		case before == nil && one != nil:
			out[id] = one
		case before == nil:
			out[id] = other
		case !sameText(before, cmp.Or(one, other)):
			m.clash(here, presence(one), presence(other), "")
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func presence[T any](p *T) string {
	if p == nil {
		return ""
	}
	return shown(p)
}

func (m *merger) vault() {
	base, a, b, d := m.base, m.a, m.b, m.d
	d.Govern.Roles = list(base.Govern.Roles, a.Govern.Roles, b.Govern.Roles)
	d.Govern.Threshold = value(m, "govern.threshold", base.Govern.Threshold, a.Govern.Threshold, b.Govern.Threshold, higher[int])
	d.Govern.Succession = chosen(m, "govern.succession", base.Govern.Succession, a.Govern.Succession, b.Govern.Succession, sameText, stricterSuccession)
	d.Audit.Roles = list(base.Audit.Roles, a.Audit.Roles, b.Audit.Roles)
	d.Runbooks.Publish = list(base.Runbooks.Publish, a.Runbooks.Publish, b.Runbooks.Publish)
	d.Runbooks.Approve = list(base.Runbooks.Approve, a.Runbooks.Approve, b.Runbooks.Approve)
	d.Runbooks.Approvals = value(m, "runbooks.approvals", base.Runbooks.Approvals, a.Runbooks.Approvals, b.Runbooks.Approvals, higher[int])
	d.Roles = merged(m, "roles", base.Roles, a.Roles, b.Roles, func(path string, before, x, y *Role) *Role {
		return chosen(m, path, before, x, y, sameText, later)
	})
}

func higher[T cmp.Ordered](a, b T) T { return max(a, b) }

func (m *merger) people() {
	m.d.Members = merged(m, "members", m.base.Members, m.a.Members, m.b.Members, m.member)
	owner := map[string]string{}
	for _, id := range sorted(m.d.Members) {
		for _, device := range sorted(m.d.Members[id].Devices) {
			if other, taken := owner[device]; taken { // each side gave it to somebody else
				m.clash("members."+id+".devices."+device, id, other, "")
				delete(m.d.Members[id].Devices, device)
				delete(m.d.Members[other].Devices, device)
			}
			owner[device] = id
		}
	}
}

func (m *merger) member(path string, base, a, b *Member) *Member {
	out := clone(a)
	if base == nil { // added twice: what both give
		base = &Member{}
		out.Roles = common(a.Roles, b.Roles)
	} else {
		out.Roles = list(base.Roles, a.Roles, b.Roles)
	}
	out.Name = value(m, path+".name", base.Name, a.Name, b.Name, later)
	out.Note = value(m, path+".note", base.Note, a.Note, b.Note, later)
	out.Devices = map[string]Device{}
	for _, id := range list(sorted(base.Devices), sorted(a.Devices), sorted(b.Devices)) {
		one, in := a.Devices[id]
		other, also := b.Devices[id]
		switch {
		case in && also && one.File != other.File:
			m.clash(path+".devices."+id, one.File, other.File, "")
		case in:
			out.Devices[id] = one
		default:
			out.Devices[id] = other
		}
	}
	return out
}

func (m *merger) safe(path string, base, a, b *Safe) *Safe {
	out, isNew := clone(a), base == nil
	if isNew {
		base = &Safe{}
	}
	out.Title = chosen(m, path+".title", base.Title, a.Title, b.Title, maps.Equal, later)
	out.Note = value(m, path+".note", base.Note, a.Note, b.Note, later)
	out.Access = map[string]Access{}
	for _, role := range union(sorted(a.Access), sorted(b.Access)) {
		access := value(m, path+".access."+role, base.Access[role], a.Access[role], b.Access[role], func(x, y Access) Access { return AccessOf((x & y).List()...) })
		if isNew {
			access = a.Access[role] & b.Access[role] // added twice: what both give
		}
		if access != 0 {
			out.Access[role] = access
		}
	}
	out.Quorum = chosen(m, path+".quorum", base.Quorum, a.Quorum, b.Quorum, sameText, stricterQuorum)
	out.Reason = value(m, path+".reason", base.Reason, a.Reason, b.Reason, stricterReason)
	out.Approvals = value(m, path+".approvals", base.Approvals, a.Approvals, b.Approvals, higher[int])
	out.Grants.Max = value(m, path+".grants.max", base.Grants.Max, a.Grants.Max, b.Grants.Max, shorter)
	return out
}

func (m *merger) duty(path string, base, a, b *Duty) *Duty {
	return chosen(m, path, base, a, b, sameText, later)
}

// acting merges the rows by their ids; of a row that both changed, the shorter window and the roles of both.
func (m *merger) acting() {
	byID := func(d *Document) map[string]*Acting {
		rows := map[string]*Acting{}
		for i := range d.Acting {
			rows[d.Acting[i].ID] = &d.Acting[i]
		}
		return rows
	}
	rows := merged(m, "acting", byID(m.base), byID(m.a), byID(m.b), func(path string, base, a, b *Acting) *Acting {
		return chosen(m, path, base, a, b, sameText, func(x, y *Acting) *Acting {
			if x.Member != y.Member || x.For != y.For {
				return nil
			}
			row := clone(x)
			row.From, row.Until = latest(x.From, y.From), earliest(x.Until, y.Until)
			row.Roles, row.Duties, row.Govern = common(x.Roles, y.Roles), common(x.Duties, y.Duties), x.Govern && y.Govern
			return row
		})
	})
	m.d.Acting = nil
	for _, id := range sorted(rows) {
		if row := rows[id]; row != nil && row.From.Before(row.Until) {
			m.d.Acting = append(m.d.Acting, *row)
		}
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// keys keeps the generations of both, and the mark that one has.
func (m *merger) keys() {
	for _, safe := range m.d.SafeIDs() {
		all := slices.Concat(m.a.Generations(safe), m.b.Generations(safe))
		slices.SortFunc(all, byNumber)
		m.d.setGenerations(safe, slices.Compact(all))
		m.d.setRenew(safe, m.a.Renewing(safe) || m.b.Renewing(safe))
	}
}
