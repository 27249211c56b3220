package plain

import (
	"strconv"
	"strings"

	"opsvault/runbooks"
)

// check shows one check and asks whether it is done. One that says to call somebody asks who answered.
func (f *Face) check(p runbooks.Prompt) error {
	if err := f.challenge(p); err != nil {
		return err
	}
	if link, contacts := f.toCall(p); link != nil {
		return f.askCall(p, *link, contacts)
	}
	return f.ask(f.Words("run.ask.check"), func(typed string) (bool, error) {
		switch {
		case isNo(typed):
			return true, f.stuck(p.Step)
		case !isYes(typed):
			return false, nil
		}
		return true, f.run.Tick(p.Check.Number)
	})
}

// challenge shows what is to be done, and what is to be expected.
func (f *Face) challenge(p runbooks.Prompt) error {
	return f.challengeLines(checkLead(p.Step, p.Check), p.Check)
}

func (f *Face) challengeLines(lead string, check *runbooks.Check) error {
	if err := f.line(lead, f.voice.Text(check.Challenge)); err != nil || check.Response == "" {
		return err
	}
	return f.line("      → ", f.voice.Fill(check.Response))
}

// stuck shows what the step says for those who can't go on, and what they can do.
func (f *Face) stuck(step *runbooks.Step) error {
	for _, block := range step.Blocks {
		if block.Note != nil && block.Note.Kind == runbooks.StuckNote {
			if err := f.note("", block.Note); err != nil {
				return err
			}
		}
	}
	return f.say("run.check-open")
}

func checkLead(step *runbooks.Step, check *runbooks.Check) string {
	return "[ ] " + strconv.Itoa(check.Number) + "/" + strconv.Itoa(len(step.Checks)) + "  "
}

// input shows the check around a blank, or the question of the front matter, and asks for the value.
func (f *Face) input(p runbooks.Prompt) error {
	var err error
	if p.Ask != nil {
		err = f.line("", p.Ask.Question)
	} else {
		err = f.challenge(p)
	}
	if err != nil {
		return err
	}
	label := f.Words("run.ask.input")
	if p.Check != nil && len(p.Check.Inputs) > 1 {
		label = f.Words("run.ask.input-name", "name", p.Input)
	}
	return f.ask(label, func(typed string) (bool, error) {
		return true, f.run.Set(p.Input, typed)
	})
}

// caution wants a word typed, so that nobody presses Enter past it.
func (f *Face) caution() error {
	word := f.Words("run.caution-word")
	return f.ask(f.Words("run.ask.caution", "word", word), func(typed string) (bool, error) {
		if strings.EqualFold(typed, word) {
			return true, f.run.Acknowledge()
		}
		return true, f.line("! ", f.Words("run.error.caution", "word", word))
	})
}

// second takes a signature that was made on another machine, or asks for the name of the second person.
func (f *Face) second(p runbooks.Prompt) error {
	f.signed = false
	if took, err := f.takeSignature(p.Step.ID); took || err != nil {
		return f.outcome(err)
	}
	question := f.Words("run.second-any", "run", f.Machine.Run)
	if p.Step.Second != "*" {
		question = f.Words("run.second", "role", f.voice.Role(p.Step.Second), "run", f.Machine.Run)
	}
	if err := f.line("", question); err != nil {
		return err
	}
	if p.Step.Second != "*" {
		if err := f.contacts(runbooks.Link{Target: runbooks.Target{Scheme: runbooks.SchemeCall, Value: "role:" + p.Step.Second}}); err != nil {
			return err
		}
	}
	return f.ask(f.Words("run.ask.second"), func(typed string) (bool, error) {
		if typed != "" {
			return true, f.run.Second(typed)
		}
		took, err := f.takeSignature(p.Step.ID)
		if !took && err == nil {
			err = f.say("run.no-signature", "run", f.Machine.Run)
		}
		return true, err
	})
}

// takeSignature writes down who has signed as the second person, if somebody has.
func (f *Face) takeSignature(step string) (bool, error) {
	if f.Machine.Signed == nil {
		return false, nil
	}
	member, signed := f.Machine.Signed(step)
	if signed == "" {
		return false, nil
	}
	if err := f.run.SecondSigned(member, signed); err != nil {
		return true, err
	}
	return true, f.say("run.seconded", "name", member)
}

