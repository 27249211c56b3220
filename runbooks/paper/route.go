package paper

import "opsvault/runbooks"

// The ends of a run, as targets name them.
const (
	endID   = "end"
	abortID = "abort"
)

// A way leads away from a step.
type way struct {
	answer string // "" where nothing is asked
	target runbooks.Target
}

// A roads knows where steps lead.
type roads struct {
	steps []*runbooks.Step
	after map[*runbooks.Step]*runbooks.Step // the one that follows in the text
}

func newRoads(book *runbooks.Runbook) *roads {
	r := &roads{steps: book.Steps(), after: map[*runbooks.Step]*runbooks.Step{}}
	for i := 1; i < len(r.steps); i++ {
		r.after[r.steps[i-1]] = r.steps[i]
	}
	return r
}

// out are the ways out of a step: its answers, its Then, or the step that follows. A step of the rollback phase without
// either leads back to where one came from: it has none.
func (r *roads) out(step *runbooks.Step) []way {
	switch {
	case step.Decision != nil:
		ways := make([]way, len(step.Decision.Answers))
		for i, a := range step.Decision.Answers {
			ways[i] = way{a.Text, a.Target}
		}
		return ways
	case step.Then != nil:
		return []way{{target: *step.Then}}
	case step.Phase.Rollback():
		return nil
	}
	if next := r.after[step]; next != nil {
		return []way{{target: jump(next.ID)}}
	}
	return []way{{target: jump(endID)}}
}

func jump(id string) runbooks.Target { return runbooks.Target{Scheme: runbooks.SchemeJump, Value: id} }

// reachable are the ids of the steps that a run can come to from some steps, these only if they come again.
func (r *roads) reachable(from ...string) map[string]bool {
	ways := map[string][]way{}
	for _, step := range r.steps {
		ways[step.ID] = r.out(step)
	}
	seen := map[string]bool{}
	queue := from
	for len(queue) > 0 {
		id := queue[0]
		queue = queue[1:]
		for _, w := range ways[id] {
			if to := w.target.Value; w.target.IsJump() && !seen[to] {
				seen[to] = true
				queue = append(queue, to)
			}
		}
	}
	return seen
}
