package plain

import (
	"strings"

	"opsvault/runbooks"
)

// block prints one piece of a step that is not a check.
func (f *Face) block(b runbooks.Block) error {
	indent := strings.Repeat("  ", b.Depth)
	switch b.Kind {
	case runbooks.Item:
		return f.line(indent+b.Marker+" ", f.text(b.Text))
	case runbooks.FenceBlock:
		return f.fence(indent, b.Fence)
	case runbooks.NoteBlock:
		return f.note(indent, b.Note)
	}
	return f.line(indent, f.text(b.Text))
}

// fence prints a text line by line. A command is shown only: the check beside it says how to do it by hand.
func (f *Face) fence(indent string, fence *runbooks.Fence) error {
	title := ""
	switch fence.Kind {
	case runbooks.RunFence:
		title = f.Words("run.command")
	case runbooks.NoticeFence:
		title = f.Words("run.notice", "via", fence.Via)
	}
	if title != "" {
		if err := f.line(indent, title); err != nil {
			return err
		}
	}
	for line := range strings.Lines(fence.Text) {
		text := strings.TrimRight(line, "\n")
		if fence.Kind == runbooks.NoticeFence {
			text = f.fill(text)
		}
		if err := f.line(indent+"    | ", text); err != nil {
			return err
		}
	}
	return nil
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
		switch {
		case b.Check != nil:
			continue
		case b.Fence != nil:
			if err := f.fence(lead, b.Fence); err != nil {
				return err
			}
		case b.Note != nil:
			if err := f.note(lead, b.Note); err != nil {
				return err
			}
		default:
			if b.Marker != "" {
				b.Marker += " "
			}
			if err := f.line(lead+b.Marker, f.text(b.Text)); err != nil {
				return err
			}
		}
	}
	return nil
}

// text is a paragraph for a terminal without looks: links carry where they lead.
func (f *Face) text(t runbooks.Text) string {
	var b strings.Builder
	for _, span := range t {
		switch {
		case span.Kind == runbooks.Break:
			b.WriteString(" ")
		case span.Link != nil:
			b.WriteString(f.link(*span.Link))
		case span.Kind == runbooks.Code && strings.HasSuffix(span.Text, "=____"):
			b.WriteString("____") // its name is in the question
		default:
			b.WriteString(span.Text)
		}
	}
	return strings.TrimSpace(f.fill(b.String()))
}

func (f *Face) link(l runbooks.Link) string {
	switch l.Target.Scheme {
	case runbooks.SchemeJump:
		return f.Words("run.link.jump", "text", l.Text, "where", f.where(l.Target))
	case runbooks.SchemeTimer:
		return f.Words("run.link.timer", "text", l.Text, "time", l.Target.Span)
	case runbooks.SchemeWeb:
		if l.Text == l.Target.Value {
			return l.Text
		}
		return l.Text + " <" + l.Target.Value + ">"
	}
	value := l.Target.Value
	if l.Target.Scheme != runbooks.SchemeVault {
		value = f.role(strings.TrimPrefix(value, "role:"))
	}
	return f.Words("run.link."+l.Target.Scheme, "text", l.Text, "value", value)
}

func (f *Face) fill(s string) string { return runbooks.Fill(s, f.run.State().Inputs) }

// role is a role's name in this text.
func (f *Face) role(id string) string {
	for _, role := range f.run.Book().Meta.Roles {
		if role.ID == id {
			return role.Title
		}
	}
	return id
}

func (f *Face) roles(ids []string) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = f.role(id)
	}
	return list
}
