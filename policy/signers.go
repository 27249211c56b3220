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
	return !slices.ContainsFunc(Signers(parent, child, devices), func(n Need) bool { return !n.Met() })
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
