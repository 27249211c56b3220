package main

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"
)

const drilledBook = `---
opsvault: runbook/v1
id: phones
title: The phones are down
lang: en
owner: member:maria
review_by: 2099-06-30
use_when: No calls come in
done_when: A test call comes in
roles: [lead]
drill: {every: 90 d, mode: tabletop}
---

# The phones are down

## Find out {#find-out}

### 1. Look {#look}

- [ ] Look at the router
`

// TestAFinishedDrillIsTheLastExercise: lint counts from the first publication, then from the last drill that came to its end. A
// real run and a new version change nothing.
func TestAFinishedDrillIsTheLastExercise(t *testing.T) {
	began := time.Date(2027, 1, 1, 9, 0, 0, 0, time.UTC)
	g := &team{newWorld(t, "OPSVAULT_LANG=en", "NO_COLOR=1"), t}
	g.vars["OPSVAULT_HOME"], g.env.Rand = t.TempDir(), rand.Reader
	day := func(n int) { g.env.Now = func() time.Time { return began.AddDate(0, 0, n) } }
	day(0)
	g.must(codeDone, "init", g.WorkDir, "--name", "Team", "--member", "maria", "--no-passphrase")
	book := g.file("phones.md", drilledBook)
	whole := g.file("whole.yaml", "answers: {look: {checks: all}}\n")
	overdue := func(n int, want string) {
		t.Helper()
		day(n)
		g.must(codeDone, "runbook", "lint", book)
		if got := g.out.String(); strings.Contains(got, "drill-overdue") != (want != "") || !strings.Contains(got, want) {
			t.Errorf("day %d: want %q, got %q", n, want, got)
		}
	}
	g.must(codeDone, "runbook", "publish", book)
	overdue(90, "")
	overdue(91, "2027-01-01")
	day(92)
	g.must(codeDone, "run", "phones", "--answers", whole)
	overdue(92, "2027-01-01")
	day(93)
	g.must(codeDone, "runbook", "publish", g.file("second.md", strings.Replace(drilledBook, "No calls", "No call", 1)))
	overdue(93, "2027-01-01")
	day(94)
	g.must(codeDone, "run", "phones", "--drill", "--answers", whole)
	overdue(94, "")
	overdue(185, "2027-04-05")
}
