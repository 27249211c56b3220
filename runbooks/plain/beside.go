package plain

import (
	"slices"
	"strconv"
	"strings"

	"opsvault/runbooks"
	"opsvault/runbooks/face"
)

// closing says once that the run is at its end and can't be closed yet.
func (f *Face) closing() error {
	if f.closed || f.view.State.Status != runbooks.StatusClosing {
		return nil
	}
	f.closed = true
	n := len(face.Only(f.view.Items, face.Pending)) + len(face.Only(f.view.Items, face.Aside))
	return f.blank(f.Words("run.closing", "n", n))
}

// undo asks whether what was done is taken back now.
func (f *Face) undo(p runbooks.Prompt) error {
	if err := f.closing(); err != nil {
		return err
	}
	of := ""
	if p.Of != nil {
		of = f.voice.Step(p.Of.ID)
	}
	if err := f.blank(f.Words("run.undo", "step", f.voice.Step(p.Step.ID), "of", of)); err != nil {
		return err
	}
	return f.ask(f.Words("run.ask.undo"), func(typed string) (bool, error) {
		switch {
		case isNo(typed):
			return true, f.skip()
		case !isYes(typed):
			return false, nil
		}
		return true, f.run.Undo(p.Step.ID)
	})
}

// beside asks for the end of what somebody else does.
func (f *Face) beside(p runbooks.Prompt) error {
	if err := f.closing(); err != nil {
		return err
	}
	if err := f.blank(f.Words("run.beside", "name", p.Name, "step", f.voice.Step(p.Step.ID))); err != nil {
		return err
	}
	return f.ask(f.Words("run.ask.beside"), func(typed string) (bool, error) {
		switch {
		case isNo(typed):
			return true, f.skip()
		case !isYes(typed):
			return false, nil
		}
		return true, f.run.BesideDone(p.Step.ID, p.Name)
	})
}

// asides lets the person say that somebody does a step meanwhile, or has done it.
func (f *Face) asides() error {
	now := f.run.Now()
	open := face.Only(f.view.Items, face.Aside)
	free := f.free()
	var texts []string
	for _, item := range open {
		texts = append(texts, f.voice.Item(item, now))
	}
	for _, step := range free {
		texts = append(texts, f.Words("run.beside-free", "step", f.voice.Step(step.ID)))
	}
	if len(texts) == 0 {
		return f.say("run.none-beside")
	}
	i, err := f.pick("run.ask.which-beside", texts, true)
	if i < 0 || err != nil {
		return err
	}
	if i >= len(open) {
		step := free[i-len(open)]
		return f.withText("run.ask.beside-who", func(name string) error { return f.run.Beside(step.ID, name) }, "run.noted")
	}
	item := open[i]
	typed, err := f.Term.Ask(f.Words("run.ask.beside-end"), f.wake)
	switch {
	case err != nil:
		return &terminalError{err}
	case isNo(typed):
		return f.withText("run.ask.drop", func(reason string) error { return f.run.BesideDrop(item.Step.ID, reason) }, "run.dropped")
	case !isYes(typed):
		return f.say("run.nevermind")
	}
	return f.done(f.run.BesideDone(item.Step.ID, item.Name), "run.noted")
}

// free are the steps that go together with the one that the run is in and that nobody does yet.
func (f *Face) free() []*runbooks.Step {
	if f.view.Step == nil {
		return nil
	}
	var list []*runbooks.Step
	for _, target := range f.view.Step.With {
		step := f.run.Book().Step(target.Value)
		if step == nil || step == f.view.Step || f.view.State.Steps[step.ID].Status != "" {
			continue
		}
		taken := false
		for _, b := range f.view.State.Besides {
			taken = taken || b.Step == step.ID
		}
		if !taken {
			list = append(list, step)
		}
	}
	return list
}

// takeBack undoes something while the run is under way.
func (f *Face) takeBack() error {
	now := f.run.Now()
	items := face.Only(f.view.Items, face.Pending)
	if len(items) == 0 {
		return f.say("run.none-undo")
	}
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = f.voice.Item(item, now)
	}
	i, err := f.pick("run.ask.which-undo", texts, true)
	if i < 0 || err != nil {
		return err
	}
	return f.run.Undo(items[i].Step.ID)
}

