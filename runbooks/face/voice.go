package face

import (
	"strings"
	"time"

	"opsvault/runbooks"
)

// A Voice puts what a runbook and a run hold into sentences.
type Voice struct {
	Words Words
	Book  *runbooks.Runbook
	State runbooks.State
}

// VoiceOf is the voice of a run as it is now.
func VoiceOf(words Words, r *runbooks.Runner) Voice { return Voice{words, r.Book(), r.State()} }

// Text is a paragraph for a terminal without looks: links carry where they lead, blanks are blank, inputs are filled in.
func (v Voice) Text(t runbooks.Text) string {
	var b strings.Builder
	for _, span := range t {
		switch {
		case span.Kind == runbooks.Break:
			b.WriteString(" ")
		case span.Link != nil:
			b.WriteString(v.Link(*span.Link))
		case span.Kind == runbooks.Code && strings.HasSuffix(span.Text, "=____"):
			b.WriteString("____") // its name is in the question
		default:
			b.WriteString(span.Text)
		}
	}
	return strings.TrimSpace(v.Fill(b.String()))
}

// Fill puts the inputs of the run into a text.
func (v Voice) Fill(s string) string { return runbooks.Fill(s, v.State.Inputs) }

// Link is a link with what it leads to.
func (v Voice) Link(l runbooks.Link) string {
	switch l.Target.Scheme {
	case runbooks.SchemeJump:
		where := v.Where(l.Target)
		if step := v.Book.Step(l.Target.Value); step != nil && step.Title == l.Text {
			where = v.Words("run.to-number", "number", step.Number)
		}
		return v.Words("run.link.jump", "text", l.Text, "where", where)
	case runbooks.SchemeTimer:
		return v.Words("run.link.timer", "text", l.Text, "time", v.Span(l.Target.Span))
	case runbooks.SchemeWeb:
		if l.Text == l.Target.Value {
			return l.Text
		}
		return l.Text + " <" + l.Target.Value + ">"
	}
	value := l.Target.Value
	if l.Target.Scheme != runbooks.SchemeVault {
		value = v.Person(value)
	}
	return v.Words("run.link."+l.Target.Scheme, "text", l.Text, "value", value)
}

// Person is a target of people in words: the name of a role in this text, else the id.
func (v Voice) Person(value string) string {
	for _, kind := range []string{"role:", "duty:", "member:"} {
		value = strings.TrimPrefix(value, kind)
	}
	return v.Role(value)
}

// Where says where an answer leads.
func (v Voice) Where(t runbooks.Target) string {
	switch {
	case t.Scheme == runbooks.SchemeRunbook:
		return v.Words("run.to-runbook", "slug", t.Value)
	case t.Value == "end":
		return v.Words("run.to-end")
	case t.Value == "abort":
		return v.Words("run.to-abort")
	}
	if step := v.Book.Step(t.Value); step != nil {
		return v.Words("run.to-step", "number", step.Number, "title", step.Title)
	}
	return t.String()
}

// Role is a role's name in this text.
func (v Voice) Role(id string) string {
	for _, role := range v.Book.Meta.Roles {
		if role.ID == id {
			return role.Title
		}
	}
	return id
}

// Roles are their names in this text.
func (v Voice) Roles(ids []string) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = v.Role(id)
	}
	return list
}

// Step is a step by its number and title.
func (v Voice) Step(id string) string {
	if step := v.Book.Step(id); step != nil {
		return v.Words("run.step-name", "number", step.Number, "title", step.Title)
	}
	return ""
}

// Contact is somebody with the number to call, in one line.
func (v Voice) Contact(c runbooks.Contact) string {
	phone := c.Phone
	if phone == "" {
		phone = v.Words("run.no-phone")
	}
	parts := []string{c.Name, phone, c.Why}
	if c.Name == "" {
		parts = []string{phone, c.Why}
	}
	if c.Why == "" {
		parts = parts[:len(parts)-1]
	}
	return strings.Join(parts, " · ")
}

// Span is a time to the minute, below a minute to the second: "1 h 5 min", "40 s".
func (v Voice) Span(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < time.Minute:
		return v.Words("run.span-s", "s", int(d/time.Second))
	case d < time.Hour || d%time.Hour < time.Minute:
		if d < time.Hour {
			return v.Words("run.span-m", "m", int(d/time.Minute))
		}
		return v.Words("run.span-h", "h", int(d/time.Hour))
	}
	return v.Words("run.span-hm", "h", int(d/time.Hour), "m", int(d%time.Hour/time.Minute))
}

// Of says a time beside its estimate, if there is one.
func (v Voice) Of(took, estimate time.Duration) string {
	if estimate <= 0 {
		return v.Span(took)
	}
	return v.Words("run.time-of", "time", v.Span(took), "estimate", v.Span(estimate))
}

// Item says what waits, and how long.
func (v Voice) Item(i Item, now time.Time) string {
	args := []any{"text", i.Text, "name", i.Name, "time", v.Span(i.Since.Sub(now).Abs()), "clock", i.Due.In(now.Location()).Format("15:04")}
	if i.Step != nil {
		args = append(args, "number", i.Step.Number, "title", i.Step.Title)
	}
	key := "run.item.offer"
	switch i.Kind {
	case Timer, Reminder:
		key = map[bool]map[ItemKind]string{
			true:  {Timer: "run.item.timer-now", Reminder: "run.item.reminder-now"},
			false: {Timer: "run.item.timer", Reminder: "run.item.reminder"},
		}[i.Now(now)][i.Kind]
		args = append(args, "left", v.Span(i.Due.Sub(now)), "late", v.Span(now.Sub(i.Due)))
	case Aside:
		key = "run.item.aside"
	case Pending:
		key = "run.item.pending"
		if i.Of != nil {
			args = append(args, "of", v.Step(i.Of.ID))
		}
	}
	return v.Words(key, args...)
}

// noBreak is a space at which no line is broken.
const noBreak = "\u00a0"

// Keys is a short line of keys.
func (v Voice) Keys(keys []Key) string {
	parts := make([]string, 0, len(keys)+1)
	for _, k := range keys {
		parts = append(parts, strings.ReplaceAll(string(k)+" "+v.Words("run.key."+k.Name()), " ", noBreak))
	}
	return strings.Join(parts, " · ")
}

// Help is a line about a key, with its letter in both layouts.
func (v Voice) Help(k Key) string {
	letters := string(k)
	if c := k.Cyrillic(); c != 0 {
		letters += " (" + string(c) + ")"
	}
	return letters + "  " + v.Words("run.help."+k.Name())
}
