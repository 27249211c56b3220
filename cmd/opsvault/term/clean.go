package term

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// marksAllowed is how many combining marks may follow one character. Written languages need three or four; more make
// towers that cover the lines around them.
const marksAllowed = 4

// Clean makes a text that came from outside safe to show on one line: control characters, whole escape sequences,
// bidirectional controls, invisible and zero-width characters and invalid UTF-8 become U+FFFD, one for each run of them;
// tabs and line breaks become spaces. What is left can't move the cursor, change colours, reverse the line or hide
// text in it. Clean(Clean(s)) is Clean(s).
func Clean(s string) string { return clean(s, false) }

// CleanLines is Clean for a text of several lines: line breaks stay, CR LF becomes LF, a tab becomes four spaces.
func CleanLines(s string) string { return clean(s, true) }

func clean(s string, lines bool) string {
	if plain(s) {
		return s
	}
	c := cleaner{lines: lines}
	c.out.Grow(len(s))
	for s != "" {
		if n := escape(s); n > 0 {
			c.bad()
			s = s[n:]
			continue
		}
		r, size := utf8.DecodeRuneInString(s)
		c.add(r, size, s[size:])
		s = s[size:]
	}
	return c.out.String()
}

// plain reports whether there is nothing to clean, so that the common case costs no copy.
func plain(s string) bool {
	for _, r := range s {
		if !ordinary(r) {
			return false
		}
	}
	return true
}

// ordinary reports whether a character is surely harmless: the letters, digits and signs of most texts. It is a short
// way around the tables of Unicode; what is not ordinary is looked up there.
func ordinary(r rune) bool {
	switch {
	case r < 0x7F:
		return r >= 0x20
	case r < 0x0180:
		return r >= 0xA0 && r != 0xAD
	case r < 0x0530:
		return r >= 0x0400 && (r <= 0x0482 || r >= 0x048A)
	case r < 0x2028:
		return r >= 0x2010
	}
	return r >= 0x4E00 && r <= 0x9FFF
}

type cleaner struct {
	out     strings.Builder
	lines   bool
	marks   int
	lastBad bool
}

func (c *cleaner) add(r rune, size int, rest string) {
	switch {
	case ordinary(r):
		c.put(string(r))
	case r == '\n' && c.lines:
		c.put("\n")
	case r == '\r' && strings.HasPrefix(rest, "\n"):
	case r == '\n' || r == '\r':
		c.put(" ")
	case r == '\t' && c.lines:
		c.put("    ")
	case r == '\t':
		c.put(" ")
	case r == utf8.RuneError || hidden(r):
		c.bad()
	case unicode.In(r, unicode.Mn, unicode.Me):
		if c.marks++; c.marks > marksAllowed {
			c.bad()
			return
		}
		c.lastBad = false
		c.out.WriteRune(r)
	default:
		c.put(string(r))
	}
}

func (c *cleaner) put(s string) {
	c.marks = 0
	c.lastBad = false
	c.out.WriteString(s)
}

func (c *cleaner) bad() {
	if !c.lastBad {
		c.out.WriteRune(utf8.RuneError)
	}
	c.lastBad = true
}

// hidden reports whether a character has no picture of its own: controls (C0, DEL, C1), format characters (category Cf:
// bidirectional controls, zero-width characters, soft hyphen, tags), line and paragraph separators, fillers that look
// empty, and variation selectors other than the two that choose between text and emoji.
func hidden(r rune) bool {
	switch {
	case r == 0xFE0E, r == 0xFE0F:
		return false
	case r >= 0xFE00 && r <= 0xFE0D, r >= 0xE0100 && r <= 0xE01EF, r >= 0x180B && r <= 0x180F:
		return true
	case r == 0x034F, r == 0x115F, r == 0x1160, r == 0x3164, r == 0xFFA0, r == 0x17B4, r == 0x17B5, r == 0x2800:
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// escape returns the length of the escape sequence at the beginning of s, or 0. It knows CSI (ESC [ … final byte), the
// string sequences OSC, DCS, SOS, PM and APC up to their end (BEL or ESC \), and the short ones, in their 7-bit forms
// and, as U+0080 to U+009F, in their C1 forms. An unfinished sequence is taken to the end of its line.
func escape(s string) int {
	kind, n := introducer(s)
	switch kind {
	case 0:
		return 0
	case '[':
		return n + csi(s[n:])
	case ']', 'P', 'X', '^', '_':
		return n + controlString(s[n:])
	}
	return n
}

func introducer(s string) (kind byte, length int) {
	if s[0] == 0xC2 && len(s) > 1 && s[1] >= 0x80 && s[1] <= 0x9F {
		return s[1] - 0x40, 2
	}
	if s[0] != 0x1B {
		return 0, 0
	}
	n := 1
	for n < len(s) && s[n] >= 0x20 && s[n] <= 0x2F {
		n++
	}
	if n == len(s) || s[n] < 0x30 || s[n] > 0x7E {
		return 0x1B, n
	}
	if n > 1 {
		return 0x1B, n + 1
	}
	return s[n], n + 1
}

func csi(s string) int {
	for i := range len(s) {
		switch {
		case s[i] >= 0x40 && s[i] <= 0x7E:
			return i + 1
		case s[i] < 0x20 || s[i] > 0x7E:
			return i
		}
	}
	return len(s)
}

func controlString(s string) int {
	for i := range len(s) {
		switch {
		case s[i] == 0x07:
			return i + 1
		case s[i] == 0x1B && i+1 < len(s) && s[i+1] == '\\':
			return i + 2
		case s[i] == 0xC2 && i+1 < len(s) && s[i+1] == 0x9C:
			return i + 2
		case s[i] == '\n':
			return i
		}
	}
	return len(s)
}
