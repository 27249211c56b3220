package main

import (
	"context"
	"strconv"

	"github.com/urfave/cli/v2"

	"opsvault/vault"
)

type runbookApproveOptions struct{ by string }

func newRunbookApproveCommand(e *env, run runFunc[runbookApproveOptions]) *cli.Command {
	o := &runbookApproveOptions{}
	return e.command(&cli.Command{Name: "approve", ArgsUsage: "SLUG [VERSION]", Flags: []cli.Flag{
		&cli.StringFlag{Name: "by", Destination: &o.by},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runRunbookApprove signs a version that somebody else has published; without a number the newest.
func runRunbookApprove(ctx context.Context, c *call, o *runbookApproveOptions) error {
	version, err := c.bookVersionArg()
	if err != nil {
		return err
	}
	return c.withVault(ctx, func(v *vault.Vault) error {
		b, err := c.publication(ctx, v, c.args[0], version, o.by)
		if err != nil {
			return err
		}
		if b.Author == v.Me().Member {
			return c.ownVersion(v, b)
		}
		if _, err := c.soundBook(versionName(b), b.Text); err != nil {
			return err
		}
		approved, err := v.ApproveBookBy(b.Slug, b.Version, b.Device)
		if err != nil {
			return err
		}
		return c.tellVersion(v, approved, "runbook.approved")
	})
}

// publication is the version that is meant. Where several people published one number apart from one another it is not the
// own one, and the person says which, or --by does.
func (c *call) publication(ctx context.Context, v *vault.Vault, slug string, version uint64, by string) (*vault.Book, error) {
	b, err := c.anyVersion(v, slug, version)
	if err != nil {
		return nil, err
	}
	all, err := c.versions(v, slug)
	if err != nil {
		return nil, err
	}
	beside := append([]*vault.Book{b}, b.Beside(all)...)
	if len(beside) == 1 && by == "" {
		return b, nil
	}
	var meant []*vault.Book
	var lines, authors []string
	for _, one := range beside {
		authors = append(authors, one.Author)
		if by == one.Author || by == one.Device || by == "" && one.Author != v.Me().Member {
			meant = append(meant, one)
			lines = append(lines, c.text("runbook.by", "author", one.Author, "time", c.tr.Moment(one.Time)))
		}
	}
	c.warn("runbook.beside", "name", versionName(b), "authors", authors)
	switch {
	case len(meant) == 0 && by == "":
		return b, nil // all are their own
	case len(meant) == 0:
		return nil, fail(codeNotFound, "runbook.not-by", "name", versionName(b), "by", by).withHint("runbook.by-hint", "slug", slug, "version", b.Version, "authors", authors)
	case len(meant) == 1:
		return meant[0], nil
	case !c.Terminal.Present():
		return nil, fail(codeConflict, "runbook.beside", "name", versionName(b), "authors", authors).withHint("runbook.by-hint", "slug", slug, "version", b.Version, "authors", authors)
	}
	i, err := c.askChoice(ctx, lines, -1, "runbook.ask-which")
	if err != nil {
		return nil, err
	}
	return meant[i], nil
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
