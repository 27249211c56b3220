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
	Refused      chain.Code = "REFUSED"       // a signed file that breaks a rule: its author had not the right, or it follows another version than it may
	Unreadable   chain.Code = "UNREADABLE"    // the system doesn't let the file be read, so nothing is known about it
)

// Codes of notes.
const (
	Incomplete  chain.Code = "INCOMPLETE"  // an announced write without its statement
	Late        chain.Code = "LATE"        // events of a removed device beyond what the removal's signers saw, under older rules
	Unwitnessed chain.Code = "UNWITNESSED" // events that no other member's device has seen
	UnknownFile chain.Code = "UNKNOWN"     // a file of no known form, or made by a newer opsvault
)

// FindingCodes returns the codes of all findings, NoteCodes those of all notes.
func FindingCodes() []chain.Code {
	return []chain.Code{
		chain.Edit, chain.Gap, chain.Truncated, chain.Fork, chain.BadKey, chain.Time,
		MissingWrite, AfterRemoval, Equivocation, Rollback, Refused, Unreadable,
	}
}

// NoteCodes: see FindingCodes.
func NoteCodes() []chain.Code {
	return []chain.Code{chain.Torn, chain.UnsignedTail, chain.InTransit, Incomplete, Late, Unwitnessed, UnknownFile}
}

// A Finding is one thing that a person should look at. A note has the same
// form, and nobody is to blame for it.
type Finding struct {
	Code   chain.Code
	Device string // whose log or file it is; empty: nobody's
	Member string // the device's owner: whom to ask
	File   string // relative to the vault, or to the local state of it
	Local  bool   // File lies in the local state of this machine
	Line   int    // of that file; 0: the file as a whole
	Count  uint64 // how many, where the code counts something
	Other  string // another file, or line of one, that says the contrary; empty: none
	Detail string // in English, for experts; words for people are made from the code
}

// MaxFindings bounds the findings of a report, and its notes: a directory full
// of junk is not worth a gigabyte of notes.
const MaxFindings = 1000

// A Device is what a verification found of one device's log.
type Device struct {
	Device  string
	Member  string
	Events  uint64 // that a signed head covers
	First   time.Time
	Last    time.Time
	Settled uint64 // events that another member's device has witnessed
	Proven  bool
}

// A Report is the outcome of a verification.
type Report struct {
	Events   uint64
	Devices  []Device
	Files    int // that were verified, now or before
	Journals int
	Findings []Finding // at most MaxFindings
	Notes    []Finding // at most MaxFindings
	Dropped  int       // findings and notes beyond that
}

// OK reports that nothing was found.
func (r *Report) OK() bool { return len(r.Findings) == 0 }

// Find adds a finding, Note a note.
func (r *Report) Find(f Finding) { r.add(&r.Findings, f) }

// Note: see Find.
func (r *Report) Note(f Finding) { r.add(&r.Notes, f) }

func (r *Report) add(list *[]Finding, f Finding) {
	if len(*list) < MaxFindings {
		*list = append(*list, f)
		return
	}
	r.Dropped++
}

// Sort puts findings and notes in the order of their files and lines.
func (r *Report) Sort() {
	order := func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Code, b.Code))
	}
	slices.SortStableFunc(r.Findings, order)
	slices.SortStableFunc(r.Notes, order)
}

// Activity is what was done in a span of time, in numbers.
type Activity struct {
	Opened  int      // secrets that were handed out
	Refused int      // that the policy refused
	Written int      // versions of entries, done
	Members []string // who opened secrets, sorted
	Taken   int      // runs that somebody took over without an offer
}

// Add counts one line.
func (a *Activity) Add(l *chain.Line) {
	switch {
	case l.Op == "secret.reveal" && l.Result == chain.Denied:
		a.Refused++
	case l.Op == "secret.reveal":
		a.Opened++
		if at, found := slices.BinarySearch(a.Members, l.Actor); !found {
			a.Members = slices.Insert(a.Members, at, l.Actor)
		}
	case l.Op == "run.take":
		a.Taken++
	case entryOf(l.Op, l.Object) != "" && l.Result == chain.Done:
		a.Written++
	}
}
