package term

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "Office Wi-Fi", "Office Wi-Fi"},
		{"Cyrillic and CJK", "Телефония 電話 ₽ ✓", "Телефония 電話 ₽ ✓"},
		{"emoji with its selector", "⚠️ stop", "⚠️ stop"},
		{"a composed letter", "и\u0306", "и\u0306"},
		{"line breaks and tabs", "a\r\nb\nc\rd\te", "a b c d e"},
		{"bell and backspace are one run", "a\a\b\bc", "a�c"},
		{"NUL", "a\x00b", "a�b"},
		{"DEL", "a\x7fb", "a�b"},
		{"colour", "\x1b[31mred\x1b[0m", "�red�"},
		{"cursor with parameters", "a\x1b[10;20Hb", "a�b"},
		{"private parameters", "a\x1b[?1049hb", "a�b"},
		{"clipboard, ended by BEL", "a\x1b]52;c;ZXZpbA==\x07b", "a�b"},
		{"clipboard, ended by ST", "a\x1b]52;c;ZXZpbA==\x1b\\b", "a�b"},
		{"unfinished string stops at the line", "a\x1b]0;title\nb", "a� b"},
		{"unfinished CSI", "a\x1b[31", "a�"},
		{"CSI cut by Cyrillic", "a\x1b[3я", "a�я"},
		{"device control", "a\x1bPq#0\x1b\\b", "a�b"},
		{"charset", "a\x1b(0b", "a�b"},
		{"reset", "a\x1bcb", "a�b"},
		{"escape alone", "a\x1b", "a�"},
		{"two escapes", "\x1b\x1b[A", "�"},
		{"C1 CSI", "a\u009b31mb", "a�b"},
		{"C1 OSC", "a\u009d52;c;eA==\u009cb", "a�b"},
		{"C1 next line", "a\u0085b", "a�b"},
		{"8-bit CSI as a byte", "a\x9b31mb", "a�31mb"},
		{"invalid UTF-8", "a\xff\xfeb", "a�b"},
		{"right to left override", "\u202etxt.exe", "�txt.exe"},
		{"isolates", "\u2066a\u2069", "�a�"},
		{"marks of direction", "\u200ea\u200f\u061c", "�a�"},
		{"zero width", "pass\u200bword\u200d\u2060\ufeff", "pass�word�"},
		{"soft hyphen", "pass\u00adword", "pass�word"},
		{"line and paragraph separators", "a\u2028b\u2029c", "a�b�c"},
		{"fillers", "\u3164\u115fa\u2800", "�a�"},
		{"tags", "a\U000E0041\U000E007F", "a�"},
		{"supplementary selectors", "a\U000E0100", "a�"},
		{"a tower of marks", "a" + strings.Repeat("\u0301", 9) + "b", "a" + strings.Repeat("\u0301", 4) + "�b"},
		{"towers on each letter", "a\u0301\u0301b\u0301", "a\u0301\u0301b\u0301"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Clean(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestCleanLines(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"line breaks stay", "a\r\nb\n\nc\rd", "a\nb\n\nc d"},
		{"tabs", "\ta", "    a"},
		{"escapes go", "a\x1b[2J\nb", "a�\nb"},
		{"an unfinished string keeps the next line", "\x1b]0;x\nb", "�\nb"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := CleanLines(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{
		"", "plain", "\x1b[31mred\x1b[0m", "\x1b]52;c;eA==\x07", "\u009b2J", "\x9b2J", "\u202e", "a\xff", "\x1b\x1b", "\r\n\t\r",
		"и\u0306\u0306\u0306\u0306\u0306\u0306", "⚠️", "\x1bP\x1b\\", "\x1b(", "a\u200d\u0301",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if !utf8.ValidString(got) {
			t.Errorf("%q: %q is not UTF-8", s, got)
		}
		if i := strings.IndexFunc(got, forbidden); i >= 0 {
			t.Errorf("%q: %q has a hidden character at %d", s, got, i)
		}
		if again := Clean(got); again != got {
			t.Errorf("%q: cleaned %q, cleaned again %q", s, got, again)
		}
		lines := CleanLines(s)
		if again := CleanLines(lines); again != lines {
			t.Errorf("%q: cleaned lines %q, cleaned again %q", s, lines, again)
		}
	})
}

// forbidden is written apart from hidden, from the categories of Unicode alone.
func forbidden(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == 0x2028 || r == 0x2029
}

func TestOrdinaryIsNeverHidden(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if ordinary(r) && (hidden(r) || unicode.In(r, unicode.Mn, unicode.Me) || forbidden(r)) {
			t.Errorf("%U", r)
		}
	}
}

func BenchmarkClean(b *testing.B) {
	for name, s := range map[string]string{
		"Cyrillic": "Личный кабинет «Ростелеком» — офис на Ленина, 5", "hostile": "Личный \x1b[2Jкабинет\u202e «Ростелеком»",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Clean(s)
			}
		})
	}
}
