package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Cause says why something is denied.
type Cause string

// The causes of a denial.
const (
	CauseNone       Cause = ""           // it is allowed
	CauseMember     Cause = "member"     // no such member
	CauseSafe       Cause = "safe"       // no such safe
	CauseCapability Cause = "capability" // no such capability, or not one of this kind of safe
	CauseNoLine     Cause = "no-line"    // no role of the member is named
	CauseNotEnough  Cause = "not-enough" // a role is named, with something else
	CauseNoDevice   Cause = "no-device"  // the member is not admitted yet
)

// A Decision says whether, by which line of the policy, and otherwise whom to ask.
type Decision struct {
	Allowed bool
	Cause   Cause    // of a denial
	Why     string   // the line, like "safes.telephony.access.agent: use"; of a denial: the lines nearest to it
	Ask     []string // of a denial: members with a device who can grant, else governors; never the member itself
	Request bool     // of a denial: the member may request a grant
	For     string   // allowed only by acting: for whom
	Acting  string   // and the id of the acting row
}

// Decide says whether a member has a capability on a safe by its own roles. Capabilities on the vault don't look at
// the safe.
func (d *Document) Decide(member string, c Capability, safe string) Decision {
	return d.DecideAt(member, c, safe, time.Time{})
}

// Allows is whether Decide allows it, without a word why.
func (d *Document) Allows(member string, c Capability, safe string) bool {
	if len(d.Heads) > 0 {
		return !slices.ContainsFunc(d.Heads, func(h *Document) bool { return !h.Allows(member, c, safe) })
	}
	lines, _ := d.lines(member, c, safe, at(time.Time{}))
	return slices.ContainsFunc(lines, gives(c))
}

// DecideAt counts the roles that are handed over at that time too. A member's own roles come first.
func (d *Document) DecideAt(member string, c Capability, safe string, now time.Time) Decision {
	if len(d.Heads) > 0 {
		return d.decideAll(member, c, safe, now)
	}
	lines, cause := d.lines(member, c, safe, at(now))
	for _, l := range lines {
		if !l.gives(c) {
			continue
		}
		decision := Decision{Allowed: true, Why: l.text()}
		if l.acting != nil {
			decision.For, decision.Acting = l.acting.For, l.acting.ID
		}
		return decision
	}
	if cause == CauseNone && len(lines) > 0 {
		cause = CauseNotEnough
	}
	if cause == CauseNone {
		cause = CauseNoLine
	}
	return Decision{Cause: cause, Why: d.nearest(lines, cause, member, c, safe), Ask: d.ask(member, c, safe, now),
		Request: slices.ContainsFunc(lines, gives(Request))}
}

// A line is one line of the policy that gives a member something.
type line struct {
	where  string     // the section that it stands in; of a line of a safe's access: the safe
	role   string     // whose line it is; "" for none
	onSafe bool       // it is a line of a safe's access
	access Access     // on a safe
	vault  Capability // or on the vault
	acting *Acting    // when it is handed over
}

// text is the line as people read it. It is made only when somebody asks:
// most questions are answered by a yes or no.
func (l line) text() string {
	switch {
	case l.role == "":
		return prefix(l.acting) + l.where
	case l.onSafe:
		return fmt.Sprintf("%ssafes.%s.access.%s: %v", prefix(l.acting), l.where, l.role, l.access)
	}
	return prefix(l.acting) + l.where + ": " + l.role
}

func (l line) gives(c Capability) bool { return l.access.Has(c) || l.vault != "" && l.vault == c }

func gives(c Capability) func(line) bool { return func(l line) bool { return l.gives(c) } }

// when chooses acting rows.
type when func(Acting) bool

func at(now time.Time) when { return func(a Acting) bool { return a.Active(now) } }

func anyTime(Acting) bool { return true }

// lines collects what a member is given on a safe, or of a capability on the vault.
func (d *Document) lines(member string, c Capability, safe string, w when) ([]line, Cause) {
	switch {
	case d.Members[member] == nil:
		return nil, CauseMember
	case c.OnVault():
		return d.vaultLines(member, c, w), CauseNone
	case !c.OnSafe() || safe == "":
		return nil, CauseCapability
	case builtIn(safe) && c != Read:
		return nil, CauseCapability
	case safe == Catalogue && len(d.Members[member].Devices) == 0:
		return nil, CauseNoDevice
	case d.Safes[safe] == nil && !builtIn(safe):
		return nil, CauseSafe
	}
	return d.safeLines(member, safe, w), CauseNone
}

// safeLines collects what a member is given on a safe, its own roles first.
func (d *Document) safeLines(member, safe string, w when) []line {
	m := d.Members[member]
	switch {
	case safe == Catalogue && len(m.Devices) > 0:
		return []line{{where: "members." + member + ".devices", access: Use}}
	case safe == Audit:
		return sectionLines("audit.roles", d.Audit.Roles, m.Roles, line{access: Use})
	case d.Safes[safe] == nil:
		return nil
	}
	list := d.accessLines(safe, m.Roles, nil)
	for i := range d.Acting {
		if row := &d.Acting[i]; row.Member == member && w(*row) {
			list = append(list, d.accessLines(safe, row.Roles, row)...)
		}
	}
	return list
}

