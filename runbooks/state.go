package runbooks

import (
	"maps"
	"time"
)

// A Status is the state of a run.
type Status string

// The states of a run.
const (
	StatusNone    Status = ""        // not started
	StatusOpen    Status = "open"    // started, no step begun
	StatusActive  Status = "active"  // in a step, or between two
	StatusPaused  Status = "paused"  //
	StatusDone    Status = "done"    // came to an #end, or went on in another runbook
	StatusAborted Status = "aborted" //
)

// A StepStatus is the state of a step.
type StepStatus string

// The states of a step. One that a run has not come to has no state and is pending, or, when the run has ended, not taken.
const (
	StepActive  StepStatus = "active"
	StepDone    StepStatus = "done"
	StepSkipped StepStatus = "skipped"
)

// A State is what follows from the events of a run. It is a value: [State.Apply] returns another.
type State struct {
	Status  Status
	Runbook string
	Digest  string
	Actor   string // who did the last thing
	Step    string // id of the step that the run is in, "" before the first, between two and at the end
	Target  string // where to go next while Step is "": "#id", "#end", "#abort", "runbook:slug"; what it ended with
	Reason  string // of the pause or the abort
	Steps   map[string]StepState
	Inputs  map[string]string
	Started time.Time
	Ended   time.Time
	Last    time.Time // of the newest event
	Events  int       // how many there were
	Pauses  time.Duration
	paused  time.Time            // since when
	due     map[string]time.Time // of the steps with a Repeat that are under way
}

// A StepState is what is known of a step that the run has come to. A loop that comes to it again begins it anew.
type StepState struct {
	Status       StepStatus
	Visits       int
	Ticked       map[int]bool
	Set          map[string]bool // inputs set in this visit
	Acknowledged bool
	Second       string // the second person's name
	Answer       string
	Reason       string // why its checks were skipped
	Entered      time.Time
	Ended        time.Time     // zero while active
	Paused       time.Duration // of the time since it was entered
}

// Elapsed is the time that the run has taken up to now, pauses included.
func (s State) Elapsed(now time.Time) time.Duration {
	return between(s.Started, s.Ended, now)
}

// Elapsed is the time that the step's last visit has taken up to now, without the pauses.
func (s StepState) Elapsed(now time.Time) time.Duration {
	return max(0, between(s.Entered, s.Ended, now)-s.Paused)
}

func between(from, to, now time.Time) time.Duration {
	if from.IsZero() {
		return 0
	}
	if to.IsZero() {
		to = now
	}
	return max(0, to.Sub(from))
}

// A Reminder is a step that is to be repeated.
type Reminder struct {
	Step *Step
	Due  time.Time
}

// Reminders are the repeated steps that are under way, in the order of the text.
func (s State) Reminders(book *Runbook) []Reminder {
	var list []Reminder
	if s.Over() {
		return nil
	}
	for _, step := range book.Steps() {
		if due, ok := s.due[step.ID]; ok {
			list = append(list, Reminder{step, due})
		}
	}
	return list
}

// Over reports a run that has ended, one way or another.
func (s State) Over() bool { return s.Status == StatusDone || s.Status == StatusAborted }

// clone copies what Apply changes.
func (s State) clone() State {
	s.Steps = maps.Clone(s.Steps)
	s.Inputs = maps.Clone(s.Inputs)
	s.due = maps.Clone(s.due)
	if s.Steps == nil {
		s.Steps, s.Inputs, s.due = map[string]StepState{}, map[string]string{}, map[string]time.Time{}
	}
	return s
}

func (s StepState) clone() StepState {
	s.Ticked = maps.Clone(s.Ticked)
	s.Set = maps.Clone(s.Set)
	if s.Ticked == nil {
		s.Ticked = map[int]bool{}
	}
	if s.Set == nil {
		s.Set = map[string]bool{}
	}
	return s
}
