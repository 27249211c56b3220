package term

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"
)

func TestWidth(t *testing.T) {
	tests := []struct {
		in   string
		want int
	}{
		{"", 0}, {"abc", 3}, {"пароль", 6}, {"電話", 4}, {"и\u0306", 1}, {"⚠️", 2}, {"№ 5 ₽ …", 7},
	}
	for _, tt := range tests {
		if got := Width(tt.in); got != tt.want {
			t.Errorf("%q: got %d, want %d", tt.in, got, tt.want)
		}
	}
}

func TestOrdinaryCharactersAreOneColumnWide(t *testing.T) {
	for r := rune(0); r < 0x2028; r++ {
		if ordinary(r) && displaywidth.Rune(r) != 1 {
			t.Errorf("%U has %d columns", r, displaywidth.Rune(r))
		}
	}
}

func TestTruncateAndPad(t *testing.T) {
	tests := []struct {
		name, got, want string
	}{
		{"fits", Truncate("Биллинг", 7), "Биллинг"},
		{"cut", Truncate("Биллинг", 5), "Билл…"},
		{"a wide character does not fit by half", Truncate("電話番号", 4), "電…"},
		{"nothing", Truncate("x", 0), ""},
		{"pad", Pad("да", 4) + "|", "да  |"},
		{"pad wide", Pad("電", 4) + "|", "電  |"},
		{"pad nothing", Pad("long", 2), "long"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.got != tt.want {
				t.Errorf("got %q, want %q", tt.got, tt.want)
			}
		})
	}
}

func TestWrap(t *testing.T) {
	tests := []struct {
		name  string
		in    string
		width int
		want  string
	}{
		{"fits", "one two", 7, "one two"},
		{"breaks at a space", "one two three", 7, "one two\nthree"},
		{"Cyrillic counts letters", "один два три", 8, "один два\nтри"},
		{"keeps line breaks", "one\n\ntwo three", 5, "one\n\ntwo\nthree"},
		{"keeps the indent", "  one two", 6, "  one\n  two"},
		{"breaks a long word", "a abcdefgh", 4, "a\nabcd\nefgh"},
		{"breaks wide characters", "電話番号", 5, "電話\n番号"},
		{"a hopeless width", "電 b", 1, "電\nb"},
		{"an indent wider than half", "     abc def", 6, "abc\ndef"},
		{"empty", "", 10, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Wrap(tt.in, tt.width); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzWrap(f *testing.F) {
	seeds := []string{"one two three", "  indented words here", "電話番号 и слова", strings.Repeat("x", 50), "a\n\n b", "⚠️⚠️"}
	for i, seed := range seeds {
		f.Add(seed, i+2)
	}
	f.Fuzz(func(t *testing.T, s string, width int) {
		width = 2 + (width&0xff)%80
		s = CleanLines(s)
		got := Wrap(s, width)
		for _, line := range strings.Split(got, "\n") {
			if Width(line) > width && cut("", strings.TrimSpace(line), 1) != strings.TrimSpace(line) {
				t.Errorf("%q at %d: the line %q has %d columns", s, width, line, Width(line))
			}
		}
		if a, b := strings.Join(strings.Fields(s), ""), strings.Join(strings.Fields(got), ""); a != b {
			t.Errorf("%q at %d: the text has changed: %q", s, width, got)
		}
	})
}

func TestTable(t *testing.T) {
	rows := [][]string{
		{"office/wifi", "Wi-Fi в офисе", "мария"},
		{"telephony/電話", "SIP \x1b[2Jtrunk", ""},
		{"x"},
	}
	tests := []struct {
		name  string
		table Table
		want  string
	}{
		{"as wide as it gets", Table{Rows: rows}, "" +
			"office/wifi     Wi-Fi в офисе  мария\n" +
			"telephony/電話  SIP �trunk\n" +
			"x\n"},
		{"with a header", Table{Header: []string{"путь", "название"}, Rows: rows[:1], Style: Style{On: true}}, "" +
			"\x1b[1mпуть\x1b[0m         \x1b[1mназвание\x1b[0m\n" +
			"office/wifi  Wi-Fi в офисе  мария\n"},
		{"cut to the terminal", Table{Rows: rows, Width: 30}, "" +
			"office/wi…  Wi-Fi в оф…  мария\n" +
			"telephony…  SIP �trunk\n" +
			"x\n"},
		{"no narrower than a column can be", Table{Rows: rows[:1], Width: 5}, "offic…  Wi-Fi…  мария\n"},
		{"nothing", Table{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := tt.table.Write(&out); err != nil {
				t.Fatal(err)
			}
			if got := out.String(); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestStyle(t *testing.T) {
	if got := (Style{}).Bold("x") + (Style{}).Dim("y"); got != "xy" {
		t.Errorf("off: %q", got)
	}
	on := Style{On: true}
	if got := on.Bold("x") + on.Dim("y") + on.Dim(""); got != "\x1b[1mx\x1b[0m\x1b[2my\x1b[0m" {
		t.Errorf("on: %q", got)
	}
}

func BenchmarkTable(b *testing.B) {
	table := Table{Width: 100}
	for range 10_000 {
		table.Rows = append(table.Rows, []string{"telephony/sip-trunk-7", "sip", "SIP-транк «Ростелеком», основной", "мария"})
	}
	for b.Loop() {
		table.Write(io.Discard)
	}
}
