package main

import (
	"context"
	"strconv"

	"github.com/urfave/cli/v2"

	"opsvault/vault"
)

type runbookApproveOptions struct{}

func newRunbookApproveCommand(e *env, run runFunc[runbookApproveOptions]) *cli.Command {
	o := &runbookApproveOptions{}
	return e.command(&cli.Command{Name: "approve", ArgsUsage: "SLUG [VERSION]"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runRunbookApprove signs a version that somebody else has published; without a number the newest.
func runRunbookApprove(ctx context.Context, c *call, _ *runbookApproveOptions) error {
	version, err := c.bookVersionArg()
	if err != nil {
		return err
	}
	return c.withVault(ctx, func(v *vault.Vault) error {
		b, err := c.anyVersion(v, c.args[0], version)
		if err != nil {
			return err
		}
		if b.Author == v.Me().Member {
			return c.ownVersion(v, b)
		}
		if _, err := c.soundBook(versionName(b), b.Text); err != nil {
			return err
		}
		approved, err := v.ApproveBook(b.Slug, b.Version)
		if err != nil {
			return err
		}
		return c.tellVersion(v, approved, "runbook.approved")
	})
}

// ownVersion is the error of an author who wants to approve: nobody does that alone.
func (c *call) ownVersion(v *vault.Vault, b *vault.Book) error {
	err := fail(codeDenied, "runbook.own", "name", versionName(b))
	if b.Approved() {
		return err.withHint("runbook.own-counts", "slug", b.Slug)
	}
	return err.withHint("runbook.waits-for", "members", c.approversOf(v, b))
}

// bookVersionArg reads the second argument as the number of a version; 0 where there is none.
func (c *call) bookVersionArg() (uint64, error) {
	if len(c.args) < 2 {
		return 0, nil
	}
	n, err := strconv.ParseUint(c.args[1], 10, 32)
	if err != nil || n == 0 {
		return 0, usage("runbook.bad-version", "version", c.args[1])
	}
	return n, nil
}
