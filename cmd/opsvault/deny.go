package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"opsvault/vault"
)

type denyOptions struct{ reason string }

func newDenyCommand(e *env, run runFunc[denyOptions]) *cli.Command {
	o := &denyOptions{}
	return e.command(&cli.Command{Name: "deny", ArgsUsage: "ID", Flags: []cli.Flag{
		&cli.StringFlag{Name: "reason", Destination: &o.reason},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

func runDeny(ctx context.Context, c *call, o *denyOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) (err error) {
		if o.reason == "" && c.Terminal.Present() && !c.json {
			if o.reason, err = c.askLine(ctx, "", "deny.ask-reason"); err != nil {
				return err
			}
		}
		if o.reason == "" {
			return usage("deny.reason").withHint("deny.reason-hint", "id", c.args[0])
		}
		g, err := v.Deny(c.args[0], o.reason)
		if err != nil {
			return err
		}
		return c.result(infoOf(v, g), func() { c.tellState(v, g) })
	})
}
