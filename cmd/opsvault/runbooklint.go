package main

import (
	"context"
	"errors"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/term"
	"opsvault/runbooks"
	"opsvault/runbooks/shell"
	"opsvault/vault"
)

type runbookLintOptions struct{}

func newRunbookLintCommand(e *env, run runFunc[runbookLintOptions]) *cli.Command {
	o := &runbookLintOptions{}
	return e.command(&cli.Command{Name: "lint", ArgsUsage: "FILE…"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// maxLinted is how much of a file is read: far more than a runbook may have, so that what is too large is a finding like any
// other, with its fix.
const maxLinted = 64 << 20

// runRunbookLint looks at texts, with a vault where there is one.
func runRunbookLint(ctx context.Context, c *call, _ *runbookLintOptions) error {
	texts := make([][]byte, len(c.args))
	for i, name := range c.args {
		var err error
		if texts[i], err = c.input(name, maxLinted); err != nil {
			return err
		}
	}
	if c.vaultDir == "" {
		if _, err := c.findVault(); err != nil {
			return c.lintAll(texts, nil)
		}
	}
	done := false
	err := c.withVault(ctx, func(v *vault.Vault) error {
		world, err := newLintWorld(v, c.Now(), texts...)
		if err != nil {
			return err
		}
		done = true
		return c.lintAll(texts, world)
	})
	if done || err == nil || c.vaultDir != "" || ctx.Err() != nil || errors.Is(err, term.ErrCancelled) {
		return err
	}
	// A vault lies here by chance, and this machine can't open it.
	c.warn("lint.closed", "why", explain(err, c.tr, false).Error)
	return c.lintAll(texts, nil)
}

// lintAll prints what is found. Errors give code 14; warnings alone are no failure.
func (c *call) lintAll(texts [][]byte, world *lintWorld) error {
	options := runbooks.Options{Now: c.Now(), Commands: shell.Rules{}}
	if world != nil {
		options.World = world
	}
	all, faults := []problemInfo{}, 0
	for i, name := range c.args {
		report := runbooks.Lint(texts[i], options)
		all = append(all, c.problemsIn(name, report.Problems)...)
		faults += report.Problems.Errors()
	}
	if c.json {
		if err := c.document(all); err != nil {
			return err
		}
	} else {
		c.printProblems(c.out, c.style(c.OutEscapes), all)
		c.sayLinted(len(all), faults, world != nil)
	}
	if faults > 0 {
		return exitStatus(codeFindings)
	}
	return nil
}

func (c *call) sayLinted(found, faults int, withVault bool) {
	if err := c.out.Flush(); err != nil {
		return // told when the command ends
	}
	if !withVault {
		c.say("lint.skipped.vault")
	}
	switch {
	case found == 0:
		c.say("lint.clean", "n", len(c.args))
	case faults == 0:
		c.say("lint.warnings", "n", found)
	default:
		c.say("lint.errors", "n", faults, "warnings", found-faults)
	}
}
