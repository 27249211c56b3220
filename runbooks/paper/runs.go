package paper

import (
	"strings"

	"opsvault/runbooks"
)

// A runKind says how a [run] looks.
type runKind string

const (
	runPlain  runKind = "plain"
	runStrong runKind = "strong"
	runEm     runKind = "em"
	runCode   runKind = "code"
	runBreak  runKind = "break"
	runBlank  runKind = "blank"  // a line to write on; Note says what for
	runWrite  runKind = "write"  // the same, in a check that asks for it
	runFilled runKind = "filled" // what was written there
	runGo     runKind = "go"     // a jump: Text, and in Note where it leads
	runCred   runKind = "cred"   // a credential: its title, its path in Path, who can open it in Note
	runCall   runKind = "call"   // somebody to call: Text, numbers in Note
	runTimer  runKind = "timer"  // a span, with room for the time when it is over
	runKeep   runKind = "keep"   // evidence
	runURL    runKind = "url"
)

// A run is a piece of a paragraph of one look.
type run struct {
	Kind   runKind
	Text   string
	Note   string
	Path   string
	Anchor string
	People []string // to be called, each not to be broken over lines
}

// runs views a paragraph. In a check the blanks are wide: somebody writes on them.
func (s *sheetView) runs(text runbooks.Text, inCheck bool) []run {
	var list []run
	for _, span := range text {
		switch {
		case span.Kind == runbooks.Break:
			list = append(list, run{Kind: runBreak})
		case span.Link != nil:
			list = append(list, s.link(span.Link))
		case span.Kind == runbooks.Code && inCheck && isBlank(span.Text):
			list = append(list, s.blank(strings.TrimRight(strings.TrimSpace(span.Text), "=_")))
		case span.Kind == runbooks.Code:
			list = append(list, s.filled(runCode, span.Text)...)
		default:
			list = append(list, s.filled(looks(span.Kind), span.Text)...)
		}
	}
	return list
}

func looks(kind runbooks.SpanKind) runKind {
	switch kind {
	case runbooks.Strong:
		return runStrong
	case runbooks.Emphasis:
		return runEm
	}
	return runPlain
}

// isBlank reports "name=____".
func isBlank(s string) bool {
	name, line, ok := strings.Cut(strings.TrimSpace(s), "=")
	return ok && name != "" && len(line) >= 2 && strings.Trim(line, "_") == ""
}

// blank is a line to write on, or what the run has there already.
func (s *sheetView) blank(name string) run {
	if value := s.value(name); value != "" {
		return run{Kind: runFilled, Text: value, Note: name}
	}
	return run{Kind: runWrite, Note: name}
}

// filled puts blanks, or the values of the run, in the place of the {{name}}s.
func (s *sheetView) filled(kind runKind, text string) []run {
	var list []run
	add := func(text string) {
		if text != "" {
			list = append(list, run{Kind: kind, Text: text})
		}
	}
	for {
		before, name, after, found := cutUse(text)
		add(before)
		if !found {
			return list
		}
		text = after
		if value := s.value(name); value != "" {
			list = append(list, run{Kind: runFilled, Text: value, Note: name})
			continue
		}
		note := name
		if number, known := s.where[name]; known {
			note = s.W("blank-from", "name", name, "number", number)
		}
		list = append(list, run{Kind: runBlank, Note: note})
	}
}

// cutUse cuts a text around its first {{name}}.
func cutUse(s string) (before, name, after string, found bool) {
	for from := 0; ; {
		i := strings.Index(s[from:], "{{")
		if i < 0 {
			return s, "", "", false
		}
		i += from
		inner, rest, closed := strings.Cut(s[i+2:], "}}")
		if !closed {
			return s, "", "", false
		}
		if name = strings.TrimSpace(inner); isInputName(name) {
			return s[:i], name, rest, true
		}
		from = i + 2
	}
}

func isInputName(s string) bool {
	for _, c := range []byte(s) {
		if c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

func (s *sheetView) link(l *runbooks.Link) run {
	t := l.Target
	switch t.Scheme {
	case runbooks.SchemeJump:
		r := run{Kind: runGo, Text: l.Text, Note: s.to(t)}
		if step := s.Book.Step(t.Value); step != nil {
			r.Note, r.Anchor = s.W("step", "number", step.Number), s.Anchor(step.Number)
			if !strings.EqualFold(strings.TrimSpace(l.Text), step.Title) {
				r.Note = s.to(t)
			}
		}
		return r
	case runbooks.SchemeVault:
		return s.credential(l)
	case runbooks.SchemeCall, runbooks.SchemeEscalate, runbooks.SchemeHandover:
		return s.call(l)
	case runbooks.SchemeTimer:
		return run{Kind: runTimer, Text: l.Text, Note: s.span(t.Span)}
	case runbooks.SchemeEvidence:
		return run{Kind: runKeep, Text: l.Text, Note: t.Value}
	case runbooks.SchemeRunbook:
		return run{Kind: runGo, Text: l.Text, Note: s.otherBook(t.Value)}
	}
	address := strings.TrimPrefix(strings.TrimPrefix(t.Value, "mailto:"), "tel:")
	if l.Text == address {
		address = ""
	}
	return run{Kind: runURL, Text: l.Text, Note: address}
}

// credential names a credential and who can open it: never what is in it.
func (s *sheetView) credential(l *runbooks.Link) run {
	r := run{Kind: runCred, Text: l.Text, Path: l.Target.Value}
	if l.Target.Field != "" {
		r.Path += "#" + l.Target.Field
	}
	if s.page.World != nil {
		if names := s.page.World.Opens(l.Target.Value); len(names) > 0 {
			r.Note = s.W("can-open", "names", strings.Join(names, ", "))
		} else {
			r.Note = s.W("nobody-opens")
		}
	}
	return r
}

// call says whom to call: a number as it is, else the role or duty and the people behind it.
func (s *sheetView) call(l *runbooks.Link) run {
	kind, name, found := strings.Cut(l.Target.Value, ":")
	if !found {
		name = l.Target.Value
	}
	if kind == "role" {
		name = s.roleTitle(name)
	}
	r := run{Kind: runCall, Text: l.Text, Note: name, People: s.contacts(l.Target)}
	if len(r.People) > 0 && (!found || kind == "member") {
		r.Note = "" // the name is among them
	}
	return r
}

// contacts are the people behind a target with their numbers.
func (s *sheetView) contacts(t runbooks.Target) []string {
	if s.page.World == nil {
		return nil
	}
	var list []string
	for _, p := range s.page.World.Contacts(t) {
		list = append(list, strings.TrimSpace(p.Name+" "+p.Phone))
	}
	return list
}
