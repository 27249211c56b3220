package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"opsvault/vault"
)

type runbookLsOptions struct{}

func newRunbookLsCommand(e *env, run runFunc[runbookLsOptions]) *cli.Command {
	o := &runbookLsOptions{}
	return e.command(&cli.Command{Name: "ls", Aliases: []string{"list"}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runRunbookLs lists every runbook once: the version that counts, or, where none does, the newest.
func runRunbookLs(ctx context.Context, c *call, _ *runbookLsOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		var books []*vault.Book
		for _, slug := range v.BookSlugs() {
			b, err := c.listed(v, slug)
			if err != nil {
				return err
			}
			if b != nil {
				books = append(books, b)
			}
		}
		list, table := withTranslations(books), [][]string{}
		for i, b := range books {
			table = append(table, []string{b.Slug, list[i].Title, c.languages(list[i]), fmt.Sprint(b.Version), c.standing(b), b.Author, c.tr.Date(b.Time)})
		}
		if c.json {
			return c.document(list)
		}
		if len(list) == 0 {
			if len(v.BookSlugs()) == 0 {
				c.say("runbook.none")
			}
			return nil
		}
		return c.table([]string{c.text("runbook.slug"), c.text("ls.title"), c.text("runbook.lang"), c.text("history.version"), c.text("runbook.standing"),
			c.text("history.by"), c.text("history.time")}, table)
	})
}

// listed is the version of a runbook that a list shows; nil where none verifies. A newer one that was seen and is gone is
// warned of.
func (c *call) listed(v *vault.Vault, slug string) (*vault.Book, error) {
	b, bookErr := v.Book(slug)
	if bookErr == nil {
		return b, nil
	}
	all, err := v.BookHistory(slug)
	if err != nil {
		return nil, err
	}
	var back *vault.RollbackError
	if asError(bookErr, &back) && (len(all) == 0 || all[0].Version < back.Pinned) {
		c.warn("runbook.gone", "slug", slug, "version", back.Pinned)
	}
	for _, b := range all {
		if b.Approved() {
			return b, nil
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	return all[0], nil
}
