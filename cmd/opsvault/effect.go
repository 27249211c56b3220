package main

import (
	"fmt"
	"io"
	"strings"

	"opsvault/policy"
)

// printEffectTo says what a change of policy means for people, who gains and who loses what, one fact a line.
func (c *call) printEffectTo(w io.Writer, e policy.Effect) {
	if e.Empty() {
		fmt.Fprintln(w, c.text("effect.none"))
		return
	}
	each := func(key textKey, name string, ids []string) {
		for _, id := range ids {
			fmt.Fprintln(w, "  "+c.text(key, name, id))
		}
	}
	each("effect.member-added", "member", e.MembersAdded)
	each("effect.member-removed", "member", e.MembersRemoved)
	each("effect.role-added", "role", e.RolesAdded)
	each("effect.role-removed", "role", e.RolesRemoved)
	each("effect.safe-added", "safe", e.SafesAdded)
	each("effect.safe-removed", "safe", e.SafesRemoved)
	for _, d := range e.DevicesAdded {
		fmt.Fprintln(w, "  "+c.text("effect.device-added", "member", d.Member, "label", orDefault(d.Label, d.Device)))
	}
	for _, d := range e.DevicesRemoved {
		fmt.Fprintln(w, "  "+c.text("effect.device-removed", "member", d.Member, "label", orDefault(d.Label, d.Device)))
	}
	each("effect.governs", "member", e.GovernorsAdded)
	each("effect.governs-not", "member", e.GovernorsRemoved)
	each("effect.audits", "member", e.AuditorsAdded)
	each("effect.audits-not", "member", e.AuditorsRemoved)
	if e.ThresholdOld != e.ThresholdNew {
		fmt.Fprintln(w, "  "+c.text("effect.threshold", "old", e.ThresholdOld, "new", e.ThresholdNew))
	}
	c.printAccess(w, e)
	c.printLines(w, e)
}

// printAccess says who gains and loses what. Entries count while their author may write (docs/format.md, section 9), so
// who loses that takes along what they wrote: that must be known before it happens.
func (c *call) printAccess(w io.Writer, e policy.Effect) {
	for _, a := range e.Access {
		if strings.HasPrefix(a.Safe, "@") {
			continue // follows from membership and from the auditors, which are named above
		}
		if len(a.Gains) > 0 {
			fmt.Fprintln(w, "  + "+c.text("effect.gains", "member", a.Member, "caps", capWords(a.Gains), "safe", a.Safe))
		}
		if len(a.Loses) > 0 {
			fmt.Fprintln(w, "  - "+c.text("effect.loses", "member", a.Member, "caps", capWords(a.Loses), "safe", a.Safe))
		}
	}
}

// printLines prints the changed lines where nothing above speaks of them: titles, notes, limits, duties.
func (c *call) printLines(w io.Writer, e policy.Effect) {
	for _, l := range e.Lines {
		if !isRule(l.Path) {
			continue
		}
		fmt.Fprintf(w, "  %s\n", c.text("effect.line", "path", l.Path, "old", orDash(l.Old), "new", orDash(l.New)))
	}
}

func isRule(path string) bool {
	for _, covered := range []string{".generations", ".devices."} {
		if strings.Contains(path, covered) {
			return false
		}
	}
	return true
}
