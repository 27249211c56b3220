package runbooks_test

import (
	"fmt"
	"strings"
	"testing"

	"opsvault/runbooks"
)

// long is a runbook of n steps, each with a check, every tenth with an Undo.
func long(t testing.TB, n int) *runbooks.Runbook {
	t.Helper()
	var b strings.Builder
	b.WriteString(front + "# X\n\n## P {#p}\n\n")
	for i := range n {
		undo := ""
		if i%10 == 0 {
			undo = "Undo: [back](#back)\n\n"
		}
		fmt.Fprintf(&b, "### %d. Step {#s%d}\n\n%s- [ ] do\n\n", i+1, i+1, undo)
	}
	fmt.Fprintf(&b, "## Back {#rollback}\n\n### %d. Back {#back}\n\n- [ ] back\n", n+1)
	book, problems := runbooks.Parse([]byte(b.String()))
	if len(problems) > 0 {
		t.Fatal(listed(problems))
	}
	return book
}

// BenchmarkKeystroke is one answer in the middle of a runbook of nearly 1,000 steps, with what follows from it: the step is
// left and the next one entered.
func BenchmarkKeystroke(b *testing.B) {
	book := long(b, 990)
	r, _ := start(b, book)
	for r.State().Step != "s500" {
		if err := r.Tick(1); err != nil {
			b.Fatal(err)
		}
	}
	s := r.State()
	events := []runbooks.Event{
		{Kind: runbooks.EventTicked, Step: "s500", Check: 1}, {Kind: runbooks.EventStepDone, Step: "s500"}, {Kind: runbooks.EventEntered, Step: "s501"},
	}
	b.ReportAllocs()
	for b.Loop() {
		next := s
		for _, e := range events {
			e.Actor, e.Time = "ivan", s.Last
			var err error
			if next, err = next.Apply(book, e); err != nil {
				b.Fatal(err)
			}
			runbooks.Next(book, next)
			next.Reminders(book)
		}
	}
}

// BenchmarkReplay is a run of nearly 1,000 steps that is gone on with.
func BenchmarkReplay(b *testing.B) {
	book := long(b, 990)
	r, j := start(b, book)
	for r.State().Step != "s990" {
		if err := r.Tick(1); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := runbooks.Replay(book, j.events); err != nil {
			b.Fatal(err)
		}
	}
}
