// Package policy says who may do what in a vault: the document that people read and sign, the rules that its next
// version must keep, decisions and their reasons, and what a change means for people. It is pure: no disk, no
// cryptography, no clock.
//
// A [Document] is one version. [Parse] reads it strictly and names line and column of every fault; [Document.Encode]
// writes it so that Parse gives an equal document back. docs/policy.md lists every key.
//
// A member is a person, a device one of that person's machines, with keys of its own. Members have roles; a safe's
// access names what each role may do there: read, write (which includes read), grant (likewise: who grants
// a credential seals it again and so has opened it) and request. Access is the union of what a member's roles
// give; nothing denies. The vault itself has the capabilities govern, audit, publish and approve, given to roles by the
// sections of those names. Two safes are built in: [Catalogue], which every member with a device reads, and [Audit],
// which the audit roles read.
//
// An acting row hands roles of one member to another for a window. It counts for decisions inside its window,
// which is why those have a form that takes the time, and it never carries govern or audit.
//
// A generation is one period of a safe's key. Generations are only appended, and whoever loses a safe, or a device
// that read it, makes the next version start a new one or mark the safe `renew`.
package policy

// The safes that every vault has.
const (
	Catalogue = "@catalogue"
	Audit     = "@audit"
)

// Limits of a document.
const (
	MaxSize        = 4 << 20 // bytes
	MaxVersion     = 999_999
	MaxGeneration  = 999_999
	MaxMembers     = 1_000
	MaxDevices     = 16 // of one member
	MaxRoles       = 100
	MaxSafes       = 200
	MaxDuties      = 1_000
	MaxActing      = 200
	MaxGenerations = 1_000 // of one safe, in use
	MaxPrev        = 16
	MaxText        = 128   // bytes of a name, title or label (label: 64)
	MaxNote        = 4_096 // bytes
	MaxQuorum      = 10    // holders
)
