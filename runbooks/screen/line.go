package screen

import (
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/clipperhouse/displaywidth"
)

// maxLine is the longest answer, in bytes: as much as a terminal gives at a time.
const maxLine = 4094

// A line is what is being typed, around the cursor, in characters as people count them.
type line struct{ before, after []string }

func (l *line) text() string { return join(l.before) + join(l.after) }

func join(parts []string) string {
	var s string
	for _, part := range parts {
		s += part
	}
	return s
}

// insert puts a text before the cursor; what is too long is left out.
func (l *line) insert(text string) {
	room := maxLine - len(l.text())
	for len(text) > room {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	l.before = characters(join(l.before) + text)
}

// characters are the clusters of a text that a cursor steps over.
func characters(text string) []string {
	var list []string
	for g := displaywidth.StringGraphemes(text); g.Next(); {
		list = append(list, g.Value())
	}
	return list
}

// edit moves the cursor or takes characters away.
func (l *line) edit(k tea.Key) {
	n := len(l.before)
	switch {
	case k.Code == tea.KeyBackspace && n > 0:
		l.before = l.before[:n-1]
	case k.Code == tea.KeyDelete && len(l.after) > 0:
		l.after = l.after[1:]
	case k.Code == tea.KeyLeft && n > 0:
		l.before, l.after = l.before[:n-1:n-1], append([]string{l.before[n-1]}, l.after...)
	case k.Code == tea.KeyRight && len(l.after) > 0:
		l.before, l.after = append(l.before[:n:n], l.after[0]), l.after[1:]
	case k.Code == tea.KeyHome, ctrl(k, 'a'):
		l.before, l.after = nil, append(l.before[:n:n], l.after...)
	case k.Code == tea.KeyEnd, ctrl(k, 'e'):
		l.before, l.after = append(l.before[:n:n], l.after...), nil
	case k.Code == tea.KeyEscape, ctrl(k, 'u'):
		*l = line{}
	case ctrl(k, 'w'):
		for n > 0 && l.before[n-1] == " " {
			n--
		}
		for n > 0 && l.before[n-1] != " " {
			n--
		}
		l.before = l.before[:n]
	}
}

// window is as much of the line as fits, and the column of the cursor in it.
func (l *line) window(width int) (shown string, cursor int) {
	width = max(width, 2)
	from, left := 0, displaywidth.String(join(l.before))
	for left >= width {
		left -= displaywidth.String(l.before[from])
		from++
	}
	text := join(l.before[from:]) + join(l.after)
	for displaywidth.String(text) > width {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text, left
}

func widthOf(s string) int { return displaywidth.String(s) }
