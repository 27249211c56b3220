package main

import (
	"context"
	"strings"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/term"
	"opsvault/vault"
)

type runbookShowOptions struct {
	version uint64
	output  string
}

func newRunbookShowCommand(e *env, run runFunc[runbookShowOptions]) *cli.Command {
	o := &runbookShowOptions{}
	return e.command(&cli.Command{Name: "show", ArgsUsage: "SLUG", Flags: []cli.Flag{
		&cli.Uint64Flag{Name: "version", Destination: &o.version},
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Destination: &o.output},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

type bookText struct {
	bookInfo
	Text string `json:"text"`
}

// runRunbookShow prints the text of the version that counts, or of another one. What is printed is cleaned, wherever it
// goes; a file gets the exact bytes.
func runRunbookShow(ctx context.Context, c *call, o *runbookShowOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		b, err := c.versionToShow(v, c.args[0], o.version)
		if err != nil {
			return err
		}
		if o.output != "" && o.output != "-" {
			if err := writeNew(o.output, b.Text); err != nil {
				return err
			}
			c.say("runbook.written", "name", versionName(b), "file", o.output)
			return nil
		}
		return c.result(bookText{bookInfoOf(b), term.CleanLines(string(b.Text))}, func() {
			body := term.CleanLines(string(b.Text))
			c.out.WriteString(strings.TrimRight(body, "\n") + "\n")
		})
	})
}

// versionToShow is the version that was asked for, else the one that counts, else the newest; a newer one that waits is
// mentioned.
func (c *call) versionToShow(v *vault.Vault, slug string, version uint64) (*vault.Book, error) {
	if version > 0 {
		return c.anyVersion(v, slug, version)
	}
	slug = c.inMyLanguage(v, slug)
	all, err := c.versions(v, slug)
	if err != nil {
		return nil, err
	}
	key := textKey("runbook.shown-waits")
	b := all[0]
	for _, older := range all[1:] {
		if older.Approved() && !b.Approved() {
			b, key = older, "runbook.newest-waits"
		}
	}
	if !all[0].Approved() {
		c.say(key, "name", versionName(all[0]), "members", c.approversOf(v, all[0]))
	}
	if b.Approved() {
		b, err = v.Book(slug) // it looks at the pin, too
		return b, c.bookError(v, err)
	}
	return b, nil
}
