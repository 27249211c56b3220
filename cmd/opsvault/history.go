package main

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"opsvault/vault"
)

type historyOptions struct{}

func newHistoryCommand(e *env, run runFunc[historyOptions]) *cli.Command {
	o := &historyOptions{}
	return e.command(&cli.Command{Name: "history", ArgsUsage: "PATH"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

type versionRow struct {
	Version uint64 `json:"version"`
	Op      string `json:"op"`
	By      string `json:"by"`
	Time    string `json:"time"`
}

func runHistory(ctx context.Context, c *call, _ *historyOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		path, err := c.path(v, c.args[0])
		if err != nil {
			return err
		}
		all, err := v.History(path)
		if err != nil {
			return err
		}
		rows := make([]versionRow, len(all))
		table := make([][]string, len(all))
		for i, e := range all {
			op, word := "put", c.text("history.put")
			if e.Deleted {
				op, word = "delete", c.text("history.delete")
			}
			rows[i] = versionRow{e.Version, op, e.Author, e.Time.Format(time.RFC3339)}
			table[i] = []string{fmt.Sprint(e.Version), word, e.Author, c.tr.Moment(e.Time), e.Card.Title}
		}
		if c.json {
			return c.document(rows)
		}
		return c.table([]string{c.text("history.version"), "", c.text("history.by"), c.text("history.time"), c.text("ls.title")}, table)
	})
}
