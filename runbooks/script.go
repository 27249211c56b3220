package runbooks

import (
	"cmp"
	"context"
	"errors"
	"slices"
)

// An Outcome is how far a run came.
type Outcome struct {
	Status  Status // done, aborted, paused; active or open where it waits for a person
	Step    string // where it waits or was paused; "start" for the inputs of the front matter; what is to be taken back
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
		if step := out.Prompt.Step; step != nil {
			out.Step = step.ID
		}
	}
	return out
}

// maxVisits is how often a script comes to one step before it stops and waits: a loop without a question never ends.
const maxVisits = 1000

// A Script answers for a person, from an answers file.
type Script struct {
	// Before is called when the script comes to a step for which the file has an answer, with the visit, from 1. An error stops it.
	Before func(step *Step, visit int) error

	answers *Answers
	at      visit
}

// A visit is a step that was come to, and how often.
type visit struct {
	step  string
	count int
}

// NewScript makes a script of answers. Where a run stands is in its journal alone, so that a run that was killed goes on as if it
// had not been.
func NewScript(answers *Answers) *Script {
	return &Script{answers: answers}
}

// Run drives a run until it ends or until the file has no answer. A step with an answer in the file is acknowledged,
// confirmed and ticked as far as the answer goes. A question that is asked again needs another answer.
func (s *Script) Run(r *Runner) (Outcome, error) { return s.RunContext(context.Background(), r) }

// RunContext is Run with a context for the commands that the file wants to be run.
func (s *Script) RunContext(ctx context.Context, r *Runner) (Outcome, error) {
	for !r.State().Over() {
		done, err := s.one(ctx, r)
		if err != nil || !done {
			return r.Outcome(), err
		}
	}
	return r.Outcome(), nil
}

// one does the next thing, and reports false where the file has no answer to it.
func (s *Script) one(ctx context.Context, r *Runner) (bool, error) {
	p := r.Next()
	id := startID
	if p.Step != nil {
		id = p.Step.ID
	}
	a := s.answers.steps[id]
	if a == nil || r.State().Steps[id].Visits > maxVisits {
		return false, nil
	}
	switch p.Kind {
	case PromptPaper:
		return false, nil
	case PromptResume:
		return true, r.Continue()
	case PromptUndo:
		if a.waive != "" {
			return true, r.WaiveUndo(id, a.waive)
		}
		return true, r.Undo(id)
	case PromptBeside:
		if a.drop != "" {
			return true, r.BesideDrop(id, a.drop)
		}
		return true, r.BesideDone(id, cmp.Or(a.doneBy, p.Name))
	}
	if err := s.before(r, p); err != nil {
		return false, err
	}
	if done, err := s.aside(r, a); done || err != nil {
		return true, err
	}
	return s.answer(ctx, r, p, a)
}

// before tells once that a step is come to.
func (s *Script) before(r *Runner, p Prompt) error {
	if s.Before == nil || p.Step == nil {
		return nil
	}
	now := visit{p.Step.ID, r.State().Steps[p.Step.ID].Visits}
	if s.at == now {
		return nil
	}
	s.at = now
	return s.Before(p.Step, now.count)
}

// aside does what the file says of a step besides its checks, each once.
func (s *Script) aside(r *Runner, a *stepAnswers) (bool, error) {
	if a.note != "" && !r.noted(r.State().Step, a.note) {
		return true, r.Note(a.note)
	}
	step := r.Book().Step(r.State().Step)
	if step == nil {
		return false, nil
	}
	st := r.State().Steps[step.ID]
	for _, b := range a.beside {
		if id := b.Key; !r.noteOf(EventBeside, id, b.Value) {
			return true, r.Beside(id, b.Value)
		}
	}
	if done, err := s.calls(r, a, step, st); done || err != nil {
		return done, err
	}
	for _, e := range a.evidence {
		if !slices.ContainsFunc(st.Evidence, func(kept Evidence) bool { return kept.Name == e.Key }) {
			return true, r.Evidence(e.Key, e.Value, e.Key, 0)
		}
	}
	for _, notice := range step.Notices() {
		if a.notices && len(st.Sent[notice.Number]) < max(1, len(notice.Via)) && (notice.Drill || !r.State().Drill) {
			return true, r.NoticeSent(notice.Number, append(slices.Clip(notice.Via), "by hand")[len(st.Sent[notice.Number])])
		}
	}
	return false, nil
}

// calls calls and escalates, each link once.
func (s *Script) calls(r *Runner, a *stepAnswers, step *Step, st StepState) (bool, error) {
	called := func(t Target) bool {
		return slices.ContainsFunc(st.Calls, func(c Call) bool { return c.Target == t.String() })
	}
	for i, link := range step.linksOf(SchemeCall) {
		if i < len(a.calls) && !called(link.Target) {
			return true, r.Called(link.Target, a.calls[i], link.Target.Value)
		}
	}
	for _, link := range step.linksOf(SchemeEscalate) {
		if a.escalate != "" && !called(link.Target) {
			return true, r.Escalate(link.Target, a.escalate, link.Target.Value)
		}
	}
	return false, nil
}

// answer answers what the step asks for.
func (s *Script) answer(ctx context.Context, r *Runner, p Prompt, a *stepAnswers) (bool, error) {
	if p.Kind != PromptDecision && p.Step != nil && !p.Unsettled {
		switch {
		case a.skip != "":
			return true, r.Skip(a.skip)
		case a.fail != "":
			return true, r.Fail(a.fail)
		}
	}
	switch p.Kind {
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
	case PromptCommand:
		return s.command(ctx, r, p, a)
	case PromptSecond:
		if a.second != "" {
			return true, r.Second(a.second)
		}
	case PromptDecision:
		if n := r.State().Steps[p.Step.ID].Visits - 1; n >= 0 && n < len(a.decisions) {
			return true, r.Decide(a.decisions[n])
		}
	}
	return false, nil
}

// command runs a command where the file says so, else it is done by hand like the check beside it. A file says beforehand
// what is right; what was started and has no end, only a file that expects it settles.
func (s *Script) command(ctx context.Context, r *Runner, p Prompt, a *stepAnswers) (bool, error) {
	number := p.Fence.Number
	switch {
	case p.Unsettled && a.settle == "":
		return false, nil
	case p.Unsettled:
		return true, r.Settle(number, a.settle == AnswerFinished)
	case a.commands != "run":
		answered := p.Check == nil || a.all || a.checks[p.Check.Number] || len(p.Check.Inputs) > 0
		if a.commands == "" && !answered {
			return false, nil
		}
		return true, r.ByHand(number, ByHandAsked)
	}
	_, err := r.Command(ctx, number)
	if st := r.State().Steps[p.Step.ID]; errors.Is(err, ErrNoNetwork) || st.Commands[number].Status == CommandNotStarted {
		err = nil // it goes on by hand
	}
	return true, err
}

// noted reports whether the journal has that note of that step already.
func (r *Runner) noted(step, text string) bool {
	return slices.ContainsFunc(r.events, func(e Event) bool { return e.Kind == EventNoted && e.Step == step && e.Text == text })
}

// noteOf reports whether the journal has that event of a step and a person already.
func (r *Runner) noteOf(kind EventKind, step, name string) bool {
	return slices.ContainsFunc(r.events, func(e Event) bool { return e.Kind == kind && e.Step == step && e.Name == name })
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
