package plain

import (
	"strconv"
	"strings"
	"time"

	"opsvault/runbooks"
)

// show prints what the person has not seen yet and needs for the next thing: the head of a step when it is new, with its
// cautions, and its text up to the check that is asked for.
func (f *Face) show(p runbooks.Prompt) error {
	if p.Step == nil || p.Kind == runbooks.PromptResume {
		return nil
	}
	st := f.run.State().Steps[p.Step.ID]
	if f.step != p.Step.ID || f.visit != st.Visits {
		f.step, f.visit, f.shown = p.Step.ID, st.Visits, 0
		if err := f.head(p.Step); err != nil {
			return err
		}
	}
	if p.Kind == runbooks.PromptCaution {
		return nil
	}
	for blocks := p.Step.Blocks; f.shown < len(blocks); f.shown++ {
		block := blocks[f.shown]
		if block.Check != nil && p.Check != nil {
			switch {
			case block.Check.Number == p.Check.Number:
				return f.around(p.Step)
			case block.Check.Number > p.Check.Number:
				return nil // it was asked for before, and is again
			}
		}
		if block.Check != nil || isCaution(block) {
			continue
		}
		if err := f.block(block); err != nil {
			return err
		}
	}
	return nil
}

func isCaution(b runbooks.Block) bool {
	return b.Note != nil && b.Note.Kind == runbooks.CautionNote
}

// around prints what stands directly behind the check that is asked for and belongs to it: the text inside its item,
// fences, and notes such as "if stuck". A notice waits, because it may need what is asked for now. Behind a check that ends the
// step everything comes, for nothing is asked afterwards.
func (f *Face) around(step *runbooks.Step) error {
	blocks := step.Blocks
	check := blocks[f.shown]
	last := check.Check.Number == len(step.Checks) && step.Decision == nil && step.Second == ""
	for f.shown++; f.shown < len(blocks); f.shown++ {
		block := blocks[f.shown]
		fence := block.Fence != nil && block.Fence.Kind != runbooks.NoticeFence
		if block.Check != nil || !last && !fence && block.Note == nil && block.Depth <= check.Depth {
			return nil
		}
		if isCaution(block) {
			continue
		}
		if err := f.block(block); err != nil {
			return err
		}
	}
	return nil
}

// head prints the title of a step with who, how long, and which credentials it has.
func (f *Face) head(step *runbooks.Step) error {
	book := f.run.Book()
	number := f.Words("run.step", "number", step.Number, "count", len(book.Steps()), "title", step.Title)
	if err := f.blank(number); err != nil {
		return err
	}
	facts := []string{}
	if len(step.Who) > 0 {
		facts = append(facts, f.Words("run.who", "roles", f.roles(step.Who)))
	}
	if step.Time > 0 {
		facts = append(facts, f.Words("run.estimate", "time", step.Time))
	}
	if step.Second != "" {
		facts = append(facts, f.Words("run.two"))
	}
	if step.Repeat != nil {
		facts = append(facts, f.Words("run.repeat", "time", step.Repeat.Every))
	}
	if len(facts) > 0 {
		if err := f.line("", strings.Join(facts, " · ")); err != nil {
			return err
		}
	}
	if !f.run.Mine(step) {
		if err := f.line("! ", f.Words("run.not-yours", "roles", f.roles(book.RolesOf(step)))); err != nil {
			return err
		}
	}
	if err := f.credentials(step); err != nil {
		return err
	}
	for _, block := range step.Blocks {
		if isCaution(block) {
			if err := f.note("", block.Note); err != nil {
				return err
			}
		}
	}
	return f.line("", "")
}

// credentials lists the step's, masked.
func (f *Face) credentials(step *runbooks.Step) error {
	for i, link := range step.Credentials() {
		fields, err := f.run.FieldsOf(link)
		text := f.Words("run.credential", "title", link.Text, "path", link.Target.Value, "fields", fields)
		if err != nil {
			text = f.Words("run.credential-closed", "title", link.Text, "path", link.Target.Value, "why", f.explain(err))
		}
		lead := "  * "
		if len(step.Credentials()) > 1 {
			lead = "  " + strconv.Itoa(i+1) + " "
		}
		if err := f.line(lead, text); err != nil {
			return err
		}
	}
	return nil
}

// remind prints the reminders that are due, and every ten minutes how long the run has taken.
func (f *Face) remind() error {
	if err := f.nag(); err != nil {
		return err
	}
	const every = 10 * time.Minute
	now := f.run.Now()
	if now.Sub(f.notice) < every {
		return nil
	}
	f.notice = now
	elapsed := f.run.State().Elapsed(now)
	if est := f.run.Book().Meta.Est; est > 0 {
		return f.line("", f.Words("run.elapsed-of", "time", elapsed, "estimate", est))
	}
	return f.line("", f.Words("run.elapsed", "time", elapsed))
}

// nag prints the reminders that are due when there is a new one, and again after five minutes: more often would be noise. The
// step that the run is in needs no reminder.
func (f *Face) nag() error {
	const again = 5 * time.Minute
	due := f.run.Overdue()
	if now := f.run.Now(); len(due) > f.nudge || now.Sub(f.nudged) >= again {
		f.nudged = now
		for _, m := range due {
			if m.Step.ID == f.run.State().Step {
				continue
			}
			text := f.Words("run.due", "number", m.Step.Number, "title", m.Step.Title, "time", m.Step.Repeat.Every)
			if err := f.line("! ", text); err != nil {
				return err
			}
		}
	}
	f.nudge = len(due)
	return nil
}

// reminded marks the reminder that is due longest.
func (f *Face) reminded() error {
	var first *runbooks.Reminder
	for _, m := range f.run.Overdue() {
		if first == nil || m.Due.Before(first.Due) {
			first = &m
		}
	}
	if first == nil {
		return f.line("", f.Words("run.none-due"))
	}
	if err := f.run.Repeated(first.Step.ID); err != nil {
		return err
	}
	return f.line("", f.Words("run.reminded", "title", first.Step.Title, "time", first.Step.Repeat.Every))
}

// Recall shows the last three things of a run that goes on.
func (f *Face) Recall(r *runbooks.Runner) error {
	f.run = r
	events := r.Last(4)
	if err := f.blank(f.Words("run.recall")); err != nil {
		return err
	}
	for _, e := range events[:max(0, len(events)-1)] { // the newest is that the run was resumed
		title := ""
		if step := r.Book().Step(e.Step); step != nil {
			title = strconv.Itoa(step.Number) + ". " + step.Title
		}
		text := f.Words("run.event."+string(e.Kind), "step", title, "check", e.Check, "name", e.Name, "value", e.Value,
			"answer", e.Answer, "path", e.Path, "reason", e.Reason, "text", e.Text, "actor", e.Actor)
		if err := f.line("  ", e.Time.Format("15:04")+"  "+text); err != nil {
			return err
		}
	}
	return nil
}

// end says how the run ended.
func (f *Face) end() error {
	s := f.run.State()
	key := "run.done"
	switch {
	case s.Status == runbooks.StatusAborted:
		key = "run.aborted"
	case strings.HasPrefix(s.Target, runbooks.SchemeRunbook+":"):
		key = "run.continued"
	}
	slug := strings.TrimPrefix(s.Target, runbooks.SchemeRunbook+":")
	return f.blank(f.Words(key, "time", s.Elapsed(s.Ended), "slug", slug, "reason", s.Reason))
}
