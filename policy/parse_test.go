package policy

import (
	"errors"
	"strings"
	"testing"

	"opsvault/policy/strictyaml"
)

func TestParseRefuses(t *testing.T) {
	hex := strings.Repeat("a", 64)
	tests := []struct {
		name, old, new string // an edit of the example
		code           Code
		at             string // the text at the line and column that the problem names
		says           string
	}{
		{"another format", "policy/v1", "policy/v2", CodeFormat, "policy/v2", "policy/v2"},
		{"no format", "opsvault: policy/v1\n", "", CodeFormat, "version", ""},
		{"version 0", "version: 4", "version: 0", CodeRange, "0", "1 to 999999"},
		{"a version too high", "version: 4", "version: 1000000", CodeRange, "1000000", ""},
		{"version 1 with a parent", "version: 4", "version: 1\nnonce: " + hex, CodeForbidden, "prev", "no parent"},
		{"version 1 without a nonce", "version: 4", "version: 1", CodeMissing, "opsvault", "nonce"},
		{"a short parent", "prev: [77e0", "prev: [77e", CodeHash, "77e4d0f", "64"},
		{"a parent twice", "prev: [", "prev: [" + hex + ", " + hex + ", ", CodeTwice, hex, ""},
		{"a late nonce", "version: 4", "version: 4\nnonce: " + hex, CodeForbidden, "nonce", "version 1"},
		{"no time", "issued: 2026-11-21T10:00:00Z\n", "", CodeRange, "opsvault", "issued"},
		{"no name", "name: Contact centre\n", "", CodeMissing, "opsvault", "name"},
		{"a long name", "name: Contact centre", "name: " + strings.Repeat("ж", 65), CodeText, "ж", "128"},
		{"a name that moves the cursor", "name: Contact centre", `name: "a\e[2J"`, CodeText, `"a`, ""},
		{"a name that reorders", "name: Contact centre", `name: "a\u202Eb"`, CodeText, `"a`, ""},
		{"a name in spaces", "name: Contact centre", `name: " a"`, CodeText, `" a"`, ""},
		{"nobody governs", "govern:\n  roles: [lead]", "govern:\n  roles: [auditor]", CodeGovern, "roles: [auditor]", "no member with a device"},
		{"governors without a device", "k7q2m4x5c6v7b2n3: {label: laptop, file: 9d0c8b7a6f5e4d3c2b1a09f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4}", "", CodeGovern, "roles: [lead]", "no member with a device"},
		{"threshold 0", "threshold: 1", "threshold: 0", CodeGovern, "0", "at least 1"},
		{"threshold out of reach", "threshold: 1", "threshold: 2", CodeGovern, "2", "only 1 can govern (a role that governs, and a device): maria"},
		{"an unknown governing role", "govern:\n  roles: [lead]", "govern:\n  roles: [lead, led]", CodeRole, "led]", `did you mean "lead"`},
		{"an unknown role in access", "access: {lead: manage, agent: use}", "access: {lead: manage, agnet: use}", CodeRole, "agnet", `there is no role "agnet"; did you mean "agent"?`},
		{"an unknown role of a member", "name: Олег, roles: [agent]", "name: Олег, roles: [boss]", CodeRole, "boss", "boss"},
		{"a role twice", "name: Олег, roles: [agent]", "name: Олег, roles: [agent, agent]", CodeTwice, "agent]", ""},
		{"an unknown member in a quorum", "quorum: {need: 2, of: [ivan, anna, oleg]}", "quorum: {need: 2, of: [ivan, ana, oleg]}", CodeMember, "ana", `"anna"`},
		{"a quorum of one", "quorum: {need: 2", "quorum: {need: 1", CodeRange, "1, of", "2 to 3"},
		{"a quorum out of reach", "quorum: {need: 2", "quorum: {need: 4", CodeRange, "4, of", "2 to 3"},
		{"succession out of reach", "succession: {need: 2", "succession: {need: 4", CodeRange, "4, of", "1 to 3"},
		{"succession without an end", ", for: 14d}", "}", CodeRange, "succession", "14d"},
		{"no generation of the catalogue", "catalogue:\n  generations:\n    - {gen: 1", "catalogue:\n  generations:\n    - {gen: 2", CodeGeneration, "generations:", "generation 1"},
		{"generations backwards", "    - {gen: 1, recipient: 0b9c", "    - {gen: 3, recipient: " + hex + "}\n    - {gen: 1, recipient: 0b9c", CodeGeneration, "1, recipient: 0b9c", "higher"},
		{"generation 0", "- {gen: 2, recipient: 5d41", "- {gen: 0, recipient: 5d41", CodeGeneration, "0, rec", ""},
		{"a recipient that is no hash", "recipient: 5d41", "recipient: 5D41", CodeHash, "5D41", ""},
		{"approvals by nobody", "approve: [lead, agent], ", "", CodeMissing, "runbooks", "approve"},
		{"negative approvals", "approvals: 1\n    grants", "approvals: -1\n    grants", CodeRange, "-1", ""},
		{"a member id with a dot", "  olga: {", "  o.lga: {", CodeID, "o.lga", "no id"},
		{"a member id in capitals", "  olga: {", "  Olga: {", CodeID, "Olga", ""},
		{"a member without a name", "name: Ольга, ", "", CodeMissing, "olga", ""},
		{"a device id with a 9", "a2b3c4d5e6f7g2h3", "a2b3c4d5e6f7g2h9", CodeID, "a2b3c4d5e6f7g2h9", "device"},
		{"a device of two", "a2b3c4d5e6f7g2h3", "k7q2m4x5c6v7b2n3", CodeTwice, "k7q2m4x5c6v7b2n3: {label: laptop", "ivan"},
		{"a device without a label", "label: desk-3, ", "", CodeMissing, "a2b3c4d5e6f7g2h3", ""},
		{"a safe named like a Windows device", "  billing:\n", "  com1:\n", CodeID, "com1", "Windows"},
		{"a built-in safe", "  billing:\n", "  \"@audit\":\n", CodeID, "\"@audit\"", ""},
		{"a safe called like another", "  billing:\n", "  billing:\n    title: телефония\n", CodeTwice, "Телефония", "billing"},
		{"a safe called like another's id", "  billing:\n", "  billing:\n    title: Telephony\n", CodeTwice, "Telephony", "telephony"},
		{"an unknown reason", "reason: required", "reason: needed", CodeWord, "needed", "required"},
		{"an unknown language", "{en: First line, ru", "{en: First line, rus", CodeWord, "rus", "two letters"},
		{"an unknown holder", "holder: olga", "holder: olha", CodeMember, "olha", `"olga"`},
		{"an unknown deputy", "deputies: [ivan, anna]", "deputies: [ivan, an]", CodeMember, "an]", ""},
		{"an unknown safe", "safes: [billing]", "safes: [biling]", CodeSafe, "biling", `"billing"`},
		{"a bad slug", "runbooks: [unpaid-bill", "runbooks: [unpaid bill", CodeID, "unpaid bill", ""},
		{"day 32", "day: 20", "day: 32", CodeRange, "32", "1 to 31"},
		{"day 8 of a week", "every: month, day: 20", "every: week, day: 8", CodeRange, "8,", "1 to 7"},
		{"a year without a month", "every: month, day: 20", "every: year, day: 20", CodeRange, "due", "1 to 12"},
		{"a cutoff before the day", "cutoff: 25", "cutoff: 19", CodeRange, "19", "20 to 31"},
		{"every day", "every: month", "every: day", CodeWord, "day,", "week, month"},
		{"acting for oneself", "member: ivan, for: maria", "member: maria, for: maria", CodeTwice, "maria, roles", "themselves"},
		{"acting for a stranger", "for: maria, roles", "for: mary, roles", CodeMember, "mary", `"maria"`},
		{"a role that isn't there to hand over", "for: maria, roles: [lead]", "for: maria, roles: [auditor]", CodeRole, "auditor]", "handed over"},
		{"an unknown duty", "duties: [pay-internet]", "duties: [pay]", CodeDuty, "pay]", ""},
		{"an end before the beginning", "until: 2026-12-14", "until: 2026-11-14", CodeRange, "2026-11-14", "later"},
		{"no basis", "basis: planned", "basis: because", CodeWord, "because", ""},
		{"an acting governor by plan", "basis: planned", "basis: planned, govern: true", CodeForbidden, "govern", "succession"},
		{"two rows with one id", "acting:\n", "acting:\n  - {id: a7, member: oleg, for: anna, roles: [agent], from: 2026-12-01T00:00:00Z, until: 2026-12-14T00:00:00Z, basis: planned}\n", CodeTwice, "a7, member: ivan", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := edit(t, example(t), tt.old, tt.new)
			_, err := Parse([]byte(text))
			var problems Problems
			if !errors.As(err, &problems) {
				t.Fatalf("got %v", err)
			}
			p := problems[0]
			if p.Code != tt.code || !strings.Contains(p.Error(), tt.says) {
				t.Errorf("got %s %v", p.Code, p)
			}
			if p.Line == 0 || !strings.HasPrefix(textAt(text, p.Line, p.Column), tt.at) {
				t.Errorf("%v: stands at %q", p, textAt(text, p.Line, p.Column)[:20])
			}
		})
	}
}

