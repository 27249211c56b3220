package runbooks

import "slices"

// command takes what becomes of a run fence. It is started only when it has not been, or when its last try is known to have
// ended without success.
func (st *StepState) command(step *Step, e Event, next Prompt) error {
	if e.Number < 1 || e.Number > len(step.commands) {
		return ErrNoCommand
	}
	f := step.commands[e.Number-1]
	c := st.Commands[e.Number]
	var err error
	switch e.Kind {
	case EventCommandStarted:
		err = c.start(st, f, e, next)
	case EventCommandEnded:
		err = c.end(e)
	case EventCommandSettled:
		err = c.settle(e)
	case EventByHand:
		err = c.byHand(e, next)
	}
	if err != nil {
		return err
	}
	st.Commands = cloned(st.Commands)
	st.Commands[e.Number] = c
	return nil
}

func (c *Command) start(st *StepState, f *Fence, e Event, next Prompt) error {
	switch {
	case next.Unsettled:
		return ErrUnsettled
	case e.Digest != f.digest():
		return ErrWrongBook
	case !asksChecks(next) || !c.Again() || f.Check != nil && st.Done(f.Check):
		return ErrNotNow
	}
	c.Status, c.Tries, c.Reason = CommandStarted, c.Tries+1, ""
	return nil
}

func (c *Command) end(e Event) error {
	known := []string{AnswerOK, AnswerFailed, AnswerTimeout, AnswerNotStarted}
	switch {
	case c.Status != CommandStarted:
		return ErrNotNow
	case !slices.Contains(known, e.Answer):
		return ErrNoAnswer
	}
	c.Status = CommandStatus(e.Answer)
	if e.Exit != nil {
		c.Exit = *e.Exit
	}
	return nil
}

func (c *Command) settle(e Event) error {
	switch {
	case c.Status != CommandStarted:
		return ErrNotNow
	case e.Answer != AnswerFinished && e.Answer != AnswerNotFinished:
		return ErrNoAnswer
	}
	c.Status = CommandStatus(e.Answer)
	return nil
}

func (c *Command) byHand(e Event, next Prompt) error {
	known := []string{ByHandNetwork, ByHandAsked, ByHandRefused, ByHandDrill}
	switch {
	case next.Unsettled:
		return ErrUnsettled
	case !slices.Contains(known, e.Reason):
		return ErrNoAnswer
	case !asksChecks(next) || !c.Again() || c.Status == CommandByHand:
		return ErrNotNow
	}
	c.Status, c.Reason = CommandByHand, e.Reason
	return nil
}

// drillAllows says whether a drill takes an event: no command, no notice, no credential, unless the text says drill=ok.
func drillAllows(step *Step, e Event) bool {
	switch e.Kind {
	case EventCommandStarted:
		return e.Number >= 1 && e.Number <= len(step.commands) && step.commands[e.Number-1].Drill
	case EventNoticeSent:
		notices := step.Notices()
		return e.Number >= 1 && e.Number <= len(notices) && notices[e.Number-1].Drill
	case EventRevealed:
		return slices.ContainsFunc(step.Credentials(), func(l Link) bool { return l.Target.Value == e.Path && l.Drill })
	}
	return true
}
