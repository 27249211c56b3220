package paper

import (
	"slices"
	"strconv"

	"opsvault/runbooks"
)

// An undoView is a step of the rollback phase, and the steps that it takes back.
type undoView struct {
	*sheetView
	Number  int
	Title   string
	Of      string // "5", "5, 9"
	Pending bool   // the run has done one of them
}

// Undos are what has to be taken back before the end, or waived.
func (s *sheetView) Undos() []undoView {
	var list []undoView
	for _, step := range s.allSteps() {
		of := ""
		for _, source := range s.Book.Steps() {
			if source.Undo != nil && source.Undo.Value == step.ID {
				if of != "" {
					of += ", "
				}
				of += strconv.Itoa(source.Number)
			}
		}
		if of != "" {
			list = append(list, undoView{s, step.Number, step.Title, of, s.pending(step.ID)})
		}
	}
	return list
}

// pending reports a step of the rollback phase that the run still has to do.
func (s *sheetView) pending(step string) bool {
	return s.Run != nil && slices.ContainsFunc(s.Run.State.Undos(), func(u runbooks.Undo) bool { return u.Step == step })
}

// AnyPending reports a run that has something to take back.
func (s *sheetView) AnyPending() bool { return s.Run != nil && len(s.Run.State.Undos()) > 0 }

// A sealedView is a credential that lies in an envelope.
type sealedView struct {
	Title, Path, Who, Steps string
}

// Sealed are the envelopes of a runbook that asks for them. What is in them opsvault does not print.
func (s *sheetView) Sealed() []*sealedView {
	if s.Book.Meta.Paper.Secrets != "sealed" {
		return nil
	}
	var list []*sealedView
	byPath := map[string]*sealedView{}
	for _, step := range s.allSteps() {
		for _, link := range step.Credentials() {
			r := s.credential(&link)
			v := byPath[r.Path]
			if v == nil {
				v = &sealedView{Title: r.Text, Path: r.Path, Who: r.Note}
				byPath[r.Path] = v
				list = append(list, v)
			}
			number := strconv.Itoa(step.Number)
			if v.Steps != "" {
				number = ", " + number
			}
			v.Steps += number
		}
	}
	return list
}

// Repeats are the steps with reminders that the run has under way.
func (s *sheetView) Repeats() []string {
	if s.Run == nil {
		return nil
	}
	var list []string
	for _, m := range s.Run.State.Reminders(s.Book) {
		list = append(list, s.W("repeat-due", "step", s.to(jump(m.Step.ID)), "time", s.clock(m.Due)))
	}
	return list
}

// at is the id of the step that the run is in, or comes to next; "" before the first and at the end.
func (s *sheetView) at() string {
	state := &s.Run.State
	if state.Step != "" {
		return state.Step
	}
	if len(state.Target) > 1 && state.Target[0] == '#' && s.Book.Step(state.Target[1:]) != nil {
		return state.Target[1:]
	}
	return ""
}

// Ending reports a run that has come to its end and has something left to do there.
func (s *sheetView) Ending() bool { return s.at() == "" && len(s.Run.State.Steps) > 0 }

// Others are the steps that others are doing.
func (s *sheetView) Others() []string {
	var list []string
	for _, b := range s.Run.State.Open() {
		list = append(list, s.W("beside", "step", s.to(jump(b.Step)), "name", b.Name, "time", s.clock(b.Since)))
	}
	return list
}

// Drill reports a run for practice.
func (s *sheetView) Drill() bool { return s.Run != nil && s.Run.State.Drill }

// HereStep is the step at which the paper goes on, or nil.
func (s *sheetView) HereStep() *runbooks.Step { return s.Book.Step(s.at()) }

// HereAnchor is where it stands in the document.
func (s *sheetView) HereAnchor() string {
	if step := s.HereStep(); step != nil {
		return s.Anchor(step.Number)
	}
	return ""
}

// A pastView is a step that the run has been in.
type pastView struct {
	Number              int
	Title, Time, Result string
}

// PastSteps are the steps that were done or skipped, in the order in which that was.
func (s *sheetView) PastSteps() []pastView {
	type ended struct {
		step  *runbooks.Step
		state runbooks.StepState
	}
	var list []ended
	for _, step := range s.allSteps() {
		if st, ok := s.Run.State.Steps[step.ID]; ok && !st.Ended.IsZero() {
			list = append(list, ended{step, st})
		}
	}
	slices.SortStableFunc(list, func(a, b ended) int { return a.state.Ended.Compare(b.state.Ended) })
	views := make([]pastView, len(list))
	for i, e := range list {
		result := s.W("state-" + string(e.state.Status))
		switch {
		case e.state.Reason != "": // skipped or failed
			result += ": " + e.state.Reason
		case e.state.Answer != "":
			result = e.state.Answer
		}
		views[i] = pastView{e.step.Number, e.step.Title, s.clock(e.state.Ended), result}
	}
	return views
}

// A valueView is an input with its value.
type valueView struct{ Name, Value string }

// Values are the inputs that are filled in, by name.
func (s *sheetView) Values() []valueView {
	var list []valueView
	for name, value := range s.Run.State.Inputs {
		list = append(list, valueView{name, value})
	}
	slices.SortFunc(list, func(a, b valueView) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return list
}

// Timers are those that have not rung, with the time of day.
func (s *sheetView) Timers() []string {
	var list []string
	for _, t := range s.Run.State.Timers {
		list = append(list, s.W("timer-rings", "text", t.Text, "step", s.to(jump(t.Step)), "time", s.clock(t.Due)))
	}
	return list
}

// StartedAt is when and by whom the run was begun.
func (s *sheetView) StartedAt() string {
	return s.W("run-began", "time", s.moment(s.Run.State.Started), "owner", s.Run.Owner)
}