// decision shows the question with its numbered answers; a number, an answer or the beginning of one answer is taken.
func (f *Face) decision(p runbooks.Prompt) error {
	if err := f.waitsForTimer(); err != nil {
		return err
	}
	d := p.Step.Decision
	if err := f.blank(f.voice.Text(d.Question)); err != nil {
		return err
	}
	for i, answer := range d.Answers {
		text := f.Words("run.answer", "answer", answer.Text, "where", f.voice.Where(answer.Target))
		if err := f.line("  "+strconv.Itoa(i+1)+"  ", text); err != nil {
			return err
		}
	}
	return f.ask(f.Words("run.ask.decision", "n", len(d.Answers)), func(typed string) (bool, error) {
		answer := choose(d.Answers, typed)
		switch {
		case answer != "":
			return true, f.run.Decide(answer)
		case typed == "" || strings.Trim(typed, "0123456789") == "":
			return true, f.line("! ", f.Words("run.error.number", "n", len(d.Answers)))
		}
		return false, nil
	})
}

func choose(answers []runbooks.Answer, typed string) string {
	if n, err := strconv.Atoi(typed); err == nil {
		if n >= 1 && n <= len(answers) {
			return answers[n-1].Text
		}
		return ""
	}
	var starts []string
	for _, answer := range answers {
		if strings.EqualFold(answer.Text, typed) {
			return answer.Text
		}
		if typed != "" && strings.HasPrefix(strings.ToLower(answer.Text), strings.ToLower(typed)) {
			starts = append(starts, answer.Text)
		}
	}
	if len(starts) == 1 {
		return starts[0]
	}
	return ""
}

// command shows a command and asks whether it is to run here. One that was started and whose end nobody saw is never
// started again: the person says whether it finished.
func (f *Face) command(p runbooks.Prompt) error {
	if p.Unsettled {
		return f.settle(p)
	}
	if err := f.commandText(p.Fence); err != nil {
		return err
	}
	if f.view.State.Drill && !p.Fence.Drill {
		if err := f.say("run.error.drill"); err != nil {
			return err
		}
		return f.outcome(f.byHand(runbooks.ByHandDrill))
	}
	return f.ask(f.Words("run.ask.command"), func(typed string) (bool, error) {
		switch {
		case isNo(typed):
			return true, f.byHand(runbooks.ByHandAsked)
		case !isYes(typed):
			return false, nil
		}
		return true, f.start(p.Fence)
	})
}

func (f *Face) commandText(fence *runbooks.Fence) error {
	if err := f.line("", f.Words("run.command", "time", f.voice.Span(fence.Limit()))); err != nil {
		return err
	}
	if err := f.verbatim("    | ", fence.Text); err != nil {
		return err
	}
	for _, secret := range fence.Secrets {
		key := "command.gets"
		if secret.Var == "" {
			key = "command.gets-stdin"
		}
		if err := f.line("", f.Words(key, "path", secret.Path, "field", secret.Field, "name", secret.Var)); err != nil {
			return err
		}
	}
	return nil
}

// settle wants a clear answer: Enter alone decides nothing.
func (f *Face) settle(p runbooks.Prompt) error {
	if err := f.line("! ", f.Words("run.unsettled")); err != nil {
		return err
	}
	if err := f.verbatim("    | ", p.Fence.Text); err != nil {
		return err
	}
	return f.ask(f.Words("run.ask.settle"), func(typed string) (bool, error) {
		switch {
		case typed == "":
			return true, f.line("! ", f.Words("run.error.settle"))
		case !isYes(typed) && !isNo(typed):
			return false, nil
		}
		return true, f.run.Settle(p.Fence.Number, isYes(typed))
	})
}

// start runs a command and shows what it said. What can't run here is done by hand.
func (f *Face) start(fence *runbooks.Fence) error {
	if err := f.say("run.command-runs", "time", f.voice.Span(fence.Limit())); err != nil {
		return err
	}
	result, err := f.run.Command(f.ctx, fence.Number)
	if reason := handReason(err); reason != "" {
		if sayErr := f.line("! ", f.explain(err)); sayErr != nil {
			return sayErr
		}
		return f.byHand(reason)
	}
	if sayErr := f.output(result.Output); sayErr != nil {
		return sayErr
	}
	if err != nil {
		return err
	}
	if result.Why != "" {
		err = f.line("! ", f.Words("command.why-"+result.Why, "what", result.What))
	} else {
		err = f.say("run.command-"+result.Outcome, "exit", result.Exit, "time", f.voice.Span(fence.Limit()))
	}
	if err != nil || result.Outcome == runbooks.AnswerOK {
		return err
	}
	return f.say("run.command-then")
}

// lastLines is how much of a command's output is shown: what fits on a small screen beside the question.
const lastLines = 12

func (f *Face) output(output []byte) error {
	lines := strings.Split(strings.TrimRight(string(output), "\r\n"), "\n")
	if len(output) == 0 {
		return nil
	}
	if left := len(lines) - lastLines; left > 0 {
		lines = lines[left:]
		if err := f.say("run.output-cut", "n", left); err != nil {
			return err
		}
	}
	return f.lines("    | ", lines...)
}
