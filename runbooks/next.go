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
	case s.Status == StatusPaper:
		return Prompt{Kind: PromptPaper, Step: book.Step(s.Step)}
	case s.Step != "":
		if i := s.openBeside(s.Step); i >= 0 {
			return Prompt{Kind: PromptBeside, Step: book.Step(s.Step), Name: s.Besides[i].Name}
		}
		st := s.Steps[s.Step]
		return st.next(book.Step(s.Step))
	}
	if ask := s.missing(book); s.Status == StatusOpen && ask != nil {
		return Prompt{Kind: PromptInput, Input: ask.Name, Ask: ask}
	}
	if step := book.target(s.Target); step != nil {
		return Prompt{Kind: PromptEnter, Step: step, Target: s.Target}
	}
	return s.nextAtEnd(book)
}

// nextAtEnd is what comes before the end: what others are doing, what is to be taken back, and then the end.
func (s State) nextAtEnd(book *Runbook) Prompt {
	switch {
	case !s.pending():
		return Prompt{Kind: PromptFinish, Target: s.Target}
	case s.Closing == nil:
		return Prompt{Kind: PromptClose, Target: s.Target}
	}
	if open := s.Open(); len(open) > 0 {
		return Prompt{Kind: PromptBeside, Step: book.Step(open[0].Step), Name: open[0].Name}
	}
	undo := s.Undos()[0]
	return Prompt{Kind: PromptUndo, Step: book.Step(undo.Step), Of: book.Step(undo.Of[0])}
}

// next is the one next thing in a step.
func (st *StepState) next(step *Step) Prompt {
	skipped, beside := st.Reason != "", st.Beside != ""
	if step.Caution() && !st.Acknowledged && !skipped && !beside {
		return Prompt{Kind: PromptCaution, Step: step}
	}
	if p := st.nextCheck(step); p.Kind != PromptNone {
		return p
	}
	p := Prompt{Step: step}
	switch {
	case step.Second != "" && st.Second == "" && !skipped:
		p.Kind = PromptSecond
	case step.Decision != nil && st.Answer == "":
		p.Kind = PromptDecision
	case len(step.Checks) == 0 && step.Decision == nil && !skipped && !beside:
		p.Kind = PromptConfirm
	default:
		p.Kind = PromptLeave
	}
	return p
}

// nextCheck is the first check that is not done, or the command that would do it. A command without a check comes in its
// place in the text.
func (st *StepState) nextCheck(step *Step) Prompt {
	if st.Reason != "" {
		return Prompt{}
	}
	commands := step.commands
	for i, check := range step.Checks {
		for ; len(commands) > 0 && commands[0].place <= i; commands = commands[1:] {
			if st.asks(commands[0]) {
				return st.ask(step, commands[0])
			}
		}
		if st.Done(check) {
			continue
		}
		p := Prompt{Kind: PromptCheck, Step: step, Check: check, Fence: check.Fence}
		for _, input := range check.Inputs {
			if !st.Set[input.Name] {
				p.Kind, p.Input = PromptInput, input.Name
				break
			}
		}
		return p
	}
	for _, f := range commands {
		if st.asks(f) {
			return st.ask(step, f)
		}
	}
	return Prompt{}
}

// asks reports a command that is to be run, or whose end nobody knows.
func (st *StepState) asks(f *Fence) bool {
	switch st.Commands[f.Number].Status {
	case CommandStarted:
		return true
	case "":
		return st.rules > 0 && st.Beside == "" && (f.Check == nil || !st.Done(f.Check))
	}
	return false
}

func (st *StepState) ask(step *Step, f *Fence) Prompt {
	return Prompt{Kind: PromptCommand, Step: step, Check: f.Check, Fence: f, Unsettled: st.Commands[f.Number].Status == CommandStarted}
}

// Waiting is what the run waits for: WaitsPerson, WaitsSecond, WaitsTimer, WaitsNetwork, or nothing.
func (s State) Waiting(book *Runbook, now time.Time) string {
	p := Next(book, s)
	switch {
	case p.Kind == PromptNone:
		return WaitsNot
	case p.Kind == PromptSecond:
		return WaitsSecond
	case s.Status == StatusPaused || s.Status == StatusPaper || s.Step == "":
		return WaitsPerson
	case p.Fence != nil && s.Steps[s.Step].Commands[p.Fence.Number].Reason == ByHandNetwork:
		return WaitsNetwork
	}
	for _, t := range s.Timers {
		if t.Step == s.Step && t.Due.After(now) {
			return WaitsTimer
		}
	}
	return WaitsPerson
}
