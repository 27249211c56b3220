package policy

import (
	"fmt"
	"slices"
	"strconv"
)

// CheckMerge says what keeps a document from joining several heads, whose bytes have these hashes, and which grew apart
// from base. What one of them took since then may not come back: people, devices, roles of people, access, safes. A safe
// for which several made keys apart from one another gets a new one, or the mark. Whether enough people signed it is not
// asked here: see [SignersOf].
func CheckMerge(base *Document, heads []*Document, child *Document, hashes []string) []Problem {
	c := checker{d: child}
	newest := uint64(0)
	for _, h := range heads {
		newest = max(newest, h.Version)
	}
	if child.Version != newest+1 {
		c.at(CodeVersion, strconv.FormatUint(child.Version, 10), fmt.Sprintf("must be %d, one more than the highest parent's", newest+1), "version")
	}
	want := slices.Sorted(slices.Values(hashes))
	if !slices.Equal(child.Prev, want) {
		c.key(CodeParent, "", "does not name the parents in ascending order", "prev")
	}
	for _, safe := range child.SafeIDs() {
		c.keepGenerations(heads, safe)
	}
	for _, h := range heads {
		c.keepDevices(h)
		c.renewals(h)
	}
	c.apart(heads)
	c.takenStays(base, heads)
	return c.found
}

// apart asks for a new key, or the mark, where the heads have no key in common.
func (c *checker) apart(heads []*Document) {
	all := Stricter(heads...)
	for _, safe := range c.d.SafeIDs() {
		newest, there := uint64(0), true
		for _, h := range heads {
			newest = max(newest, h.Current(safe).Gen)
			there = there && h.Generations(safe) != nil
		}
		if _, same := all.KeyOfAll(safe); there && !same && c.d.Current(safe).Gen <= newest && !c.d.Renewing(safe) {
			c.at(CodeRenew, safe, fmt.Sprintf("the parents have different keys of %s: a new generation is needed, or `renew: true`", safe), append(sectionOf(safe), "renew")...)
		}
	}
}

// takenStays refuses what a head took since base and the merge has again.
func (c *checker) takenStays(base *Document, heads []*Document) {
	before := base.grants()
	now := c.d.grants()
	for _, h := range heads {
		left := h.grants()
		for _, what := range sorted(now) {
			if before[what] && !left[what] {
				c.at(CodeMerge, what, fmt.Sprintf("%s was taken on one side, and a merge does not give it back", what))
			}
		}
	}
}

// grants lists, as words, everything that a document gives and that a head may take.
func (d *Document) grants() map[string]bool {
	all := map[string]bool{}
	list := func(what string, ids []string) {
		for _, id := range ids {
			all[what+" "+id] = true
		}
	}
	list("govern.roles", d.Govern.Roles)
	list("audit.roles", d.Audit.Roles)
	list("runbooks.publish", d.Runbooks.Publish)
	list("runbooks.approve", d.Runbooks.Approve)
	list("safe", sorted(d.Safes))
	list("role", sorted(d.Roles))
	for id, m := range d.Members {
		all["member "+id] = true
		list("member "+id+" role", m.Roles)
		list("member "+id+" device", sorted(m.Devices))
	}
	for id, s := range d.Safes {
		for role, access := range s.Access {
			for _, capability := range access.List() {
				all[fmt.Sprintf("safe %s %s for %s", id, capability, role)] = true
			}
		}
	}
	return all
}
