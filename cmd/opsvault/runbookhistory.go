package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"opsvault/vault"
)

type runbookHistoryOptions struct{}

func newRunbookHistoryCommand(e *env, run runFunc[runbookHistoryOptions]) *cli.Command {
	o := &runbookHistoryOptions{}
	return e.command(&cli.Command{Name: "history", ArgsUsage: "SLUG"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

func runRunbookHistory(ctx context.Context, c *call, _ *runbookHistoryOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		all, err := c.versions(v, c.args[0])
		if err != nil {
			return err
		}
		list := make([]bookInfo, len(all))
		table := make([][]string, len(all))
		for i, b := range all {
			list[i] = bookInfoOf(b)
			table[i] = []string{fmt.Sprint(b.Version), c.standing(b), b.Author, c.tr.Moment(b.Time), strings.Join(b.Approvers, ", "), list[i].Title}
		}
		if c.json {
			return c.document(list)
		}
		return c.table([]string{c.text("history.version"), c.text("runbook.standing"), c.text("history.by"), c.text("history.time"),
			c.text("runbook.approvers"), c.text("ls.title")}, table)
	})
}

// standing says in a word or two whether a version counts.
func (c *call) standing(b *vault.Book) string {
	if b.Approved() {
		return c.text("runbook.stands")
	}
	return c.text("runbook.approvals-of", "have", len(b.Approvers), "n", b.Needs)
}
