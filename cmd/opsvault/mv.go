package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"opsvault/vault"
)

type mvOptions struct{}

func newMvCommand(e *env, run runFunc[mvOptions]) *cli.Command {
	o := &mvOptions{}
	return e.command(&cli.Command{Name: "mv", ArgsUsage: "PATH NEWPATH"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

func runMv(ctx context.Context, c *call, _ *mvOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		from, err := c.path(v, c.args[0])
		if err != nil {
			return err
		}
		to, err := c.path(v, c.args[1])
		if err != nil {
			return err
		}
		if from.Same(to) {
			return usage("mv.same", "path", from.String()).withHint("hint.exists")
		}
		e, err := v.Rename(from, to)
		var taken *vault.ExistsError
		if asError(err, &taken) {
			return hinted(err, "hint.exists")
		}
		if err != nil {
			return goneOr(v, from, err)
		}
		return c.tellWritten(e, "mv.done")
	})
}
