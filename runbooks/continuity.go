package runbooks

import (
	"cmp"
	"slices"
	"time"
)

// A Timer runs since the step with its link was entered. It outlives the step.
type Timer struct {
	Step   string
	Number int    // of the timer: link in its step, from 1
	Text   string // of the link
	Due    time.Time
}

// A Beside is a step that somebody else does while the run is elsewhere.
type Beside struct {
	Step  string
	Name  string // who
	Since time.Time
	Ended time.Time // zero while it is open
}

// An Offer is a run that is offered to somebody else, who may accept it.
type Offer struct {
	To   string // member id
	Text string // the brief
	Time time.Time
}

// A Handover is a change of the run's owner.
type Handover struct {
	From, To string
	Taken    bool   // without an offer: to be looked at
	Text     string // the brief of the offer, or the reason of the take
	Signed   string // "<device>:<seq>": how far the new owner had read
	Time     time.Time
}

// OnPaper says since when the run was on paper, and who stands for what was brought back.
type OnPaper struct {
	Since   time.Time
	Until   time.Time // zero while it is on paper
	Reason  string
	Witness string
	Last    time.Time // when the newest thing that was brought back happened
}

// An UndoStatus says whether what a step did is to be taken back.
type UndoStatus string

// The states of an Undo; a step without one, or that was not done, has none.
const (
	UndoPending UndoStatus = "pending"
	UndoDone    UndoStatus = "done"
	UndoWaived  UndoStatus = "waived"
)

// An Undo is a step of the rollback phase that is to be done before the run ends, or waived.
type Undo struct {
	Step  string   // of the rollback phase
	Of    []string // the steps that it takes back, the newest first
	Since time.Time
}

// Undoing is an Undo that is under way.
type Undoing struct {
	Step   string // of the rollback phase, with which it began
	Back   string // step that the run returns to, "" at its end
	Target string // where the run goes afterwards, where Back is ""
	Since  time.Time
	Why    string // why a part of it was left out, "" if none was
}

// Closing says where a run ends when nothing is pending any more.
type Closing struct {
	Target string // "#end", "#abort", "runbook:slug"
	Reason string // of an abort
	Step   string // where it was stopped by an abort
	Since  time.Time
}

// Undos are what is to be taken back, the newest first.
func (s State) Undos() []Undo {
	var done []string
	for id, st := range s.Steps {
		if st.Undo == UndoPending {
			done = append(done, id)
		}
	}
	slices.SortFunc(done, func(a, b string) int {
		return cmp.Or(cmp.Compare(s.Steps[b].undoAt, s.Steps[a].undoAt), cmp.Compare(a, b))
	})
	var list []Undo
	for _, id := range done {
		st := s.Steps[id]
		i := slices.IndexFunc(list, func(u Undo) bool { return u.Step == st.UndoStep })
		if i < 0 {
			i, list = len(list), append(list, Undo{Step: st.UndoStep, Since: st.UndoSince})
		}
		list[i].Of = append(list[i].Of, id)
	}
	return list
}

// Open are the steps that others are doing now.
func (s State) Open() []Beside {
	var list []Beside
	for _, b := range s.Besides {
		if b.Ended.IsZero() {
			list = append(list, b)
		}
	}
	return list
}

// What a run waits for.
const (
	WaitsNot     = ""        // it has ended, or was not started
	WaitsPerson  = "person"  // for the person's next answer
	WaitsSecond  = "second"  // for the second person
	WaitsTimer   = "timer"   // for a timer of its step; it may be answered earlier
	WaitsNetwork = "network" // it goes on by hand, because there is no network
)
