package runbooks

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"opsvault/policy/strictyaml"
)

// maxAnswers is the largest answers file, in bytes.
const maxAnswers = 256 << 10

// Answers are what an answers file says for each step.
type Answers struct {
	steps map[string]*stepAnswers
}

type stepAnswers struct {
	all       bool         // all checks
	checks    map[int]bool // or these
	inputs    strictyaml.Map
	decisions []string // one for each visit
	second    string
	skip      string
	fail      string
	note      string

	commands string // "run", "by-hand", or "" for by hand where the check beside it is answered
	settle   string // "finished", "not-finished"
	calls    []string
	escalate string
	evidence strictyaml.Map // digests by name
	notices  bool
	beside   strictyaml.Map // who by step
	doneBy   string         // of a step beside the run
	drop     string
	waive    string // of a step of the rollback phase
	at       []string
}

// ParseAnswers reads an answers file for a runbook. Steps, checks, inputs and answers that the runbook does not have are
// errors, as [Problems] with the places in the file.
//
//	answers:
//	  step-id: {checks: all, inputs: {name: value}, decision: "Yes"}
//	  other-step: {checks: [1, 2], second: Anna, note: "…"}
//	  start: {inputs: {ticket: INC-7}}     # the inputs of the front matter
//	  wait: {decision: ["No", "Yes"]}      # one answer for each visit
//	  late-step: {skip: "why"}
//	  command: {checks: all, commands: run}
//	  take-back: {waive: "why"}            # of the rollback phase; {checks: all} takes back
func ParseAnswers(data []byte, book *Runbook) (*Answers, error) {
	found := &findings{}
	root, err := strictyaml.Parse(data, maxAnswers)
	var faults strictyaml.Errors
	if errors.As(err, &faults) {
		for _, e := range faults {
			found.add(Pos{e.Line, e.Column}, "yaml", "why", e.Msg)
		}
		return nil, found.list
	}
	a := &answerReader{findings: found, book: book}
	out := a.read(root)
	if found.list.sort(); len(found.list) > 0 {
		return nil, found.list
	}
	return out, nil
}

type answerReader struct {
	*findings
	book *Runbook
}

func (a *answerReader) place(n *strictyaml.Node) Pos { return Pos{n.Line, n.Column} }

func (a *answerReader) bad(n *strictyaml.Node, key, want string) {
	a.add(a.place(n), "answers-value", "key", key, "value", n.Text, "want", want)
}

func (a *answerReader) read(root *strictyaml.Node) *Answers {
	out := &Answers{steps: map[string]*stepAnswers{}}
	if root.Kind != strictyaml.KindMap || len(root.Keys) != 1 || root.Keys[0].Text != "answers" || root.Items[0].Kind == strictyaml.KindList {
		a.bad(root, "answers", "answers: {step-id: {checks: all}}")
		return out
	}
	known := []string{startID}
	for _, phase := range a.book.Phases {
		for _, step := range phase.Steps {
			known = append(known, step.ID)
		}
	}
	steps := root.Items[0]
	for i, key := range steps.Keys {
		step := a.book.Step(key.Text)
		if key.Text == startID {
			step = a.front()
		}
		if step == nil {
			a.add(a.place(key), "answers-step", "step", key.Text, "near", strictyaml.Nearest(key.Text, known))
			continue
		}
		out.steps[key.Text] = a.step(step, key, steps.Items[i])
	}
	return out
}

// front is a step that has the inputs of the front matter.
func (a *answerReader) front() *Step {
	check := &Check{}
	for _, ask := range a.book.Meta.Inputs {
		check.Inputs = append(check.Inputs, Input{ask.Name, ask.pos})
	}
	return &Step{ID: startID, Checks: []*Check{check}}
}

func (a *answerReader) step(step *Step, key, n *strictyaml.Node) *stepAnswers {
	out := &stepAnswers{checks: map[int]bool{}}
	if n.Kind != strictyaml.KindMap && !n.Empty() {
		a.bad(n, key.Text, "{checks: all}")
		return out
	}
	for i, name := range n.Keys {
		value := n.Items[i]
		switch name.Text {
		case "checks":
			a.checks(step, out, value)
		case "inputs":
			a.inputs(step, out, value)
		case "decision":
			a.decision(step, out, value)
		default:
			if !a.more(step, out, name.Text, value) {
				a.add(a.place(name), "key-unknown", "key", name.Text, "near", strictyaml.Nearest(name.Text, answerKeys()))
			}
		}
	}
	return out
}

func (a *answerReader) text(key string, n *strictyaml.Node) string {
	s, err := cleanText(n.Text)
	if n.Kind != strictyaml.KindScalar || err != nil {
		a.bad(n, key, "text")
	}
	return s
}

func (a *answerReader) checks(step *Step, out *stepAnswers, n *strictyaml.Node) {
	if n.Kind == strictyaml.KindScalar {
		if out.all = n.Text == "all"; !out.all {
			a.bad(n, "checks", "all, [1, 2]")
		}
		return
	}
	for _, item := range n.Items {
		number, err := strconv.Atoi(item.Text)
		if n.Kind != strictyaml.KindList || item.Kind != strictyaml.KindScalar || err != nil || number < 1 || number > len(step.Checks) {
			a.add(a.place(item), "answers-check", "check", item.Text, "step", step.ID, "count", fmt.Sprint(len(step.Checks)))
			continue
		}
		out.checks[number] = true
	}
}

func (a *answerReader) inputs(step *Step, out *stepAnswers, n *strictyaml.Node) {
	if n.Kind != strictyaml.KindMap {
		a.bad(n, "inputs", "{name: value}")
		return
	}
	var known []string
	for _, check := range step.Checks {
		for _, input := range check.Inputs {
			known = append(known, input.Name)
		}
	}
	for i, key := range n.Keys {
		if near := strictyaml.Nearest(key.Text, known); near != key.Text {
			a.add(a.place(key), "answers-input", "name", key.Text, "step", step.ID, "near", near)
			continue
		}
		out.inputs = append(out.inputs, strictyaml.Pair{Key: key.Text, Value: a.text("inputs", n.Items[i])})
	}
}

func (a *answerReader) decision(step *Step, out *stepAnswers, n *strictyaml.Node) {
	items := n.Items
	if n.Kind == strictyaml.KindScalar {
		items = []*strictyaml.Node{n}
	}
	var known []string
	if step.Decision != nil {
		for _, answer := range step.Decision.Answers {
			known = append(known, answer.Text)
		}
	}
	for _, item := range items {
		answer := ""
		for _, text := range known {
			if strings.EqualFold(text, strings.TrimSpace(item.Text)) {
				answer = text
			}
		}
		if answer == "" || n.Kind == strictyaml.KindMap {
			a.add(a.place(item), "answers-decision", "answer", item.Text, "step", step.ID, "known", strings.Join(known, ", "))
			continue
		}
		out.decisions = append(out.decisions, answer)
	}
}
