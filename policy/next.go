package policy

import (
	"fmt"
	"slices"
	"strconv"
)

// CheckNext says what keeps a document from following its parent, whose bytes have the SHA-256 parentHash. The child was
// checked by itself already ([Parse]). Whether enough people signed it is not asked here: see [Signers].
//
// A child of several parents, the merge of a fork, is judged by [CheckMerge]; here it is one problem with CodeMerge.
func CheckNext(parent, child *Document, parentHash string) []Problem {
	c := checker{d: child}
	if child.Version != parent.Version+1 {
		c.at(CodeVersion, strconv.FormatUint(child.Version, 10), fmt.Sprintf("must be %d, one more than the parent's", parent.Version+1), "version")
	}
	switch {
	case !contains(child.Prev, parentHash):
		c.key(CodeParent, parentHash, "does not name the parent", "prev")
	case len(child.Prev) > 1:
		c.key(CodeMerge, "", "a merge is judged with all its parents", "prev")
	}
	if child.Nonce != "" {
		c.key(CodeForbidden, "", "only version 1 has a nonce", "nonce")
	}
	c.keepDevices(parent)
	for _, safe := range child.SafeIDs() {
		c.keepGenerations([]*Document{parent}, safe)
	}
	c.renewals(parent)
	return c.found
}

// keepDevices holds devices to their member and file.
func (c *checker) keepDevices(parent *Document) {
	for _, id := range sorted(c.d.Members) {
		for _, device := range sorted(c.d.Members[id].Devices) {
			if owner, known := parent.MemberOf(device); known {
				c.sameDevice(id, device, owner, parent.Members[owner].Devices[device].File)
			}
		}
	}
}

func (c *checker) sameDevice(member, device, owner, file string) {
	path := []string{"members", member, "devices", device}
	if owner != member {
		c.key(CodeDevice, device, fmt.Sprintf("the device was %s's: another person needs a device of their own", owner), path...)
	}
	if file != c.d.Members[member].Devices[device].File {
		c.at(CodeDevice, device, "the file of a device never changes: new keys are a new device", below(path, "file")...)
	}
}

// keepGenerations lets generations be appended and old ones retired, but never changed, reused or put between. Where
// branches made the same number, a merge of them has both.
func (c *checker) keepGenerations(parents []*Document, safe string) {
	var before []Generation
	newest := uint64(0)
	for _, parent := range parents {
		before = append(before, parent.Generations(safe)...)
		newest = max(newest, parent.Current(safe).Gen)
	}
	used := func(gen uint64) bool {
		return slices.ContainsFunc(before, func(g Generation) bool { return g.Gen == gen })
	}
	path, last := append(sectionOf(safe), "generations"), uint64(0)
	for i, g := range c.d.Generations(safe) {
		gen := strconv.FormatUint(g.Gen, 10)
		switch {
		case slices.Contains(before, g):
		case used(g.Gen):
			c.at(CodeGeneration, gen, fmt.Sprintf("the recipient of generation %s never changes", gen), below(path, index(i), "recipient")...)
		case g.Gen <= newest, g.Gen == last:
			c.at(CodeGeneration, gen, fmt.Sprintf("generation %s is not new: the next is above %d", gen, max(newest, last)), below(path, index(i), "gen")...)
		}
		last = g.Gen
	}
	if now := c.d.Current(safe).Gen; now < newest {
		c.at(CodeGeneration, strconv.FormatUint(now, 10), fmt.Sprintf("generation %d is in use and can't be taken away without a newer one", newest), path...)
	}
}

// sectionOf is where a safe's generations stand.
func sectionOf(safe string) []string {
	switch safe {
	case Catalogue:
		return []string{"catalogue"}
	case Audit:
		return []string{"audit"}
	}
	return []string{"safes", safe}
}

// renewals asks for a new generation, or the mark, where a device lost a safe; the mark goes only with a new generation.
func (c *checker) renewals(parent *Document) {
	lost := LostDevices(parent, c.d)
	for _, safe := range c.d.SafeIDs() {
		if !c.d.stale(parent, safe) {
			continue
		}
		path := append(sectionOf(safe), "renew")
		if parent.Renewing(safe) {
			c.at(CodeRenew, safe, "the mark goes only with a new generation", path...)
		} else if devices := lost[safe]; len(devices) > 0 {
			c.at(CodeRenew, safe, fmt.Sprintf("%s of %s may no longer read %s: a new generation is needed, or `renew: true`",
				devices[0].Device, devices[0].Member, safe), path...)
		}
	}
}

// stale reports a safe that has a key, no newer one than in parent, and no mark.
func (d *Document) stale(parent *Document, safe string) bool {
	before := parent.Current(safe).Gen
	return before > 0 && d.Current(safe).Gen <= before && !d.Renewing(safe)
}

// LostDevices lists, for each safe that child still has, the devices that could hold its keys under parent and may not under child.
func LostDevices(parent, child *Document) map[string][]DeviceOf {
	lost := map[string][]DeviceOf{}
	for _, safe := range child.SafeIDs() {
		still := map[string]bool{}
		for _, device := range child.ReadingDevices(safe) {
			still[device.Device] = true
		}
		gone := slices.DeleteFunc(parent.ReadingDevices(safe), func(x DeviceOf) bool { return still[x.Device] })
		if len(gone) > 0 {
			lost[safe] = gone
		}
	}
	return lost
}
