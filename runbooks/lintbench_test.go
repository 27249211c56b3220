package runbooks_test

import (
	"fmt"
	"strings"
	"testing"

	"opsvault/runbooks"
)

// longRunbook has as many steps as said, each with what steps have: checks, a blank, a credential, a question.
func longRunbook(steps int) []byte {
	var b strings.Builder
	b.WriteString(front + "# X\n\n## P {#p}\n")
	for i := 1; i <= steps; i++ {
		next := fmt.Sprintf("#s%d", i+1)
		if i == steps {
			next = "#end"
		}
		fmt.Fprintf(&b, `
### %[1]d. Do the next thing on the list {#s%[1]d}

Who: agent · Time: 5 min

The access is here: [SIP trunk](vault:telephony/sip-%[1]d). Do what {{ticket_1}} says.

- [ ] Open the page of the provider in the browser of a mobile phone → **THE MAIN NUMBER IS LISTED**
- [ ] Note what it says: `+"`ticket_%[1]d=____`"+`
- [ ] [Call the lead](call:role:lead) and say **what you saw**

> **If stuck 10 min:** ask the hotline.

Did it work?

- **Yes** → [Go on](%[2]s)
- **No** → [The end](#end)
`, i, next)
	}
	return []byte(b.String())
}

// TestALongRunbookIsSound keeps the benchmark honest.
func TestALongRunbookIsSound(t *testing.T) {
	if report := runbooks.Lint(longRunbook(200), runbooks.Options{Now: now(), World: world{}}); !report.OK() || len(report.Runbook.Steps()) != 200 {
		t.Errorf("%.500s", listed(report.Problems))
	}
}

// BenchmarkLint looks at a runbook of 200 steps, with a vault: 50 ms at most.
func BenchmarkLint(b *testing.B) {
	text := longRunbook(200)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		runbooks.Lint(text, runbooks.Options{Now: now(), World: world{}})
	}
}
