package runbooks_test

import (
	"fmt"

	"opsvault/runbooks"
)

// A road leads from a step to the next one, or to an end ("#end", "#abort", "runbook:slug"). It is worked out here from the text alone,
// so that a mistake in the engine's own graph shows.
type road struct{ from, to, answer string }

func (r road) ends() bool {
	return len(r.to) > 8 && r.to[:8] == "runbook:" || r.to == "#end" || r.to == "#abort"
}

// A roadMap has the roads that leave each step.
type roadMap struct {
	steps []string // in the order of the text
	out   map[string][]road
}

func mapOf(book *runbooks.Runbook) roadMap {
	m := roadMap{out: map[string][]road{}}
	steps := book.Steps()
	for i, s := range steps {
		m.steps = append(m.steps, s.ID)
		switch {
		case s.Decision != nil:
			for _, a := range s.Decision.Answers {
				m.out[s.ID] = append(m.out[s.ID], road{s.ID, place(a.Target), a.Text})
			}
		case s.Then != nil:
			m.out[s.ID] = []road{{s.ID, place(*s.Then), ""}}
		case i+1 < len(steps):
			m.out[s.ID] = []road{{s.ID, steps[i+1].ID, ""}}
		default:
			m.out[s.ID] = []road{{s.ID, "#end", ""}}
		}
	}
	return m
}

// place is a step's id, or an end as it is written.
func place(t runbooks.Target) string {
	if t.IsJump() && t.Value != "end" && t.Value != "abort" {
		return t.Value
	}
	return t.String()
}

func (m roadMap) roads() []road {
	var all []road
	for _, id := range m.steps {
		all = append(all, m.out[id]...)
	}
	return all
}

// routes are ways from the first step to an end: for each road, and each road out of the runbook that can be reached behind it,
// the shortest way that takes both.
func (m roadMap) routes() [][]road {
	var all [][]road
	seen := map[string]bool{}
	for _, by := range m.roads() {
		there, ok := m.way(m.steps[0], by.from)
		if !ok {
			continue
		}
		there = append(there, by)
		for _, exit := range m.roads() {
			if !exit.ends() {
				continue
			}
			route := append([]road{}, there...)
			if !by.ends() {
				on, ok := m.way(by.to, exit.from)
				if !ok {
					continue
				}
				route = append(append(route, on...), exit)
			}
			if key := fmt.Sprint(route); !seen[key] {
				seen[key] = true
				all = append(all, route)
			}
		}
	}
	return all
}

// way is the shortest way between two steps.
func (m roadMap) way(from, to string) ([]road, bool) {
	came := map[string]road{from: {}}
	for queue := []string{from}; len(queue) > 0 && queue[0] != to; queue = queue[1:] {
		for _, r := range m.out[queue[0]] {
			if _, seen := came[r.to]; !seen && !r.ends() {
				came[r.to] = r
				queue = append(queue, r.to)
			}
		}
	}
	if _, ok := came[to]; !ok {
		return nil, false
	}
	var way []road
	for at := to; at != from; at = came[at].from {
		way = append([]road{came[at]}, way...)
	}
	return way, true
}
