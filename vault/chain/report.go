package chain

import "fmt"

// Code is the kind of a finding or a note, as docs and users name it.
type Code string

// Findings: somebody changed something, or a device lied.
const (
	Edit      Code = "EDIT"      // bytes that the head covers are not what they were
	Gap       Code = "GAP"       // lines are missing before others that are there
	Truncated Code = "TRUNCATED" // shorter than what was verified before, or, of an original, than its head
	Fork      Code = "FORK"      // the device's key signed two histories
	BadKey    Code = "BADKEY"    // signed with another key, or made by another device
	Time      Code = "TIME"      // a line is earlier than the one before
)

// Notes: an honest power cut, or a copy carried halfway, looks like this.
const (
	Torn         Code = "TORN"          // half a line beyond the head
	UnsignedTail Code = "UNSIGNED_TAIL" // lines beyond the head
	InTransit    Code = "IN_TRANSIT"    // a copy shorter than its head
)

// Why says what a finding is about, for a caller that puts it into words.
type Why string

// The reasons of findings and notes.
const (
	WhyHead       Why = "head"        // the head file is not a sound statement about this chain (Err says why), or only a part of one
	WhySignature  Why = "signature"   // the head is not signed by this device
	WhyNoHead     Why = "no-head"     // there are lines, or there were, but there is no head
	WhyOldHead    Why = "old-head"    // the head covers less than was verified before (Have < Want lines)
	WhyTwoHeads   Why = "two-heads"   // Heads are both signed and exclude one another
	WhyMalformed  Why = "malformed"   // not a canonical line; Err says why
	WhyDevice     Why = "device"      // the line names another device
	WhySeq        Why = "seq"         // the line has number Have, not Want
	WhyPrev       Why = "prev"        // the line does not name the one before: one of the two was changed
	WhyPinned     Why = "pinned"      // the line at which the segment differs from what was verified before
	WhyHeadLine   Why = "head-line"   // the last line is not the one that the head names
	WhySegment    Why = "segment"     // the segment is missing
	WhyShort      Why = "short"       // the segment has Have bytes, not Want
	WhyLimit      Why = "limit"       // the segment is over its limits
	WhyBackwards  Why = "backwards"   // the line is earlier than the one before
	WhyHeadTime   Why = "head-time"   // the head names another time than the last line
	WhyBeyondHead Why = "beyond-head" // what lies there is not covered by the head
)

// A Finding is something in a chain that should not be, or a note about it.
type Finding struct {
	Code       Code
	Why        Why
	File       string   // as named in the Source
	Line       int      // 1-based line of the file; 0: the file as a whole
	Seq        uint64   // number of that line in the chain; 0: none
	Have, Want uint64   // where Why says so
	Err        error    // where Why says so
	Heads      [][]byte // of FORK: the two head files, as evidence
}

// String is for logs and tests.
func (f Finding) String() string {
	return fmt.Sprintf("%s %s:%d (%s, seq %d)", f.Code, f.File, f.Line, f.Why, f.Seq)
}

// maxFindings bounds the list of a report. Only TIME repeats.
const maxFindings = 100

// A Report is what Verify found.
type Report struct {
	// Proven: the hashes lead from genesis, or from the State given, to a head
	// signed by the device. All lines that the head covers are what the device
	// wrote. A chain without lines and without a head is proven, too.
	Proven bool
	// Head is the signed head, if it is sound; Size 0 otherwise.
	Head Head
	// State is what is proven and without findings, to be kept: the one given
	// if Verify proved nothing newer. Nil if nothing was ever proven.
	State *State
	// Lines is the number of lines that were read.
	Lines    uint64
	Findings []Finding // at most 100
	Notes    []Finding
}

func (r *Report) find(f Finding) {
	if len(r.Findings) < maxFindings {
		r.Findings = append(r.Findings, f)
	}
}

func (r *Report) note(f Finding) { r.Notes = append(r.Notes, f) }

// sameHead reports whether two heads fix the same content.
func sameHead(a, b Head) bool {
	return a.Size == b.Size && a.Last == b.Last && a.Segment == b.Segment && a.Length == b.Length
}
