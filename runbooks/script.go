package runbooks

import "slices"

// An Outcome is how far a run came.
type Outcome struct {
	Status  Status // done, aborted, paused; active or open where it waits for a person
	Step    string // where it waits or was paused; "start" for the inputs of the front matter
	Waiting bool   // it needs a person: exit code 4
	Prompt  Prompt // what it waits for
	Target  string // what it ended with: "#end", "#abort" or "runbook:slug"
}

// Outcome tells how far the run has come.
func (r *Runner) Outcome() Outcome {
	s := r.state
	out := Outcome{Status: s.Status, Step: s.Step, Prompt: r.Next(), Waiting: !s.Over(), Target: s.Target}
	if out.Waiting && s.Step == "" {
		out.Step = startID
	}
	return out
}

// maxVisits is how often a script comes to one step before it stops and waits: a loop without a question never ends.
const maxVisits = 1000

// A Script answers for a person, from an answers file.
type Script struct {
	answers *Answers
}

// NewScript makes a script of answers. Where a run stands is in its journal alone, so that a run that was killed goes on as if it
// had not been.
func NewScript(answers *Answers) *Script {
	return &Script{answers: answers}
}

// Run drives a run until it ends or until the file has no answer. A step with an answer in the file is acknowledged,
// confirmed and ticked as far as the answer goes. A question that is asked again needs another answer.
func (s *Script) Run(r *Runner) (Outcome, error) {
	for !r.State().Over() {
		done, err := s.one(r)
		if err != nil || !done {
			return r.Outcome(), err
		}
	}
	return r.Outcome(), nil
}

// one does the next thing, and reports false where the file has no answer to it.
func (s *Script) one(r *Runner) (bool, error) {
	p := r.Next()
	id := startID
	if p.Step != nil {
		id = p.Step.ID
	}
	a := s.answers.steps[id]
	if a == nil || r.State().Steps[id].Visits > maxVisits {
		return false, nil
	}
	if a.note != "" && !r.noted(r.State().Step, a.note) {
		return true, r.Note(a.note)
	}
	if a.skip != "" && p.Kind != PromptDecision && p.Kind != PromptResume && p.Step != nil {
		return true, r.Skip(a.skip)
	}
	switch p.Kind {
	case PromptResume:
		return true, r.Continue()
	case PromptCaution:
		return true, r.Acknowledge()
	case PromptConfirm:
		return true, r.Confirm()
	case PromptInput:
		if value, ok := a.inputs.Get(p.Input); ok {
			return true, r.Set(p.Input, value)
		}
		return s.tick(r, a)
	case PromptCheck:
		return s.tick(r, a)
	case PromptSecond:
		if a.second != "" {
			return true, r.Second(a.second)
		}
	case PromptDecision:
		if n := r.State().Steps[id].Visits - 1; n >= 0 && n < len(a.decisions) {
			return true, r.Decide(a.decisions[n])
		}
	}
	return false, nil
}

// noted reports whether the journal has that note of that step already.
func (r *Runner) noted(step, text string) bool {
	return slices.ContainsFunc(r.events, func(e Event) bool { return e.Kind == EventNoted && e.Step == step && e.Text == text })
}

// tick ticks the first open check that the file names.
func (s *Script) tick(r *Runner, a *stepAnswers) (bool, error) {
	step := r.Book().Step(r.State().Step)
	if step == nil {
		return false, nil
	}
	st := r.State().Steps[step.ID]
	for _, check := range step.Checks {
		if len(check.Inputs) == 0 && !st.Done(check) && (a.all || a.checks[check.Number]) {
			return true, r.Tick(check.Number)
		}
	}
	return false, nil
}
