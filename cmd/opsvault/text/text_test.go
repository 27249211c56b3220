package text

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// with makes a translator over messages of the test's own.
func with(lang Lang, messages map[string]message) *Translator {
	return &Translator{lang: lang, messages: messages, location: time.UTC}
}

func TestTextFillsArguments(t *testing.T) {
	tr := with(English, map[string]message{
		"plain":  {other: "nothing to fill"},
		"path":   {other: "{path} was saved by {who}"},
		"twice":  {other: "{a}{a} and {b}"},
		"broken": {other: "an open { and {a"},
	})
	at := time.Date(2026, 11, 21, 15, 4, 5, 0, time.UTC)
	tests := []struct {
		name string
		key  Key
		args []any
		want string
	}{
		{"without arguments", "plain", nil, "nothing to fill"},
		{"two arguments", "path", []any{"path", "office/wifi", "who", "мария"}, "office/wifi was saved by мария"},
		{"one argument twice", "twice", []any{"b", 2, "a", int64(1)}, "11 and 2"},
		{"missing argument stays", "path", []any{"path", "x"}, "x was saved by {who}"},
		{"unknown key", "no.such", nil, "no.such"},
		{"unclosed brace", "broken", []any{"a", 1}, "an open { and {a"},
		{"an argument is no template", "twice", []any{"a", "{b}", "b", "B"}, "{b}{b} and B"},
		{"an error", "twice", []any{"a", errors.New("no \x1b[2Jroom"), "b", ""}, "no �roomno �room and "},
		{"a list", "path", []any{"path", []string{"a", "b\n"}, "who", "x"}, "a, b  was saved by x"},
		{"a time", "path", []any{"path", at, "who", "x"}, "21 Nov 2026 15:04 was saved by x"},
		{"odd arguments", "path", []any{"path"}, "{path} was saved by {who}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tr.Text(tt.key, tt.args...); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestTextCleansArguments(t *testing.T) {
	tr := with(Russian, map[string]message{"title": {other: "«{title}»"}})
	tests := []struct {
		name, want string
		title      any
	}{
		{"cursor", "«a�b»", "a\x1b[2Ab"},
		{"clipboard", "«a�b»", "a\x1b]52;c;ZXZpbA==\x07b"},
		{"line break", "«a b»", "a\nb"},
		{"kept line breaks", "«a\nb�»", Lines("a\nb\x00")},
		{"reversed", "«�txt.exe»", "\u202etxt.exe"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tr.Text("title", "title", tt.title); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestTextTakesPluralForm(t *testing.T) {
	ru := with(Russian, map[string]message{"m": {"{n} минуты", &forms{one: "{n} минута", few: "{n} минуты", many: "{n} минут"}}})
	en := with(English, map[string]message{"m": {"{n} minutes", &forms{one: "{n} minute"}}})
	tests := []struct {
		tr   *Translator
		n    any
		want string
	}{
		{ru, 1, "1 минута"}, {ru, 3, "3 минуты"}, {ru, 5, "5 минут"}, {ru, 11, "11 минут"}, {ru, 21, "21 минута"},
		{ru, uint64(112), "112 минут"}, {ru, "1,5", "1,5 минуты"},
		{en, 1, "1 minute"}, {en, 0, "0 minutes"}, {en, int64(21), "21 minutes"}, {en, uint32(1), "1 minute"},
	}
	for _, tt := range tests {
		if got := tt.tr.Text("m", "n", tt.n); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.n, got, tt.want)
		}
	}
}

func TestMoments(t *testing.T) {
	at := time.Date(2026, 3, 9, 22, 30, 0, 0, time.UTC)
	moscow := time.FixedZone("MSK", 3*60*60)
	en, ru := New(English, moscow), New(Russian, moscow)
	tests := []struct{ name, got, want string }{
		{"date", en.Date(at), "10 Mar 2026"},
		{"date in Russian", ru.Date(at), "10.03.2026"},
		{"moment", ru.Moment(at), "10.03.2026 01:30"},
		{"days", ru.Span(9*24*time.Hour + 5*time.Hour), "9 дней"},
		{"one day", en.Span(24 * time.Hour), "1 day"},
		{"hours beyond a day", en.Span(36 * time.Hour), "36 hours"},
		{"hours", ru.Span(-4 * time.Hour), "4 часа"},
		{"minutes", en.Span(61 * time.Second), "1 minute"},
		{"a moment", ru.Span(59 * time.Second), "меньше минуты"},
		{"bytes", en.Bytes(1023), "1023 B"},
		{"kibibytes", ru.Bytes(3482), "3,4 КиБ"},
		{"tebibytes", en.Bytes(3 << 50), "3072.0 TiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.got != tt.want {
				t.Errorf("got %q, want %q", tt.got, tt.want)
			}
		})
	}
}

func TestOtherLayout(t *testing.T) {
	tests := []struct{ in, want string }{
		{"ырщц", "show"}, {"show", "ырщц"}, {"ЫРЩЦ", "show"}, {"gfhjkm1", "пароль1"}, {"", ""},
	}
	for _, tt := range tests {
		if got := OtherLayout(tt.in); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
	if HasCyrillic("correct horse") || !HasCyrillic("correct рorse") {
		t.Error("a Cyrillic letter was not told from Latin ones")
	}
}

func BenchmarkFirstMessage(b *testing.B) {
	for b.Loop() {
		New(Russian, nil).Text("span.moment")
	}
}

// BenchmarkScan reads as many messages as a grown program has.
func BenchmarkScan(b *testing.B) {
	var data strings.Builder
	for i := range 1500 {
		fmt.Fprintf(&data, "topic.message-%d: \"Пароль от «{path}» сменили {when}; старый больше не подойдёт\"\n", i)
	}
	b.SetBytes(int64(data.Len()))
	for b.Loop() {
		messages := make(map[string]message, 1024)
		scan(data.String(), func(key string, m message) { messages[key] = m })
	}
}
