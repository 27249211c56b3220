package main

import "github.com/urfave/cli/v2"

// runSubcommands are the commands below run for a run that several people share.
func runSubcommands(e *env) []*cli.Command {
	return build(e, []constructor{})
}
