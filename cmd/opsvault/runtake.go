package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"opsvault/runbooks"
	"opsvault/vault"
)

type runTakeOptions struct {
	reason string
	yes    bool
}

func newRunTakeCommand(e *env, run runFunc[runTakeOptions]) *cli.Command {
	o := &runTakeOptions{}
	return e.command(&cli.Command{Name: "take", ArgsUsage: "RUN", Flags: []cli.Flag{
		&cli.StringFlag{Name: "reason", Destination: &o.reason},
		&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Destination: &o.yes},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runRunTake takes a run over whose owner can't be reached. Auditors see it.
func runRunTake(ctx context.Context, c *call, o *runTakeOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		r, err := c.sharedRun(v, c.args[0])
		if err != nil {
			return err
		}
		if err := r.takableBy(v); err != nil {
			return err
		}
		c.tellBrief(v, r)
		if o.reason == "" && c.Terminal.Present() && !c.json {
			if o.reason, err = c.askLine(ctx, "", "together.ask-reason"); err != nil {
				return err
			}
		}
		if o.reason == "" {
			return usage("together.reason-missing").withHint("hint.usage", "usage", "opsvault run take RUN --reason TEXT")
		}
		if o.reason, err = runbooks.CleanText(o.reason); err != nil {
			return err
		}
		c.say("together.take-is-seen")
		if err := c.asksFirst(ctx, o.yes, func() (bool, error) { return c.askYes(ctx, true, "together.ask-take") }); err != nil {
			return err
		}
		return c.claim(v, r, (*sharedRun).takableBy, func(s *signer, from string) (runbooks.Event, error) {
			return runbooks.Event{Kind: runbooks.EventTaken, Reason: o.reason}, v.LogTake(s.r.info, from, o.reason)
		})
	})
}

// takableBy reports why a run can't be taken. What was offered to this member is accepted instead: nobody has to look at that.
func (r *sharedRun) takableBy(v *vault.Vault) error {
	me, offer := v.Me(), r.woven.Offer
	if err := r.takable(); err != nil {
		return err
	}
	switch {
	case r.woven.Device == me.Device:
		return usage("together.yours", "run", r.info.Run).withHint("run.go-on", "run", r.info.Run)
	case offer != nil && offer.To == me.Member:
		return usage("together.offered-you", "run", r.info.Run, "who", r.ownedBy(v)).withHint("together.accept-hint", "run", r.info.Run)
	}
	return nil
}
