package vaulttest

import "slices"

// Attack is something done to a World by somebody who must not succeed.
type Attack struct {
	// Name is that of its folder in testdata/hostile, whose attack.md says who
	// does what and what must come of it. The function is named alike:
	// EntryTruncated for entry-truncated.
	Name string
	Do   func(*World) error
}

// Attacks are all attacks.
func Attacks() []Attack {
	return slices.Concat(frameAttacks(), headerAttacks(), signatureAttacks(), sealedAttacks(), placeAttacks(),
		announcementAttacks(), textAttacks(), linkAttacks(), policyAttacks(), keyAttacks(), logAttacks(), vaultAttacks())
}
