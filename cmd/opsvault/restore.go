package main

import (
	"context"
	"errors"

	"github.com/urfave/cli/v2"

	"opsvault/vault"
)

type restoreOptions struct{ version uint64 }

func newRestoreCommand(e *env, run runFunc[restoreOptions]) *cli.Command {
	o := &restoreOptions{}
	return e.command(&cli.Command{Name: "restore", ArgsUsage: "PATH", Flags: []cli.Flag{
		&cli.Uint64Flag{Name: "version", Destination: &o.version},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

func runRestore(ctx context.Context, c *call, o *restoreOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		path, err := c.path(v, c.args[0])
		if err != nil {
			return err
		}
		e, err := v.Restore(path, o.version)
		if errors.Is(err, vault.ErrUnchanged) {
			return hinted(err, "restore.unchanged", "word", shellWord(path.String()))
		}
		if err != nil {
			return err
		}
		return c.tellWritten(e, "restore.done")
	})
}
