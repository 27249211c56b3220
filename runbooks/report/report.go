// Package report tells what happened in a run: who did what and when, what was answered, noted, opened, run, left out, taken
// back and handed over, on whose word, and how long it took against how long it was to take.
//
// [Build] makes a [Report] of a woven run; it is plain data, and its JSON form is for scripts. [Markdown] and [HTML] write it
// for people, in the [Words] of the caller. A report holds what people typed, and the paths and fields of credentials that
// were opened; values of credentials are in no journal, so they can't be in a report. Everything in it was written by
// somebody else: what is put out is escaped for the form that it is put out in.
//
// The package reads no file, no clock and no environment.
package report

import (
	"time"

	"opsvault/runbooks"
)

// A Source is what a report is made of.
type Source struct {
	Run, Slug string
	Version   uint64
	Digest    string            // of the text, 64 hex digits
	Book      *runbooks.Runbook // nil where the text is not here: steps have no titles then
	Woven     runbooks.Woven
	Damage    []string // what could not be read, in words
	Now       time.Time
}

// A Report is what happened in one run. Times are those at which things happened, also on paper.
type Report struct {
	Run      string `json:"run"`
	Slug     string `json:"slug"`
	Version  uint64 `json:"version"`
	Title    string `json:"title"`
	Digest   string `json:"digest"`
	State    string `json:"state"`
	Drill    bool   `json:"drill"`
	By       string `json:"by"`
	Owner    string `json:"owner"`
	Target   string `json:"target,omitempty"` // what it ended with
	Reason   string `json:"reason,omitempty"` // of an abort or a pause
	Started  *Time  `json:"started,omitempty"`
	Ended    *Time  `json:"ended,omitempty"`
	Seconds  int    `json:"seconds"` // up to its end, or up to now
	Paused   int    `json:"paused_seconds"`
	Estimate int    `json:"estimate_seconds"` // 0: none

	Attention   []Flag       `json:"attention"` // what somebody should look at
	People      []Person     `json:"people"`
	Steps       []Step       `json:"steps"`
	Inputs      []Input      `json:"inputs"`
	Credentials []Credential `json:"credentials"`
	Commands    []Command    `json:"commands"`
	Evidence    []Evidence   `json:"evidence"`
	Calls       []Call       `json:"calls"`
	Notices     []Notice     `json:"notices"`
	Handovers   []Handover   `json:"handovers"`
	Paper       []Paper      `json:"paper"`
	Timeline    []Entry      `json:"timeline"`
	Asides      []Entry      `json:"asides"` // what doesn't count, with why
}

// A Time is written in UTC, to the second.
type Time struct{ time.Time }

// MarshalJSON writes RFC 3339.
func (t Time) MarshalJSON() ([]byte, error) {
	return []byte(`"` + t.UTC().Format(time.RFC3339) + `"`), nil
}

func at(t time.Time) *Time {
	if t.IsZero() {
		return nil
	}
	return &Time{t}
}

// A Flag is something to look at. Its code is stable.
type Flag struct {
	Code string `json:"code"`
	Step string `json:"step,omitempty"`
	Who  string `json:"who,omitempty"`
	Text string `json:"text,omitempty"`
	Time *Time  `json:"time,omitempty"`
	N    int    `json:"n,omitempty"`
}

// The codes of flags.
const (
	FlagTaken     = "taken"           // the run was taken over without an offer: Who, Text is the reason
	FlagUnsigned  = "unsigned-second" // a second person's name was typed: Who
	FlagFailed    = "failed"          // a step did not work: Text
	FlagSkipped   = "skipped"         // Text
	FlagWaived    = "waived"          // what was to be taken back was not: Text
	FlagPending   = "undo-pending"    // and it is still to be taken back
	FlagUnsettled = "unsettled"       // a command began, and nobody knows whether it ended
	FlagCommand   = "command-failed"  // and was not done otherwise: Text is how it ended
	FlagBeside    = "beside-dropped"  // Text
	FlagPaper     = "paper"           // lines on somebody's word: Who, N
	FlagAsides    = "asides"          // lines that don't count: N
	FlagGap       = "gap"             // lines of a device are missing: Who, Text
	FlagDamage    = "damage"          // a journal that could not be read: Text
	FlagNewer     = "newer"           // lines of a newer opsvault
	FlagLate      = "late"            // it took longer than planned: N percent
)

