package runbooks

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// Command runs a run fence of the step, by its number from 1, and says how it ended. Without a network that it needs it
// gives [ErrNoNetwork] and the step goes on by hand. Its start is in the journal before it begins, its end before
// Command returns: one that was started and has no end is never started again, it is settled by the person.
func (r *Runner) Command(ctx context.Context, number int) (Result, error) {
	f, err := r.startable(number)
	if err != nil {
		return Result{}, err
	}
	if slices.Contains(f.Needs, "network") && r.deps.Network != nil && !r.deps.Network(ctx) {
		return Result{}, r.fallBack(number, ByHandNetwork, ErrNoNetwork)
	}
	if c, ok := r.deps.Executor.(Checker); ok {
		if err := c.Check(); err != nil {
			return Result{}, r.fallBack(number, ByHandRefused, err)
		}
	}
	secrets, err := r.commandSecrets(f)
	if err != nil {
		return Result{}, err
	}
	defer func() {
		for _, s := range secrets {
			s.Secret.Wipe()
		}
	}()
	step := r.state.Step
	if err := r.record(Event{Kind: EventCommandStarted, Step: step, Number: number, Digest: f.digest()}); err != nil {
		return Result{}, err
	}
	result, err := r.deps.Executor.Run(ctx, Job{f.Text, r.env(), f.Limit(), f.Expect, secrets})
	if err != nil {
		result.Outcome = AnswerNotStarted
	}
	exit := result.Exit
	if endErr := r.do(Event{Kind: EventCommandEnded, Step: step, Number: number, Exit: &exit, Answer: result.Outcome}); endErr != nil {
		return result, endErr
	}
	return result, err
}

// fallBack leaves a command to be done by hand, and returns why.
func (r *Runner) fallBack(number int, reason string, why error) error {
	if r.state.Steps[r.state.Step].Commands[number].Status == CommandByHand {
		return why // still
	}
	if err := r.ByHand(number, reason); err != nil {
		return err
	}
	return why
}

// startable is the fence of that number, if it can be run here and now.
func (r *Runner) startable(number int) (*Fence, error) {
	step := r.book.Step(r.state.Step)
	if step == nil || number < 1 || number > len(step.commands) {
		return nil, &OrderError{EventCommandStarted, r.state.Step, ErrNoCommand}
	}
	f := step.commands[number-1]
	switch {
	case r.state.Drill && !f.Drill:
		return nil, ErrDrill
	case r.deps.Executor == nil:
		return nil, ErrNoExecutor
	}
	// What the reducer would refuse must not open a credential first.
	_, err := r.state.Apply(r.book, r.stamped(Event{Kind: EventCommandStarted, Step: step.ID, Number: number, Digest: f.digest()}))
	return f, err
}

// commandSecrets opens what the fence names, through the door of every credential of the step.
func (r *Runner) commandSecrets(f *Fence) ([]JobSecret, error) {
	var list []JobSecret
	for _, want := range f.Secrets {
		values, err := r.revealFor(want)
		if err != nil {
			for _, s := range list {
				s.Secret.Wipe()
			}
			return nil, err
		}
		list = append(list, JobSecret{want.Var, values[0].Secret})
	}
	return list, nil
}

func (r *Runner) revealFor(want FenceSecret) ([]Value, error) {
	for _, link := range r.book.Step(r.state.Step).Credentials() {
		if want.linkedBy(link) {
			return r.Reveal(link, want.Field)
		}
	}
	return nil, ErrNotLinked
}

func (s FenceSecret) linkedBy(link Link) bool {
	return link.Target.Value == s.Path && (link.Target.Field == "" || link.Target.Field == s.Field)
}

// env are the inputs of the run, by name.
func (r *Runner) env() []Var {
	names := make([]string, 0, len(r.state.Inputs))
	for name := range r.state.Inputs {
		names = append(names, name)
	}
	vars := make([]Var, len(names))
	for i, name := range sorted(names) {
		vars[i] = Var{name, r.state.Inputs[name]}
	}
	return vars
}

func (f *Fence) digest() string {
	sum := sha256.Sum256([]byte(f.Text))
	return hex.EncodeToString(sum[:])
}

// Settle says of a command that was started and whose end nobody saw whether it finished.
func (r *Runner) Settle(number int, finished bool) error {
	answer := AnswerNotFinished
	if finished {
		answer = AnswerFinished
	}
	return r.do(Event{Kind: EventCommandSettled, Step: r.state.Step, Number: number, Answer: answer})
}

// ByHand leaves a command to its check: ByHandAsked, ByHandRefused, ByHandNetwork or ByHandDrill.
func (r *Runner) ByHand(number int, reason string) error {
	return r.do(Event{Kind: EventByHand, Step: r.state.Step, Number: number, Reason: reason})
}
