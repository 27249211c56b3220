package report

import (
	"strings"
	"unicode"

	"opsvault/runbooks"
)

// Markdown writes a report as Markdown, with a table for each list. The book gives steps their titles and may be nil.
func Markdown(r Report, book *runbooks.Runbook, words Words) string {
	d := compose(r, book, words)
	var b strings.Builder
	b.WriteString("# " + plain(d.Title) + "\n")
	if d.Mark != "" {
		b.WriteString("\n**" + plain(d.Mark) + "**\n")
	}
	b.WriteByte('\n')
	for _, f := range d.Facts {
		b.WriteString("- **" + plain(f.Name) + ":** " + plain(f.Value) + "\n")
	}
	for _, s := range d.Sections {
		b.WriteString("\n## " + plain(s.Title) + "\n")
		if s.Intro != "" {
			b.WriteString("\n" + plain(s.Intro) + "\n")
		}
		b.WriteByte('\n')
		for _, item := range s.List {
			b.WriteString("- " + plain(item) + "\n")
		}
		markdownTable(&b, s)
	}
	b.WriteString("\n" + plain(d.Foot) + "\n")
	return b.String()
}

func markdownTable(b *strings.Builder, s section) {
	if len(s.Rows) == 0 {
		return
	}
	row := func(cells []string) {
		for _, cell := range cells {
			b.WriteString("| " + plain(cell) + " ")
		}
		b.WriteString("|\n")
	}
	row(s.Header)
	b.WriteString(strings.Repeat("|---", len(s.Header)) + "|\n")
	for _, cells := range s.Rows {
		row(cells)
	}
}

// plain keeps text from meaning anything in Markdown: what people typed is no heading, no link, no HTML and no end of a cell.
func plain(s string) string {
	runes := []rune(strings.Join(strings.Fields(s), " "))
	var b strings.Builder
	for i, r := range runes {
		if special(runes, i) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// special reports a character that would be more than itself: a mark, or what begins a list.
func special(runes []rune, i int) bool {
	switch runes[i] {
	case '\\', '`', '*', '[', ']', '<', '>', '|', '~', '#', '&', '$':
		return true
	case '_':
		return i == 0 || i+1 == len(runes) || !wordy(runes[i-1]) || !wordy(runes[i+1])
	case '-', '+', '=':
		return i == 0
	case '.', ')':
		return i > 0 && i < 10 && strings.Trim(string(runes[:i]), "0123456789") == "" && (i+1 == len(runes) || runes[i+1] == ' ')
	case ':': // an address that readers would make a link of
		return i+2 < len(runes) && runes[i+1] == '/' && runes[i+2] == '/'
	}
	return false
}

func wordy(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
