package main

import (
	"slices"
	"strings"

	"opsvault/policy"
	"opsvault/runbooks"
	"opsvault/vault"
)

// A runDirectory tells a run who stands behind "role:lead", "duty:on-call" or a name, and how they are reached. What it knows
// is in the policy: who holds what, who deputises, who acts for whom now, and in the note of a member the phone number.
type runDirectory struct {
	c *call
	v *vault.Vault
}

var _ runbooks.Directory = runDirectory{}

// Contacts are the people behind a target, whom to try first first. Whoever asks is not among them, unless there is nobody
// else. A number stands for itself, and so does a name that the policy does not know.
func (d runDirectory) Contacts(t runbooks.Target) []runbooks.Contact {
	kind, id, named := strings.Cut(t.Value, ":")
	var found []runbooks.Contact
	switch {
	case named && kind == "duty":
		found = d.duty(id)
	case named && kind == "role":
		found = d.role(id)
	case named && kind == "member":
		found = d.member(id, "")
	case isPhone(t.Value):
		return []runbooks.Contact{{Phone: t.Value}}
	case d.v.Policy().Roles[t.Value] != nil:
		found = d.role(t.Value)
	case d.v.Policy().Duties[t.Value] != nil:
		found = d.duty(t.Value)
	case d.memberNamed(t.Value) != "":
		found = d.member(d.memberNamed(t.Value), "")
	default:
		return []runbooks.Contact{{Name: t.Value, Phone: phoneIn(t.Value)}}
	}
	return d.others(found)
}

// others leaves out who is there twice, and whoever asks.
func (d runDirectory) others(found []runbooks.Contact) []runbooks.Contact {
	var list []runbooks.Contact
	for _, contact := range found {
		if !slices.ContainsFunc(list, func(c runbooks.Contact) bool { return c.Member == contact.Member }) {
			list = append(list, contact)
		}
	}
	me := d.v.Me().Member
	if len(list) == 1 && list[0].Member == me {
		list[0].Why = d.c.text("runface.why-you")
		return list
	}
	return slices.DeleteFunc(list, func(c runbooks.Contact) bool { return c.Member == me })
}

// duty are the holder and the deputies in their order.
func (d runDirectory) duty(id string) []runbooks.Contact {
	duty := d.v.Policy().Duties[id]
	if duty == nil {
		return nil
	}
	title := d.title(duty.Title, id)
	var list []runbooks.Contact
	for _, row := range d.active() {
		if slices.Contains(row.Duties, id) {
			list = append(list, d.contact(row.Member, d.c.text("runface.why-acting", "what", title, "member", d.name(row.For))))
		}
	}
	if duty.Holder != "" {
		list = append(list, d.member(duty.Holder, d.c.text("runface.why-duty", "what", title))...)
	}
	for _, deputy := range duty.Deputies {
		list = append(list, d.member(deputy, d.c.text("runface.why-deputy", "what", title))...)
	}
	return list
}

// role are those who act with it for somebody else, and those who have it, by their names.
func (d runDirectory) role(id string) []runbooks.Contact {
	doc := d.v.Policy()
	role := doc.Roles[id]
	if role == nil {
		return nil
	}
	title := d.title(role.Title, id)
	var list, away []runbooks.Contact
	for _, member := range sortedIDs(doc.Members) {
		switch {
		case !slices.Contains(doc.Members[member].Roles, id):
		case d.away(member):
			away = append(away, d.contact(member, d.c.text("runface.why-away", "what", title)))
		default:
			list = append(list, d.contact(member, title))
		}
	}
	for _, row := range d.active() {
		if slices.Contains(row.Roles, id) {
			list = append(list, d.contact(row.Member, d.c.text("runface.why-acting", "what", title, "member", d.name(row.For))))
		}
	}
	return append(list, away...)
}

// member is a member, and before them, while they are away, who acts for them.
func (d runDirectory) member(id, why string) []runbooks.Contact {
	if d.v.Policy().Members[id] == nil {
		return nil
	}
	var list []runbooks.Contact
	for _, row := range d.active() {
		if row.For == id {
			list = append(list, d.contact(row.Member, d.c.text("runface.why-for", "member", d.name(id))))
		}
	}
	switch {
	case len(list) == 0:
	case why == "":
		why = d.c.text("runface.why-gone")
	default:
		why = d.c.text("runface.why-away", "what", why)
	}
	return append(list, d.contact(id, strings.TrimSpace(why)))
}

// memberNamed finds a member by the id or, in any case of letters, by the name.
func (d runDirectory) memberNamed(name string) string {
	for id, m := range d.v.Policy().Members {
		if id == name || strings.EqualFold(m.Name, name) {
			return id
		}
	}
	return ""
}

func (d runDirectory) contact(id, why string) runbooks.Contact {
	m := d.v.Policy().Members[id]
	if m == nil {
		return runbooks.Contact{Member: id, Name: id, Why: why}
	}
	return runbooks.Contact{Member: id, Name: d.name(id), Phone: phoneIn(m.Note), Why: why}
}

func (d runDirectory) name(id string) string {
	if m := d.v.Policy().Members[id]; m != nil && m.Name != "" {
		return m.Name
	}
	return id
}

func (d runDirectory) title(t policy.Title, id string) string {
	return orDefault(t.In(d.c.langID()), id)
}

// active are the rows by which somebody acts for somebody else now.
func (d runDirectory) active() []policy.Acting {
	var rows []policy.Acting
	for _, row := range d.v.Policy().Acting {
		if row.Active(d.c.Now()) {
			rows = append(rows, row)
		}
	}
	return rows
}

// isPhone reports a target that is a number, and no name of anybody.
func isPhone(s string) bool {
	return s != "" && strings.ContainsAny(s, "0123456789") && strings.Trim(s, "+0123456789 -()") == ""
}

func (d runDirectory) away(member string) bool {
	return slices.ContainsFunc(d.active(), func(row policy.Acting) bool { return row.For == member })
}
