package runbooks

// An edge is a way from one step to the next.
type edge struct {
	from   *Step
	to     *Step  // nil: an end
	end    string // "end", "abort" or "runbook:slug" where to is nil; "" for a dead jump
	answer string // of a decision
	target *Target
}

// A flow is the graph of a runbook's routes.
type flow struct {
	book  *Runbook
	steps []*Step // in order, without the rollback phase
	byID  map[string]*Step
	out   map[*Step][]edge
}

func newFlow(book *Runbook) *flow {
	f := &flow{book: book, steps: book.Steps(), byID: map[string]*Step{}, out: map[*Step][]edge{}}
	for _, phase := range book.Phases {
		for _, step := range phase.Steps {
			if step.ID != "" && f.byID[step.ID] == nil {
				f.byID[step.ID] = step
			}
		}
	}
	for i, step := range f.steps {
		var next *Step
		if i+1 < len(f.steps) {
			next = f.steps[i+1]
		}
		f.out[step] = f.edges(step, next)
	}
	return f
}

// edges are the ways out of a step: its answers, its Then, or the step that follows; behind the last one lies the end.
func (f *flow) edges(step, next *Step) []edge {
	switch {
	case step.Decision != nil:
		list := make([]edge, len(step.Decision.Answers))
		for i := range step.Decision.Answers {
			answer := &step.Decision.Answers[i]
			list[i] = f.edge(step, &answer.Target)
			list[i].answer = answer.Text
		}
		return list
	case step.Then != nil:
		return []edge{f.edge(step, step.Then)}
	case next != nil:
		return []edge{{from: step, to: next}}
	}
	return []edge{{from: step, end: endID}}
}

func (f *flow) edge(from *Step, target *Target) edge {
	e := edge{from: from, target: target}
	switch {
	case target.Scheme == SchemeRunbook:
		e.end = target.String()
	case target.Value == endID || target.Value == abortID:
		e.end = target.Value
	default:
		e.to = f.byID[target.Value]
	}
	return e
}

// reached are the steps that a run can come to.
func (f *flow) reached() map[*Step]bool {
	seen := map[*Step]bool{}
	if len(f.steps) == 0 {
		return seen
	}
	queue := []*Step{f.steps[0]}
	seen[f.steps[0]] = true
	for len(queue) > 0 {
		step := queue[0]
		queue = queue[1:]
		for _, e := range f.out[step] {
			if e.to != nil && !seen[e.to] {
				seen[e.to] = true
				queue = append(queue, e.to)
			}
		}
	}
	return seen
}

// leadsTo are the steps from which an end that ok accepts can be reached.
func (f *flow) leadsTo(ok func(end string) bool) map[*Step]bool {
	back := map[*Step][]*Step{}
	good := map[*Step]bool{}
	var queue []*Step
	for _, step := range f.steps {
		for _, e := range f.out[step] {
			switch {
			case e.to != nil:
				back[e.to] = append(back[e.to], step)
			case e.end != "" && ok(e.end) && !good[step]:
				good[step] = true
				queue = append(queue, step)
			}
		}
	}
	for len(queue) > 0 {
		step := queue[0]
		queue = queue[1:]
		for _, before := range back[step] {
			if !good[before] {
				good[before] = true
				queue = append(queue, before)
			}
		}
	}
	return good
}

// loop finds steps that form a circle without a timer, or returns nil. A step waits when it has a timer or a Repeat.
func (f *flow) loop(reached map[*Step]bool) *Step {
	const open, closed = 1, 2
	state := map[*Step]int{}
	var visit func(step *Step) *Step
	visit = func(step *Step) *Step {
		state[step] = open
		defer func() { state[step] = closed }()
		for _, e := range f.out[step] {
			switch {
			case e.to == nil || waits(e.to) || state[e.to] == closed:
			case state[e.to] == open:
				return e.to
			default:
				if at := visit(e.to); at != nil {
					return at
				}
			}
		}
		return nil
	}
	for _, step := range f.steps {
		if reached[step] && state[step] == 0 && !waits(step) {
			if at := visit(step); at != nil {
				return at
			}
		}
	}
	return nil
}

func waits(step *Step) bool {
	if step.Repeat != nil {
		return true
	}
	for _, link := range step.Links {
		if link.Target.Scheme == SchemeTimer {
			return true
		}
	}
	return false
}
