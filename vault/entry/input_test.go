package entry

import (
	"errors"
	"strings"
	"testing"

	"opsvault/policy/strictyaml"
)

func TestParseInput(t *testing.T) {
	const text = `
# from the contract
Title: SIP trunk
kind: sip
url: https://sip.example.net
owner: maria
tags: [trunk, 017]
due: 2026-12-20
note: |
  Call first.
  Then pay.
Username: trunk-7
password: "p #1"
port: 05060 # the port
extension:
Кодовое слово: ёж
codec: null
`
	d, err := ParseInput([]byte(text), "")
	if err != nil {
		t.Fatal(err)
	}
	if d.Title != "SIP trunk" || d.Kind != "sip" || d.URL != "https://sip.example.net" || d.Owner != "maria" ||
		strings.Join(d.Tags, ",") != "trunk,017" || d.Due != "2026-12-20" || d.Note != "Call first.\nThen pay.\n" {
		t.Errorf("got %+v", d)
	}
	want := [][2]string{{"username", "trunk-7"}, {"password", "p #1"}, {"port", "05060"}, {"Кодовое слово", "ёж"}, {"codec", "null"}}
	if len(d.Fields) != len(want) {
		t.Fatalf("fields: %v", d.Fields.Names())
	}
	for i, f := range d.Fields {
		if f.Name != want[i][0] || string(f.Value.Reveal()) != want[i][1] {
			t.Errorf("field %d: %s=%q, want %v", i, f.Name, f.Value.Reveal(), want[i])
		}
	}
	if err := d.Check(); err != nil {
		t.Error(err)
	}
}

func TestParseInputKind(t *testing.T) {
	for _, tt := range []struct{ name, text, given, want string }{
		{"neither", "password: a", "", DefaultKind},
		{"given", "password: a", "wifi", "wifi"},
		{"in the text", "kind: wifi", "", "wifi"},
		{"the same twice", "kind: wifi", "wifi", "wifi"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d, err := ParseInput([]byte(tt.text), tt.given); err != nil || d.Kind != tt.want {
				t.Errorf("got %q, %v", d.Kind, err)
			}
		})
	}
}

func TestParseInputRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, text, kind string
		code             strictyaml.Code
		line, column     int
	}{
		{"an unknown kind", "title: a\nkind: spi", "", strictyaml.CodeUnknown, 2, 7},
		{"another unknown kind", "title: a", "spi", strictyaml.CodeUnknown, 1, 1},
		{"two kinds", "kind: sip", "wifi", strictyaml.CodeValue, 1, 7},
		{"a list", "- a", "", strictyaml.CodeType, 1, 1},
		{"a list as a value", "password: [hunter2]", "", strictyaml.CodeType, 1, 11},
		{"a map as a value", "fields: {password: hunter2}", "", strictyaml.CodeType, 1, 9},
		{"a list as a title", "title: [a]", "", strictyaml.CodeType, 1, 8},
		{"a list as a kind", "kind: [sip]", "", strictyaml.CodeType, 1, 7},
		{"a word as tags", "tags: a", "", strictyaml.CodeType, 1, 7},
		{"a tag twice", "tags: [a, a]", "", strictyaml.CodeValue, 1, 7},
		{"a key twice", "password: a\nPassword: b", "", strictyaml.CodeDuplicate, 2, 1},
		{"a program as address", "title: a\nurl: javascript:alert(1)", "", strictyaml.CodeValue, 2, 6},
		{"a date that is none", "due: 2026-13-01", "", strictyaml.CodeValue, 1, 6},
		{"a title in two lines", "title: \"a\\nb\"", "", strictyaml.CodeValue, 1, 8},
		{"a note that beeps", "note: \"a\\a\"", "", strictyaml.CodeValue, 1, 7},
		{"an owner that turns text", "owner: \"a\\u202Eb\"", "", strictyaml.CodeValue, 1, 8},
		{"a field's name", "a#b: c", "", strictyaml.CodeValue, 1, 1},
		{"a password that would be cut", "password: hunter2 #secret", "", strictyaml.CodeQuote, 1, 11},
		{"an own field that would be cut", "pin2: hunter2 # x", "", strictyaml.CodeQuote, 1, 7},
		{"NUL in a value", "password: \"hunter2\\0\"", "", strictyaml.CodeValue, 1, 11},
		{"too many fields", manyFields(), "", strictyaml.CodeSize, 1, 1},
		{"an anchor", "password: &hunter2", "", strictyaml.CodeForbidden, 1, 11},
		{"nothing", "", "", strictyaml.CodeEmpty, 1, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseInput([]byte(tt.text), tt.kind)
			var faults strictyaml.Errors
			if !errors.As(err, &faults) {
				t.Fatalf("got %v", err)
			}
			got := faults[0]
			if got.Code != tt.code || got.Line != tt.line || got.Column != tt.column {
				t.Errorf("got %s at %d:%d: %v", got.Code, got.Line, got.Column, err)
			}
			for _, fault := range faults {
				if strings.Contains(fault.Error()+fault.Subject, "hunter2") {
					t.Errorf("the error shows a value: %+v", fault)
				}
			}
		})
	}
}

func TestParseInputReportsAll(t *testing.T) {
	_, err := ParseInput([]byte("kind: sipp\ntitle: \"\\e\"\nurl: x\ndue: x\na#b: c\n"), "")
	var faults strictyaml.Errors
	if !errors.As(err, &faults) || len(faults) != 5 || faults[0].Near != "sip" {
		t.Fatalf("got %v", err)
	}
	var refused *TextError
	if !errors.As(faults[2], &refused) || refused.Why != Scheme {
		t.Errorf("the cause is lost: %+v", faults[2])
	}
}

func manyFields() string {
	var b strings.Builder
	for i := range MaxFields + 1 {
		b.WriteString("f" + strings.Repeat("x", i%60) + string(rune('a'+i/60)) + ": v\n")
	}
	return b.String()
}

func FuzzParseInput(f *testing.F) {
	seeds := []string{"title: a\npassword: b\n", "kind: sip\nserver: x\ntags: [a]\n", "note: |\n  a\n  b\nключ: \"\\n\"\n", "password: a #b", "kind: zzz"}
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, seed := range seeds {
		f.Add([]byte(seed), "")
		f.Add([]byte(seed), "wifi")
	}
	f.Fuzz(func(t *testing.T, data []byte, kind string) {
		d, err := ParseInput(data, kind)
		if err != nil {
			var faults strictyaml.Errors
			if !errors.As(err, &faults) || faults[0].Line < 1 {
				t.Fatalf("an error without a place: %v", err)
			}
			return
		}
		if err := d.Check(); err != nil {
			t.Fatalf("taken, but not fit to be written: %v\n%s", err, data)
		}
		if _, known := KindByID(d.Kind); !known {
			t.Fatalf("kind %q", d.Kind)
		}
	})
}
