package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/text"
	"opsvault/runbooks"
	"opsvault/vault"
)

type packPaperOptions struct{ output string }

func newPackPaperCommand(e *env, run runFunc[packPaperOptions]) *cli.Command {
	o := &packPaperOptions{}
	return e.command(&cli.Command{Name: "paper", Flags: []cli.Flag{
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Destination: &o.output},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runPackPaper makes the binder: contents, who calls whom, and every runbook that counts.
func runPackPaper(ctx context.Context, c *call, o *packPaperOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		books, err := c.binderBooks(v)
		if err != nil {
			return err
		}
		page := c.newPage(v, c.lang)
		world := c.newPaperWorld(v)
		page.Binder = world.binder(v.Policy().Version, c.langID())
		var printed []*vault.Book
		for _, b := range books {
			sheet, err := c.sheetOf(v, b)
			if err != nil { // the others are needed all the same
				c.warn("paper.left-out", "name", versionName(b), "why", explain(err, c.tr, false).Error)
				continue
			}
			page.Sheets = append(page.Sheets, sheet)
			printed = append(printed, b)
		}
		if len(printed) == 0 {
			return fail(codeNotFound, "paper.empty").withHint("runbook.none")
		}
		out, err := c.writePage(page, o.output, fmt.Sprintf("binder-%s.html", c.Now().Format("2006-01-02")))
		if err != nil {
			return err
		}
		c.notePrinted(v, out, printed, func(*vault.Book) int { return 1 })
		if !c.json {
			c.say("paper.binder-has", "n", len(printed))
		}
		return c.printed(out)
	})
}

// binderBooks are the runbooks that count. Of translations of one runbook only that in the language of the binder is
// taken, where there is one.
func (c *call) binderBooks(v *vault.Vault) ([]*vault.Book, error) {
	all, err := v.Books()
	if err != nil {
		return nil, err
	}
	original, speaks := map[string]string{}, map[string]bool{}
	for _, b := range all {
		book, _ := runbooks.Parse(b.Text)
		if book == nil {
			continue
		}
		original[b.Slug] = orDefault(book.Meta.TranslationOf.ID, b.Slug)
		if text.Lang(book.Meta.Lang) == c.lang {
			speaks[original[b.Slug]] = true
		}
	}
	var list []*vault.Book
	for _, b := range all {
		book, _ := runbooks.Parse(b.Text)
		if book != nil && speaks[original[b.Slug]] && text.Lang(book.Meta.Lang) != c.lang {
			continue
		}
		list = append(list, b)
	}
	return list, nil
}

// wantedCopies is how many copies on paper a version asks for, at least one.
func wantedCopies(b *vault.Book) int {
	book, _ := runbooks.Parse(b.Text)
	if book == nil {
		return 1
	}
	return max(1, min(book.Meta.Paper.Copies, vault.MaxCopies))
}

// asksForPaper reports a runbook whose front matter says how many copies there are to be.
func asksForPaper(b *vault.Book) bool {
	book, _ := runbooks.Parse(b.Text)
	return book != nil && book.Meta.Paper.Copies > 0
}
