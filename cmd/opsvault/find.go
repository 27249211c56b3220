package main

import (
	"context"
	"strings"

	"github.com/urfave/cli/v2"

	"opsvault/vault"
)

type findOptions struct{}

func newFindCommand(e *env, run runFunc[findOptions]) *cli.Command {
	o := &findOptions{}
	return e.command(&cli.Command{Name: "find", ArgsUsage: "TEXT…"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runFind searches paths, titles, URLs, tags and owners. Nothing found is not an error.
func runFind(ctx context.Context, c *call, _ *findOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		text := strings.Join(c.args, " ")
		rows, err := v.Find(text)
		if err != nil {
			return err
		}
		if len(rows) == 0 && !c.json {
			c.say("find.nothing", "text", text)
			return nil
		}
		return c.listRows(v, rows)
	})
}
