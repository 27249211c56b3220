package strictyaml

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type binding struct {
	Vault string `yaml:"vault"`
	Safe  string `yaml:"safe"`
}

type sample struct {
	binding `yaml:",inline"`
	Title   string            `yaml:"title"`
	Pin     string            `yaml:"pin,omitempty"`
	Count   int               `yaml:"count,omitempty"`
	Big     uint64            `yaml:"big,omitempty"`
	On      bool              `yaml:"on,omitempty"`
	Tags    []string          `yaml:"tags,omitempty,flow"`
	Items   []sample          `yaml:"items,omitempty"`
	Inner   *sample           `yaml:"inner,omitempty"`
	Names   map[string]string `yaml:"names,omitempty,flow"`
	Fields  Map               `yaml:"fields,omitempty"`
	Raw     []byte            `yaml:"raw,omitempty"`
	At      time.Time         `yaml:"at,omitempty"`
	Ignored string
}

const limit = 256 << 10

func TestDecodeTakesWhatWasTyped(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a word", "title: word", "word"},
		{"a number", "title: 12345", "12345"},
		{"leading zeros", "title: 0123", "0123"},
		{"octal", "title: 0o17", "0o17"},
		{"hex", "title: 0x1f", "0x1f"},
		{"underscores", "title: 1_000", "1_000"},
		{"a float", "title: 1.50", "1.50"},
		{"a date", "title: 2026-12-20", "2026-12-20"},
		{"yes", "title: yes", "yes"},
		{"true", "title: True", "True"},
		{"null", "title: null", "null"},
		{"tilde", "title: ~", "~"},
		{"left out", "title:", ""},
		{"empty quotes", `title: ""`, ""},
		{"infinity", "title: .inf", ".inf"},
		{"quoted", `title: "A: B"`, "A: B"},
		{"escapes", `title: "\e\u0000\r"`, "\x1b\x00\r"},
		{"single quotes", `title: 'it''s'`, "it's"},
		{"block", "title: |\n  a\n   b\n", "a\n b\n"},
		{"windows lines", "title: |-\r\n  a\r\n  b\r\n", "a\nb"},
		{"a comment behind", "title: word # said", "word"},
		{"a document mark", "---\ntitle: word\n...\n", "word"},
		{"cyrillic", "title: Ёж № 5", "Ёж № 5"},
		{"hash inside", "title: a#b", "a#b"},
		{"merge sign as a value", "title: <<", "<<"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got sample
			if err := Decode([]byte(tt.text), limit, &got); err != nil {
				t.Fatal(err)
			}
			if got.Title != tt.want {
				t.Errorf("got %q, want %q", got.Title, tt.want)
			}
		})
	}
}

