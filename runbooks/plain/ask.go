package plain

import (
	"strconv"
	"strings"

	"opsvault/runbooks"
)

// check shows one check and asks whether it is done.
func (f *Face) check(p runbooks.Prompt) error {
	if err := f.line(checkLead(p.Step, p.Check), f.text(p.Check.Challenge)); err != nil {
		return err
	}
	if p.Check.Response != "" {
		if err := f.line("      → ", f.fill(p.Check.Response)); err != nil {
			return err
		}
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

// stuck shows what the step says for those who can't go on.
func (f *Face) stuck(step *runbooks.Step) error {
	for _, block := range step.Blocks {
		if block.Note != nil && block.Note.Kind == runbooks.StuckNote {
			if err := f.note("", block.Note); err != nil {
				return err
			}
		}
	}
	return f.line("", f.Words("run.check-open"))
}

func checkLead(step *runbooks.Step, check *runbooks.Check) string {
	return "[ ] " + strconv.Itoa(check.Number) + "/" + strconv.Itoa(len(step.Checks)) + "  "
}

// input shows the check around a blank, or the question of the front matter, and asks for the value.
func (f *Face) input(p runbooks.Prompt) error {
	lead, text := "", ""
	if p.Ask != nil {
		text = p.Ask.Question
	} else {
		lead, text = checkLead(p.Step, p.Check), f.text(p.Check.Challenge)
	}
	if err := f.line(lead, text); err != nil {
		return err
	}
	return f.ask(f.Words("run.ask.input", "name", p.Input), func(typed string) (bool, error) {
		if typed == "?" {
			return false, nil
		}
		return true, f.run.Set(p.Input, typed)
	})
}

// caution wants a word typed, so that nobody presses Enter past it.
func (f *Face) caution() error {
	word := f.Words("run.caution-word")
	return f.ask(f.Words("run.ask.caution", "word", word), func(typed string) (bool, error) {
		if !strings.EqualFold(typed, word) {
			if keyOf(typed) != noKey {
				return false, nil
			}
			return true, f.line("! ", f.Words("run.error.caution", "word", word))
		}
		return true, f.run.Acknowledge()
	})
}

func (f *Face) second(p runbooks.Prompt) error {
	question := f.Words("run.second-any")
	if p.Step.Second != "*" {
		question = f.Words("run.second", "role", f.role(p.Step.Second))
	}
	if err := f.line("", question); err != nil {
		return err
	}
	return f.ask(f.Words("run.ask.second"), func(typed string) (bool, error) {
		if typed == "?" {
			return false, nil
		}
		return true, f.run.Second(typed)
	})
}

// decision shows the question with its numbered answers; a number, an answer or the beginning of one answer is taken.
func (f *Face) decision(p runbooks.Prompt) error {
	d := p.Step.Decision
	if err := f.blank(f.text(d.Question)); err != nil {
		return err
	}
	for i, answer := range d.Answers {
		text := f.Words("run.answer", "answer", answer.Text, "where", f.where(answer.Target))
		if err := f.line("  "+strconv.Itoa(i+1)+"  ", text); err != nil {
			return err
		}
	}
	return f.ask(f.Words("run.ask.decision", "n", len(d.Answers)), func(typed string) (bool, error) {
		if answer := choose(d.Answers, typed); answer != "" {
			return true, f.run.Decide(answer)
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

// where says in words where an answer leads.
func (f *Face) where(t runbooks.Target) string {
	switch {
	case t.Scheme == runbooks.SchemeRunbook:
		return f.Words("run.to-runbook", "slug", t.Value)
	case t.Value == "end":
		return f.Words("run.to-end")
	case t.Value == "abort":
		return f.Words("run.to-abort")
	}
	if step := f.run.Book().Step(t.Value); step != nil {
		return f.Words("run.to-step", "number", step.Number, "title", step.Title)
	}
	return t.String()
}
