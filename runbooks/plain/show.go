package plain

import (
	"strconv"
	"strings"

	"opsvault/runbooks"
	"opsvault/runbooks/face"
)

// show prints what the person has not seen yet and needs for the next thing: the head of a step when it is new, with its
// cautions, and its text up to the check that is asked for.
func (f *Face) show(p runbooks.Prompt) error {
	switch {
	case p.Step == nil:
		return nil
	case p.Kind == runbooks.PromptResume, p.Kind == runbooks.PromptPaper, p.Kind == runbooks.PromptUndo, p.Kind == runbooks.PromptBeside:
		return nil
	}
	st := f.run.State().Steps[p.Step.ID]
	if f.step != p.Step.ID || f.visit != st.Visits {
		if err := f.took(); err != nil {
			return err
		}
		f.step, f.visit, f.shown = p.Step.ID, st.Visits, 0
		if err := f.head(p.Step); err != nil {
			return err
		}
	}
	if p.Kind == runbooks.PromptCaution {
		return nil
	}
	return f.upTo(p)
}

// upTo prints the blocks before the check or the command that is asked for.
func (f *Face) upTo(p runbooks.Prompt) error {
	for blocks := p.Step.Blocks; f.shown < len(blocks); f.shown++ {
		block := blocks[f.shown]
		switch {
		case p.Kind == runbooks.PromptCommand && block.Fence == p.Fence:
			return nil
		case p.Kind == runbooks.PromptCommand && block.Check != nil && block.Check == p.Fence.Check:
			continue // it is asked for when the command does not do it
		case block.Check != nil && p.Check != nil && block.Check.Number == p.Check.Number:
			return f.beneath(p.Step)
		case block.Check != nil && p.Check != nil && block.Check.Number > p.Check.Number:
			return nil // it was asked for before, and is again
		case block.Check != nil || isCaution(block):
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

// beneath prints what stands directly behind the check that is asked for and belongs to it: the text inside its item,
// fences, and notes such as "if stuck". A notice waits, because it may need what is asked for now. Behind a check that ends the
// step everything comes, for nothing is asked afterwards.
func (f *Face) beneath(step *runbooks.Step) error {
	blocks := step.Blocks
	check := blocks[f.shown]
	last := check.Check.Number == len(step.Checks) && step.Decision == nil && step.Second == ""
	for f.shown++; f.shown < len(blocks); f.shown++ {
		block := blocks[f.shown]
		fence := block.Fence != nil && block.Fence.Kind == runbooks.ShownFence
		if block.Check != nil || !last && !fence && block.Note == nil && block.Depth <= check.Depth {
			return nil
		}
		if isCaution(block) || block.Fence != nil && block.Fence.Kind == runbooks.RunFence {
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
	if err := f.line("", ""); err != nil {
		return err
	}
	if f.view.State.Drill {
		if err := f.line("*** ", f.Words("run.drill")); err != nil {
			return err
		}
	}
	if err := f.line("", f.where(step)); err != nil {
		return err
	}
	if err := f.about(step); err != nil {
		return err
	}
	if err := f.keys(); err != nil {
		return err
	}
	if err := f.cautions(step); err != nil {
		return err
	}
	return f.line("", "")
}

// where says which step it is.
func (f *Face) where(step *runbooks.Step) string {
	if step.Phase != nil && step.Phase.Rollback() {
		return f.Words("run.step-undo", "number", step.Number, "title", step.Title)
	}
	return f.Words("run.step", "number", step.Number, "count", len(f.run.Book().Steps()), "title", step.Title)
}

// about says who does a step, how long it takes, and which credentials it has.
func (f *Face) about(step *runbooks.Step) error {
	if facts := f.facts(step); facts != "" {
		if err := f.line("", facts); err != nil {
			return err
		}
	}
	if !f.run.Mine(step) {
		if err := f.line("! ", f.Words("run.not-yours", "roles", f.voice.Roles(f.run.Book().RolesOf(step)))); err != nil {
			return err
		}
	}
	return f.credentials(step)
}

func (f *Face) cautions(step *runbooks.Step) error {
	for _, block := range step.Blocks {
		if isCaution(block) {
			if err := f.note("", block.Note); err != nil {
				return err
			}
		}
	}
	return nil
}

// keys prints the line of keys when it is another one than before.
func (f *Face) keys() error {
	line := f.voice.Keys(face.Short(f.view.Keys))
	if line == f.keyed {
		return nil
	}
	f.keyed = line
	return f.say("run.keys", "keys", line)
}

// facts are who does a step, how long it takes, and what is special about it.
func (f *Face) facts(step *runbooks.Step) string {
	var facts []string
	if len(step.Who) > 0 {
		facts = append(facts, f.Words("run.who", "roles", f.voice.Roles(step.Who)))
	}
	if step.Time > 0 {
		facts = append(facts, f.Words("run.estimate", "time", f.voice.Span(step.Time)))
	}
	if step.Second != "" {
		facts = append(facts, f.Words("run.two"))
	}
	if step.Repeat != nil {
		facts = append(facts, f.Words("run.repeat", "time", f.voice.Span(step.Repeat.Every)))
	}
	return strings.Join(facts, " · ")
}

// credentials lists the step's, masked.
func (f *Face) credentials(step *runbooks.Step) error {
	links := step.Credentials()
	for i, link := range links {
		fields, err := f.run.FieldsOf(link)
		text := f.Words("run.credential", "title", link.Text, "path", link.Target.Value, "fields", f.labels(link, fields))
		if err != nil {
			text = f.Words("run.credential-closed", "title", link.Text, "path", link.Target.Value, "why", f.explain(err))
		}
		lead := "  * "
		if len(links) > 1 {
			lead = "  " + strconv.Itoa(i+1) + " "
		}
		if err := f.line(lead, text); err != nil {
			return err
		}
	}
	return nil
}

// labels are what people call the fields of a credential.
func (f *Face) labels(link runbooks.Link, fields []string) []string {
	if f.Machine.Label == nil {
		return fields
	}
	list := make([]string, len(fields))
	for i, field := range fields {
		list[i] = f.Machine.Label(link.Target.Value, field)
	}
	return list
}

// block prints one piece of a step that is not a check.
func (f *Face) block(b runbooks.Block) error {
	indent := strings.Repeat("  ", b.Depth)
	switch b.Kind {
	case runbooks.Item:
		return f.paragraph(indent+b.Marker+" ", b.Text)
	case runbooks.FenceBlock:
		return f.fence(indent, b.Fence)
	case runbooks.NoteBlock:
		return f.note(indent, b.Note)
	}
	return f.paragraph(indent, b.Text)
}

// paragraph prints a text and, below it, how those are reached whom it names.
func (f *Face) paragraph(lead string, text runbooks.Text) error {
	if err := f.line(lead, f.voice.Text(text)); err != nil {
		return err
	}
	for _, span := range text {
		if span.Link == nil {
			continue
		}
		switch span.Link.Target.Scheme {
		case runbooks.SchemeCall, runbooks.SchemeEscalate, runbooks.SchemeHandover:
			if err := f.contacts(*span.Link); err != nil {
				return err
			}
		}
	}
	return nil
}

// contacts lists who is to be called, at most three: more is for the key.
func (f *Face) contacts(link runbooks.Link) error {
	for i, contact := range f.run.Contacts(link.Target) {
		if i == 3 {
			break
		}
		if err := f.line("      > ", f.voice.Contact(contact)); err != nil {
			return err
		}
	}
	return nil
}

// fence prints a text line by line. A notice stands without anything before its lines, so that it can be copied.
func (f *Face) fence(indent string, fence *runbooks.Fence) error {
	switch fence.Kind {
	case runbooks.RunFence:
		return nil // it is asked for
	case runbooks.NoticeFence:
		return f.noticeText(indent, fence)
	}
	return f.verbatim(indent+"    | ", fence.Text)
}

func (f *Face) verbatim(lead, text string) error {
	for line := range strings.Lines(text) {
		if err := f.line(lead, strings.TrimRight(line, "\n")); err != nil {
			return err
		}
	}
	return nil
}

func (f *Face) noticeText(indent string, fence *runbooks.Fence) error {
	key := "run.notice"
	if len(fence.Via) == 0 {
		key = "run.notice-any"
	}
	if err := f.line(indent, f.Words(key, "via", fence.Via)); err != nil {
		return err
	}
	if err := f.verbatim("", f.voice.Fill(fence.Text)); err != nil {
		return err
	}
	return f.line(indent, f.Words("run.notice-end"))
}

func (f *Face) note(indent string, note *runbooks.Note) error {
	lead := indent + "> "
	if note.Kind == runbooks.CautionNote {
		if err := f.line(indent+"! ", f.Words("run.caution")); err != nil {
			return err
		}
		lead = indent + "! "
	}
	for _, b := range note.Blocks {
		var err error
		switch {
		case b.Check != nil:
		case b.Fence != nil:
			err = f.fence(lead, b.Fence)
		case b.Note != nil:
			err = f.note(lead, b.Note)
		case b.Marker != "":
			err = f.paragraph(lead+b.Marker+" ", b.Text)
		default:
			err = f.paragraph(lead, b.Text)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
