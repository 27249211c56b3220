package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"opsvault/vault"
)

type grantOptions struct{ wishOptions }

func newGrantCommand(e *env, run runFunc[grantOptions]) *cli.Command {
	o := &grantOptions{}
	return e.command(&cli.Command{Name: "grant", ArgsUsage: "MEMBER PATH…", Flags: wishFlags(&o.wishOptions)},
		func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

func runGrant(ctx context.Context, c *call, o *grantOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		if err := knownMemberOf(v, c.args[0]); err != nil {
			return err
		}
		w, err := c.wish(ctx, v, c.args[1:], &o.wishOptions)
		if err != nil {
			return err
		}
		g, err := v.Grant(c.args[0], w)
		if err != nil {
			return err
		}
		return c.tellAnswer(v, g, &o.parcelOptions)
	})
}
