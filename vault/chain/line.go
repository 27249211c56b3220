package chain

import (
	"encoding/base64"
	"strconv"
	"time"

	"opsvault/vault/statement"
)

// Limits of format.md, section 1 and 7.
const (
	MaxLine         = 16 << 10            // bytes of a line, with its LF
	MaxSegment      = 256 << 10           // bytes of a segment
	MaxSegmentLines = 1024                // lines of a segment
	MaxValue        = 128                 // bytes of a value
	MaxSeq          = 999_999_999_999_999 // 15 digits: exact in a float64 too
	maxSegments     = 999_999
	maxPolicy       = 999_999
)

// timeLayout is the form of `ts`. All texts of it have one width, so they
// compare like the times that they stand for.
const timeLayout = "2006-01-02T15:04:05.000Z"

// Result is the value of `res`.
type Result string

// The results of format.md, section 7.
const (
	OK     Result = "ok"
	Intent Result = "intent" // an announcement
	Done   Result = "done"   // its outcome; Ref names it
	Failed Result = "failed"
	Denied Result = "denied"
)

// A Draft is what a caller says in a line; the chain adds the rest.
type Draft struct {
	Actor     string         // member id
	For       string         // member id, or empty
	Op        string         // e.g. "secret.reveal"
	Object    string         // empty is written as "-"
	Policy    uint64         // 1 to 999,999
	Result    Result         //
	Grant     string         // id, or empty
	Statement statement.Hash // zero: none
	Ref       uint64         // seq of an earlier line, or 0
	Run       string         // run id, or empty
	Heads     []SignedHead   // of OpWitness, and of no other: 1 to 16, by device
	Details   map[string]any // what only auditors read; nil: none. See SealDetails
}

// A Line is one line as it is stored.
type Line struct {
	Device    string
	Seq       uint64
	Prev      statement.Hash
	Time      time.Time // UTC, whole milliseconds
	Actor     string
	For       string
	Op        string
	Object    string
	Policy    uint64
	Result    Result
	Grant     string
	Statement statement.Hash
	Ref       uint64
	Run       string
	Heads     string // of OpWitness: see Witnessed
	Sealed    string // base64; empty: no details

	Raw     string         // the stored bytes, LF included: what is hashed
	Hash    statement.Hash // of Raw
	Segment uint64         // number of its segment; 0 from ParseLine
}

// Bound returns the part of the line that its sealed details are bound to:
// its bytes before `,"sealed"`. For a line without details it is empty.
func (l *Line) Bound() string {
	if l.Sealed == "" {
		return ""
	}
	return l.Raw[:len(l.Raw)-len(`,"sealed":"`)-len(l.Sealed)-len("\"}\n")]
}

// encoder writes lines down. It trusts its caller to have checked the draft.
type encoder struct {
	device string
	seq    uint64
	prev   statement.Hash
	time   time.Time
}

// appendBound appends the line for d up to where `,"sealed"` would begin.
func (e encoder) appendBound(b []byte, d *Draft) []byte {
	object := d.Object
	if object == "" {
		object = "-"
	}
	b = append(b, `{"v":1,"dev":"`...)
	b = append(b, e.device...)
	b = append(b, `","seq":`...)
	b = strconv.AppendUint(b, e.seq, 10)
	b = append(b, `,"prev":"`...)
	b = appendHex(b, &e.prev)
	b = append(b, `","ts":"`...)
	b = e.time.AppendFormat(b, timeLayout)
	b = append(b, `","actor":"`...)
	b = append(b, d.Actor...)
	b = appendText(b, `","for":"`, d.For)
	b = append(b, `","op":"`...)
	b = append(b, d.Op...)
	b = append(b, `","obj":"`...)
	b = append(b, object...)
	b = append(b, `","pol":`...)
	b = strconv.AppendUint(b, d.Policy, 10)
	b = append(b, `,"res":"`...)
	b = append(b, d.Result...)
	b = appendText(b, `","grant":"`, d.Grant)
	if !d.Statement.IsZero() {
		b = append(b, `","stmt":"`...)
		b = appendHex(b, &d.Statement)
	}
	b = append(b, '"')
	if d.Ref != 0 {
		b = append(b, `,"ref":`...)
		b = strconv.AppendUint(b, d.Ref, 10)
	}
	if d.Run != "" {
		b = append(b, `,"run":"`...)
		b = append(b, d.Run...)
		b = append(b, '"')
	}
	if len(d.Heads) > 0 {
		b = append(b, `,"heads":"`...)
		b = appendHeads(b, d.Heads)
		b = append(b, '"')
	}
	return b
}

// finish appends the rest of a line whose bound part is b.
func finish(b []byte, sealed []byte) []byte {
	if sealed != nil {
		b = append(b, `,"sealed":"`...)
		b = base64.StdEncoding.AppendEncode(b, sealed)
		b = append(b, '"')
	}
	return append(b, '}', '\n')
}

// appendText appends a key (which begins by closing the value before) and an
// open value, if there is one.
func appendText(b []byte, key, value string) []byte {
	if value == "" {
		return b
	}
	b = append(b, key...)
	return append(b, value...)
}

func appendHex(b []byte, h *statement.Hash) []byte {
	const digits = "0123456789abcdef"
	for _, c := range h {
		b = append(b, digits[c>>4], digits[c&15])
	}
	return b
}

// check refuses drafts that would not make a valid line.
func (d *Draft) check(seq uint64) error {
	texts := []struct {
		key, value string
		optional   bool
	}{
		{"actor", d.Actor, false}, {"for", d.For, true}, {"op", d.Op, false}, {"obj", d.Object, true},
		{"grant", d.Grant, true}, {"run", d.Run, true},
	}
	for _, t := range texts {
		if t.value == "" && t.optional {
			continue
		}
		if !isValue(t.value) {
			return &DraftError{Key: t.key, Why: "want 1 to 128 of A-Z a-z 0-9 @ : . _ -"}
		}
	}
	switch {
	case d.Policy < 1 || d.Policy > maxPolicy:
		return &DraftError{Key: "pol", Why: "want 1 to 999999"}
	case !isResult(string(d.Result)):
		return &DraftError{Key: "res", Why: "want ok, intent, done, failed or denied"}
	case d.Ref >= seq && d.Ref != 0:
		return &DraftError{Key: "ref", Why: "want the seq of an earlier line"}
	}
	return d.checkHeads()
}

// isValue reports whether s may stand in a line as it is.
func isValue(s string) bool {
	return len(s) > 0 && len(s) <= MaxValue && all([]byte(s), plain)
}

func isResult(s string) bool {
	switch Result(s) {
	case OK, Intent, Done, Failed, Denied:
		return true
	}
	return false
}
