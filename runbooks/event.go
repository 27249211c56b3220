package runbooks

import (
	"strings"
	"time"
	"unicode/utf8"
)

// An EventKind says what happened. Its text is [a-z-]{1,16}.
type EventKind string

// The kinds of events, with the fields of [Event] that each uses besides Kind, Time and Actor. docs/runs.md says when each
// may come and what follows from it.
const (
	EventStarted      EventKind = "started"      // Runbook, Digest, Rules, Mode
	EventEntered      EventKind = "entered"      // Step
	EventAcknowledged EventKind = "acknowledged" // Step
	EventInput        EventKind = "input"        // Step ("" before the first), Name, Value
	EventTicked       EventKind = "ticked"       // Step, Check
	EventSeconded     EventKind = "seconded"     // Step, Name; Signed: a signature, else a typed name; Value of a signature: the line up to which the run was read
	EventSkipped      EventKind = "skipped"      // Step, Reason: its checks are left out
	EventFailed       EventKind = "failed"       // Step, Reason: what was to be done in it did not work
	EventDecided      EventKind = "decided"      // Step, Answer
	EventStepDone     EventKind = "step-done"    // Step
	EventRepeated     EventKind = "repeated"     // Step: a reminder was followed
	EventNoted        EventKind = "noted"        // Step, Text
	EventRevealed     EventKind = "revealed"     // Step, Path, Fields: never values
	EventPaused       EventKind = "paused"       // Reason, may be empty
	EventResumed      EventKind = "resumed"      //
	EventDone         EventKind = "done"         // Target: "#end" or "runbook:slug"
	EventAborted      EventKind = "aborted"      // Reason

	EventTimerRang EventKind = "timer-rang" // Step, Number, Due
	EventTimerOff  EventKind = "timer-off"  // Step, Number, Due, Reason, may be empty

	EventCalled     EventKind = "called"      // Step, Target, Answer: reached or no-answer, Name: who
	EventEscalated  EventKind = "escalated"   // Step, Target, Reason, Name: who
	EventEvidence   EventKind = "evidence"    // Step, Name, Value: SHA-256, Text: the file's base name, Size
	EventNoticeSent EventKind = "notice-sent" // Step, Number, Name: the channel

	EventCommandStarted EventKind = "command-started" // Step, Number, Digest of the block's text
	EventCommandEnded   EventKind = "command-ended"   // Step, Number, Exit, Answer: ok, failed, timeout, not-started
	EventCommandSettled EventKind = "command-settled" // Step, Number, Answer: finished or not-finished
	EventByHand         EventKind = "by-hand"         // Step, Number, Reason: network, asked, refused, drill

	EventBeside        EventKind = "beside"         // Step: what somebody else does meanwhile, Name: who
	EventBesideDone    EventKind = "beside-done"    // Step, Name
	EventBesideDropped EventKind = "beside-dropped" // Step, Reason

	EventClosing    EventKind = "closing"     // Target: the end it goes to, Reason of an abort
	EventUndoBegun  EventKind = "undo-begun"  // Step: of the rollback phase
	EventUndoWaived EventKind = "undo-waived" // Step: of the rollback phase, Reason

	EventOffered   EventKind = "offered"   // Name: to whom, Text: the brief
	EventWithdrawn EventKind = "withdrawn" //
	EventAccepted  EventKind = "accepted"  // by whom it was offered to; Signed: how far they had read
	EventTaken     EventKind = "taken"     // Reason, Signed: how far they had read

	EventToPaper   EventKind = "to-paper"   // Reason
	EventFromPaper EventKind = "from-paper" // Witness
)

// ModeDrill is the Mode of a run for practice.
const ModeDrill = "drill"

// The answers of events that have one of a fixed set.
const (
	AnswerReached     = "reached"      // called
	AnswerNoAnswer    = "no-answer"    // called
	AnswerOK          = "ok"           // command-ended
	AnswerFailed      = "failed"       // command-ended
	AnswerTimeout     = "timeout"      // command-ended
	AnswerNotStarted  = "not-started"  // command-ended
	AnswerFinished    = "finished"     // command-settled
	AnswerNotFinished = "not-finished" // command-settled
)

// Why a command is done by hand.
const (
	ByHandNetwork = "network" // it needs a network, and there is none
	ByHandAsked   = "asked"   // the person prefers to
	ByHandRefused = "refused" // nothing runs commands here, or not those of this text
	ByHandDrill   = "drill"   // a drill runs none
)

// An Event is one line of a run's journal.
type Event struct {
	Kind    EventKind `json:"kind"`
	Time    time.Time `json:"time"`
	Actor   string    `json:"actor"`
	Runbook string    `json:"runbook,omitempty"`
	Digest  string    `json:"digest,omitempty"`
	Rules   int       `json:"rules,omitempty"` // of started: 0 before there were commands and closings
	Mode    string    `json:"mode,omitempty"`  // of started: "drill"
	Step    string    `json:"step,omitempty"`
	Check   int       `json:"check,omitempty"`
	Number  int       `json:"number,omitempty"` // of a command, a notice or a timer in its step, each from 1
	Name    string    `json:"name,omitempty"`
	Value   string    `json:"value,omitempty"`
	Answer  string    `json:"answer,omitempty"`
	Target  string    `json:"target,omitempty"`
	Reason  string    `json:"reason,omitempty"`
	Text    string    `json:"text,omitempty"`
	Path    string    `json:"path,omitempty"`
	Fields  []string  `json:"fields,omitempty"`
	Exit    *int      `json:"exit,omitempty"`
	Size    int64     `json:"size,omitempty"`
	Signed  string    `json:"signed,omitempty"` // "<device>:<seq>": another device's line that this one rests on

	Due        *time.Time `json:"due,omitempty"`
	HappenedAt *time.Time `json:"happened_at,omitempty"` // on paper; Time is when it was brought back
	Witness    string     `json:"witness,omitempty"`     // who stands for what was brought back
}

// When is the time at which it happened: for what was brought back from paper not that of the line.
func (e Event) When() time.Time {
	if e.HappenedAt != nil {
		return *e.HappenedAt
	}
	return e.Time
}

// MaxText is the longest text that a person can put into a run (an input, a reason, a note), in bytes.
const MaxText = 2000

// cleanText trims what a person typed and refuses what can't be kept: nothing, too much, or characters that can't be shown.
func cleanText(s string) (string, error) {
	s = strings.TrimSpace(s)
	_, _, bad := unsafeRune(s)
	switch {
	case s == "":
		return "", ErrEmpty
	case len(s) > MaxText:
		return "", ErrTextTooLong
	case bad || !utf8.ValidString(s):
		return "", ErrTextUnsafe
	}
	return s, nil
}

// keepable reports a text that [cleanText] could have let through: in a journal that somebody's own program wrote there may be
// anything.
func keepable(s string) bool {
	_, err := cleanText(s)
	return err == nil
}
