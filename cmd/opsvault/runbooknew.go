package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/urfave/cli/v2"

	"opsvault/runbooks"
	"opsvault/runbooks/library"
	"opsvault/vault"
)

type runbookNewOptions struct{ from, translate, output string }

func newRunbookNewCommand(e *env, run runFunc[runbookNewOptions]) *cli.Command {
	o := &runbookNewOptions{}
	return e.command(&cli.Command{Name: "new", Flags: []cli.Flag{
		&cli.StringFlag{Name: "from", Destination: &o.from},
		&cli.StringFlag{Name: "translate", Destination: &o.translate},
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Destination: &o.output},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runRunbookNew puts out a shipped runbook in the language of --lang, or lists what there is.
func runRunbookNew(ctx context.Context, c *call, o *runbookNewOptions) error {
	if o.translate != "" {
		return c.newTranslation(ctx, o)
	}
	shipped, err := library.Library()
	if err != nil {
		return err
	}
	if o.from == "" {
		return c.listShipped(shipped)
	}
	book, err := library.Find(o.from, c.langID())
	if errors.Is(err, library.ErrUnknown) {
		return fail(codeNotFound, "runbook.no-shipped", "name", o.from).withHint("runbook.no-shipped-hint").because(err)
	}
	if err != nil {
		return err
	}
	if done, err := c.putText(o.output, book.Text); done || err != nil {
		return err
	}
	c.say("runbook.made", "file", o.output)
	if parsed, _ := runbooks.Parse(book.Text); parsed != nil {
		if paths := linkedPaths(parsed); len(paths) > 0 {
			c.say("runbook.made-needs", "paths", paths)
		}
	}
	c.say("runbook.made-next", "file", shellWord(o.output))
	return nil
}

// putText puts a text out, and reports whether that is all: into a file it is not.
func (c *call) putText(output string, text []byte) (bool, error) {
	if output == "" || output == "-" {
		_, err := c.out.Write(text)
		return true, err
	}
	return false, writeNew(output, text)
}

// newTranslation puts out a runbook of the vault with the front matter of a translation into the language of --lang.
func (c *call) newTranslation(ctx context.Context, o *runbookNewOptions) error {
	if o.from != "" {
		return usage("translation.from")
	}
	return c.withVault(ctx, func(v *vault.Vault) error {
		text, of, err := c.translate(v, o.translate)
		if err != nil {
			return err
		}
		if done, err := c.putText(o.output, text); done || err != nil {
			return err
		}
		c.say("translation.made", "file", o.output, "of", of)
		c.say("runbook.made-next", "file", shellWord(o.output))
		return nil
	})
}

// writeNew writes a file that isn't there yet. One that could not be written whole is taken away again.
func writeNew(name string, data []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return usage("usage.file-exists", "name", name).withHint("usage.file-exists-hint").because(err)
	}
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err = errors.Join(err, file.Close()); err != nil {
		os.Remove(name)
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

type shippedInfo struct {
	Slug  string `json:"slug"`
	Lang  string `json:"lang"`
	Title string `json:"title"`
}

func (c *call) listShipped(shipped []library.Book) error {
	list := make([]shippedInfo, len(shipped))
	table := make([][]string, len(shipped))
	for i, book := range shipped {
		list[i] = shippedInfo{book.Slug, book.Lang, titleOf(book.Text, book.Slug)}
		table[i] = []string{book.Slug, book.Lang, list[i].Title}
	}
	if c.json {
		return c.document(list)
	}
	if err := c.table([]string{c.text("runbook.slug"), c.text("runbook.lang"), c.text("ls.title")}, table); err != nil {
		return err
	}
	if err := c.out.Flush(); err != nil {
		return err
	}
	c.say("runbook.new-how")
	return nil
}

// titleOf is the title of a runbook, or its slug where the text has none that can be shown.
func titleOf(data []byte, slug string) string { return orDefault(runbooks.Headline(data), slug) }
