package strictyaml

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestEncodeReadsWell(t *testing.T) {
	value := sample{binding: binding{Vault: "3f1c", Safe: "telephony"}, Title: "Транк: основной", Pin: "0123", Count: 3, On: true,
		Tags: []string{"trunk", "a, b", "017"}, Items: []sample{{Title: "one", Tags: []string{"x"}}, {Title: ""}},
		Inner: &sample{Title: "yes"}, Names: map[string]string{"ru": "Счёт", "en": "Bill, now"},
		Fields: Map{{Key: "z", Value: "two\n  lines\n"}, {Key: "a b", Value: "no end\nhere"}, {Key: "due", Value: "2026-12-20"}},
		At:     time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)}
	const want = `vault: 3f1c
safe: telephony
title: "Транк: основной"
pin: "0123"
count: 3
"on": true
tags: [trunk, "a, b", "017"]
items:
  - vault: ""
    safe: ""
    title: one
    tags: [x]
  - vault: ""
    safe: ""
    title: ""
inner:
  vault: ""
  safe: ""
  title: "yes"
names: {en: "Bill, now", ru: Счёт}
fields:
  z: |
    two
      lines
  a b: |-
    no end
    here
  due: 2026-12-20
at: 2026-11-21T10:00:00Z
`
	got, err := Encode(value)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// hostile strings are those that some YAML reader takes for something else, or that are hard to write.
var hostile = []string{"", " ", "a ", " a", "yes", "NO", "null", "~", "012", "0o17", "0x1f", "1_000", "1e5", "-1", "+1", ".5", "1:30", "2026-12-20",
	"2026-1-2", "<<", "=", "-", "- a", "a: b", "a:", ":a", "a #b", "#a", "&a", "*a", "!a", "%a", "@a", "`a", "{a}", "[a]", "a,b", "'", "\"", "\\",
	"a\n", "a\nb", "a\n\nb\n", "\na", "a\n ", "a\n\n", "\n", "\n\n", " a\nb", "\ta\nb", "a\tb\n\tc", "a\r\nb", "\x00", "\x1b[2J", "\u0085", "\u2028",
	"\uFEFF", "\u202E", "\uFFFE", "\U0010FFFF", "👩‍👩‍👧", "пароль", "---", "--- a", "...", "a\n---\nb", "a\n...\nb", "? a", "|", ">", "a|b", "e\u0301", "a\u00A0b",
	"9e99999999", "infinity", "nan", "0b1", strings.Repeat("x ", 600)}

func drawString(t *rapid.T) string {
	return rapid.OneOf(rapid.String(), rapid.SampledFrom(hostile),
		rapid.Map(rapid.SliceOf(rapid.SampledFrom(hostile)), func(parts []string) string { return strings.Join(parts, "\n") })).Draw(t, "s")
}

func TestEveryStringSurvives(t *testing.T) {
	type doc struct {
		Block string            `yaml:"block"`
		List  []string          `yaml:"list"`
		Lists [][]string        `yaml:"lists"`
		Flow  []string          `yaml:"flow,flow"`
		Map   map[string]string `yaml:"map"`
		Maps  []map[string]Map  `yaml:"maps,flow"`
		Items map[string][]Map  `yaml:"items,flowitems"`
		Order Map               `yaml:"order"`
		Last  string            `yaml:"last"`
	}
	check := func(t *rapid.T, s string) {
		keyed := map[string]string{"k": s}
		order := Map{{Key: "z", Value: s}, {Key: "a", Value: s}}
		if s != "" && len(s) < 512 {
			keyed[s] = s
		}
		want := doc{s, []string{s, "x", s}, [][]string{{s, s}, {}}, []string{s, s}, keyed, []map[string]Map{{"q": order}, {}}, map[string][]Map{"r": {order}, "s": {}}, order, s}
		text, err := Encode(want)
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		var got doc
		if err := Decode(text, 1<<20, &got); err != nil {
			t.Fatalf("%q: %v\n%s", s, err, text)
		}
		noPlace := cmp.Transformer("", func(p Pair) [2]string { return [2]string{p.Key, p.Value} })
		if diff := cmp.Diff(want, got, noPlace); diff != "" {
			t.Fatalf("%q: (-want +got)\n%s\n%s", s, diff, text)
		}
		again, err := Encode(got)
		if err != nil || string(again) != string(text) {
			t.Fatalf("%q: encodes differently the second time (%v)", s, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) { check(t, drawString(t)) })
	rapid.Check(t, func(t *rapid.T) { check(t, rapid.SampledFrom(hostile).Draw(t, "hostile")) })
}

func TestEncodeRoots(t *testing.T) {
	tests := []struct {
		name  string
		value any
		want  string
	}{
		{"a text", "a\nb", "\"a\\nb\"\n"},
		{"a list", []string{"a", "b"}, "- a\n- b\n"},
		{"lists in a list", [][]string{{"a"}, {"b", "c"}}, "- - a\n- - b\n  - c\n"},
		{"an empty map", map[string]string{}, "{}\n"},
		{"an empty list", struct {
			L []string `yaml:"l"`
		}{}, "l: []\n"},
		{"items on a line each", struct {
			M map[string]map[string]string `yaml:"m,flowitems"`
			L []map[string]string          `yaml:"l,flowitems"`
		}{map[string]map[string]string{"a": {"b": "c", "d": "e"}}, []map[string]string{{"f": "g, h"}}}, "m:\n  a: {b: c, d: e}\nl:\n  - {f: \"g, h\"}\n"},
		{"spaces that nobody sees", map[string]string{"a": "b \nc"}, "a: \"b \\nc\"\n"},
		{"a number", 12, "12\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Encode(tt.value)
			if err != nil || string(got) != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestEncodeRefuses(t *testing.T) {
	type loop struct {
		Next *loop `yaml:"next"`
	}
	round := &loop{}
	round.Next = round
	tests := []struct {
		name  string
		value any
	}{
		{"bytes that are not UTF-8", map[string][]byte{"a": {0xff}}},
		{"a key that is not UTF-8", map[string]string{"\xff": ""}},
		{"an empty key", map[string]string{"": ""}},
		{"a long key", map[string]string{strings.Repeat("x", 513): ""}},
		{"a float", map[string]float64{"a": 1}},
		{"a loop", round},
		{"nothing", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := Encode(tt.value); !errors.Is(err, ErrEncode) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}
