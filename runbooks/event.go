package runbooks

import (
	"strings"
	"time"
	"unicode/utf8"
)

// An EventKind says what happened. Its text is [a-z-]{1,16}.
type EventKind string

// The kinds of events, with the fields of [Event] that each uses besides Kind, Time and Actor.
const (
	EventStarted      EventKind = "started"      // Runbook, Digest
	EventEntered      EventKind = "entered"      // Step
	EventAcknowledged EventKind = "acknowledged" // Step
	EventInput        EventKind = "input"        // Step ("" before the first), Name, Value
	EventTicked       EventKind = "ticked"       // Step, Check
	EventSeconded     EventKind = "seconded"     // Step, Name: the second person's typed name, unsigned
	EventSkipped      EventKind = "skipped"      // Step, Reason: its checks are left out
	EventDecided      EventKind = "decided"      // Step, Answer
	EventStepDone     EventKind = "step-done"    // Step
	EventRepeated     EventKind = "repeated"     // Step: a reminder was followed
	EventNoted        EventKind = "noted"        // Step, Text
	EventRevealed     EventKind = "revealed"     // Step, Path, Fields: never values
	EventPaused       EventKind = "paused"       // Reason, may be empty
	EventResumed      EventKind = "resumed"      //
	EventDone         EventKind = "done"         // Target: "#end" or "runbook:slug"
	EventAborted      EventKind = "aborted"      // Reason
)

// An Event is one line of a run's journal.
type Event struct {
	Kind    EventKind `json:"kind"`
	Time    time.Time `json:"time"`
	Actor   string    `json:"actor"`
	Runbook string    `json:"runbook,omitempty"`
	Digest  string    `json:"digest,omitempty"`
	Step    string    `json:"step,omitempty"`
	Check   int       `json:"check,omitempty"`
	Name    string    `json:"name,omitempty"`
	Value   string    `json:"value,omitempty"`
	Answer  string    `json:"answer,omitempty"`
	Target  string    `json:"target,omitempty"`
	Reason  string    `json:"reason,omitempty"`
	Text    string    `json:"text,omitempty"`
	Path    string    `json:"path,omitempty"`
	Fields  []string  `json:"fields,omitempty"`
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
