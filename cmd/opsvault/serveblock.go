package main

import (
	"context"

	"github.com/urfave/cli/v2"
)

// serveBlockName is the command that interprets a block of a runbook. This program starts itself with it; see package
// runbooks/shell.
const serveBlockName = "__block"

type serveBlockOptions struct{}

func newServeBlockCommand(e *env, run runFunc[serveBlockOptions]) *cli.Command {
	o := &serveBlockOptions{}
	return e.command(&cli.Command{Name: serveBlockName, Hidden: true}, func(ctx context.Context, c *call) error {
		return run(ctx, c, o)
	})
}

func runServeBlock(_ context.Context, c *call, _ *serveBlockOptions) error {
	if c.ServeBlock == nil {
		return usage("usage.other")
	}
	return c.ServeBlock()
}