func TestParseRefusesYAML(t *testing.T) {
	tests := []struct {
		name, old, new string
		code           strictyaml.Code
		at, says       string
	}{
		{"an unknown key", "deputies:", "deputys:", strictyaml.CodeUnknown, "deputys", `"deputies"`},
		{"a key of another place", "    reason: required", "    roles: [lead]", strictyaml.CodeUnknown, "roles: [lead]\n  billing", ""},
		{"an unknown word of access", "agent: use}", "agent: uze}", strictyaml.CodeValue, "uze", `"use"`},
		{"no access", "agent: use}", "agent: }", strictyaml.CodeValue, "}", "joined"},
		{"a span without a unit", "max: 8h", "max: 8", strictyaml.CodeValue, "8}", "8h"},
		{"a negative span", "max: 8h", "max: -8h", strictyaml.CodeValue, "-8h", ""},
		{"a span too long", "max: 8h", "max: 9999w", strictyaml.CodeValue, "9999w", "ten years"},
		{"a time of elsewhere", "10:00:00Z", "10:00:00+03:00", strictyaml.CodeValue, "2026-11-21T", "UTC"},
		{"an octal number", "threshold: 1", "threshold: 01", strictyaml.CodeNumber, "01", ""},
		{"an anchor", "govern:\n", "govern: &g\n", strictyaml.CodeForbidden, "&g", ""},
		{"a role alone", "name: Олег, roles: [agent]", "name: Олег, roles: agent", strictyaml.CodeType, "agent}", "[agent]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := edit(t, example(t), tt.old, tt.new)
			_, err := Parse([]byte(text))
			var errs strictyaml.Errors
			if !errors.As(err, &errs) {
				t.Fatalf("got %v", err)
			}
			e := errs[0]
			if e.Code != tt.code || !strings.Contains(e.Error(), tt.says) || !strings.HasPrefix(textAt(text, e.Line, e.Column), tt.at) {
				t.Errorf("got %s %v at %q", e.Code, e, textAt(text, e.Line, e.Column))
			}
		})
	}
}

