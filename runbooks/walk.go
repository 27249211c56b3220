package runbooks

// A Visit is a step that a run can come to.
type Visit struct {
	Step     *Step
	Rollback bool     // it is reached by an Undo
	Roles    []string // who does it
	Ways     []Way
	Needs    []Need
}

// A Way leads out of a step.
type Way struct {
	Answer string // of the question; "" where there is none
	To     *Step  // nil: an end; in the rollback phase: back to where the run was
	Target string // "#id", "#end", "#abort", "runbook:slug"
}

// A Need is a credential that a step links to, for one of the roles that do it.
type Need struct {
	Link    Link
	Role    string
	Missing bool     // there is no such credential
	Denied  []string // who of those who would do the step can't open it
	Unknown bool     // nobody looked: there is no vault
}

// Walk lists every step that can be reached, in the order of the text, with all its ways, who does it, and whether they can
// open its credentials; nothing is run or opened. Without a World the needs are Unknown.
func Walk(book *Runbook, world World) []Visit {
	var starts []*Step
	if steps := book.Steps(); len(steps) > 0 {
		starts = append(starts, steps[0])
	}
	reached := book.reachable(starts)
	for step := range reached { // what they undo is reached, too
		if undo := book.rollbackOf(step); undo != nil {
			starts = append(starts, undo)
		}
	}
	reached = book.reachable(starts)
	var visits []Visit
	for _, phase := range book.Phases {
		for _, step := range phase.Steps {
			if _, ok := reached[step]; ok {
				visits = append(visits, Visit{step, phase.Rollback(), book.RolesOf(step), book.ways(step), book.needs(step, world)})
			}
		}
	}
	return visits
}

// ways are the ways out of a step.
func (r *Runbook) ways(step *Step) []Way {
	answers := []string{""}
	if step.Decision != nil {
		answers = nil
		for _, answer := range step.Decision.Answers {
			answers = append(answers, answer.Text)
		}
	}
	ways := make([]Way, len(answers))
	for i, answer := range answers {
		target := step.after(answer)
		ways[i] = Way{answer, r.target(target), target}
		if to := ways[i].To; to != nil && step.Phase.Rollback() && !to.Phase.Rollback() {
			ways[i].To = nil
		}
	}
	return ways
}

func (r *Runbook) needs(step *Step, world World) []Need {
	var needs []Need
	for _, link := range step.Credentials() {
		for _, role := range r.RolesOf(step) {
			n := Need{Link: link, Role: role, Unknown: world == nil}
			if world != nil {
				exists, denied := world.Credential(link.Target.Value, role)
				n.Missing, n.Denied = !exists, denied
			}
			needs = append(needs, n)
		}
	}
	return needs
}

// A hop is one step on a route, with the way out of it.
type hop struct {
	step *Step
	way  Way
}

// reachable are the steps that routes from starts come to, each with the last hop of a shortest one.
func (r *Runbook) reachable(starts []*Step) map[*Step]*hop {
	reached := map[*Step]*hop{}
	queue := starts
	for _, step := range starts {
		reached[step] = nil
	}
	for len(queue) > 0 {
		step := queue[0]
		queue = queue[1:]
		for _, way := range r.ways(step) {
			if way.To == nil {
				continue
			}
			if _, seen := reached[way.To]; !seen {
				reached[way.To] = &hop{step, way}
				queue = append(queue, way.To)
			}
		}
	}
	return reached
}
