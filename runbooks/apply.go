package runbooks

import (
	"slices"
	"time"
)

// Apply returns the state after an event, or an [*OrderError] and the state as it was. It looks at nothing but its
// arguments: the same events give the same state everywhere.
func (s State) Apply(book *Runbook, e Event) (State, error) {
	next := s.clone()
	if err := next.take(book, e); err != nil {
		return s, &OrderError{e.Kind, s.Step, err}
	}
	return next, nil
}

// Replay rebuilds a state from a run's events. With an error the state is not one that the run was in.
func Replay(book *Runbook, events []Event) (State, error) {
	if len(events) == 0 {
		return State{}, nil
	}
	s := State{}.clone()
	for _, e := range events {
		step := s.Step
		if err := s.take(book, e); err != nil {
			return s, &OrderError{e.Kind, step, err}
		}
	}
	return s, nil
}

// clone copies what an event changes.
func (s State) clone() State {
	s.Steps, s.Inputs, s.due = cloned(s.Steps), cloned(s.Inputs), cloned(s.due)
	s.Timers, s.Besides = slices.Clone(s.Timers), slices.Clone(s.Besides)
	return s
}

// take changes the state, which nobody else holds.
func (s *State) take(book *Runbook, e Event) error {
	if e.Kind == EventStarted {
		if err := s.start(book, e); err != nil {
			return err
		}
	} else if err := s.admits(book, e); err != nil {
		return err
	} else if err := s.apply(book, e); err != nil {
		return err
	}
	s.Events++
	s.Actor = e.Actor
	if e.Time.After(s.Last) {
		s.Last = e.Time
	}
	if e.HappenedAt != nil {
		s.brought(*e.HappenedAt)
	}
	return nil
}

// admits says whether such an event may come at all in the state in which the run is.
func (s *State) admits(book *Runbook, e Event) error {
	switch {
	case s.Status == StatusNone:
		return ErrNotStarted
	case s.Over():
		return ErrEnded
	case s.Digest != book.Digest:
		return ErrWrongBook
	case e.Actor != s.Owner && !byOthers(e):
		return ErrNotOwner
	case e.Kind == EventInput && !keepable(e.Value):
		return ErrTextUnsafe // it goes into commands and onto clipboards
	case e.HappenedAt != nil && !s.couldHappen(e):
		return ErrHappened
	case s.Status == StatusPaused && !inPause(e.Kind):
		return ErrPaused
	case s.Status == StatusPaper && !onPaper(e.Kind):
		return ErrOnPaper
	}
	return nil
}

// byOthers are the events that somebody who is not the owner may bring about: taking the run over, and signing as the
// second person.
func byOthers(e Event) bool {
	switch e.Kind {
	case EventAccepted, EventTaken:
		return true
	case EventSeconded:
		return e.Signed != ""
	}
	return false
}

func inPause(kind EventKind) bool {
	switch kind {
	case EventResumed, EventNoted, EventClosing, EventAborted, EventOffered, EventWithdrawn, EventAccepted, EventTaken:
		return true
	}
	return false
}

func onPaper(kind EventKind) bool {
	switch kind {
	case EventResumed, EventNoted, EventFromPaper, EventOffered, EventWithdrawn, EventAccepted, EventTaken:
		return true
	}
	return false
}

func (s *State) apply(book *Runbook, e Event) error {
	switch e.Kind {
	case EventNoted:
		return nil
	case EventResumed:
		s.resume(e.Time)
		return nil
	case EventPaused:
		s.Status, s.Reason, s.paused = StatusPaused, e.Reason, e.Time
		return nil
	case EventInput:
		return s.input(book, e)
	case EventEntered:
		return s.enter(book, e)
	case EventRepeated:
		return s.repeat(book, e)
	case EventTimerRang, EventTimerOff:
		return s.timer(e)
	case EventBeside, EventBesideDone, EventBesideDropped:
		return s.beside(book, e)
	case EventUndoBegun, EventUndoWaived:
		return s.undo(e)
	case EventClosing:
		return s.close(book, e)
	case EventDone:
		return s.finish(e)
	case EventAborted:
		return s.abort(book, e)
	case EventOffered, EventWithdrawn, EventAccepted, EventTaken:
		return s.own(e)
	case EventToPaper, EventFromPaper:
		return s.paper(e)
	}
	return s.inStep(book, e)
}

func (s *State) start(book *Runbook, e Event) error {
	steps := book.Steps()
	switch {
	case s.Status != StatusNone:
		return ErrStarted
	case e.Digest != book.Digest:
		return ErrWrongBook
	case len(steps) == 0:
		return ErrUnknownStep
	case e.Rules < 0 || e.Rules > rules || e.Mode != "" && e.Mode != ModeDrill:
		return ErrUnknown
	}
	s.Status, s.Runbook, s.Digest, s.Started = StatusOpen, e.Runbook, e.Digest, e.Time
	s.Rules, s.Drill, s.Owner = e.Rules, e.Mode == ModeDrill, e.Actor
	s.Target = "#" + steps[0].ID
	for _, step := range steps {
		if step.Repeat != nil && step.Repeat.First > 0 {
			s.due[step.ID] = e.Time.Add(step.Repeat.First)
		}
	}
	return nil
}

// resume ends a pause, or goes on where the program was killed.
func (s *State) resume(now time.Time) {
	if s.Status != StatusPaused {
		return
	}
	pause := max(0, now.Sub(s.paused))
	s.Pauses += pause
	s.stoppedFor(s.Step, pause)
	s.Reason = ""
	s.Status = s.live()
}

// stoppedFor takes a while out of the time of a step.
func (s *State) stoppedFor(step string, d time.Duration) {
	if st, ok := s.Steps[step]; ok {
		st.Paused += d
		s.Steps[step] = st
	}
}

// live is the status of a run that is neither paused nor on paper.
func (s *State) live() Status {
	switch {
	case s.Closing != nil:
		return StatusClosing
	case len(s.Steps) == 0:
		return StatusOpen
	}
	return StatusActive
}

func (s *State) input(book *Runbook, e Event) error {
	if s.Step == "" && s.Status == StatusOpen && e.Step == "" {
		for _, ask := range book.Meta.Inputs {
			if ask.Name == e.Name {
				s.Inputs[e.Name] = e.Value
				return nil
			}
		}
		return ErrNoInput
	}
	return s.inStep(book, e)
}

// missing is the first input of the front matter that is not set, or nil.
func (s *State) missing(book *Runbook) *Ask {
	for i, ask := range book.Meta.Inputs {
		if _, set := s.Inputs[ask.Name]; !set {
			return &book.Meta.Inputs[i]
		}
	}
	return nil
}

func (s *State) repeat(book *Runbook, e Event) error {
	step := book.Step(e.Step)
	if step == nil {
		return ErrUnknownStep
	}
	if _, under := s.due[step.ID]; !under || step.Repeat == nil {
		return ErrNoReminder
	}
	s.due[step.ID] = e.When().Add(step.Repeat.Every)
	return nil
}
