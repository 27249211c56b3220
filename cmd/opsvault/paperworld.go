package main

import (
	"slices"
	"strings"
	"time"

	"opsvault/cmd/opsvault/text"
	"opsvault/policy"
	"opsvault/runbooks"
	"opsvault/runbooks/paper"
	"opsvault/vault"
)

// A paperWorld knows the people whom a page names, from the policy alone.
type paperWorld struct {
	doc *policy.Document
	now time.Time
	tr  *text.Translator
}

var _ paper.World = (*paperWorld)(nil)

func (c *call) newPaperWorld(v *vault.Vault) *paperWorld {
	return &paperWorld{v.Policy(), c.Now(), c.tr}
}

// Opens are those who can open a credential today, acting people included.
func (w *paperWorld) Opens(path string) []string {
	safe := safeOf(path)
	var names []string
	for id, m := range w.doc.Members {
		if len(m.Devices) > 0 && w.doc.DecideAt(id, policy.Read, safe, w.now).Allowed {
			names = append(names, orDefault(m.Name, id))
		}
	}
	slices.Sort(names)
	return names
}

// Contacts are the people behind "role:lead", "duty:on-call", "member:maria", or behind a name that is one of these.
func (w *paperWorld) Contacts(t runbooks.Target) []runbooks.Contact {
	kind, id, found := strings.Cut(t.Value, ":")
	switch {
	case !found:
		id = t.Value
		kind = w.kindOf(id)
	case kind != "role" && kind != "duty" && kind != "member":
		return nil
	}
	switch kind {
	case "member":
		return w.people([]string{id}, "")
	case "duty":
		return w.duty(id)
	case "role":
		return w.role(id)
	}
	return nil
}

func (w *paperWorld) kindOf(id string) string {
	switch {
	case w.doc.Members[id] != nil:
		return "member"
	case w.doc.Duties[id] != nil:
		return "duty"
	case w.doc.Roles[id] != nil:
		return "role"
	}
	return ""
}

func (w *paperWorld) duty(id string) []runbooks.Contact {
	duty := w.doc.Duties[id]
	if duty == nil {
		return nil
	}
	list := w.people([]string{duty.Holder}, w.tr.Text("sheet.holder"))
	return append(list, w.people(duty.Deputies, w.tr.Text("sheet.deputy"))...)
}

// role are the members with a role, and after them those who act with it now.
func (w *paperWorld) role(id string) []runbooks.Contact {
	var own, acting []string
	for member, m := range w.doc.Members {
		switch {
		case slices.Contains(m.Roles, id):
			own = append(own, member)
		case slices.Contains(rolesAt(w.doc, member, w.now), id):
			acting = append(acting, member)
		}
	}
	slices.Sort(own)
	slices.Sort(acting)
	return append(w.people(own, ""), w.people(acting, w.tr.Text("sheet.acting"))...)
}

func (w *paperWorld) people(ids []string, why string) []runbooks.Contact {
	var list []runbooks.Contact
	for _, id := range ids {
		if m := w.doc.Members[id]; m != nil {
			list = append(list, runbooks.Contact{Member: id, Name: orDefault(m.Name, id), Phone: phoneIn(m.Note), Why: why})
		}
	}
	return list
}

// phoneIn finds the first telephone number in a member's note: the policy has no better place for one.
func phoneIn(note string) string {
	const shortest = 6
	for i := 0; i < len(note); i++ {
		if note[i] != '+' && (note[i] < '0' || note[i] > '9') {
			continue
		}
		end, digits := i, 0
		for j := i; j < len(note) && strings.IndexByte("+0123456789 ()-.", note[j]) >= 0; j++ {
			if note[j] >= '0' && note[j] <= '9' {
				digits, end = digits+1, j+1
			}
		}
		if digits >= shortest {
			return note[i:end]
		}
		i = max(i, end)
	}
	return ""
}

// binder is the first part of the binder: who stands behind the duties and the roles.
func (w *paperWorld) binder(version uint64, lang string) *paper.Binder {
	b := &paper.Binder{Policy: version}
	for _, id := range sortedIDs(w.doc.Duties) {
		b.Duties = append(b.Duties, paper.Contacts{Title: orDefault(w.doc.Duties[id].Title.In(lang), id), People: w.duty(id)})
	}
	for _, id := range sortedIDs(w.doc.Roles) {
		b.Roles = append(b.Roles, paper.Contacts{Title: orDefault(w.doc.Roles[id].Title.In(lang), id), People: w.role(id)})
	}
	return b
}
