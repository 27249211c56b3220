package runbooks_test

import (
	"os"
	"testing"

	"opsvault/runbooks"
)

// outage has what engine.md has not: commands, timers, calls, evidence, notices, besides, Undos.
func outage(t testing.TB) *runbooks.Runbook {
	t.Helper()
	text, err := os.ReadFile("testdata/engine-outage.md")
	if err != nil {
		t.Fatal(err)
	}
	book, problems := runbooks.Parse(text)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return book
}

// TestCoverComesToEveryEnd runs the answers files of every runbook, from their YAML, and expects every answer to be given
// and every end to be reached.
func TestCoverComesToEveryEnd(t *testing.T) {
	books := map[string]*runbooks.Runbook{"engine": engineBook(t), "outage": outage(t)}
	for _, book := range shipped(t) {
		books[book.Lang+"/"+book.Slug], _ = runbooks.Parse(book.Text)
	}
	for name, book := range books {
		t.Run(name, func(t *testing.T) {
			open := map[string]bool{}
			for _, visit := range runbooks.Walk(book, nil) {
				for _, way := range visit.Ways {
					open[visit.Step.ID+" "+way.Answer] = true
					if way.To == nil && !visit.Rollback {
						open[way.Target] = true
					}
				}
			}
			for _, answers := range runbooks.Cover(book) {
				again, err := runbooks.ParseAnswers(answers.YAML(), book)
				if err != nil {
					t.Fatalf("%v\n%s", err, answers.YAML())
				}
				r, j := start(t, book)
				out, err := runbooks.NewScript(again).Run(r)
				if err != nil || out.Waiting {
					t.Fatalf("%v, %+v\n%s", err, out, answers.YAML())
				}
				delete(open, out.Target)
				for _, e := range j.events {
					switch {
					case e.Kind == runbooks.EventDecided:
						delete(open, e.Step+" "+e.Answer)
					case e.Kind == runbooks.EventStepDone:
						delete(open, e.Step+" ")
					}
				}
			}
			if len(open) > 0 {
				t.Errorf("never taken: %v", open)
			}
		})
	}
}

func TestWalkSaysWhoCanDoIt(t *testing.T) {
	visits := runbooks.Walk(engineBook(t), world{})
	if len(visits) != 4 || len(visits[1].Ways) != 4 || visits[1].Ways[2].Target != "runbook:other" || visits[1].Ways[1].To != visits[0].Step {
		t.Fatalf("%+v", visits)
	}
	var denied []string
	for _, n := range visits[1].Needs {
		if len(n.Denied) > 0 {
			denied = append(denied, n.Link.Target.Value+" "+n.Role+" "+n.Denied[0])
		}
		if n.Missing || n.Unknown {
			t.Errorf("%+v", n)
		}
	}
	if len(denied) != 1 || denied[0] != "billing/bank lead ivan (acting for maria)" {
		t.Error(denied)
	}
	for _, visit := range runbooks.Walk(outage(t), nil) {
		for _, n := range visit.Needs {
			if !n.Unknown {
				t.Errorf("%+v", n)
			}
		}
		if visit.Rollback != (visit.Step.Number > 5) {
			t.Errorf("%s: %v", visit.Step.ID, visit.Rollback)
		}
	}
}