func (d *Document) accessLines(safe string, roles []string, row *Acting) []line {
	var list []line
	for _, role := range roles {
		if a, ok := d.Safes[safe].Access[role]; ok {
			list = append(list, line{where: safe, role: role, onSafe: true, access: a, acting: row})
		}
	}
	return list
}

// vaultLines collects what gives a capability on the vault. Acting never carries govern or audit.
func (d *Document) vaultLines(member string, c Capability, w when) []line {
	section, roles := d.section(c)
	list := sectionLines(section, roles, d.Members[member].Roles, line{vault: c})
	if c == CanGovern || c == CanAudit {
		return list
	}
	for i := range d.Acting {
		if row := &d.Acting[i]; row.Member == member && w(*row) {
			list = append(list, sectionLines(section, roles, row.Roles, line{vault: c, acting: row})...)
		}
	}
	return list
}

func (d *Document) section(c Capability) (name string, roles []string) {
	switch c {
	case CanGovern:
		return "govern.roles", d.Govern.Roles
	case CanAudit:
		return "audit.roles", d.Audit.Roles
	case CanPublish:
		return "runbooks.publish", d.Runbooks.Publish
	default:
		return "runbooks.approve", d.Runbooks.Approve
	}
}

func sectionLines(section string, roles, has []string, model line) []line {
	var list []line
	for _, role := range has {
		if contains(roles, role) {
			one := model
			one.where, one.role = section, role
			list = append(list, one)
		}
	}
	return list
}

func prefix(row *Acting) string {
	if row == nil {
		return ""
	}
	return "acting." + row.ID + " for " + row.For + ": "
}

// nearest names the place in the policy that a denied member should look at.
func (d *Document) nearest(lines []line, cause Cause, member string, c Capability, safe string) string {
	section, _ := d.section(c)
	switch {
	case len(lines) > 0:
		return join(lines)
	case cause == CauseMember:
		return "members"
	case cause == CauseSafe:
		return "safes"
	case cause == CauseNoDevice:
		return "members." + member
	case c.OnVault():
		return section
	case safe == Audit:
		return "audit.roles"
	case builtIn(safe):
		return safe
	}
	return "safes." + safe + ".access"
}

func join(lines []line) string {
	texts := make([]string, len(lines))
	for i, l := range lines {
		texts[i] = l.text()
	}
	return strings.Join(texts, ", ")
}

// ask lists who can help: members with a device who can grant on the safe now, else the governors.
func (d *Document) ask(member string, c Capability, safe string, now time.Time) []string {
	var list []string
	if c.OnSafe() && d.Safes[safe] != nil {
		list = d.holders(safe, func(other string) bool { return slices.ContainsFunc(d.safeLines(other, safe, at(now)), gives(Grant)) })
		list = slices.DeleteFunc(list, func(other string) bool { return other == member })
	}
	if len(list) == 0 {
		list = slices.DeleteFunc(d.Governors(), func(other string) bool { return other == member })
	}
	return list
}

// Caps lists what a member may do on a safe by its own roles, and by which lines; nothing when there is nothing.
func (d *Document) Caps(member, safe string) (caps []Capability, via string) {
	return d.CapsAt(member, safe, time.Time{})
}

// CapsAt counts the roles that are handed over at that time too.
func (d *Document) CapsAt(member, safe string, now time.Time) (caps []Capability, via string) {
	return d.caps(member, safe, at(now))
}

func (d *Document) caps(member, safe string, w when) ([]Capability, string) {
	if len(d.Heads) > 0 {
		_, via := d.Heads[0].caps(member, safe, w)
		return inAll(d, func(h *Document) []Capability { caps, _ := h.caps(member, safe, w); return caps }), via
	}
	lines, _ := d.lines(member, Read, safe, w)
	var all Access
	for _, l := range lines {
		all |= l.access
	}
	return all.List(), join(lines)
}

// A Holding is what one member may do on one safe, and by which lines of the policy.
type Holding struct {
	Member, Safe string
	Caps         []Capability
	Via          string
}

// Who lists everybody with a capability on a safe at that time (the zero time: by own roles only), sorted by member.
func (d *Document) Who(safe string, now time.Time) []Holding {
	var list []Holding
	for _, member := range sorted(d.Members) {
		if caps, via := d.CapsAt(member, safe, now); len(caps) > 0 {
			list = append(list, Holding{member, safe, caps, via})
		}
	}
	return list
}

// What lists the safes on which a member has a capability at that time (the zero time: by own roles only), sorted, the built-in ones last.
func (d *Document) What(member string, now time.Time) []Holding {
	var list []Holding
	for _, safe := range d.SafeIDs() {
		if caps, via := d.CapsAt(member, safe, now); len(caps) > 0 {
			list = append(list, Holding{member, safe, caps, via})
		}
	}
	return list
}
