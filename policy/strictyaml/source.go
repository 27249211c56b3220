package strictyaml

import (
	"bytes"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// maxSeparators bounds the values of a text before it is parsed: each needs one of the bytes that are counted. It is
// above what a text of 256 KiB can have, and below what would cost a second or 100 MB.
const maxSeparators = 1 << 18

// checkSource refuses, in one pass and without memory, what no parser needs to see.
func checkSource(data []byte, limit int) error {
	if len(data) > limit {
		return fault(1, 1, CodeSize, "", "the text has %d bytes, at most %d are allowed", len(data), limit)
	}
	line, column, separators := 1, 1, 0
	for i := 0; i < len(data); {
		r, size := rune(data[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(data[i:])
		}
		if why := refused(r, size, data[i:]); why != "" {
			return fault(line, column, CodeText, "", "%s", why)
		}
		i += size
		column++
		switch r {
		case '\n':
			line, column = line+1, 1
			separators++
		case ',', '[', '{', ':', '?', '-', '"', '\'':
			separators++
		}
		if separators > maxSeparators {
			return fault(line, column, CodeSize, "", "too many lines or values")
		}
	}
	return checkDirective(data)
}

// refused says why a character may not stand in a text as it is.
func refused(r rune, size int, rest []byte) string {
	switch {
	case r == '\n' || r == '\t' || r >= ' ' && r < 0x7f:
		return ""
	case r == '\r':
		if len(rest) > 1 && rest[1] == '\n' {
			return ""
		}
		return "a carriage return without a line feed"
	case r == utf8.RuneError && size == 1:
		return "not UTF-8"
	case r == 0xFEFF:
		return "a byte order mark (U+FEFF): save the text as UTF-8 without it"
	case unicode.IsControl(r):
		return fmt.Sprintf("a control character (U+%04X): in double quotes it can be written as an escape", r)
	case reorders(r):
		return fmt.Sprintf("a character that breaks lines or reorders text (U+%04X): in double quotes it can be written as an escape", r)
	}
	return ""
}

// reorders reports the line and paragraph separators of Unicode, and the embeddings, overrides and isolates that show
// a text in another order than it is read (CVE-2021-42574).
func reorders(r rune) bool {
	return r == 0x2028 || r == 0x2029 || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

// checkDirective refuses a line that begins with % before the document begins.
func checkDirective(data []byte) error {
	for line := 1; len(data) > 0; line++ {
		text, rest, _ := bytes.Cut(data, []byte("\n"))
		switch trimmed := bytes.TrimSpace(text); {
		case len(trimmed) == 0 || trimmed[0] == '#':
		case text[0] == '%':
			return fault(line, 1, CodeForbidden, "", "a directive is not allowed")
		default:
			return nil
		}
		data = rest
	}
	return nil
}

// charAt returns the character at a line and column, or 0 beyond the end of the line.
func charAt(data []byte, line, column int) rune {
	for ; line > 1; line-- {
		_, data, _ = bytes.Cut(data, []byte("\n"))
	}
	data, _, _ = bytes.Cut(data, []byte("\n"))
	for ; column > 1 && len(data) > 0; column-- {
		_, size := utf8.DecodeRune(data)
		data = data[size:]
	}
	if len(data) == 0 {
		return 0
	}
	r, _ := utf8.DecodeRune(data)
	return r
}

func fault(line, column int, code Code, subject, format string, args ...any) Errors {
	return Errors{{Line: line, Column: column, Code: code, Subject: subject, Msg: fmt.Sprintf(format, args...)}}
}
