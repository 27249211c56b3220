package runbooks_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"opsvault/runbooks"
)

// FuzzParse looks for texts that make the parser, the linter or a run panic or lie about places.
func FuzzParse(f *testing.F) {
	for _, book := range shipped(f) {
		f.Add(book.Text)
	}
	seeds := 0
	for _, pattern := range []string{"testdata/lint/*.md", "testdata/hostile/*.md", "testdata/*.md"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
			seeds++
		}
	}
	if seeds < 15 {
		f.Fatalf("only %d seeds", seeds)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		report := runbooks.Lint(text, runbooks.Options{Now: now(), World: world{}})
		lines := strings.Count(string(text), "\n") + 1
		for _, p := range report.Problems {
			if p.Line < 1 || p.Line > lines || p.Col < 1 {
				t.Errorf("%v is no place of a text of %d lines", p, lines)
			}
		}
		if report.Runbook == nil && report.Problems.Errors() == 0 {
			t.Error("no runbook and no error")
		}
		if report.OK() {
			walk(t, report.Runbook)
			cover(t, report.Runbook)
		}
	})
}

// walk runs a sound runbook for a while.
func walk(t *testing.T, book *runbooks.Runbook) {
	d, j := deps()
	r, err := runbooks.Start(book, d)
	if err != nil {
		t.Fatalf("clean, but can't be started: %v", err)
	}
	for n := 0; n < 100 && !r.State().Over(); n++ {
		if err := deed(r, n); err != nil {
			t.Fatalf("%v at %+v", err, r.Next())
		}
	}
	if _, err := runbooks.Replay(book, j.events); err != nil {
		t.Fatal(err)
	}
}

// cover runs the answers files of a sound runbook; each comes to an end.
func cover(t *testing.T, book *runbooks.Runbook) {
	if len(book.Steps()) > 5 {
		return // it would be slow, and TestCoverComesToEveryEnd looks at long ones
	}
	for _, answers := range runbooks.Cover(book) {
		d, _ := deps()
		r, err := runbooks.Start(book, d)
		if err != nil {
			t.Fatal(err)
		}
		out, err := runbooks.NewScript(answers).Run(r)
		if err != nil || out.Waiting {
			t.Fatalf("%v, %+v\n%s", err, out, answers.YAML())
		}
	}
}
