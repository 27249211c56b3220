package runbooks

import (
	"slices"
	"strings"

	"opsvault/policy/strictyaml"
)

// answerKeys are the keys of a step in an answers file.
func answerKeys() []string {
	return []string{
		"checks", "inputs", "decision", "second", "skip", "fail", "note", "commands", "settle", "calls", "escalate", "evidence",
		"notices", "beside", "done_by", "drop", "waive", "at",
	}
}

// more reads the keys that are not about checks, and reports false for one that there is not.
func (a *answerReader) more(step *Step, out *stepAnswers, key string, n *strictyaml.Node) bool {
	switch key {
	case "second":
		out.second = a.text(key, n)
	case "skip":
		out.skip = a.text(key, n)
	case "fail":
		out.fail = a.text(key, n)
	case "note":
		out.note = a.text(key, n)
	case "escalate":
		out.escalate = a.text(key, n)
	case "done_by":
		out.doneBy = a.text(key, n)
	case "drop":
		out.drop = a.text(key, n)
	case "waive":
		if out.waive = a.text(key, n); step.Phase == nil || !step.Phase.Rollback() {
			a.bad(n, key, "#"+rollbackID)
		}
	case "commands":
		out.commands = a.one(key, n, "run", "by-hand")
	case "settle":
		out.settle = a.one(key, n, AnswerFinished, AnswerNotFinished)
	case "notices":
		out.notices = a.one(key, n, "sent") != ""
	case "at":
		out.at = a.times(key, n)
	case "calls":
		a.callAnswers(step, out, n)
	case "evidence":
		out.evidence = a.named(key, n, targets(step, SchemeEvidence), func(v string) bool { return hexForm().MatchString(v) }, "{name: SHA-256}")
	case "beside":
		var with []string
		for _, t := range step.With {
			with = append(with, t.Value)
		}
		out.beside = a.named(key, n, with, func(v string) bool { return v != "" }, "{step-id: name}")
	default:
		return false
	}
	return true
}

func targets(step *Step, scheme string) []string {
	var list []string
	for _, link := range step.linksOf(scheme) {
		list = append(list, link.Target.Value)
	}
	return list
}

// one reads a value that is one of a few.
func (a *answerReader) one(key string, n *strictyaml.Node, known ...string) string {
	if n.Kind == strictyaml.KindScalar && slices.Contains(known, n.Text) {
		return n.Text
	}
	a.bad(n, key, strings.Join(known, ", "))
	return ""
}

// callAnswers reads one answer for all calls of the step, or one for each.
func (a *answerReader) callAnswers(step *Step, out *stepAnswers, n *strictyaml.Node) {
	links := step.linksOf(SchemeCall)
	if n.Kind == strictyaml.KindScalar {
		for range links {
			out.calls = append(out.calls, n.Text)
		}
		a.one("calls", n, AnswerReached, AnswerNoAnswer)
		return
	}
	for _, item := range n.Items {
		out.calls = append(out.calls, a.one("calls", item, AnswerReached, AnswerNoAnswer))
	}
	if n.Kind != strictyaml.KindList || len(out.calls) > len(links) {
		a.bad(n, "calls", AnswerReached+", "+AnswerNoAnswer)
	}
}

// named reads a map of names that the step has.
func (a *answerReader) named(key string, n *strictyaml.Node, known []string, good func(string) bool, want string) strictyaml.Map {
	var out strictyaml.Map
	if n.Kind != strictyaml.KindMap {
		a.bad(n, key, want)
		return out
	}
	for i, name := range n.Keys {
		value := a.text(key, n.Items[i])
		if !slices.Contains(known, name.Text) || !good(value) {
			a.bad(name, key, want)
			continue
		}
		out = append(out, strictyaml.Pair{Key: name.Text, Value: value})
	}
	return out
}

// times are when a step was done on paper, one for each time that it was come to.
func (a *answerReader) times(key string, n *strictyaml.Node) []string {
	items := []*strictyaml.Node{n}
	if n.Kind == strictyaml.KindList {
		items = n.Items
	}
	var list []string
	for _, item := range items {
		if item.Kind != strictyaml.KindScalar || !isLine(item.Text) {
			a.bad(item, key, "14:05")
			continue
		}
		list = append(list, item.Text)
	}
	return list
}

// At is when the file says that a step was done on paper, as it is written there, at a visit counted from 1; "" where it says
// nothing.
func (a *Answers) At(step string, visit int) string {
	s := a.steps[step]
	if s == nil || len(s.at) == 0 {
		return ""
	}
	return s.at[max(0, min(visit, len(s.at))-1)]
}

// Timed reports a file that says of a step when it was done.
func (a *Answers) Timed() bool {
	for _, s := range a.steps {
		if len(s.at) > 0 {
			return true
		}
	}
	return false
}
