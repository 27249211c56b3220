package runbooks

import "slices"

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
	case EventSkipped, EventFailed:
		return st.leaveOut(e, next)
	case EventSeconded:
		return st.second(e, next)
	case EventDecided:
		return st.decide(step, e, next)
	case EventStepDone:
		if next.Kind != PromptLeave && next.Kind != PromptConfirm {
			return ErrNotNow
		}
	case EventCommandStarted, EventCommandEnded, EventCommandSettled, EventByHand:
		return st.command(step, e, next)
	case EventCalled, EventEscalated:
		return st.call(step, e)
	case EventEvidence:
		return st.keep(step, e)
	case EventNoticeSent:
		return st.send(step, e)
	case EventRevealed:
	default:
		return ErrUnknown
	}
	return nil
}

// asksChecks reports that the step is at its checks and commands.
func asksChecks(next Prompt) bool {
	return next.Kind == PromptCheck || next.Kind == PromptInput || next.Kind == PromptCommand
}

// tick accepts the checks of a step in any order: on paper they are ticked so too.
func (st *StepState) tick(step *Step, e Event, next Prompt) error {
	switch {
	case e.Check < 1 || e.Check > len(step.Checks) || len(step.Checks[e.Check-1].Inputs) > 0:
		return ErrNoCheck
	case next.Unsettled:
		return ErrUnsettled
	case !asksChecks(next) || st.Ticked[e.Check]:
		return ErrNotNow
	}
	st.Ticked[e.Check] = true
	return nil
}

func (st *StepState) input(step *Step, e Event, next Prompt) error {
	if next.Unsettled {
		return ErrUnsettled
	}
	if !asksChecks(next) {
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

// leaveOut skips what is left of the checks, or says that it does not work.
func (st *StepState) leaveOut(e Event, next Prompt) error {
	switch {
	case next.Unsettled:
		return ErrUnsettled
	case next.Kind == PromptDecision || next.Kind == PromptLeave:
		return ErrNotNow
	}
	st.Reason, st.Failed = e.Reason, e.Kind == EventFailed
	return nil
}

func (st *StepState) second(e Event, next Prompt) error {
	switch {
	case next.Kind != PromptSecond:
		return ErrNotNow
	case e.Name == "":
		return ErrEmpty
	}
	st.Second, st.SecondSigned = e.Name, e.Signed
	return nil
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

// call notes who was called, or to whom the step was escalated.
func (st *StepState) call(step *Step, e Event) error {
	scheme := SchemeCall
	if e.Kind == EventEscalated {
		scheme = SchemeEscalate
	}
	linked := slices.ContainsFunc(step.linksOf(scheme), func(l Link) bool { return l.Target.String() == e.Target })
	switch {
	case !linked:
		return ErrNoLink
	case e.Kind == EventEscalated && e.Reason == "":
		return ErrEmpty
	case e.Kind == EventCalled && e.Answer != AnswerReached && e.Answer != AnswerNoAnswer:
		return ErrNoAnswer
	}
	st.Calls = append(slices.Clip(st.Calls), Call{e.Target, e.Name, e.Answer == AnswerReached, e.Reason, e.When()})
	return nil
}

// keep notes a file that was kept.
func (st *StepState) keep(step *Step, e Event) error {
	switch {
	case !slices.ContainsFunc(step.linksOf(SchemeEvidence), func(l Link) bool { return l.Target.Value == e.Name }):
		return ErrNoLink
	case !hexForm().MatchString(e.Value) || e.Text == "" || e.Size < 0:
		return ErrEvidence
	}
	st.Evidence = append(slices.Clip(st.Evidence), Evidence{e.Name, e.Value, e.Text, e.Size})
	return nil
}

// send notes a notice that went out on one of its channels, or on any where it names none.
func (st *StepState) send(step *Step, e Event) error {
	notices := step.Notices()
	if e.Number < 1 || e.Number > len(notices) {
		return ErrNoNotice
	}
	if via := notices[e.Number-1].Via; len(via) > 0 && !slices.Contains(via, e.Name) || e.Name == "" {
		return ErrNoNotice
	}
	st.Sent = cloned(st.Sent)
	st.Sent[e.Number] = append(slices.Clip(st.Sent[e.Number]), e.Name)
	return nil
}

// Done reports a check that is ticked, or whose inputs are all set, or whose command did it.
func (st StepState) Done(check *Check) bool {
	for _, input := range check.Inputs {
		if !st.Set[input.Name] {
			return false
		}
	}
	switch {
	case len(check.Inputs) > 0 || st.Ticked[check.Number] || st.Beside != "":
		return true
	}
	return check.Fence != nil && st.Commands[check.Fence.Number].Done()
}
