package runbooks

import (
	"fmt"
	"strings"
	"time"
)

// A keyed is a line "key: value" of the front matter or below a heading; an empty value is no line.
type keyed struct{ key, value string }

// frontLines are all keys of the front matter, in the order of the documentation.
func frontLines(m Meta) []keyed {
	roles, asks := make([]string, len(m.Roles)), make([]string, len(m.Inputs))
	for i, role := range m.Roles {
		roles[i] = role.ID
		if role.Title != "" && role.Title != role.ID {
			roles[i] += ": " + role.Title
		}
	}
	for i, ask := range m.Inputs {
		asks[i] = ask.Name
		if ask.Question != "" && ask.Question != ask.Name {
			asks[i] += ": " + ask.Question
		}
	}
	review := ""
	if !m.ReviewBy.IsZero() {
		review = m.ReviewBy.Format(time.DateOnly)
	}
	return []keyed{
		{"id", m.ID}, {"title", m.Title}, {"lang", m.Lang}, {"owner", m.Owner}, {"review_by", review},
		{"use_when", strings.Join(m.UseWhen, "; ")}, {"done_when", strings.Join(m.DoneWhen, "; ")},
		{"roles", strings.Join(roles, ", ")}, {"symptoms", strings.Join(m.Symptoms, "; ")}, {"est", spanText(m.Est)},
		{"inputs", strings.Join(asks, ", ")}, {"drill", joined(" ", spanText(m.Drill.Every), m.Drill.Mode)},
		{"paper", joined(" ", count(m.Paper.Copies), m.Paper.Secrets)},
		{"translation_of", joined(" ", m.TranslationOf.ID, m.TranslationOf.Digest)},
	}
}

// metaLines are all keys of a step's meta line.
func metaLines(s *Step) []keyed {
	with := make([]string, len(s.With))
	for i, target := range s.With {
		with[i] = target.String()
	}
	repeat := ""
	if r := s.Repeat; r != nil {
		repeat = joined(", ", spanText(r.First), spanText(r.Every), targetText(r.Until))
	}
	return []keyed{
		{string(metaWho), strings.Join(s.Who, ", ")}, {string(metaTime), spanText(s.Time)}, {string(metaSecond), s.Second},
		{string(metaWith), strings.Join(append(with, s.WithRole...), ", ")}, {string(metaThen), targetText(s.Then)},
		{string(metaRepeat), repeat}, {string(metaUndo), targetText(s.Undo)},
	}
}

func targetText(t *Target) string {
	if t == nil {
		return ""
	}
	return t.String()
}

// spanText writes a duration as the language does, "" for none.
func spanText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	var parts []string
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		if n := d / unit.of; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, unit.name))
			d -= n * unit.of
		}
	}
	return strings.Join(parts, " ")
}

func count(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// joined leaves out what is empty.
func joined(sep string, parts ...string) string {
	var list []string
	for _, part := range parts {
		if part != "" {
			list = append(list, part)
		}
	}
	return strings.Join(list, sep)
}

// written is a paragraph as its author wrote it, near enough to see what is different.
func written(t Text) string {
	var b strings.Builder
	for _, s := range t {
		switch s.Kind {
		case Strong:
			b.WriteString("**" + s.Text + "**")
		case Emphasis:
			b.WriteString("*" + s.Text + "*")
		case Code:
			b.WriteString("`" + s.Text + "`")
		case LinkSpan:
			b.WriteString("[" + s.Text + "](" + s.Link.Target.String() + ")")
		case Break:
			b.WriteByte('\n')
		default:
			b.WriteString(s.Text)
		}
	}
	return strings.TrimSpace(b.String())
}

// partsOf are the blocks of a step as they are compared.
func partsOf(blocks []Block) []part {
	parts := make([]part, len(blocks))
	for i, block := range blocks {
		parts[i] = partOf(block)
	}
	return parts
}

func partOf(block Block) part {
	switch block.Kind {
	case CheckBlock:
		text := written(block.Check.Challenge)
		if block.Check.Response != "" {
			text += " → **" + block.Check.Response + "**"
		}
		return part{CheckChanged, "", text}
	case FenceBlock:
		return part{FenceChanged, block.Fence.Kind.name(), block.Fence.written()}
	case NoteBlock:
		text := writtenBlocks(block.Note.Blocks)
		if block.Note.After > 0 {
			text = spanText(block.Note.After) + ": " + text
		}
		return part{NoteChanged, block.Note.Kind.name(), text}
	}
	return part{TextChanged, "", written(block.Text)}
}

func (k FenceKind) name() string {
	switch k {
	case RunFence:
		return "run"
	case NoticeFence:
		return "notice"
	}
	return "shown"
}

func (k NoteKind) name() string {
	switch k {
	case UndoNote:
		return "undo"
	case StuckNote:
		return "stuck"
	case StopNote:
		return "stop"
	case CautionNote:
		return "caution"
	}
	return "plain"
}

// written is the fence with its options, without its backticks.
func (f *Fence) written() string {
	head := joined(" ", f.Lang, option("needs", strings.Join(f.Needs, ",")), option("timeout", spanText(f.Timeout)),
		option("expect", f.Expect), option("via", strings.Join(f.Via, ",")))
	for _, secret := range f.Secrets {
		from := secret.Path + "#" + secret.Field
		if secret.Var == "" {
			head = joined(" ", head, option("stdin", from))
			continue
		}
		head = joined(" ", head, option("secret", secret.Var+":"+from))
	}
	if f.Drill {
		head = joined(" ", head, "drill=ok")
	}
	return joined("\n", head, strings.TrimSuffix(f.Text, "\n"))
}

func option(name, value string) string {
	if value == "" {
		return ""
	}
	return name + "=" + value
}

// writtenBlocks are blocks one below the other.
func writtenBlocks(blocks []Block) string {
	lines := make([]string, len(blocks))
	for i, block := range blocks {
		lines[i] = joined(" ", block.Marker, partOf(block).text)
	}
	return strings.Join(lines, "\n")
}

// lookOf tells whether blocks of the same parts stand in the same order and look the same.
func lookOf(blocks []Block) string {
	var b strings.Builder
	for _, block := range blocks {
		one := partOf(block)
		fmt.Fprintf(&b, "%d %d %q %q %q\n", block.Kind, block.Depth, block.Marker, one.name, one.text)
		if block.Note != nil {
			b.WriteString(lookOf(block.Note.Blocks))
		}
	}
	return b.String()
}
