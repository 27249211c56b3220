package runbooks_test

import (
	"strings"
	"testing"

	"opsvault/runbooks"
)

const front = `---
opsvault: runbook/v1
id: x
title: X
lang: en
owner: duty:on-call
review_by: 2027-01-31
use_when: always
done_when: done
roles: [agent, lead]
---
`

const step = front + "# X\n\n## P {#p}\n\n### 1. S {#s}\n\n"

func TestParseRefusesWhatIsHostile(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", "1:1: error: front-missing"},
		{"too large", strings.Repeat("a\n", runbooks.MaxSize/2+1), "1:1: error: too-large"},
		{"bytes", step + "caf\xe9 x", "18:4: error: not-utf8"},
		{"escape", step + "я\x1b[2J", "18:2: error: control-char char=\"U+001B\""},
		{"OSC 52", step + "a\n\x1b]52;c;aGk=\x07", "19:1: error: control-char"},
		{"C1", step + "\u009b2J", "18:1: error: control-char char=\"U+009B\""},
		{"right to left", step + "abc\u202Edef", "18:4: error: control-char char=\"U+202E\""},
		{"lone CR", step + "abc\rdef", "18:4: error: control-char char=\"U+000D\""},
		{"tag characters", step + "a\U000E0041", "18:2: error: control-char"},
		{"entity", step + "a&#x202e;b", "18:1: error: control-char"},
		{"escape in the title", strings.Replace(step, "title: X", `title: "\e[2J"`, 1), "4:8: error: key-value"},
		{"escape in a target", step + "[a](call:%1B)", "18:1: error: link-value"},
		{"long line", step + strings.Repeat("a", 9000), "18:1: error: line-too-long"},
		{"long paragraph", step + strings.Repeat("abcdefg\n", 2000), "18:1: error: paragraph-too-long"},
		{"emphasis", step + strings.Repeat("a**b_c_\n", 200), "18:1: error: paragraph-too-dense"},
		{"brackets", step + "- a\n\n  " + strings.Repeat("[", 4000), "20:3: error: paragraph-too-dense"},
		{"deep quotation", step + strings.Repeat(">", 150) + "a", "18:9: error: too-deep"},
		{"deeper quotation", step + strings.Repeat("> ", 4000) + "a", "18:1: error: too-deep"},
		{"deep list", step + nested(20), "26:17: error: too-deep"},
		{"100,000 steps", front + "# X\n## P {#p}\n" + strings.Repeat("### 1. \n", 100_000), "1014:1: error: too-many-steps"},
		{"many problems", step + strings.Repeat("[a](x:y)\n\n", 500), "too-many-problems"},
		{"not YAML", "---\n{\n---\n", "error: yaml "},
		{"an alias", "---\na: &x 1\nb: *x\n---\n", "error: yaml "},
		{"a list", "---\n- a\n---\n", "2:1: error: yaml why=\"expected a map\""},
		{"no phase", front + "# X\n", "1:1: error: phase-missing"},
		{"no title", front + "## P {#p}\n", "1:1: error: title-missing"},
		{"rollback only", front + "# X\n## P {#rollback}\n### 1. S {#s}\n", "13:1: error: phase-rollback"},
		{"unbalanced", step + strings.Repeat("[", 200) + "](", ""},
		{"nothing but markers", step + strings.Repeat("- ", 90) + "a", "too-deep"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, problems := runbooks.Parse([]byte(test.text))
			if got := listed(problems); !strings.Contains(got, test.want) {
				t.Errorf("want %s, got:\n%.2000s", test.want, got)
			}
			if len(problems) > 200 {
				t.Errorf("%d problems", len(problems))
			}
		})
	}
}

func nested(depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(strings.Repeat("  ", i) + "- a\n")
	}
	return b.String()
}

func TestParseAcceptsWhatEditorsWrite(t *testing.T) {
	text := step + "Who: agent · Time: 1 h 30 min\n\n- [ ] do → **DONE**\n"
	want, problems := runbooks.Parse([]byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for name, variant := range map[string]string{
		"CRLF":       strings.ReplaceAll(text, "\n", "\r\n"),
		"byte order": "\uFEFF" + text,
	} {
		t.Run(name, func(t *testing.T) {
			got, problems := runbooks.Parse([]byte(variant))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			a, b := want.Steps()[0], got.Steps()[0]
			if a.Pos != b.Pos || a.Checks[0].Pos != b.Checks[0].Pos || b.Checks[0].Response != "DONE" {
				t.Errorf("%+v, want %+v", b, a)
			}
			if got.Digest == want.Digest {
				t.Error("two texts with one digest")
			}
		})
	}
}
