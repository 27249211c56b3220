package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"opsvault/runbooks"
	"opsvault/vault"
)

type runAcceptOptions struct{ yes bool }

func newRunAcceptCommand(e *env, run runFunc[runAcceptOptions]) *cli.Command {
	o := &runAcceptOptions{}
	return e.command(&cli.Command{Name: "accept", ArgsUsage: "RUN", Flags: []cli.Flag{
		&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Destination: &o.yes},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runRunAccept signs that this member goes on with a run that was offered to them. From then on it is theirs.
func runRunAccept(ctx context.Context, c *call, o *runAcceptOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		r, err := c.sharedRun(v, c.args[0])
		if err != nil {
			return err
		}
		if err := r.offeredTo(v); err != nil {
			return err
		}
		c.tellBrief(v, r)
		if err := c.asksFirst(ctx, o.yes, func() (bool, error) { return c.askYes(ctx, true, "together.ask-accept") }); err != nil {
			return err
		}
		return c.claim(v, r, (*sharedRun).offeredTo, func(s *signer, from string) (runbooks.Event, error) {
			return runbooks.Event{Kind: runbooks.EventAccepted}, v.LogAccept(s.r.info, from)
		})
	})
}

// offeredTo reports why a run can't be accepted.
func (r *sharedRun) offeredTo(v *vault.Vault) error {
	me, offer := v.Me(), r.woven.Offer
	if err := r.takable(); err != nil {
		return err
	}
	switch {
	case r.woven.Device == me.Device:
		return usage("together.yours", "run", r.info.Run).withHint("run.go-on", "run", r.info.Run)
	case offer == nil:
		return fail(codeDenied, "together.not-offered", "run", r.info.Run, "who", r.ownedBy(v)).
			withHint("together.not-offered-hint", "run", r.info.Run)
	case offer.To != me.Member:
		return fail(codeDenied, "together.offered-other", "run", r.info.Run, "to", memberName(v, offer.To)).
			withHint("together.not-offered-hint", "run", r.info.Run)
	}
	return nil
}

// tellBrief shows what somebody takes on.
func (c *call) tellBrief(v *vault.Vault, r *sharedRun) {
	c.say("together.brief", "title", r.title(), "run", r.info.Run, "who", r.ownedBy(v))
	if r.woven.Offer != nil && r.woven.Offer.Text != "" {
		c.say("together.brief-text", "text", r.woven.Offer.Text)
	}
	if step := r.book.Step(r.woven.State.Step); step != nil {
		c.say("together.at-step", "number", step.Number, "step", step.Title)
	}
	c.tellPending(v, r)
}

// claim makes a run this member's: the log is told first, then the journal, and with that it is theirs.
func (c *call) claim(v *vault.Vault, r *sharedRun, still func(*sharedRun, *vault.Vault) error, by func(*signer, string) (runbooks.Event, error)) error {
	s, release, err := c.signing(v, r, true)
	if err != nil {
		return err
	}
	defer release()
	if err := still(s.r, v); err != nil {
		return err
	}
	read, err := s.read()
	if err != nil {
		return err
	}
	from := s.r.woven.Owner
	e, err := by(s, from)
	if err != nil {
		return err
	}
	e.Signed = read
	if _, err := s.put(e); err != nil {
		return err
	}
	info := signedInfo{Run: s.r.info.Run, Slug: s.r.info.Slug, Owner: v.Me().Member, From: from, Read: read}
	return c.result(info, func() {
		c.say("together.now-yours", "run", s.r.info.Run, "who", memberName(v, from))
		c.say("run.go-on-with", "run", s.r.info.Run)
	})
}
