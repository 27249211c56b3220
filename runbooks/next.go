package runbooks

import "time"

// A PromptKind says what comes next in a run.
type PromptKind int

// The kinds of prompts. Enter, Leave, Close and Finish need no person: a [Runner] does them itself.
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
	PromptCommand                    // run Fence, or do it by hand; Unsettled: say whether it finished
	PromptUndo                       // take Of back by doing Step, or waive it
	PromptBeside                     // say that Name has done Step beside the run, or drop it
	PromptPaper                      // the run is on paper: bring it back
	PromptClose                      // the end at Target is reached, and something is pending
)

// A Prompt is the one next thing.
type Prompt struct {
	Kind   PromptKind
	Step   *Step
	Check  *Check
	Input  string
	Ask    *Ask   // of the front matter, for an Input without a Step
	Target string // of Enter ("#id"), Finish and Close ("#end", "#abort", "runbook:slug")
	Fence  *Fence // of a Command; of a Check or Input, the one that it replaces
	Of     *Step  // of an Undo: what was done last of what it takes back
	Name   string // of a Beside: who

	Unsettled bool // of a Command: it was started, and nobody saw its end
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

// Waiting is what the run waits for: WaitsPerson, WaitsSecond, WaitsTimer, WaitsNetwork, or nothing.
func (s State) Waiting(book *Runbook, now time.Time) string { return WaitsPerson }
