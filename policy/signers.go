package policy

import "slices"

// A Need is a number of governors who must sign, and who of them did.
type Need struct {
	Threshold int
	Of        []string // the governors of one version, sorted
	Signed    []string // those of them whose signature is there, sorted
	New       bool     // of the child (which changes governors or threshold), not of the parent
}

// Met reports that enough have signed.
func (n Need) Met() bool { return len(n.Signed) >= n.Threshold }

// Missing is how many must still sign, and who can.
func (n Need) Missing() (left int, who []string) {
	for _, member := range n.Of {
		if !contains(n.Signed, member) {
			who = append(who, member)
		}
	}
	return max(0, n.Threshold-len(n.Signed)), who
}

// Signers says who must sign a version, and what the signatures of these devices are worth: the threshold of the
// parent's governors and, where the child changes the governors or the threshold, the child's threshold of its own. A person counts once,
// whatever number of devices; a device counts for the member who has it in the version whose governors are counted. Version
// 1 (a nil parent) is signed by one governor that it names.
func Signers(parent, child *Document, devices []string) []Need {
	if parent == nil {
		return []Need{need(child, 1, devices, true)}
	}
	needs := []Need{need(parent, parent.Govern.Threshold, devices, false)}
	if parent.Govern.Threshold != child.Govern.Threshold || !slices.Equal(parent.Governors(), child.Governors()) {
		needs = append(needs, need(child, child.Govern.Threshold, devices, true))
	}
	return needs
}

// Signed reports that every need of [Signers] is met.
func Signed(parent, child *Document, devices []string) bool {
	return Met(Signers(parent, child, devices))
}

func need(d *Document, threshold int, devices []string, isNew bool) Need {
	n := Need{Threshold: max(1, threshold), Of: d.Governors(), New: isNew}
	for _, device := range devices {
		if member, ok := d.MemberOf(device); ok && contains(n.Of, member) && !contains(n.Signed, member) {
			n.Signed = append(n.Signed, member)
		}
	}
	slices.Sort(n.Signed)
	return n
}

// SignersOf is [Signers] for a version with any number of parents. A merge needs the highest threshold of its parents, of
// people who govern under all of them, by devices that all of them name; and, where its governors or its threshold are not
// those of every parent, its own threshold of its own.
func SignersOf(parents []*Document, child *Document, devices []string) []Need {
	switch len(parents) {
	case 0:
		return Signers(nil, child, devices)
	case 1:
		return Signers(parents[0], child, devices)
	}
	needs := []Need{agreement(parents, devices)}
	if slices.ContainsFunc(parents, func(p *Document) bool {
		return p.Govern.Threshold != child.Govern.Threshold || !slices.Equal(p.Governors(), child.Governors())
	}) {
		needs = append(needs, need(child, child.Govern.Threshold, devices, true))
	}
	return needs
}

// Met reports that every need is met.
func Met(needs []Need) bool {
	return !slices.ContainsFunc(needs, func(n Need) bool { return !n.Met() })
}

// Agreed reports whether the signatures of these devices are those of enough people who can govern under both heads: then
// what they signed makes a fork, and is no leftover of somebody who governs no longer.
func Agreed(a, b *Document, devices []string) bool {
	return agreement([]*Document{a, b}, devices).Met()
}

func agreement(heads []*Document, devices []string) Need {
	d := Stricter(heads...)
	return need(d, d.Govern.Threshold, devices, false)
}
