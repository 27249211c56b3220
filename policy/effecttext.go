package policy

import (
	"fmt"
	"strings"
)

// String is a plain English form, one fact a line, for tests and logs; people are shown words made from the fields.
func (e Effect) String() string {
	var b strings.Builder
	list := func(format string, names []string) {
		for _, name := range names {
			fmt.Fprintf(&b, format+"\n", name)
		}
	}
	list("member %s added", e.MembersAdded)
	list("member %s removed", e.MembersRemoved)
	list("role %s added", e.RolesAdded)
	list("role %s removed", e.RolesRemoved)
	list("safe %s added", e.SafesAdded)
	list("safe %s removed", e.SafesRemoved)
	for _, x := range e.DevicesAdded {
		fmt.Fprintf(&b, "device %s of %s added\n", x.Device, x.Member)
	}
	for _, x := range e.DevicesRemoved {
		fmt.Fprintf(&b, "device %s of %s removed\n", x.Device, x.Member)
	}
	list("%s governs now", e.GovernorsAdded)
	list("%s governs no more", e.GovernorsRemoved)
	if e.ThresholdOld != e.ThresholdNew {
		fmt.Fprintf(&b, "threshold %d, was %d\n", e.ThresholdNew, e.ThresholdOld)
	}
	list("%s audits now", e.AuditorsAdded)
	list("%s audits no more", e.AuditorsRemoved)
	for _, a := range e.Access {
		fmt.Fprintf(&b, "%s on %s:%s%s\n", a.Member, a.Safe, signed(" +", a.Gains), signed(" -", a.Loses))
	}
	for _, g := range e.Generations {
		fmt.Fprintf(&b, "keys of %s:%s%s%s\n", g.Safe, signed(" +", g.Added), signed(" -", g.Retired), map[bool]string{true: " renew"}[g.Renew])
	}
	for _, l := range e.Lines {
		fmt.Fprintf(&b, "%s: %q -> %q\n", l.Path, l.Old, l.New)
	}
	return b.String()
}

func signed[T any](sign string, list []T) string {
	text := ""
	for _, x := range list {
		text += sign + fmt.Sprint(x)
	}
	return text
}
