package term

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// Width is the number of columns that a text takes on a terminal: two for a CJK character or an emoji, none for a
// combining mark, one for a Cyrillic letter.
func Width(s string) int {
	width := 0
	for _, r := range s {
		if r >= 0x2028 || !ordinary(r) {
			return displaywidth.String(s)
		}
		width++ // the ordinary characters below are one column wide each
	}
	return width
}

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
// like the line itself, and what a no-break space holds together stays together. A word that is wider than the line is broken where the line ends.
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
	var lines []string
	current, begun := indent, false
	flush := func() {
		lines = append(lines, strings.TrimRight(current, " "))
		current, begun = indent, false
	}
	for word := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ' ' || r == '\t' }) {
		if begun {
			// A whole line is measured, not its words: characters may join across their border.
			if longer := current + " " + word; Width(longer) <= width {
				current = longer
				continue
			}
			flush()
		}
		for Width(indent+word) > width && word != "" {
			head := cut(indent, word, width)
			current, word = indent+head, word[len(head):]
			if word != "" {
				flush()
			}
		}
		if word != "" {
			current = indent + word
		}
		begun = true
	}
	return strings.Join(append(lines, strings.TrimRight(current, " ")), "\n")
}

// cut returns the longest beginning of word that fits after indent, at least one character.
func cut(indent, word string, width int) string {
	taken := 0
	for graphemes := displaywidth.StringGraphemes(word); graphemes.Next(); {
		next := taken + len(graphemes.Value())
		if taken > 0 && Width(indent+word[:next]) > width {
			break
		}
		taken = next
	}
	return word[:taken]
}
