package runbooks

import (
	"slices"
	"strings"
	"time"
)

// enter begins a step: its timers start, and reminders that last until it end.
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
	now, before := e.When(), s.Steps[step.ID]
	st := StepState{Status: StepActive, Visits: before.Visits + 1, Entered: now, Beside: s.doneBeside(step.ID), rules: s.Rules}
	st.stillOwes(before)
	s.Steps[step.ID] = st
	s.Step, s.Target = step.ID, ""
	s.Status = s.live()
	s.startTimers(step, now)
	for id := range s.due {
		if other := book.Step(id); other != nil && other.Repeat.Until != nil && other.Repeat.Until.Value == step.ID {
			delete(s.due, id)
		}
	}
	return nil
}

// inStep takes the events that belong to the step that the run is in.
func (s *State) inStep(book *Runbook, e Event) error {
	step := book.Step(s.Step)
	if step == nil || e.Step != s.Step {
		return ErrWrongStep
	}
	if s.openBeside(s.Step) >= 0 && e.Kind != EventRevealed {
		return ErrBeside
	}
	if s.Drill && !drillAllows(step, e) {
		return ErrDrill
	}
	if e.Kind == EventSeconded {
		if e.Actor != s.Owner {
			e.Name = e.Actor // their own line
		}
		if strings.EqualFold(e.Name, s.Owner) {
			return ErrSamePerson
		}
	}
	st := s.Steps[s.Step].clone()
	if err := st.apply(step, e); err != nil {
		return err
	}
	s.Steps[step.ID] = st
	switch e.Kind {
	case EventInput:
		s.Inputs[e.Name] = e.Value
	case EventStepDone:
		s.leave(book, step, e.When())
	}
	return nil
}

// leave closes a step and says where the run goes.
func (s *State) leave(book *Runbook, step *Step, now time.Time) {
	st := s.Steps[step.ID]
	switch {
	case st.Failed:
		st.Status = StepFailed
	case st.Reason != "":
		st.Status = StepSkipped
	default:
		st.Status = StepDone
		if step.Repeat != nil && !step.Phase.Rollback() {
			s.due[step.ID] = now.Add(step.Repeat.Every)
		}
	}
	st.Ended = now
	s.owe(book, step, &st, now)
	s.Steps[step.ID] = st
	s.Step, s.Target = "", step.after(st.Answer)
	if s.Undoing != nil {
		s.undid(book, step, now)
	}
}

// startTimers starts the timers of a step; those of an earlier round start anew.
func (s *State) startTimers(step *Step, now time.Time) {
	links := step.Timers()
	if len(links) == 0 {
		return
	}
	s.Timers = slices.DeleteFunc(s.Timers, func(t Timer) bool { return t.Step == step.ID })
	for i, link := range links {
		s.Timers = append(s.Timers, Timer{step.ID, i + 1, link.Text, now.Add(link.Target.Span)})
	}
}

// timer ends a timer: it was heard when its time had come, or switched off.
func (s *State) timer(e Event) error {
	i := slices.IndexFunc(s.Timers, func(t Timer) bool { return t.Step == e.Step && t.Number == e.Number })
	switch {
	case i < 0:
		return ErrNoTimer
	case e.Kind == EventTimerRang && s.Timers[i].Due.After(e.When()):
		return ErrNotNow
	}
	s.Timers = slices.Delete(s.Timers, i, i+1)
	return nil
}

// beside takes what somebody else does meanwhile.
func (s *State) beside(book *Runbook, e Event) error {
	open := s.openBeside(e.Step)
	if e.Kind == EventBeside {
		step := book.Step(e.Step)
		switch {
		case step == nil:
			return ErrUnknownStep
		case open >= 0 || s.isAt(e.Step) || s.hasDoneBeside(e.Step):
			return ErrNotNow
		case e.Name == "" || !s.named(book, step):
			return ErrNotBeside
		}
		s.Besides = append(s.Besides, Beside{Step: e.Step, Name: e.Name, Since: e.When()})
		return nil
	}
	if open < 0 {
		return ErrNotBeside
	}
	if e.Kind == EventBesideDropped {
		s.Besides = slices.Delete(s.Besides, open, open+1)
		return nil
	}
	if e.Name == "" {
		return ErrEmpty
	}
	b := &s.Besides[open]
	b.Name, b.Ended = e.Name, e.When()
	s.endBeside(book, *b)
	return nil
}

// endBeside notes a step that was done beside the run: in the step itself where the run is in it, else for when it comes there.
func (s *State) endBeside(book *Runbook, b Beside) {
	if s.isAt(b.Step) {
		st := s.Steps[b.Step]
		st.Beside = s.doneBeside(b.Step)
		s.Steps[b.Step] = st
		return
	}
	step, before := book.Step(b.Step), s.Steps[b.Step]
	st := StepState{Status: StepDone, Visits: before.Visits, Beside: b.Name, Entered: b.Since, Ended: b.Ended, rules: s.Rules}
	st.stillOwes(before)
	s.owe(book, step, &st, b.Ended)
	s.Steps[b.Step] = st
}

// isAt reports the step that the run is in, or returns to.
func (s *State) isAt(step string) bool {
	return s.Step == step || s.Undoing != nil && s.Undoing.Back == step
}

// named reports a step that another one, to which the run has come, names in Together with.
func (s *State) named(book *Runbook, step *Step) bool {
	for id := range s.Steps {
		if other := book.Step(id); other != nil && slices.ContainsFunc(other.With, func(t Target) bool { return t.Value == step.ID }) {
			return true
		}
	}
	return false
}

// openBeside is the index of what somebody else does now, or -1.
func (s *State) openBeside(step string) int {
	return slices.IndexFunc(s.Besides, func(b Beside) bool { return b.Step == step && b.Ended.IsZero() })
}

func (s *State) hasDoneBeside(step string) bool {
	return slices.ContainsFunc(s.Besides, func(b Beside) bool { return b.Step == step && !b.Ended.IsZero() })
}

// doneBeside is who did a step that the run comes to now, once; "" for nobody.
func (s *State) doneBeside(step string) string {
	i := slices.IndexFunc(s.Besides, func(b Beside) bool { return b.Step == step && !b.Ended.IsZero() })
	if i < 0 {
		return ""
	}
	name := s.Besides[i].Name
	s.Besides = slices.Delete(s.Besides, i, i+1)
	return name
}
