package term

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// Width is the number of columns that a text takes on a terminal: two for a CJK character or an emoji, none for a
// combining mark, one for a Cyrillic letter.
func Width(s string) int { return displaywidth.String(s) }

// Truncate cuts a text to a width, with … where something was cut.
func Truncate(s string, width int) string {
	if width <= 0 {
		return ""
	}
	return displaywidth.TruncateString(s, width, "…")
}

// Pad adds spaces up to a width.
func Pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-Width(s)))
}

// Wrap breaks lines at spaces so that none is wider than width. Line breaks stay; the continuation of a line is indented
// like the line itself. A word that is wider than the line is broken where the line ends.
func Wrap(text string, width int) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = wrapLine(line, max(width, 2))
	}
	return strings.Join(lines, "\n")
}

func wrapLine(line string, width int) string {
	if Width(line) <= width {
		return line
	}
	indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
	if len(indent) > width/2 {
		indent = ""
	}
	var out, current strings.Builder
	column := 0
	flush := func() {
		out.WriteString(strings.TrimRight(current.String(), " "))
		out.WriteByte('\n')
		current.Reset()
		current.WriteString(indent)
		column = len(indent)
	}
	current.WriteString(indent)
	column = len(indent)
	for word := range strings.FieldsSeq(line) {
		space := 0
		if column > len(indent) {
			space = 1
		}
		if column+space+Width(word) > width && column > len(indent) {
			flush()
			space = 0
		}
		for len(indent)+Width(word) > width {
			head := cut(word, width-len(indent))
			current.WriteString(head)
			word = word[len(head):]
			flush()
		}
		current.WriteString(strings.Repeat(" ", space) + word)
		column += space + Width(word)
	}
	out.WriteString(current.String())
	return strings.TrimRight(out.String(), " \n")
}

// cut returns the longest beginning of s that fits, at least one character.
func cut(s string, width int) string {
	taken := 0
	for graphemes := displaywidth.StringGraphemes(s); graphemes.Next(); {
		if taken > 0 && width < graphemes.Width() {
			break
		}
		taken += len(graphemes.Value())
		width -= graphemes.Width()
	}
	return s[:taken]
}