func textAt(text string, line, column int) string {
	for ; line > 1; line-- {
		_, text, _ = strings.Cut(text, "\n")
	}
	runes := []rune(text)
	return string(runes[min(column-1, len(runes)):])
}

func TestParseTakes(t *testing.T) {
	tests := []struct{ name, old, new string }{
		{"a role without a word", "  auditor: {title: Auditor}", "  auditor:"},
		{"a safe without keys", "    generations:\n      - {gen: 2, recipient: 5d41402abc4b2a76b9719d911017c5920a1b2c3d4e5f60718293a4b5c6d7e8f9}\n", ""},
		{"a duty without a holder", "    holder: olga\n", ""},
		{"a note of lines", "note: office manager", `note: "one\ntwo"`},
		{"a title that is a number", "title: Auditor", "title: 007"},
		{"words of access", "agent: use}", "agent: read+request}"},
		{"words with spaces", "agent: use}", "agent: read + request}"},
		{"no runbooks", "runbooks: {publish: [lead], approve: [lead, agent], approvals: 1}\n", ""},
		{"nobody audits", "roles: [auditor, lead]", "roles: []"},
		{"a span of nothing", "wait: 24h", "wait: 0"},
		{"an acting governor", "basis: planned", "basis: succession, govern: true"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { parse(t, edit(t, example(t), tt.old, tt.new)) })
	}
}

func TestManyProblemsAtOnce(t *testing.T) {
	text := strings.ReplaceAll(example(t), "[agent]", "[agnt]")
	_, err := Parse([]byte(text))
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 3 || !problems.Has(CodeRole) || problems.Has(CodeSafe) {
		t.Fatalf("got %v", err)
	}
	var one Problem
	if !errors.As(err, &one) || one.Near != "agent" || one.Subject != "agnt" {
		t.Errorf("got %+v", one)
	}
}

func FuzzParse(f *testing.F) {
	good := example(f)
	seeds := []string{good, first(f), "opsvault: policy/v1\n", "opsvault: policy/v9\nx: y\n", strings.ReplaceAll(good, "ivan", "ivan: {ivan: &a [*a]}"),
		strings.ReplaceAll(good, "lead", "con"), strings.ReplaceAll(good, ": 1", ": 0x1"), strings.ReplaceAll(good, "\n", "\r\n"), "members:\n  a:\nroles:\n  b:\nsafes:\n  c:\nacting:\n  -\n"}
	if _, err := Parse([]byte(seeds[0])); err != nil || len(seeds) < 2 {
		f.Fatalf("no good seed: %v", err)
	}
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := Parse(data)
		if err != nil {
			var problems Problems
			var errs strictyaml.Errors
			if !errors.As(err, &problems) && !errors.As(err, &errs) {
				t.Fatalf("an error without a type: %v", err)
			}
			for _, p := range problems {
				if p.Line < 1 || p.Column < 1 {
					t.Fatalf("a problem without a place: %+v", p)
				}
			}
			return
		}
		roundTrip(t, d)
	})
}
