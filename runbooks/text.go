package runbooks

import (
	"strings"
	"unicode"
)

// A SpanKind says how a [Span] looks.
type SpanKind int

// The kinds of spans.
const (
	Plain SpanKind = iota + 1
	Strong
	Emphasis
	Code
	LinkSpan
	Break // a line break that the author wants
)

// A Span is a piece of text of one look.
type Span struct {
	Kind SpanKind
	Text string
	Link *Link
	Pos  Pos
}

// A Text is one paragraph, without line breaks but those of Break.
type Text []Span

// String is the text without its looks.
func (t Text) String() string {
	var b strings.Builder
	for _, span := range t {
		if span.Kind == Break {
			b.WriteByte('\n')
			continue
		}
		b.WriteString(span.Text)
	}
	return strings.TrimSpace(b.String())
}

// A Link is an action or a jump.
type Link struct {
	Text   string
	Target Target
	Pos    Pos
	Drill  bool // of a credential: it is opened in a drill, too
}

// unsafeRune finds the first character that must not reach a terminal: a control, a line or paragraph separator, or one
// that reorders text (CVE-2021-42574) or hides in it. Tabs and line feeds are allowed.
func unsafeRune(s string) (r rune, at int, found bool) {
	for i, r := range s {
		if r < 0x20 && r != '\n' && r != '\t' || r >= 0x7F && isUnsafe(r) {
			return r, i, true
		}
	}
	return 0, 0, false
}

func isUnsafe(r rune) bool {
	switch {
	case r == 0x7F, r >= 0x80 && r <= 0x9F:
		return true
	case r == 0x2028, r == 0x2029, r == 0xFEFF:
		return true
	case r == 0x061C, r == 0x200E, r == 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
		return true
	}
	return unicode.Is(unicode.Cc, r) || r >= 0xE0000 && r <= 0xE007F
}

// Fill puts the values of inputs into the {{name}}s of a text; one without a value becomes a blank.
func Fill(s string, inputs map[string]string) string {
	if !strings.Contains(s, "{{") {
		return s
	}
	return inputUse().ReplaceAllStringFunc(s, func(m string) string {
		if value := inputs[inputUse().FindStringSubmatch(m)[1]]; value != "" {
			return value
		}
		return "____"
	})
}
