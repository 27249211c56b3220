package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"opsvault/vault"
)

type rmOptions struct{}

func newRmCommand(e *env, run runFunc[rmOptions]) *cli.Command {
	o := &rmOptions{}
	return e.command(&cli.Command{Name: "rm", ArgsUsage: "PATH"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runRm asks nothing: a deleted entry can be restored.
func runRm(ctx context.Context, c *call, _ *rmOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		path, err := c.path(v, c.args[0])
		if err != nil {
			return err
		}
		e, err := v.Remove(path)
		if err != nil {
			return goneOr(v, path, err)
		}
		return c.tellWritten(e, "rm.done")
	})
}
