package runbooks

// apply takes an event of the step, in the order in which a step goes: caution, checks, second person, decision.
func (st *StepState) apply(step *Step, e Event) error {
	next := st.next(step)
	switch e.Kind {
	case EventAcknowledged:
		if next.Kind != PromptCaution {
			return ErrNotNow
		}
		st.Acknowledged = true
	case EventTicked:
		return st.tick(step, e, next)
	case EventInput:
		return st.input(step, e, next)
	case EventSkipped:
		if next.Kind == PromptDecision || next.Kind == PromptLeave {
			return ErrNotNow
		}
		st.Reason = e.Reason
	case EventSeconded:
		if next.Kind != PromptSecond {
			return ErrNotNow
		}
		if e.Name == e.Actor {
			return ErrSamePerson
		}
		st.Second = e.Name
	case EventDecided:
		return st.decide(step, e, next)
	case EventStepDone:
		if next.Kind != PromptLeave && next.Kind != PromptConfirm {
			return ErrNotNow
		}
	case EventRevealed:
	default:
		return ErrUnknown
	}
	return nil
}

// tick accepts the checks of a step in any order: on paper they are ticked so too.
func (st *StepState) tick(step *Step, e Event, next Prompt) error {
	switch {
	case e.Check < 1 || e.Check > len(step.Checks) || len(step.Checks[e.Check-1].Inputs) > 0:
		return ErrNoCheck
	case next.Kind != PromptCheck && next.Kind != PromptInput || st.Ticked[e.Check]:
		return ErrNotNow
	}
	st.Ticked[e.Check] = true
	return nil
}

func (st *StepState) input(step *Step, e Event, next Prompt) error {
	if next.Kind != PromptCheck && next.Kind != PromptInput {
		return ErrNotNow
	}
	for _, check := range step.Checks {
		for _, input := range check.Inputs {
			if input.Name == e.Name {
				st.Set[e.Name] = true
				return nil
			}
		}
	}
	return ErrNoInput
}

func (st *StepState) decide(step *Step, e Event, next Prompt) error {
	if next.Kind != PromptDecision {
		return ErrNotNow
	}
	for _, answer := range step.Decision.Answers {
		if answer.Text == e.Answer {
			st.Answer = e.Answer
			return nil
		}
	}
	return ErrNoAnswer
}

// Done reports a check that is ticked, or whose inputs are all set.
func (st StepState) Done(check *Check) bool {
	for _, input := range check.Inputs {
		if !st.Set[input.Name] {
			return false
		}
	}
	return len(check.Inputs) > 0 || st.Ticked[check.Number]
}
