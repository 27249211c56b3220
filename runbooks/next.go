package runbooks

// A PromptKind says what comes next in a run.
type PromptKind int

// The kinds of prompts. Enter, Leave and Finish need no person: a [Runner] does them itself.
const (
	PromptNone     PromptKind = iota // the run has ended, or has not been started
	PromptResume                     // the run is paused
	PromptEnter                      // go to Step
	PromptCaution                    // acknowledge the caution of Step in writing
	PromptInput                      // set Input (of Check, or of the front matter where Step is nil)
	PromptCheck                      // do or confirm Check
	PromptSecond                     // a second person confirms
	PromptDecision                   // answer the question
	PromptConfirm                    // a step without checks and question: say that it is done
	PromptLeave                      // everything in Step is done
	PromptFinish                     // end the run at Target
)

// A Prompt is the one next thing.
type Prompt struct {
	Kind   PromptKind
	Step   *Step
	Check  *Check
	Input  string
	Ask    *Ask   // of the front matter, for an Input without a Step
	Target string // of Enter ("#id") and Finish ("#end", "#abort", "runbook:slug")
}

// Next is the one next thing of a run.
func Next(book *Runbook, s State) Prompt {
	switch {
	case s.Status == StatusNone || s.Over():
		return Prompt{}
	case s.Status == StatusPaused:
		return Prompt{Kind: PromptResume, Step: book.Step(s.Step)}
	case s.Step != "":
		step, st := book.Step(s.Step), s.Steps[s.Step]
		return st.next(step)
	}
	if ask := s.missing(book); s.Status == StatusOpen && ask != nil {
		return Prompt{Kind: PromptInput, Input: ask.Name, Ask: ask}
	}
	if len(s.Target) > 1 && s.Target[0] == '#' {
		if step := book.Step(s.Target[1:]); step != nil {
			return Prompt{Kind: PromptEnter, Step: step, Target: s.Target}
		}
	}
	return Prompt{Kind: PromptFinish, Target: s.Target}
}

// next is the one next thing in a step.
func (st StepState) next(step *Step) Prompt {
	p := Prompt{Step: step}
	skipped := st.Reason != ""
	if step.Caution() && !st.Acknowledged && !skipped {
		p.Kind = PromptCaution
		return p
	}
	for _, check := range step.Checks {
		if skipped || st.Done(check) {
			continue
		}
		p.Kind, p.Check = PromptCheck, check
		for _, input := range check.Inputs {
			if !st.Set[input.Name] {
				p.Kind, p.Input = PromptInput, input.Name
				break
			}
		}
		return p
	}
	switch {
	case step.Second != "" && st.Second == "" && !skipped:
		p.Kind = PromptSecond
	case step.Decision != nil && st.Answer == "":
		p.Kind = PromptDecision
	case len(step.Checks) == 0 && step.Decision == nil && !skipped:
		p.Kind = PromptConfirm
	default:
		p.Kind = PromptLeave
	}
	return p
}