func TestDecodeEveryType(t *testing.T) {
	const text = `
vault: v1
safe: telephony
title: all
count: -7
big: 18446744073709551615
on: true
tags: [a, 2, yes]
items:
  - title: one
  - title: two
    inner: {title: deep}
inner:
names: {ru: да, en: yes}
fields:
  z: 1
  a: two # what
raw: bytes
at: 2026-11-21T10:00:00Z
`
	want := sample{binding: binding{"v1", "telephony"}, Title: "all", Count: -7, Big: 1<<64 - 1, On: true, Tags: []string{"a", "2", "yes"},
		Items: []sample{{Title: "one"}, {Title: "two", Inner: &sample{Title: "deep"}}}, Inner: &sample{},
		Names:  map[string]string{"ru": "да", "en": "yes"},
		Fields: Map{{"z", "1", 16, 6, ""}, {"a", "two", 17, 6, "# what"}}, Raw: []byte("bytes"), At: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)}
	var got sample
	if err := Decode([]byte(text), limit, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(sample{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if value, ok := got.Fields.Get("a"); !ok || value != "two" {
		t.Errorf("Get: %q, %v", value, ok)
	}
}

func TestDecodeRefuses(t *testing.T) {
	deep := strings.Repeat("[", 64)
	tests := []struct {
		name, text   string
		code         Code
		line, column int
		says         string
	}{
		{"an anchor", "title: &a b", CodeForbidden, 1, 8, "anchor"},
		{"an anchor on a map", "title: a\ninner: &x\n  title: b", CodeForbidden, 2, 8, "anchor"},
		{"an alias", "pin: *a\ntitle: &a b", CodeForbidden, 1, 6, "alias"},
		{"a bomb", "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]", CodeForbidden, 1, 4, "anchor"},
		{"an alias of nothing", "pin: *abc", CodeForbidden, 1, 6, "quotes"},
		{"a tag", "title: !!str b", CodeForbidden, 1, 8, "tag"},
		{"an own tag", "title: !secret b", CodeForbidden, 1, 8, "tag"},
		{"the tag of no tag", "title: ! b", CodeForbidden, 1, 8, "tag"},
		{"a tag on the root", "--- !x\ntitle: b", CodeForbidden, 1, 5, "tag"},
		{"a tag on a key", "!!str title: b", CodeForbidden, 1, 1, "tag"},
		{"a merge key", "<<: {title: b}", CodeForbidden, 1, 1, "merge"},
		{"a directive", "# hm\n%YAML 1.1\n---\ntitle: b", CodeForbidden, 2, 1, "directive"},
		{"a tag directive", "%TAG ! tag:x,2026:\n---\ntitle: b", CodeForbidden, 1, 1, "directive"},
		{"two documents", "title: a\n---\ntitle: b", CodeForbidden, 2, 1, "second document"},
		{"a broken second document", "title: a\n---\n[", CodeSyntax, 4, 1, ""},
		{"a map as key", "? {a: b}\n: c", CodeForbidden, 1, 3, "key"},
		{"an empty key", "\"\": c", CodeForbidden, 1, 1, "empty"},
		{"a byte order mark", "\uFEFFtitle: a", CodeText, 1, 1, "U+FEFF"},
		{"a byte order mark inside", "title: a\uFEFF", CodeText, 1, 9, "U+FEFF"},
		{"not UTF-8", "title: ё\xff", CodeText, 1, 9, "UTF-8"},
		{"UTF-16", "\xff\xfet\x00", CodeText, 1, 1, "UTF-8"},
		{"a control character", "title: a\n\x1b[2J", CodeText, 2, 1, "U+001B"},
		{"a C1 control character", "title: a\u0085b", CodeText, 1, 9, "U+0085"},
		{"a NUL", "title: a\x00", CodeText, 1, 9, "U+0000"},
		{"a lone carriage return", "title: a\rpin: b", CodeText, 1, 9, "carriage"},
		{"a line separator", "title: a\u2028b", CodeText, 1, 9, "U+2028"},
		{"an override", "title: a # \u202Eb", CodeText, 1, 12, "U+202E"},
		{"a duplicate", "title: a\npin: b\ntitle: c", CodeDuplicate, 3, 1, "line 1"},
		{"a duplicate in quotes", "title: a\n\"title\": c", CodeDuplicate, 2, 1, "twice"},
		{"a duplicate in a map of names", "names:\n  a: b\n  a: c", CodeDuplicate, 3, 3, "twice"},
		{"an unknown key", "titel: a", CodeUnknown, 1, 1, `did you mean "title"`},
		{"an unknown key without a neighbour", "zzzzzz: a", CodeUnknown, 1, 1, `unknown key "zzzzzz"`},
		{"a field without a key", "Ignored: a", CodeUnknown, 1, 1, "unknown"},
		{"a colon in a text", "title: A: B", CodeQuote, 1, 9, "put quotes around"},
		{"an at sign", "title: @a", CodeQuote, 1, 8, "quotes"},
		{"a backtick", "pin: `a", CodeQuote, 1, 6, "quotes"},
		{"a percent sign", "pin: %a", CodeQuote, 1, 6, "quotes"},
		{"a tab", "inner:\n\ttitle: a", CodeTab, 2, 1, "spaces"},
		{"an open list", "tags: [a", CodeSyntax, 2, 1, ""},
		{"nothing", "", CodeEmpty, 1, 1, "empty"},
		{"only a comment", "# a\n", CodeEmpty, 1, 1, "empty"},
		{"only a mark", "---\n", CodeEmpty, 1, 1, "empty"},
		{"a word alone", "word", CodeType, 1, 1, "expected a map"},
		{"a list alone", "[a]", CodeType, 1, 1, "expected a map"},
		{"a word for a list", "tags: lead", CodeType, 1, 7, "write [lead]"},
		{"a list for a word", "title: [a]", CodeType, 1, 8, "a single value"},
		{"a map in an ordered map", "fields: {a: {b: c}}", CodeType, 1, 13, "a single value"},
		{"octal for a number", "count: 0o17", CodeNumber, 1, 8, "0o17"},
		{"zeros for a number", "count: 017", CodeNumber, 1, 8, "017"},
		{"hex for a number", "count: 0x1f", CodeNumber, 1, 8, "0x1f"},
		{"underscores for a number", "count: 1_000", CodeNumber, 1, 8, "1_000"},
		{"a plus for a number", "count: +1", CodeNumber, 1, 8, "+1"},
		{"minus zero", "count: -0", CodeNumber, 1, 8, "-0"},
		{"quotes for a number", `count: "1"`, CodeNumber, 1, 8, ""},
		{"nothing for a number", "count:", CodeNumber, 1, 7, ""},
		{"a negative count", "big: -1", CodeNumber, 1, 6, ""},
		{"too big", "count: 9223372036854775808", CodeNumber, 1, 8, ""},
		{"yes for a bool", "on: yes", CodeType, 1, 5, "true or false"},
		{"a time of elsewhere", "at: 2026-11-21T10:00:00+03:00", CodeValue, 1, 5, "UTC"},
		{"half a second", "at: 2026-11-21T10:00:00.5Z", CodeValue, 1, 5, "whole seconds"},
		{"a day without a time", "at: 2026-11-21", CodeValue, 1, 5, "2026-11-21T10:00:00Z"},
		{"a bad time", "at: tomorrow", CodeValue, 1, 5, "tomorrow"},
		{"too deep", "items: " + deep, CodeSyntax, 2, 1, ""},
		{"too deep and closed", "items: " + deep + strings.Repeat("]", 64), CodeDepth, 1, 71, "64"},
		{"far too deep", strings.Repeat("[", 100_000), CodeDepth, 1, 1, "64"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Decode([]byte(tt.text), limit, new(sample))
			var errs Errors
			if !errors.As(err, &errs) {
				t.Fatalf("got %v", err)
			}
			got := errs[0]
			if got.Code != tt.code || got.Line != tt.line || !strings.Contains(got.Error(), tt.says) ||
				got.Column != tt.column && tt.name != "far too deep" {
				t.Errorf("got %s %v, want %s at %d:%d saying %q", got.Code, got, tt.code, tt.line, tt.column, tt.says)
			}
		})
	}
}