// info shows the step again, and all that waits beside it.
func (f *Face) info() error {
	now := f.run.Now()
	f.look()
	f.step, f.keyed = "", "" // so that it is shown again, up to what is asked for
	if err := f.blank(f.clock()); err != nil {
		return err
	}
	for _, item := range f.view.Items {
		if err := f.line("  - ", f.voice.Item(item, now)); err != nil {
			return err
		}
	}
	return nil
}

// credential finds the one that is meant: the only one of the step, the number that was typed, or the one that is chosen.
func (f *Face) credential(args []string) (link runbooks.Link, rest []string, ok bool, err error) {
	links := f.view.Step.Credentials()
	if len(args) > 0 {
		if n, err := strconv.Atoi(args[0]); err == nil {
			if n < 1 || n > len(links) {
				return link, nil, false, f.line("! ", f.Words("run.error.number", "n", len(links)))
			}
			return links[n-1], args[1:], true, nil
		}
	}
	texts := make([]string, len(links))
	for i, l := range links {
		texts[i] = titleOf(l)
	}
	i, err := f.pick("run.ask.which-credential", texts, false)
	if i < 0 || err != nil {
		return link, nil, false, err
	}
	return links[i], args, true, nil
}

// titleOf is what the runbook calls a credential, with which one it is: the runbook could call it anything.
func titleOf(link runbooks.Link) string { return link.Text + " (" + link.Target.Value + ")" }

// fields are those that were named by their ids or by what people call them; all of the credential where none was.
func (f *Face) fields(link runbooks.Link, named []string) ([]string, error) {
	all, err := f.run.FieldsOf(link)
	if err != nil || len(named) == 0 {
		return all, err
	}
	labels := f.labels(link, all)
	fields := slices.Clone(named)
	for i := range fields {
		if at := slices.IndexFunc(labels, func(l string) bool { return strings.EqualFold(l, fields[i]) }); at >= 0 {
			fields[i] = all[at]
		}
	}
	return fields, nil
}

// reveal shows all fields of a credential, or the one that was named.
func (f *Face) reveal(args []string) error {
	link, named, ok, err := f.credential(args)
	if !ok || err != nil {
		return err
	}
	fields, err := f.fields(link, named)
	if err != nil {
		return err
	}
	values, err := f.run.Reveal(link, fields...)
	if err != nil {
		return err
	}
	defer wipe(values)
	if err := f.Screen.Show(titleOf(link), values); err != nil {
		return &terminalError{err}
	}
	return f.say("run.was-shown", "path", link.Target.Value)
}

// copy copies one field: the only one, the one that was named, or the one that is chosen. In a step without credentials
// it copies the text that is to be sent.
func (f *Face) copy(args []string) error {
	if len(f.view.Step.Credentials()) == 0 {
		return f.copyNotice()
	}
	link, named, ok, err := f.credential(args)
	if !ok || err != nil {
		return err
	}
	fields, err := f.fields(link, named)
	if err != nil {
		return err
	}
	if len(named) == 0 {
		i, err := f.pick("run.ask.which-field", f.labels(link, fields), false)
		if i < 0 || err != nil {
			return err
		}
		fields = fields[i : i+1]
	}
	values, err := f.run.Reveal(link, fields[0])
	if err != nil {
		return err
	}
	defer wipe(values)
	return f.Screen.Copy(titleOf(link), values[0])
}

func (f *Face) copyNotice() error {
	notices := face.Notices(f.view.Step)
	texts := make([]string, len(notices))
	for i, notice := range notices {
		texts[i] = f.voice.Fill(notice.Text)
	}
	i, err := f.pick("run.ask.which-notice", texts, false)
	if i < 0 || err != nil {
		return err
	}
	return f.Screen.CopyText(f.Words("run.notice-any"), texts[i])
}

func wipe(values []runbooks.Value) {
	for _, v := range values {
		v.Secret.Wipe()
	}
}
