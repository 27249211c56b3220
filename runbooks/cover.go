package runbooks

import (
	"fmt"
	"slices"
	"strings"

	"opsvault/policy/strictyaml"
)

// Cover makes a set of answers files that together take every answer of every question and come to every end; Undos are
// done, commands are done by hand. The runbook has to be free of errors.
func Cover(book *Runbook) []*Answers {
	steps := book.Steps()
	if len(steps) == 0 {
		return nil
	}
	c := &coverer{book: book, reached: book.reachable(steps[:1]), out: book.exits(), taken: map[string]bool{}}
	for _, step := range steps {
		if _, ok := c.reached[step]; ok {
			c.cover(step)
		}
	}
	for _, step := range steps {
		if undo := book.rollbackOf(step); undo != nil {
			if _, ok := c.reached[step]; ok {
				c.coverUndo(step, undo)
			}
		}
	}
	return c.files
}

// A coverer collects routes until every way was taken.
type coverer struct {
	book    *Runbook
	reached map[*Step]*hop
	out     map[*Step]Way // the first hop of a shortest way to an end
	taken   map[string]bool
	files   []*Answers
}

func wayKey(step *Step, way Way) string { return step.ID + " " + way.Answer }

func (c *coverer) cover(step *Step) {
	for _, way := range c.book.ways(step) {
		if !c.taken[wayKey(step, way)] {
			c.add(c.goOn(append(routeTo(c.reached, step), hop{step, way})), nil)
		}
	}
}

// coverUndo takes every way of the rollback phase that begins with undo, after a route through step.
func (c *coverer) coverUndo(step, undo *Step) {
	inside := c.book.reachable([]*Step{undo})
	for _, target := range undo.Phase.Steps {
		if _, ok := inside[target]; !ok {
			continue
		}
		for _, way := range c.book.ways(target) {
			if !c.taken[wayKey(target, way)] {
				c.add(c.goOn(append(routeTo(c.reached, step), hop{step, c.out[step]})), append(routeTo(inside, target), hop{target, way}))
			}
		}
	}
}

// routeTo is a shortest route to a step, without it.
func routeTo(reached map[*Step]*hop, step *Step) []hop {
	var route []hop
	for at := reached[step]; at != nil; at = reached[at.step] {
		route = append(route, *at)
	}
	slices.Reverse(route)
	return route
}

// goOn lengthens a route up to an end.
func (c *coverer) goOn(route []hop) []hop {
	for to := route[len(route)-1].way.To; to != nil; to = c.out[to].To {
		route = append(route, hop{to, c.out[to]})
	}
	return route
}

// add makes an answers file of a route, and of what is taken back at its end: undoing is the route of its Undo that matters.
func (c *coverer) add(route, undoing []hop) {
	whole := append([]hop{}, route...)
	seen := map[string]bool{}
	for i := len(route) - 1; i >= 0; i-- { // the newest first
		undo := c.book.rollbackOf(route[i].step)
		if undo == nil || seen[undo.ID] {
			continue
		}
		seen[undo.ID] = true
		back := []hop{{undo, c.out[undo]}}
		if len(undoing) > 0 && undoing[0].step == undo {
			back = undoing
		}
		whole = append(whole, c.goOn(back)...)
	}
	a := &Answers{steps: map[string]*stepAnswers{}}
	a.begin(c.book)
	for _, h := range whole {
		c.taken[wayKey(h.step, h.way)] = true
		a.visit(h.step, h.way.Answer)
	}
	c.files = append(c.files, a)
}

// exits are, for every step, the first hop of a shortest way to an end.
func (r *Runbook) exits() map[*Step]Way {
	back := map[*Step][]hop{}
	out := map[*Step]Way{}
	var queue []*Step
	for _, phase := range r.Phases {
		for _, step := range phase.Steps {
			for _, way := range r.ways(step) {
				if _, has := out[step]; way.To == nil && !has {
					out[step] = way
					queue = append(queue, step)
				} else if way.To != nil {
					back[way.To] = append(back[way.To], hop{step, way})
				}
			}
		}
	}
	for len(queue) > 0 {
		step := queue[0]
		queue = queue[1:]
		for _, h := range back[step] {
			if _, has := out[h.step]; !has {
				out[h.step] = h.way
				queue = append(queue, h.step)
			}
		}
	}
	return out
}

