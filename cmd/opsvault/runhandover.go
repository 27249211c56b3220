package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"opsvault/runbooks"
	"opsvault/vault"
)

type runHandoverOptions struct{ to, brief string }

func newRunHandoverCommand(e *env, run runFunc[runHandoverOptions]) *cli.Command {
	o := &runHandoverOptions{}
	return e.command(&cli.Command{Name: "handover", ArgsUsage: "RUN", Flags: []cli.Flag{
		&cli.StringFlag{Name: "to", Destination: &o.to},
		&cli.StringFlag{Name: "brief", Destination: &o.brief},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runRunHandover offers a run to somebody. It stays with whoever has it until the offer is accepted.
func runRunHandover(ctx context.Context, c *call, o *runHandoverOptions) error {
	if o.to == "" {
		return usage("together.to-missing").withHint("hint.usage", "usage", "opsvault run handover RUN --to MEMBER")
	}
	return c.withVault(ctx, func(v *vault.Vault) error {
		to := o.to
		if err := knownMemberOf(v, to); err != nil {
			return err
		}
		return c.asOwner(v, c.args[0], func(s *signer) error {
			brief, err := o.brief, error(nil)
			if brief == "" && c.Terminal.Present() && !c.json {
				if brief, err = c.askLine(ctx, "", "together.ask-brief"); err != nil {
					return err
				}
			}
			if _, err := s.put(runbooks.Event{Kind: runbooks.EventOffered, Name: to, Text: brief}); err != nil {
				return err
			}
			return c.result(s.document("to", to), func() {
				c.say("together.offered-said", "who", memberName(v, to), "run", s.r.info.Run)
				c.tellPending(v, s.r)
				c.say("together.offered-next", "run", s.r.info.Run)
			})
		})
	})
}

// asOwner lets whoever has a run put an event into it.
func (c *call) asOwner(v *vault.Vault, id string, work func(*signer) error) error {
	r, err := c.sharedRun(v, id)
	if err != nil {
		return err
	}
	if err := r.takable(); err != nil {
		return err
	}
	s, release, err := c.signing(v, r, false)
	if err != nil {
		return err
	}
	defer release()
	if err := s.r.usable(v.Me().Device); err != nil {
		return err
	}
	return work(s)
}

// A signedInfo is what a script is told of an event that was signed.
type signedInfo struct {
	Run   string `json:"run"`
	Slug  string `json:"slug"`
	Owner string `json:"owner"`
	To    string `json:"to,omitempty"`
	From  string `json:"from,omitempty"`
	Step  string `json:"step,omitempty"`
	Read  string `json:"read,omitempty"` // "<device>:<line>": how far the former owner's journal had been read
}

// document is that, with the run's owner as it was before.
func (s *signer) document(key, value string) signedInfo {
	info := signedInfo{Run: s.r.info.Run, Slug: s.r.info.Slug, Owner: s.r.woven.Owner}
	switch key {
	case "to":
		info.To = value
	case "step":
		info.Step = value
	}
	return info
}

type runWithdrawOptions struct{}

func newRunWithdrawCommand(e *env, run runFunc[runWithdrawOptions]) *cli.Command {
	o := &runWithdrawOptions{}
	return e.command(&cli.Command{Name: "withdraw", ArgsUsage: "RUN"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runRunWithdraw takes an offer back that nobody has accepted.
func runRunWithdraw(ctx context.Context, c *call, _ *runWithdrawOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		return c.asOwner(v, c.args[0], func(s *signer) error {
			if s.r.woven.Offer == nil {
				return usage("together.no-offer", "run", s.r.info.Run)
			}
			if _, err := s.put(runbooks.Event{Kind: runbooks.EventWithdrawn}); err != nil {
				return err
			}
			return c.result(s.document("", ""), func() { c.say("together.withdrawn", "run", s.r.info.Run) })
		})
	})
}
