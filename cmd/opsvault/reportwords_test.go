package main

import (
	"os"
	"regexp"
	"testing"

	"opsvault/cmd/opsvault/text"
)

// TestReportsHaveWordsForEverything reads the codes of the engine and of reports out of their source: each has its words in
// both languages.
func TestReportsHaveWordsForEverything(t *testing.T) {
	for _, source := range []struct{ file, pattern, prefix string }{
		{"event.go", `EventKind += "([a-z-]+)"`, "report.event."},
		{"weave.go", `Why +Why += "([a-z-]+)"|Why\w+ +Why = "([a-z-]+)"`, "report.why."},
		{"state.go", `Status\w+ +Status = "([a-z-]+)"`, "report.state."},
		{"stepstate.go", `Step\w+ +StepStatus = "([a-z-]+)"`, "report.step."},
		{"event.go", `ByHand\w+ += "([a-z-]+)"`, "report.by-hand."},
		{"continuity.go", `Undo\w+ +UndoStatus = "([a-z-]+)"`, "report.undo."},
		{"report/report.go", `Flag\w+ += "([a-z-]+)"`, "report.flag."},
		{"diff.go", `ChangeKind = "([a-z-]+)"`, "bookdiff."},
	} {
		data, err := os.ReadFile("../../runbooks/" + source.file)
		if err != nil {
			t.Fatal(err)
		}
		codes := regexp.MustCompile(source.pattern).FindAllSubmatch(data, -1)
		if len(codes) < 3 {
			t.Errorf("%s: only %d codes like %s", source.file, len(codes), source.pattern)
		}
		for _, m := range codes {
			code := string(m[1])
			if code == "" {
				code = string(m[2])
			}
			if code == "main" || code == "second" { // of the weaver itself: never an aside
				continue
			}
			for _, lang := range []text.Lang{text.English, text.Russian} {
				if !text.New(lang, nil).Has(text.Key(source.prefix + code)) {
					t.Errorf("%s: no message %s%s", lang, source.prefix, code)
				}
			}
		}
	}
}
