package runbooks

import "time"

// owe notes that a step is to be taken back before the run ends: it was done, or some of it was.
func (s *State) owe(book *Runbook, step *Step, st *StepState, now time.Time) {
	if !st.owes(book, step) {
		return
	}
	st.Undo, st.UndoStep, st.UndoSince, st.Waived, st.undoAt = UndoPending, book.rollbackOf(step).ID, now, "", s.Events
}

// stillOwes keeps what an earlier round left to be taken back.
func (st *StepState) stillOwes(before StepState) {
	if before.Undo == UndoPending {
		st.Undo, st.UndoStep, st.UndoSince, st.undoAt = before.Undo, before.UndoStep, before.UndoSince, before.undoAt
	}
}

func (st *StepState) owes(book *Runbook, step *Step) bool {
	return st.rules > 0 && book.rollbackOf(step) != nil && (st.Status == StepDone || st.begun())
}

// begun reports a step of which something was done.
func (st *StepState) begun() bool {
	for _, c := range st.Commands {
		if c.Tries > 0 && c.Status != CommandNotStarted {
			return true
		}
	}
	return len(st.Ticked) > 0 || len(st.Set) > 0
}

// pending reports that the run can't end yet.
func (s *State) pending() bool {
	for _, b := range s.Besides {
		if b.Ended.IsZero() {
			return true
		}
	}
	for _, st := range s.Steps {
		if st.Undo == UndoPending {
			return true
		}
	}
	return false
}

// pendingHere is pending for a run that is stopped where it is: half a step is to be taken back, too.
func (s *State) pendingHere(book *Runbook) bool {
	for _, id := range s.stopped() {
		st := s.Steps[id]
		if step := book.Step(id); step != nil && st.Status == StepActive && st.owes(book, step) {
			return true
		}
	}
	return s.pending()
}

// stopped are the steps that an abort stops: the current one, and the one that an Undo was to return to.
func (s *State) stopped() []string {
	list := []string{}
	if s.Step != "" {
		list = append(list, s.Step)
	}
	if s.Undoing != nil && s.Undoing.Back != "" {
		list = append(list, s.Undoing.Back)
	}
	return list
}

// undo begins to take something back, or waives it.
func (s *State) undo(e Event) error {
	owed := false
	for _, st := range s.Steps {
		owed = owed || st.Undo == UndoPending && st.UndoStep == e.Step
	}
	switch {
	case !owed:
		return ErrNoUndo
	case s.Undoing != nil:
		return ErrNotNow
	case e.Kind == EventUndoWaived && e.Reason == "":
		return ErrEmpty
	case e.Kind == EventUndoWaived:
		s.undone(e.Step, e.Reason)
		return nil
	}
	s.Undoing = &Undoing{Step: e.Step, Back: s.Step, Target: s.Target, Since: e.When()}
	s.Step, s.Target = "", "#"+e.Step
	return nil
}

// undid goes on with an Undo behind one of its steps; where the rollback phase is left, the Undo is done, and the run returns.
func (s *State) undid(book *Runbook, step *Step, now time.Time) {
	u := *s.Undoing
	if st := s.Steps[step.ID]; st.Reason != "" {
		u.Why = st.Reason
	}
	s.Undoing = &u
	if next := book.target(s.Target); next != nil && next.Phase.Rollback() {
		return
	}
	s.undone(u.Step, u.Why)
	s.back(now)
}

// undone notes that a step of the rollback phase was done for what it takes back, or why not.
func (s *State) undone(step, why string) {
	for id, st := range s.Steps {
		if st.Undo != UndoPending || st.UndoStep != step {
			continue
		}
		if st.Undo, st.Waived = UndoWaived, why; why == "" {
			st.Undo = UndoDone
			if st.Status != StepActive {
				st.Status = StepUndone
			}
		}
		s.Steps[id] = st
	}
}

// back returns from an Undo to where the run was.
func (s *State) back(now time.Time) {
	s.Step, s.Target = s.Undoing.Back, s.Undoing.Target
	s.stoppedFor(s.Step, max(0, now.Sub(s.Undoing.Since)))
	s.Undoing = nil
}

// close goes to an end before which something has to be done: at the end of the route, or where a person stops the run.
func (s *State) close(book *Runbook, e Event) error {
	routeEnds := s.Step == "" && s.Undoing == nil && s.Closing == nil && s.Target == e.Target && book.target(e.Target) == nil
	stops := e.Target == "#"+abortID && e.Reason != ""
	switch {
	case !routeEnds && !stops:
		return ErrNotNow
	case stops && s.Closing != nil && s.Closing.Target == e.Target:
		return ErrPending
	case !s.pendingHere(book):
		return ErrNotNow
	}
	c := &Closing{Target: e.Target, Reason: e.Reason, Since: e.When()}
	if s.Status == StatusPaused {
		s.resume(e.Time)
	}
	if stops {
		c.Step = s.stop(book, e.When())
	}
	s.Closing, s.Step, s.Target, s.Status = c, "", e.Target, StatusClosing
	return nil
}

// stop leaves everything where it is, and returns the step in which the run was.
func (s *State) stop(book *Runbook, now time.Time) string {
	for _, id := range s.stopped() {
		if st, step := s.Steps[id], book.Step(id); step != nil && st.Status == StepActive {
			s.owe(book, step, &st, now)
			s.Steps[id] = st
		}
	}
	if s.Undoing != nil {
		s.back(now)
	}
	return s.Step
}

// finish ends the run at the end that its last step led to.
func (s *State) finish(e Event) error {
	if s.Step != "" || s.Target == "" || s.Target != e.Target || s.Target == "#"+abortID || s.Target[0] == '#' && s.Target != "#"+endID {
		return ErrNotNow
	}
	if s.pending() {
		return ErrPending
	}
	s.Status, s.Ended = StatusDone, e.When()
	return nil
}

// abort ends the run for good.
func (s *State) abort(book *Runbook, e Event) error {
	if s.pendingHere(book) {
		return ErrPending
	}
	if s.Closing != nil {
		s.Step = s.Closing.Step
	}
	s.Status, s.Reason, s.Ended, s.Target = StatusAborted, e.Reason, e.When(), "#"+abortID
	return nil
}

// abortReason is why the run was stopped, where it closes with an abort.
func (s *State) abortReason() string {
	if s.Closing == nil {
		return ""
	}
	return s.Closing.Reason
}
