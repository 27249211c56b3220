package runbooks

import "time"

// Apply returns the state after an event, or an [*OrderError] and the state as it was. It looks at nothing but its
// arguments: the same events give the same state everywhere.
func (s State) Apply(book *Runbook, e Event) (State, error) {
	next := s.clone()
	if err := next.apply(book, e); err != nil {
		return s, &OrderError{e.Kind, s.Step, err}
	}
	next.Events++
	next.Actor = e.Actor
	if e.Time.After(next.Last) {
		next.Last = e.Time
	}
	return next, nil
}

// Replay rebuilds a state from a run's events.
func Replay(book *Runbook, events []Event) (State, error) {
	var s State
	for _, e := range events {
		var err error
		if s, err = s.Apply(book, e); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (s *State) apply(book *Runbook, e Event) error {
	switch {
	case e.Kind == EventStarted:
		return s.start(book, e)
	case s.Status == StatusNone:
		return ErrNotStarted
	case s.Over():
		return ErrEnded
	case s.Digest != book.Digest:
		return ErrWrongBook
	}
	switch e.Kind {
	case EventResumed:
		return s.resume(e)
	case EventAborted:
		s.Status, s.Reason, s.Ended, s.Target = StatusAborted, e.Reason, e.Time, "#"+abortID
		return nil
	case EventNoted:
		return nil
	case EventPaused:
		if s.Status == StatusPaused {
			return ErrPaused
		}
		s.Status, s.Reason, s.paused = StatusPaused, e.Reason, e.Time
		return nil
	}
	if s.Status == StatusPaused {
		return ErrPaused
	}
	switch e.Kind {
	case EventInput:
		return s.input(book, e)
	case EventEntered:
		return s.enter(book, e)
	case EventDone:
		return s.finish(e)
	case EventRepeated:
		return s.repeat(book, e)
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
	}
	s.Status, s.Runbook, s.Digest, s.Started = StatusOpen, e.Runbook, e.Digest, e.Time
	s.Target = "#" + steps[0].ID
	for _, step := range steps {
		if step.Repeat != nil && step.Repeat.First > 0 {
			s.due[step.ID] = e.Time.Add(step.Repeat.First)
		}
	}
	return nil
}

// resume ends a pause, or goes on where the program was killed.
func (s *State) resume(e Event) error {
	if s.Status == StatusPaused {
		pause := max(0, e.Time.Sub(s.paused))
		s.Pauses += pause
		if st, ok := s.Steps[s.Step]; ok {
			st.Paused += pause
			s.Steps[s.Step] = st
		}
		s.Status, s.Reason = StatusActive, ""
		if len(s.Steps) == 0 {
			s.Status = StatusOpen
		}
	}
	return nil
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

func (s *State) enter(book *Runbook, e Event) error {
	step := book.Step(e.Step)
	switch {
	case s.Step != "":
		return ErrWrongStep
	case step == nil:
		return ErrUnknownStep
	case s.Target != "#"+e.Step:
		return ErrWrongStep
	case s.Status == StatusOpen && s.missing(book) != nil:
		return ErrNotNow
	}
	visits := s.Steps[step.ID].Visits + 1
	s.Steps[step.ID] = StepState{Status: StepActive, Visits: visits, Entered: e.Time}
	s.Status, s.Step, s.Target = StatusActive, step.ID, ""
	for _, other := range book.Steps() {
		if other.Repeat != nil && other.Repeat.Until != nil && other.Repeat.Until.Value == step.ID {
			delete(s.due, other.ID)
		}
	}
	return nil
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

// finish ends the run at the end that its last step led to.
func (s *State) finish(e Event) error {
	if s.Step != "" || s.Target == "" || s.Target != e.Target || s.Target == "#"+abortID || s.Target[0] == '#' && s.Target != "#"+endID {
		return ErrNotNow
	}
	s.Status, s.Ended = StatusDone, e.Time
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
	s.due[step.ID] = e.Time.Add(step.Repeat.Every)
	return nil
}

// inStep takes the events that belong to the step that the run is in.
func (s *State) inStep(book *Runbook, e Event) error {
	step := book.Step(s.Step)
	if step == nil || e.Step != s.Step {
		return ErrWrongStep
	}
	st := s.Steps[s.Step].clone()
	if err := st.apply(step, e); err != nil {
		return err
	}
	switch e.Kind {
	case EventInput:
		s.Inputs[e.Name] = e.Value
	case EventStepDone:
		s.leave(book, step, &st, e.Time)
	}
	s.Steps[step.ID] = st
	return nil
}

// leave closes a step and says where the run goes.
func (s *State) leave(book *Runbook, step *Step, st *StepState, now time.Time) {
	st.Ended, st.Status = now, StepDone
	if st.Reason != "" {
		st.Status = StepSkipped
	}
	if step.Repeat != nil && st.Status == StepDone {
		s.due[step.ID] = now.Add(step.Repeat.Every)
	}
	s.Step, s.Target = "", "#"+endID
	for _, e := range newFlow(book).out[step] {
		if e.answer == st.Answer {
			switch {
			case e.to != nil:
				s.Target = "#" + e.to.ID
			case e.target != nil:
				s.Target = e.target.String()
			}
		}
	}
}
