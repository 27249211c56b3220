package runbooks_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"opsvault/runbooks"
)

func script(t *testing.T, book *runbooks.Runbook, text string) *runbooks.Script {
	t.Helper()
	answers, err := runbooks.ParseAnswers([]byte(text), book)
	if err != nil {
		t.Fatal(err)
	}
	return runbooks.NewScript(answers)
}

func TestAnswersDriveARun(t *testing.T) {
	text, err := os.ReadFile("testdata/answers.yaml")
	must(t, err)
	r, j := start(t, engineBook(t))
	out, err := script(t, r.Book(), string(text)).Run(r)
	must(t, err)
	if out.Status != runbooks.StatusDone || out.Target != "#end" || out.Waiting || out.Step != "" {
		t.Errorf("%+v", out)
	}
	if visits := r.State().Steps["second"].Visits; visits != 2 {
		t.Errorf("%d visits", visits)
	}
	notes := 0
	for _, e := range j.events {
		if e.Kind == runbooks.EventNoted {
			notes++
		}
	}
	if notes != 1 {
		t.Errorf("%d notes", notes)
	}
}

func TestAnswersStopWhereTheySayNothing(t *testing.T) {
	all, err := os.ReadFile("testdata/answers.yaml")
	must(t, err)
	for _, test := range []struct {
		name, old, new string
		step           string
		kind           runbooks.PromptKind
	}{
		{"front matter", "  start: {inputs: {ticket: INC-7}}\n", "", "start", runbooks.PromptInput},
		{"a step", "  third: {}\n", "", "third", runbooks.PromptConfirm},
		{"a check", "first: {checks: all", "first: {checks: [1]", "first", runbooks.PromptCheck},
		{"an input", ", place: office", "", "first", runbooks.PromptInput},
		{"the second person", "second: anna, ", "", "second", runbooks.PromptSecond},
		{"a question asked again", `[Again, "on"]`, "Again", "second", runbooks.PromptDecision},
		{"the last step", "  fourth: {checks: all}\n", "", "fourth", runbooks.PromptCheck},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := strings.Replace(string(all), test.old, test.new, 1)
			if text == string(all) {
				t.Fatal("nothing was left out")
			}
			r, _ := start(t, engineBook(t))
			out, err := script(t, r.Book(), text).Run(r)
			must(t, err)
			if !out.Waiting || out.Step != test.step || out.Prompt.Kind != test.kind {
				t.Errorf("%+v", out)
			}
		})
	}
}

func TestAnswersSkip(t *testing.T) {
	r, _ := start(t, engineBook(t))
	out, err := script(t, r.Book(), `
answers:
  start: {inputs: {ticket: INC-7}}
  first: {skip: not now}
  second: {skip: nor this, decision: Stop}
`).Run(r)
	must(t, err)
	if out.Status != runbooks.StatusAborted || out.Target != "#abort" {
		t.Errorf("%+v", out)
	}
}

func TestAnswersThatDoNotFitAreRefused(t *testing.T) {
	book := engineBook(t)
	for _, test := range []struct{ name, text, want string }{
		{"no such step", "answers:\n  frist: {}\n", `2:3: error: answers-step near="first" step="frist"`},
		{"no such check", "answers: {first: {checks: [1, 9]}}", `1:31: error: answers-check check="9" count="3" step="first"`},
		{"checks", "answers: {first: {checks: some}}", `1:27: error: answers-value key="checks" value="some" want="all, [1, 2]"`},
		{"no such input", "answers: {first: {inputs: {nome: x}}}", `1:28: error: answers-input name="nome" near="name" step="first"`},
		{"no such answer", "answers: {second: {decision: Perhaps}}", `1:30: error: answers-decision answer="Perhaps" known="On, Again, Other, Stop" step="second"`},
		{"no question", "answers: {third: {decision: Yes}}", `1:29: error: answers-decision answer="Yes" known="" step="third"`},
		{"no such key", "answers: {third: {chekcs: all}}", `1:19: error: key-unknown key="chekcs" near="checks"`},
		{"no answers", "answer: {}", `1:1: error: answers-value`},
		{"not YAML", "answers: {", `error: yaml`},
		{"a hostile value", `answers: {first: {inputs: {name: "\e[2J"}}}`, `answers-value`},
		{"too large", "answers: {first: {note: " + strings.Repeat("x", 300_000) + "}}", `error: yaml`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := runbooks.ParseAnswers([]byte(test.text), book)
			var problems runbooks.Problems
			if !errors.As(err, &problems) || !strings.Contains(listed(problems), test.want) {
				t.Errorf("want %s, got: %v", test.want, err)
			}
		})
	}
}
