package audit

import (
	"cmp"
	"slices"
	"time"

	"opsvault/vault/chain"
)

// Codes of findings that come from holding logs, files and policy against one
// another. Those of a chain by itself are in package chain.
const (
	MissingWrite chain.Code = "MISSING_WRITE" // the announcing line names another statement, or a statement that was here is gone
	AfterRemoval chain.Code = "AFTER_REMOVAL" // an event that names a policy at or after its device's removal
	Equivocation chain.Code = "EQUIVOCATION"  // two files claim one name
	Rollback     chain.Code = "ROLLBACK"      // something older than what was seen here
)

// Codes of notes.
const (
	Incomplete  chain.Code = "INCOMPLETE"  // an announced write without its statement
	Unwitnessed chain.Code = "UNWITNESSED" // events that no other member's device has seen
	UnknownFile chain.Code = "UNKNOWN"     // a file of no known form, or made by a newer opsvault
)

// A Finding is one thing that a person should look at.
type Finding struct {
	Code   chain.Code
	Device string // whose log or file it is; empty: nobody's
	Member string // the device's owner: whom to ask
	File   string // relative to the vault
	Line   int    // of that file; 0: the file as a whole
	Count  uint64 // where the code counts something
	Detail string // in English, for logs and experts; words for people are made from the code
}

// A Device is what a verification found of one device's log.
type Device struct {
	Device  string
	Member  string
	Events  uint64
	First   time.Time
	Last    time.Time
	Settled uint64 // events that another member's device has witnessed
	Proven  bool
}

// A Report is the outcome of a verification.
type Report struct {
	Events   uint64
	Devices  []Device
	Files    int // statements that were verified
	Findings []Finding
	Notes    []Finding
}

// OK reports that nothing was found.
func (r *Report) OK() bool { return len(r.Findings) == 0 }

// Sort puts findings and notes in the order of their files and lines.
func (r *Report) Sort() {
	order := func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Code, b.Code))
	}
	slices.SortStableFunc(r.Findings, order)
	slices.SortStableFunc(r.Notes, order)
}
