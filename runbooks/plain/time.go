package plain

import (
	"errors"
	"time"

	"opsvault/runbooks"
	"opsvault/runbooks/face"
)

// How often the time is mentioned, and a reminder that nobody followed: more often would be noise.
const (
	everyNotice = 10 * time.Minute
	everyNudge  = 5 * time.Minute
	everyLook   = 10 * time.Second // whether somebody has signed
)

// tell says what rings, what is due, that the battery is low, and every ten minutes how long the run has taken. During a pause
// nothing rings: it does when the run goes on.
func (f *Face) tell() error {
	switch f.run.State().Status {
	case runbooks.StatusPaused, runbooks.StatusPaper:
		return nil
	}
	for _, do := range []func() error{f.ring, f.nag, f.battery, f.elapsed} {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// wake is called while the person is asked: it says what there is to say, and when there will be more.
func (f *Face) wake() (time.Duration, error) {
	f.look()
	if err := f.tell(); err != nil {
		return 0, err
	}
	if err := f.signature(); err != nil {
		return 0, err
	}
	f.look()
	now := f.run.Now()
	next := max(time.Second, everyNotice-now.Sub(f.notice))
	if alarm := face.Alarm(f.view.Items, now); alarm > 0 {
		next = min(next, alarm)
	}
	if f.nudge > 0 {
		next = min(next, max(time.Second, everyNudge-now.Sub(f.nudged)))
	}
	if f.looksForSignature() {
		next = min(next, everyLook)
	}
	return next, nil
}

func (f *Face) looksForSignature() bool {
	return f.Machine.Signed != nil && f.view.Prompt.Kind == runbooks.PromptSecond && !f.signed
}

// signature says that the second person has signed while their name was asked for.
func (f *Face) signature() error {
	if !f.looksForSignature() {
		return nil
	}
	member, signed := f.Machine.Signed(f.view.Prompt.Step.ID)
	if signed == "" {
		return nil
	}
	f.signed = true
	f.Term.Ring()
	return f.line("! ", f.Words("run.second-signed", "name", member))
}

// ring says of each timer that its time has come, and only then writes down that it was heard: one that rings twice is better
// than one that nobody hears.
func (f *Face) ring() error {
	for _, t := range f.run.Due() {
		f.Term.Ring()
		text := f.Words("run.timer-rings", "text", t.Text, "step", f.voice.Step(t.Step))
		if err := f.line("! ", text); err != nil {
			return err
		}
		var order *runbooks.OrderError
		if err := f.run.TimerRang(t.Step, t.Number); err != nil && !errors.As(err, &order) {
			return err
		}
	}
	return nil
}

// nag prints the reminders that are due when there is a new one, and again after a while. The step that the run is in needs
// no reminder.
func (f *Face) nag() error {
	overdue := f.run.Overdue()
	now := f.run.Now()
	if len(overdue) > f.nudge || len(overdue) > 0 && now.Sub(f.nudged) >= everyNudge {
		f.nudged = now
		for _, m := range overdue {
			if m.Step.ID == f.run.State().Step {
				continue
			}
			f.Term.Ring()
			item := face.Item{Kind: face.Reminder, Step: m.Step, Due: m.Due}
			if err := f.line("! ", f.voice.Item(item, now)); err != nil {
				return err
			}
		}
	}
	f.nudge = len(overdue)
	return nil
}

// elapsed says how long the step and the run have taken, and what the run waits for. On a stage that stands there all the time.
func (f *Face) elapsed() error {
	if _, ok := f.Term.(Stage); ok {
		return nil
	}
	now := f.run.Now()
	if now.Sub(f.notice) < everyNotice {
		return nil
	}
	f.notice = now
	if err := f.line("", f.clock()); err != nil {
		return err
	}
	for _, item := range face.Only(f.view.Items, face.Timer) {
		if err := f.line("  ", f.voice.Item(item, now)); err != nil {
			return err
		}
	}
	return nil
}

func (f *Face) clock() string {
	c := f.view.Clock
	if f.view.Step == nil {
		return f.Words("run.elapsed", "time", f.voice.Of(c.Run, c.RunEstimate))
	}
	return f.Words("run.elapsed-step", "step", f.voice.Of(c.Step, c.StepEstimate), "time", f.voice.Of(c.Run, c.RunEstimate))
}

// battery says once that it is low, and what can be done about it.
func (f *Face) battery() error {
	if f.low || f.Machine.Low == nil {
		return nil
	}
	percent, low := f.Machine.Low()
	if !low {
		return nil
	}
	f.low = true
	f.Term.Ring()
	return f.line("! ", f.Words("run.battery", "percent", percent))
}

// took says how long the step took that the run has left.
func (f *Face) took() error {
	step := f.run.Book().Step(f.step)
	if step == nil || f.step == f.run.State().Step {
		return nil
	}
	st, ok := f.run.State().Steps[step.ID]
	if !ok || st.Ended.IsZero() {
		return nil
	}
	now := f.run.Now()
	c := f.view.Clock
	return f.blank(f.Words("run.step-took", "number", step.Number, "step", f.voice.Of(st.Elapsed(now), step.Time), "time", f.voice.Of(c.Run, c.RunEstimate)))
}

// due lets the person say that a reminder was followed, or that a timer is no longer needed.
func (f *Face) due() error {
	now := f.run.Now()
	items := append(face.Only(f.view.Items, face.Reminder), face.Only(f.view.Items, face.Timer)...)
	var overdue []face.Item
	for _, item := range items {
		if item.Kind == face.Reminder && item.Now(now) {
			overdue = append(overdue, item)
		}
	}
	if len(overdue) == 1 {
		items = overdue
	}
	if len(items) == 0 {
		return f.say("run.none-due")
	}
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = f.voice.Item(item, now)
	}
	i, err := f.pick("run.ask.due", texts, len(overdue) != 1)
	if i < 0 || err != nil {
		return err
	}
	item := items[i]
	if item.Kind == face.Timer {
		if err := f.run.TimerOff(item.Step.ID, item.Number, ""); err != nil {
			return err
		}
		return f.say("run.timer-off", "text", item.Text)
	}
	if err := f.run.Repeated(item.Step.ID); err != nil {
		return err
	}
	return f.say("run.reminded", "title", item.Step.Title, "time", f.voice.Span(item.Step.Repeat.Every))
}
