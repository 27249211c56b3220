package runbooks_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"opsvault/runbooks"
)

var example = regexp.MustCompile("(?ms)^(```+)markdown( step)?\n(.*?)^(```+)$")

// TestExamplesOfTheDocumentAreClean lints what docs/runbook-language.md shows.
func TestExamplesOfTheDocumentAreClean(t *testing.T) {
	text, err := os.ReadFile("../docs/runbook-language.md")
	must(t, err)
	rest, n := string(text), 0
	for {
		m := example.FindStringSubmatchIndex(rest)
		if m == nil {
			break
		}
		fence := rest[m[2]:m[3]]
		end := strings.Index(rest[m[6]:], "\n"+fence+"\n")
		body := rest[m[6] : m[6]+end+1]
		if m[4] >= 0 {
			body = step + body
		}
		n++
		report := runbooks.Lint([]byte(body), runbooks.Options{})
		if len(report.Problems) > 0 {
			t.Errorf("example %d:\n%s%s", n, listed(report.Problems), body)
		}
		rest = rest[m[6]+end:]
	}
	if n < 5 {
		t.Errorf("only %d examples", n)
	}
}

func TestTheAnswersFileOfTheDocumentIsRead(t *testing.T) {
	text, err := os.ReadFile("../docs/runbook-language.md")
	must(t, err)
	_, rest, _ := strings.Cut(string(text), "```yaml\n")
	answers, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("no answers file")
	}
	book, problems := runbooks.Parse([]byte(documented))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if _, err := runbooks.ParseAnswers([]byte(answers), book); err != nil {
		t.Error(err)
	}
}

// documented has the steps that the document's answers file speaks of.
const documented = `---
opsvault: runbook/v1
id: x
title: X
lang: en
owner: duty:on-call
review_by: 2027-01-31
use_when: always
done_when: done
roles: [agent, lead]
inputs: [ticket]
---

# X

## P {#p}

### 1. Look {#look}

- [ ] look ` + "`message=____`" + `

Paper?

- **Yes** → [Paper](#paper)
- **No** → [Wait](#wait)

### 2. Paper {#paper}

- [ ] put in

### 3. Wait {#wait}

[wait](timer:5min)

Done?

- **Yes** → [Handshake](#handshake)
- **Not yet** → [Wait](#wait)

### 4. Handshake {#handshake}

Two people: yes

### 5. Optional {#optional}

- [ ] perhaps
`

// TestEveryEventIsDocumented holds the kinds of events and docs/runs.md together.
func TestEveryEventIsDocumented(t *testing.T) {
	code, err := os.ReadFile("event.go")
	must(t, err)
	page, err := os.ReadFile("../docs/runs.md")
	must(t, err)
	rows := map[string]bool{}
	_, table, _ := strings.Cut(string(page), "\n## Events\n")
	table, _, _ = strings.Cut(table, "\n## ")
	for _, m := range regexp.MustCompile("(?m)^\\| (`[^|]*) \\|").FindAllStringSubmatch(table, -1) {
		for kind := range strings.SplitSeq(m[1], ", ") {
			rows[strings.Trim(kind, "` ")] = true
		}
	}
	kinds := regexp.MustCompile(`EventKind = "([a-z-]{1,16})"`).FindAllStringSubmatch(string(code), -1)
	for _, m := range kinds {
		if !rows[m[1]] {
			t.Errorf("docs/runs.md does not say what %s is", m[1])
		}
		delete(rows, m[1])
	}
	if len(kinds) < 35 || len(rows) > 0 {
		t.Errorf("%d kinds; no events: %v", len(kinds), rows)
	}
}
