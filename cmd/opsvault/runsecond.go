package main

import (
	"context"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"opsvault/policy"
	"opsvault/runbooks"
	"opsvault/vault"
)

type runSecondOptions struct{ yes bool }

func newRunSecondCommand(e *env, run runFunc[runSecondOptions]) *cli.Command {
	o := &runSecondOptions{}
	return e.command(&cli.Command{Name: "second", ArgsUsage: "RUN", Flags: []cli.Flag{
		&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Destination: &o.yes},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runRunSecond signs as the second person for the step at which a run waits for one.
func runRunSecond(ctx context.Context, c *call, o *runSecondOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		r, err := c.sharedRun(v, c.args[0])
		if err != nil {
			return err
		}
		step, err := c.stepToSecond(v, r)
		if err != nil {
			return err
		}
		if r.secondedBy(step.ID, v.Me().Member) != "" {
			c.say("together.seconded-already", "number", step.Number, "step", step.Title)
			return nil
		}
		c.tellStep(r, step)
		err = c.asksFirst(ctx, o.yes, func() (bool, error) { return c.askYes(ctx, false, "together.ask-second", "number", step.Number) })
		if err != nil {
			return err
		}
		s, release, err := c.signing(v, r, false)
		if err != nil {
			return err
		}
		defer release()
		if again, err := c.stepToSecond(v, s.r); err != nil || again.ID != step.ID {
			return orError(err, usage("together.not-second", "run", r.info.Run))
		}
		read, err := s.read()
		if err != nil {
			return err
		}
		if err := v.LogSecond(s.r.info, s.r.woven.Owner, step.ID); err != nil {
			return err
		}
		e := runbooks.Event{Kind: runbooks.EventSeconded, Step: step.ID, Name: v.Me().Member, Actor: v.Me().Member,
			Time: c.Now().UTC(), Signed: s.r.woven.Entered(step.ID), Value: read}
		if err := s.append(e); err != nil {
			return err
		}
		return c.result(s.document("step", step.ID), func() {
			c.say("together.seconded", "number", step.Number, "step", step.Title, "who", r.ownedBy(v))
		})
	})
}

func orError(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// stepToSecond is the step that waits for a second person, if this member can be that.
func (c *call) stepToSecond(v *vault.Vault, r *sharedRun) (*runbooks.Step, error) {
	if err := r.takable(); err != nil {
		return nil, err
	}
	if r.info.Text == nil {
		_, err := v.RunText(r.info)
		return nil, err
	}
	p := runbooks.Next(r.book, r.woven.State)
	if p.Kind != runbooks.PromptSecond {
		return nil, usage("together.not-second", "run", r.info.Run).withHint("together.not-second-hint")
	}
	me := v.Me().Member
	if me == r.woven.Owner {
		return nil, fail(codeDenied, "together.second-self").withHint("together.second-self-hint")
	}
	if !maySecond(v.Policy(), p.Step, me, c.Now()) {
		return nil, fail(codeDenied, "together.second-role", "role", p.Step.Second).withHint("together.second-self-hint")
	}
	return p.Step, nil
}

// maySecond reports whether a member had the role of a step's second person at a time.
func maySecond(doc *policy.Document, step *runbooks.Step, member string, at time.Time) bool {
	return step.Second == "*" || slices.Contains(rolesAt(doc, member, at), step.Second)
}

// tellStep shows what is signed: what was ticked, what was noted down.
func (c *call) tellStep(r *sharedRun, step *runbooks.Step) {
	c.say("together.second-of", "number", step.Number, "step", step.Title, "who", r.woven.Owner, "title", r.title())
	st := r.woven.State.Steps[step.ID]
	for _, check := range step.Checks {
		mark := "[ ]"
		if st.Done(check) {
			mark = "[x]"
		}
		text := check.Challenge.String()
		if check.Response != "" {
			text += " → " + check.Response
		}
		c.say("together.second-check", "mark", mark, "text", text)
		for _, input := range check.Inputs {
			c.say("together.second-input", "name", input.Name, "value", r.woven.State.Inputs[input.Name])
		}
	}
	if st.Reason != "" {
		c.say("together.second-skipped", "reason", st.Reason)
	}
}

// secondedBy finds a member's signature for the visit of a step that the run is in: "<device>:<line>", or "".
func (r *sharedRun) secondedBy(step, member string) string {
	for _, p := range r.woven.Seconds {
		if p.Step == step && p.Signed == r.woven.Entered(step) && p.Member == member {
			return p.At()
		}
	}
	return ""
}

// signedSecond finds the signature of a second person for a step that this device's run waits at: who, and which line of their
// journal, for [runbooks.Runner.SecondSigned]. Nobody has signed where both are empty.
func (w *walk) signedSecond(step string) (member, signed string, err error) {
	info, err := w.journal.Info()
	if err != nil {
		return "", "", err
	}
	r, err := weaveRun(info)
	if err != nil {
		return "", "", err
	}
	member, signed = r.signature(w.v.Policy(), step)
	return member, signed, nil
}

// signature is that of the first who may be the second person of a step: what somebody's own program let them sign without the
// step's role is none.
func (r *sharedRun) signature(doc *policy.Document, step string) (member, signed string) {
	of := r.book.Step(step)
	for _, p := range r.woven.Seconds {
		at := r.secondedBy(step, p.Member)
		if of != nil && p.At() == at && p.Member != r.woven.Owner && !p.Late && maySecond(doc, of, p.Member, p.Time) {
			return p.Member, at
		}
	}
	return "", ""
}

// signed looks for a second person's signature, also where this copy syncs with. Nothing is found where that fails.
func (w *walk) signed(step string) (member, signed string) {
	if w.v.SyncPlace() != "" {
		_, _ = w.v.SyncRemembered(syncWait)
	}
	member, signed, err := w.signedSecond(step)
	if err != nil {
		w.c.warn("together.no-signature", "why", w.c.inWords(err))
	}
	return member, signed
}

// script answers from a file, and takes the signatures that others have given meanwhile.
func (w *walk) script(r *runbooks.Runner) error {
	script := runbooks.NewScript(w.answers)
	for {
		if _, err := script.Run(r); err != nil {
			return err
		}
		p := r.Next()
		if p.Kind != runbooks.PromptSecond {
			return nil
		}
		member, signed := w.signed(p.Step.ID)
		if signed == "" {
			return nil
		}
		if err := r.SecondSigned(member, signed); err != nil {
			return err
		}
	}
}
