package runbooks

// connect finds every step by its id, and says which step follows which: within the rollback phase one that no Undo leads
// to belongs to the step before it, and outside it the rollback phase is left out.
func (r *Runbook) connect() {
	r.byID = map[string]*Step{}
	undoes := map[string]bool{}
	for _, phase := range r.Phases {
		for _, step := range phase.Steps {
			if step.ID != "" && r.byID[step.ID] == nil {
				r.byID[step.ID] = step
			}
			if step.Undo != nil {
				undoes[step.Undo.Value] = true
			}
		}
	}
	var last, lastRollback *Step
	for _, phase := range r.Phases {
		for _, step := range phase.Steps {
			before := &last
			if phase.Rollback() {
				before = &lastRollback
			}
			if *before != nil && !(phase.Rollback() && undoes[step.ID]) {
				(*before).next = step
			}
			*before = step
		}
	}
}

// after is where a step leads, with the answer to its question.
func (s *Step) after(answer string) string {
	switch {
	case s.Decision != nil:
		for i := range s.Decision.Answers {
			if s.Decision.Answers[i].Text == answer {
				return s.Decision.Answers[i].Target.String()
			}
		}
	case s.Then != nil:
		return s.Then.String()
	case s.next != nil:
		return "#" + s.next.ID
	}
	return "#" + endID
}

// rollbackOf is the step that takes a step back, or nil.
func (r *Runbook) rollbackOf(step *Step) *Step {
	if step.Undo == nil || step.Phase.Rollback() {
		return nil
	}
	if undo := r.Step(step.Undo.Value); undo != nil && undo.Phase.Rollback() {
		return undo
	}
	return nil
}

// target is the step that a target of this runbook names, or nil.
func (r *Runbook) target(t string) *Step {
	if len(t) > 1 && t[0] == '#' {
		return r.Step(t[1:])
	}
	return nil
}
