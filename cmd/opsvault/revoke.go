package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"opsvault/vault"
)

type revokeOptions struct{ reason string }

func newRevokeCommand(e *env, run runFunc[revokeOptions]) *cli.Command {
	o := &revokeOptions{}
	return e.command(&cli.Command{Name: "revoke", ArgsUsage: "ID", Flags: []cli.Flag{
		&cli.StringFlag{Name: "reason", Destination: &o.reason},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runRevoke ends a grant before its time, or takes a request back.
func runRevoke(ctx context.Context, c *call, o *revokeOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		g, err := v.Revoke(c.args[0], o.reason)
		if err != nil {
			return err
		}
		return c.result(infoOf(v, g), func() { c.tellState(v, g) })
	})
}
