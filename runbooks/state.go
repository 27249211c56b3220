package runbooks

import "time"

// A Status is the state of a run.
type Status string

// The states of a run.
const (
	StatusNone    Status = ""        // not started
	StatusOpen    Status = "open"    // started, no step begun
	StatusActive  Status = "active"  // in a step, or between two
	StatusPaused  Status = "paused"  //
	StatusClosing Status = "closing" // at its end, with something to take back or somebody still at work
	StatusPaper   Status = "paper"   // goes on on paper
	StatusDone    Status = "done"    // came to an #end, or went on in another runbook
	StatusAborted Status = "aborted" //
)

// A State is what follows from the events of a run. It is a value: [State.Apply] returns another.
type State struct {
	Status  Status
	Rules   int // by which the run goes; 0: before there were commands and closings
	Drill   bool
	Runbook string
	Digest  string
	Owner   string // whose run it is
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

	Timers    []Timer    // that run or have not been heard yet, in the order in which they began
	Besides   []Beside   // what others do meanwhile, and what they did in steps that the run has not come to
	Undoing   *Undoing   // what is being taken back; nil: nothing
	Closing   *Closing   // where the run is about to end; nil: nowhere yet
	Offer     *Offer     // of the run to somebody else; nil: none
	Handovers []Handover // who had the run before
	Paper     *OnPaper   // how the run last was on paper; nil: never

	paused time.Time            // since when
	due    map[string]time.Time // of the steps with a Repeat that are under way
}

// Elapsed is the time that the run has taken up to now, pauses included.
func (s State) Elapsed(now time.Time) time.Duration {
	return between(s.Started, s.Ended, now)
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
	if s.Over() || len(s.due) == 0 {
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
