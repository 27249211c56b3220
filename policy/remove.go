package policy

import "slices"

// A Trace is something in the policy that went, or has a gap now, because something else was removed.
type Trace struct {
	Path []string // where it stood
	Was  string   // what stood there
}

// RemoveMember takes a member out, with everything that names it: quorums and succession that can no longer be
// met go, duties lose holder or deputy, acting rows by or for the member go. It reports these. Generations are the
// caller's business (see MarkRenew), and so is it that a governor stays (see Check).
func (d *Document) RemoveMember(member string) []Trace {
	delete(d.Members, member)
	var traces []Trace
	note := func(was string, path ...string) { traces = append(traces, Trace{path, was}) }
	if s := d.Govern.Succession; s != nil && drop(&s.Of, member) {
		note(member, "govern", "succession", "of")
		if len(s.Of) < s.Need {
			d.Govern.Succession = nil
			note("", "govern", "succession")
		}
	}
	for _, id := range sorted(d.Safes) {
		s := d.Safes[id]
		if s.Quorum == nil || !drop(&s.Quorum.Of, member) {
			continue
		}
		note(member, "safes", id, "quorum", "of")
		if len(s.Quorum.Of) < s.Quorum.Need {
			s.Quorum = nil
			note("", "safes", id, "quorum")
		}
	}
	for _, id := range sorted(d.Duties) {
		duty := d.Duties[id]
		if duty.Holder == member {
			duty.Holder = ""
			note(member, "duties", id, "holder")
		}
		if drop(&duty.Deputies, member) {
			note(member, "duties", id, "deputies")
		}
	}
	return append(traces, d.dropActing(func(a Acting) bool { return a.Member == member || a.For == member })...)
}

// RemoveDevice takes a device from its member, who stays. It reports whether the device was there.
func (d *Document) RemoveDevice(device string) bool {
	member, ok := d.MemberOf(device)
	if ok {
		delete(d.Members[member].Devices, device)
	}
	return ok
}

// SetRoles gives a member exactly these roles; acting rows that handed over a role which the member no longer has lose it.
func (d *Document) SetRoles(member string, roles []string) []Trace {
	m := d.Members[member]
	if m == nil {
		return nil
	}
	m.Roles = slices.Clone(roles)
	return d.trimActing(func(row Acting, role string) bool { return row.For == member && !contains(m.Roles, role) })
}

// RemoveRole takes a role out, from members, safes, rules and acting rows.
func (d *Document) RemoveRole(role string) []Trace {
	delete(d.Roles, role)
	var traces []Trace
	sections := map[string]*[]string{"govern.roles": &d.Govern.Roles, "audit.roles": &d.Audit.Roles,
		"runbooks.publish": &d.Runbooks.Publish, "runbooks.approve": &d.Runbooks.Approve}
	for _, name := range sorted(sections) {
		if drop(sections[name], role) {
			traces = append(traces, Trace{[]string{name}, role})
		}
	}
	for _, id := range sorted(d.Members) {
		if drop(&d.Members[id].Roles, role) {
			traces = append(traces, Trace{[]string{"members", id, "roles"}, role})
		}
	}
	for _, id := range sorted(d.Safes) {
		if a, ok := d.Safes[id].Access[role]; ok {
			delete(d.Safes[id].Access, role)
			traces = append(traces, Trace{[]string{"safes", id, "access", role}, a.String()})
		}
	}
	return append(traces, d.trimActing(func(_ Acting, r string) bool { return r == role })...)
}

// RemoveSafe takes a safe out, and from the duties that need it.
func (d *Document) RemoveSafe(safe string) []Trace {
	delete(d.Safes, safe)
	var traces []Trace
	for _, id := range sorted(d.Duties) {
		if drop(&d.Duties[id].Safes, safe) {
			traces = append(traces, Trace{[]string{"duties", id, "safes"}, safe})
		}
	}
	return traces
}

// trimActing takes roles out of acting rows, and rows that then give nothing.
func (d *Document) trimActing(gone func(row Acting, role string) bool) []Trace {
	var traces []Trace
	for i := range d.Acting {
		row := &d.Acting[i]
		for _, role := range slices.Clone(row.Roles) {
			if gone(*row, role) {
				drop(&row.Roles, role)
				traces = append(traces, Trace{[]string{"acting", row.ID, "roles"}, role})
			}
		}
	}
	return append(traces, d.dropActing(func(a Acting) bool {
		return len(a.Roles) == 0 && len(a.Duties) == 0 && slices.ContainsFunc(traces, func(t Trace) bool { return t.Path[1] == a.ID })
	})...)
}

func (d *Document) dropActing(gone func(Acting) bool) []Trace {
	var traces []Trace
	d.Acting = slices.DeleteFunc(d.Acting, func(a Acting) bool {
		if gone(a) {
			traces = append(traces, Trace{[]string{"acting", a.ID}, a.Member + " for " + a.For})
			return true
		}
		return false
	})
	return traces
}

// drop takes one out of a list and reports whether it was there.
func drop(list *[]string, one string) bool {
	before := len(*list)
	*list = slices.DeleteFunc(*list, func(x string) bool { return x == one })
	return len(*list) < before
}
