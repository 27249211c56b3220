package strictyaml

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// maxKey keeps keys below the 1,024 characters after which YAML no longer takes a text for a key, escapes included.
const maxKey = 512

// text writes a string in the form that reads best: plain, as a block of lines, or in double quotes.
func (e *encoder) text(s string, p place) {
	switch {
	case !utf8.ValidString(s):
		e.fail("a text that is not UTF-8")
	case isPlain(s, p.line()):
		e.scalar(s, p)
	case !p.line() && p.depth > 0 && isBlock(s):
		e.block(s, p)
	default:
		e.scalar(quote(s), p)
	}
}

// block writes lines as they are, behind "|" (the text ends with a line feed) or "|-" (it does not).
func (e *encoder) block(s string, p place) {
	e.out.WriteString(" |")
	if !strings.HasSuffix(s, "\n") {
		e.out.WriteString("-")
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(s, "\n"), "\n") {
		e.out.WriteString("\n")
		if line != "" {
			e.out.WriteString(strings.Repeat(" ", p.indent) + line)
		}
	}
}

func quoteKey(s string, e *encoder) string {
	if !utf8.ValidString(s) || s == "" || len(s) > maxKey {
		e.fail("a key that is empty, longer than %d bytes or not UTF-8", maxKey)
	}
	if isPlain(s, true) {
		return s
	}
	return quote(s)
}

// isPlain reports a text that every YAML reader takes for the same string without quotes. Dates and times count:
// [Decode] takes them as typed.
func isPlain(s string, flow bool) bool {
	if s == "" || s[len(s)-1] == ' ' || s[len(s)-1] == ':' || strings.Contains(s, ": ") || strings.Contains(s, " #") {
		return false
	}
	first, _ := utf8.DecodeRuneInString(s)
	if first != '/' && first != '_' && first != '+' && !unicode.IsLetter(first) && !unicode.IsDigit(first) {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) || flow && strings.ContainsRune(",[]{}\"'", r) {
			return false
		}
	}
	return !isSpecial(s)
}

var (
	sexagesimal = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$`) })
	timestamp   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\d{4}-\d\d?-\d\d?([Tt ].*)?$`) })
	canonTime   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?$`) })
)

// isSpecial reports what some YAML reader takes for something else than a string: the words and numbers of
// YAML 1.1 and 1.2.
func isSpecial(s string) bool {
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		return true
	}
	digits := strings.ReplaceAll(s, "_", "")
	if _, err := strconv.ParseFloat(digits, 64); err == nil || strings.Contains(fmt.Sprint(err), "out of range") {
		return true
	}
	if _, err := strconv.ParseInt(digits, 0, 64); err == nil || strings.Contains(fmt.Sprint(err), "out of range") {
		return true
	}
	return sexagesimal().MatchString(s) || timestamp().MatchString(s) && !canonTime().MatchString(s)
}

// isBlock reports a text of several lines that survives as a block: nothing invisible in it or at its edges.
func isBlock(s string) bool {
	if !strings.Contains(strings.TrimSuffix(s, "\n"), "\n") || strings.HasSuffix(s, "\n\n") {
		return false
	}
	if first := s[0]; first == ' ' || first == '\n' || first == '\t' {
		return false
	}
	for line := range strings.SplitSeq(s, "\n") {
		if strings.TrimRight(line, " \t") != line {
			return false
		}
		for _, r := range line {
			if !unicode.IsPrint(r) && r != '\t' {
				return false
			}
		}
	}
	return true
}

// quote writes a text in double quotes, with everything escaped that cannot be seen.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r <= 0xFF:
			fmt.Fprintf(&b, `\x%02X`, r)
		case r <= 0xFFFF:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			fmt.Fprintf(&b, `\U%08X`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
