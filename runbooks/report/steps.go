package report

import (
	"fmt"
	"maps"
	"slices"

	"opsvault/runbooks"
)

// listSteps lists what became of the steps: those that the run came to in the order in which it did, then the others in the
// order of the text. Steps of the rollback phase that nothing led to are left out: most runs need none.
func (b *builder) listSteps() {
	for _, id := range b.order {
		v := b.steps[id]
		if !v.entered.IsZero() {
			v.spent += max(0, b.until().Sub(v.entered)-v.paused)
		}
		v.Seconds = seconds(v.spent)
		b.describe(&v.Step)
		if v.Rollback && v.Entered == nil {
			continue // waived: that stands with the step that it would have taken back
		}
		b.report.Steps = append(b.report.Steps, v.Step)
	}
	if b.src.Book == nil {
		return
	}
	for _, step := range b.src.Book.Steps() {
		if b.steps[step.ID] == nil {
			s := Step{Step: step.ID, State: "not-taken", By: []string{}, Answers: []string{}}
			b.describe(&s)
			b.report.Steps = append(b.report.Steps, s)
		}
	}
}

// describe adds what the text and the state of the run say of a step.
func (b *builder) describe(s *Step) {
	if b.src.Book != nil {
		if step := b.src.Book.Step(s.Step); step != nil {
			s.Number, s.Title, s.Estimate, s.Checks = step.Number, step.Title, seconds(step.Time), len(step.Checks)
			s.Rollback = step.Phase.Rollback()
			st := b.state.Steps[s.Step]
			for _, check := range step.Checks {
				if st.Done(check) {
					s.Done++
				}
			}
		}
	}
	st, known := b.state.Steps[s.Step]
	if !known {
		if s.State == "" {
			s.State = string(runbooks.StepActive)
			if s.Left != nil {
				s.State = string(runbooks.StepDone)
			}
		}
		return
	}
	s.State, s.Reason, s.Second, s.SecondSigned = string(st.Status), st.Reason, st.Second, st.SecondSigned != ""
	s.Undo, s.Waived = string(st.Undo), st.Waived
	if st.Beside != "" && !slices.Contains(s.By, st.Beside) {
		s.By = append(s.By, st.Beside)
	}
	b.flagStep(s)
}

// flagStep notes what was not taken back.
func (b *builder) flagStep(s *Step) {
	when := s.Left
	if when == nil {
		when = s.Entered
	}
	switch runbooks.UndoStatus(s.Undo) {
	case runbooks.UndoWaived:
		b.flag(Flag{Code: FlagWaived, Step: s.Step, Text: s.Waived, Time: when})
	case runbooks.UndoPending:
		b.flag(Flag{Code: FlagPending, Step: s.Step, Time: when})
	}
}

func (b *builder) flag(f Flag) { b.report.Attention = append(b.report.Attention, f) }

// aside lists what doesn't count.
func (b *builder) aside() {
	for _, a := range b.src.Woven.Asides {
		e := entryOf(a.Placed)
		e.Why = a.Why
		b.report.Asides = append(b.report.Asides, e)
	}
}

// attention adds what concerns the run as a whole, the gravest first.
func (b *builder) attention() {
	steps := b.report.Attention
	b.report.Attention = []Flag{}
	for _, why := range b.src.Damage {
		b.flag(Flag{Code: FlagDamage, Text: why})
	}
	for _, gap := range b.src.Woven.Gaps {
		b.flag(Flag{Code: FlagGap, Who: gap.Device, Text: fmt.Sprintf("%d/%d", gap.Have, gap.Want)})
	}
	if b.src.Woven.Newer {
		b.flag(Flag{Code: FlagNewer})
	}
	for _, h := range b.report.Handovers {
		if h.Taken {
			b.flag(Flag{Code: FlagTaken, Who: h.To, Text: h.Text, Time: h.Time})
		}
	}
	if n := len(b.report.Asides); n > 0 {
		b.flag(Flag{Code: FlagAsides, N: n})
	}
	b.report.Attention = append(b.report.Attention, steps...)
	b.commands()
	for _, witness := range slices.Sorted(maps.Keys(b.onWord)) {
		b.flag(Flag{Code: FlagPaper, Who: witness, N: b.onWord[witness]})
	}
	if r := b.report; r.Estimate > 0 && r.Seconds-r.Paused > r.Estimate+r.Estimate/4 {
		b.flag(Flag{Code: FlagLate, N: (r.Seconds - r.Paused) * 100 / r.Estimate})
	}
}

// commands flags the last try of each command where it did not end well.
func (b *builder) commands() {
	for i, c := range b.report.Commands {
		if b.open[command{c.Step, c.Number}] != i {
			continue
		}
		switch c.Outcome {
		case "unknown":
			b.flag(Flag{Code: FlagUnsettled, Step: c.Step, N: c.Number, Time: c.Time})
		case runbooks.AnswerFailed, runbooks.AnswerTimeout, runbooks.AnswerNotStarted, runbooks.AnswerNotFinished:
			b.flag(Flag{Code: FlagCommand, Step: c.Step, Text: c.Outcome, N: c.Number, Time: c.Time})
		}
	}
}
