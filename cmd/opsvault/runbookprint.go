package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/term"
	"opsvault/policy"
	"opsvault/runbooks/paper"
	"opsvault/vault"
)

type runbookPrintOptions struct {
	output  string
	version uint64
	copies  int
}

func newRunbookPrintCommand(e *env, run runFunc[runbookPrintOptions]) *cli.Command {
	o := &runbookPrintOptions{}
	return e.command(&cli.Command{Name: "print", ArgsUsage: "SLUG|FILE", Flags: []cli.Flag{
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Destination: &o.output},
		&cli.Uint64Flag{Name: "version", Destination: &o.version},
		&cli.IntFlag{Name: "copies", Destination: &o.copies},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runRunbookPrint makes a page for printing: of a version in the vault, which is noted in the log, or of a file.
func runRunbookPrint(ctx context.Context, c *call, o *runbookPrintOptions) error {
	if o.copies < 0 || o.copies > vault.MaxCopies {
		return usage("paper.copies-many", "max", vault.MaxCopies)
	}
	name := c.args[0]
	if !policy.IsID(name) {
		if o.version > 0 {
			return usage("paper.file-version", "name", name)
		}
		return c.printFile(ctx, o, name)
	}
	return c.withVault(ctx, func(v *vault.Vault) error {
		b, err := c.versionToShow(v, name, o.version)
		if err != nil {
			return err
		}
		sheet, err := c.sheetOf(v, b)
		if err != nil {
			return err
		}
		page := c.newPage(v, c.paperLang(sheet.Book))
		page.Sheets = []paper.Sheet{sheet}
		out, err := c.writePage(page, o.output, fmt.Sprintf("%s-%d.html", b.Slug, b.Version))
		if err != nil {
			return err
		}
		copies := wantedCopies
		if c.isSet("copies") {
			copies = func(*vault.Book) int { return o.copies }
		}
		if !sheet.Draft {
			c.notePrinted(v, out, []*vault.Book{b}, copies)
		}
		return c.printed(out)
	})
}

// printFile prints a text that is in no vault. Where one is at hand, it knows the people whom the text names.
func (c *call) printFile(ctx context.Context, o *runbookPrintOptions, name string) error {
	data, err := c.input(name, vault.MaxBook)
	if err != nil {
		return err
	}
	book, err := c.soundBook(name, data)
	if err != nil {
		return err
	}
	sheet := c.sheet(book, book.Meta.ID)
	sheet.Draft = true
	write := func(v *vault.Vault) error {
		page := c.newPage(v, c.paperLang(book))
		page.Sheets = []paper.Sheet{sheet}
		out, err := c.writePage(page, o.output, book.Meta.ID+".html")
		if err != nil {
			return err
		}
		return c.printed(out)
	}
	if _, err := c.findVault(); c.vaultDir == "" && err != nil {
		return write(nil)
	}
	done := false
	err = c.withVault(ctx, func(v *vault.Vault) error {
		done = true
		return write(v)
	})
	if done || c.vaultDir != "" || ctx.Err() != nil || errors.Is(err, term.ErrCancelled) {
		return err
	}
	c.warn("paper.closed", "why", explain(err, c.tr, false).Error)
	return write(nil)
}

// notePrinted notes copies in the log. A log that can't be written stops nobody from having the page: that is what
// paper is for.
func (c *call) notePrinted(v *vault.Vault, out *pageOut, books []*vault.Book, copies func(*vault.Book) int) {
	if err := v.NotePrinted(books, copies); err != nil {
		c.warn("paper.not-noted", "why", explain(err, c.tr, false).Error)
		return
	}
	for i, b := range books { // the sheets are in the order of the books
		out.Sheets[i].Copies = copies(b)
	}
}

// printed says where the page is and what to do with it.
func (c *call) printed(out *pageOut) error {
	if c.json {
		return c.document(out)
	}
	if out.File != "" {
		c.say("paper.written", "file", out.File)
	}
	for _, s := range out.Sheets {
		if s.Copies > 0 && out.Run == "" && len(out.Sheets) == 1 {
			c.say("paper.noted", "n", s.Copies, "name", fmt.Sprintf("%s@%d", s.Slug, s.Version))
		}
	}
	return nil
}
