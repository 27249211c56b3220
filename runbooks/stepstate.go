package runbooks

import (
	"maps"
	"time"
)

// A StepStatus is the state of a step.
type StepStatus string

// The states of a step. One that a run has not come to has no state and is pending, or, when the run has ended, not taken.
const (
	StepActive  StepStatus = "active"
	StepDone    StepStatus = "done"
	StepFailed  StepStatus = "failed"
	StepSkipped StepStatus = "skipped"
	StepUndone  StepStatus = "undone" // was done, and taken back
)

// A StepState is what is known of a step that the run has come to. A loop that comes to it again begins it anew.
type StepState struct {
	Status       StepStatus
	Visits       int
	Ticked       map[int]bool
	Set          map[string]bool // inputs set in this visit
	Acknowledged bool
	Second       string // the second person's name
	SecondSigned string // their signed line, "<device>:<seq>"; "": a typed name
	Answer       string
	Reason       string // why its checks were skipped, or why it failed
	Failed       bool   // it did not work
	Beside       string // who did its checks beside the run
	Commands     map[int]Command
	Calls        []Call
	Evidence     []Evidence
	Sent         map[int][]string // channels of its notices
	Undo         UndoStatus
	UndoStep     string    // of the rollback phase, that takes it back
	UndoSince    time.Time // since when it is to be taken back
	Waived       string    // why it is not taken back
	Entered      time.Time
	Ended        time.Time     // zero while active
	Paused       time.Duration // of the time since it was entered
	rules        int
	undoAt       int // how many events there were before UndoSince: clocks are coarse
}

// Elapsed is the time that the step's last visit has taken up to now, without the pauses.
func (s StepState) Elapsed(now time.Time) time.Duration {
	return max(0, between(s.Entered, s.Ended, now)-s.Paused)
}

// A Command is what is known of a run fence in one visit of its step.
type Command struct {
	Status CommandStatus
	Exit   int    // of the last try
	Tries  int    // how often it was started
	Reason string // why it is done by hand
}

// A CommandStatus is the state of a command; one that was not touched has none.
type CommandStatus string

// The states of a command.
const (
	CommandStarted     CommandStatus = "started" // no result: the program was killed in the middle
	CommandOK          CommandStatus = AnswerOK
	CommandFailed      CommandStatus = AnswerFailed
	CommandTimeout     CommandStatus = AnswerTimeout
	CommandNotStarted  CommandStatus = AnswerNotStarted
	CommandFinished    CommandStatus = AnswerFinished    // as the person says
	CommandNotFinished CommandStatus = AnswerNotFinished // as the person says
	CommandByHand      CommandStatus = "by-hand"
)

// Done reports a command that did what it was to do.
func (c Command) Done() bool { return c.Status == CommandOK || c.Status == CommandFinished }

// Again reports a command that may be started (again): it has not been, or it is known that it did not do it.
func (c Command) Again() bool {
	switch c.Status {
	case "", CommandFailed, CommandTimeout, CommandNotStarted, CommandByHand:
		return true
	}
	return false
}

// A Call is somebody who was called, or to whom a step was escalated.
type Call struct {
	Target  string // "call:role:lead", "escalate:lead"
	Name    string // who
	Reached bool   // of a call
	Reason  string // of an escalation
	Time    time.Time
}

// Evidence is a file that was kept; only its digest is in the run.
type Evidence struct {
	Name   string // of the evidence: link
	Digest string // SHA-256, 64 hex digits
	File   string // base name
	Size   int64
}

// clone copies what most events change; what few do they copy themselves.
func (s StepState) clone() StepState {
	s.Ticked, s.Set = cloned(s.Ticked), cloned(s.Set)
	return s
}

// cloned is a copy that can be written to.
func cloned[K comparable, V any](m map[K]V) map[K]V {
	if m == nil {
		return map[K]V{}
	}
	return maps.Clone(m)
}