// begin answers the questions of the front matter.
func (a *Answers) begin(book *Runbook) {
	if len(book.Meta.Inputs) == 0 {
		return
	}
	front := &stepAnswers{checks: map[int]bool{}}
	for _, ask := range book.Meta.Inputs {
		front.inputs = append(front.inputs, strictyaml.Pair{Key: ask.Name, Value: "value of " + ask.Name})
	}
	a.steps[startID] = front
}

// visit answers a step once more.
func (a *Answers) visit(step *Step, answer string) {
	s := a.steps[step.ID]
	if s == nil {
		s = &stepAnswers{all: true, checks: map[int]bool{}}
		for _, check := range step.Checks {
			for _, input := range check.Inputs {
				s.inputs = append(s.inputs, strictyaml.Pair{Key: input.Name, Value: "value of " + input.Name})
			}
		}
		if step.Second != "" {
			s.second = "somebody else"
		}
		a.steps[step.ID] = s
	}
	if step.Decision != nil {
		s.decisions = append(s.decisions, answer)
	}
}

// YAML writes an answers file that [ParseAnswers] reads.
func (a *Answers) YAML() []byte {
	var b strings.Builder
	b.WriteString("answers:\n")
	ids := make([]string, 0, len(a.steps))
	for id := range a.steps {
		ids = append(ids, id)
	}
	for _, id := range sorted(ids) {
		fmt.Fprintf(&b, "  %s: {%s}\n", id, strings.Join(a.steps[id].fields(), ", "))
	}
	return []byte(b.String())
}

// fields are the keys of a step with their values.
func (s *stepAnswers) fields() []string {
	var list []string
	if s.all {
		list = append(list, "checks: all")
	} else if len(s.checks) > 0 {
		list = append(list, "checks: ["+numbers(s.checks)+"]")
	}
	list = appendMap(list, "inputs", s.inputs)
	if len(s.decisions) > 0 {
		list = append(list, "decision: ["+quotedAll(s.decisions)+"]")
	}
	for _, f := range []struct{ key, value string }{
		{"second", s.second}, {"skip", s.skip}, {"fail", s.fail}, {"note", s.note}, {"commands", s.commands}, {"settle", s.settle},
		{"escalate", s.escalate}, {"done_by", s.doneBy}, {"drop", s.drop}, {"waive", s.waive},
	} {
		if f.value != "" {
			list = append(list, f.key+": "+quoted(f.value))
		}
	}
	if len(s.calls) > 0 {
		list = append(list, "calls: ["+quotedAll(s.calls)+"]")
	}
	if s.notices {
		list = append(list, "notices: sent")
	}
	return appendMap(appendMap(list, "evidence", s.evidence), "beside", s.beside)
}

func appendMap(list []string, key string, m strictyaml.Map) []string {
	if len(m) == 0 {
		return list
	}
	pairs := make([]string, len(m))
	for i, p := range m {
		pairs[i] = p.Key + ": " + quoted(p.Value)
	}
	return append(list, key+": {"+strings.Join(pairs, ", ")+"}")
}

func numbers(set map[int]bool) string {
	var list []string
	for n := range set {
		list = append(list, fmt.Sprintf("%04d", n))
	}
	for i, s := range sorted(list) {
		list[i] = strings.TrimLeft(s, "0")
	}
	return strings.Join(list, ", ")
}

func quotedAll(values []string) string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = quoted(v)
	}
	return strings.Join(list, ", ")
}

// quoted is a YAML scalar in double quotes; the texts of a runbook and of an answers file have no control characters.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`).Replace(s) + `"`
}