// A Person took part.
type Person struct {
	Member  string   `json:"member"`
	Devices []string `json:"devices"`
	Events  int      `json:"events"`
	Owned   bool     `json:"owned"`
	First   Time     `json:"first"`
	Last    Time     `json:"last"`
}

// A Step is what became of a step.
type Step struct {
	Step         string   `json:"step"`
	Number       int      `json:"number,omitempty"`
	Title        string   `json:"title,omitempty"`
	State        string   `json:"state"` // done, failed, skipped, undone, active, not-taken
	By           []string `json:"by"`
	Visits       int      `json:"visits"`
	Entered      *Time    `json:"entered,omitempty"` // first
	Left         *Time    `json:"left,omitempty"`    // last
	Seconds      int      `json:"seconds"`           // of all visits, without pauses
	Estimate     int      `json:"estimate_seconds"`  // of one visit; 0: none
	Done         int      `json:"checks_done"`
	Checks       int      `json:"checks"`
	Answers      []string `json:"answers"`
	Reason       string   `json:"reason,omitempty"` // why it was skipped or failed
	Second       string   `json:"second,omitempty"`
	SecondSigned bool     `json:"second_signed,omitempty"`
	Undo         string   `json:"undo,omitempty"` // pending, done, waived
	Waived       string   `json:"waived,omitempty"`
	Rollback     bool     `json:"rollback,omitempty"`
}

// An Input is a value that was noted down.
type Input struct {
	Step  string `json:"step,omitempty"`
	Name  string `json:"name"`
	Value string `json:"value"`
	By    string `json:"by"`
	Time  *Time  `json:"time"`
}

// A Credential was opened: which, never what it is.
type Credential struct {
	Step   string   `json:"step"`
	Path   string   `json:"path"`
	Fields []string `json:"fields"`
	By     string   `json:"by"`
	Time   *Time    `json:"time"`
}

// A Command is one try of a block, or that it was done by hand.
type Command struct {
	Step    string `json:"step"`
	Number  int    `json:"number"`
	Digest  string `json:"digest,omitempty"` // of the block's text
	Outcome string `json:"outcome"`          // ok, failed, timeout, not-started, finished, not-finished, by-hand, unknown
	Exit    *int   `json:"exit,omitempty"`
	Reason  string `json:"reason,omitempty"` // why by hand
	By      string `json:"by"`
	Time    *Time  `json:"time"`
	Seconds int    `json:"seconds"`
}

// Evidence is a file that was kept elsewhere; the digest proves which.
type Evidence struct {
	Step   string `json:"step"`
	Name   string `json:"name"`
	File   string `json:"file"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	By     string `json:"by"`
	Time   *Time  `json:"time"`
}

// A Call was made, or something was escalated.
type Call struct {
	Step      string `json:"step"`
	Target    string `json:"target"`
	Name      string `json:"name,omitempty"`
	Answer    string `json:"answer,omitempty"` // reached, no-answer
	Escalated bool   `json:"escalated,omitempty"`
	Reason    string `json:"reason,omitempty"`
	By        string `json:"by"`
	Time      *Time  `json:"time"`
}

// A Notice was sent by a channel.
type Notice struct {
	Step    string `json:"step"`
	Number  int    `json:"number"`
	Channel string `json:"channel"`
	By      string `json:"by"`
	Time    *Time  `json:"time"`
}

// A Handover changed the owner.
type Handover struct {
	From   string `json:"from"`
	To     string `json:"to"`
	Taken  bool   `json:"taken"` // without an offer
	Text   string `json:"text,omitempty"`
	Signed string `json:"signed,omitempty"`
	Time   *Time  `json:"time"`
}

// Paper is a time in which the run went on on paper.
type Paper struct {
	From    *Time  `json:"from"`
	Until   *Time  `json:"until,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Witness string `json:"witness,omitempty"`
	Events  int    `json:"events"` // that were brought back
}

// An Entry is a line of a journal.
type Entry struct {
	Device string       `json:"device"`
	Seq    uint64       `json:"seq"`
	Member string       `json:"member"`
	Why    runbooks.Why `json:"why,omitempty"` // of an aside
	runbooks.Event
}
