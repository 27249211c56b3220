package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"opsvault/runbooks"
	"opsvault/vault"
)

type runbookEditOptions struct{}

func newRunbookEditCommand(e *env, run runFunc[runbookEditOptions]) *cli.Command {
	o := &runbookEditOptions{}
	return e.command(&cli.Command{Name: "edit", ArgsUsage: "SLUG"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runRunbookEdit opens the newest text in an editor, lints what comes back, shows what has changed, and publishes it when the
// person says so. A runbook is no secret, so the editor works on an ordinary file.
func runRunbookEdit(ctx context.Context, c *call, _ *runbookEditOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		b, err := c.anyVersion(v, c.args[0], 0)
		if err != nil {
			return err
		}
		if !c.Terminal.Present() {
			return usage("bookedit.terminal").withHint("bookedit.terminal-hint", "slug", b.Slug)
		}
		if !b.Approved() {
			c.say("bookedit.waits", "name", versionName(b))
		}
		return c.editBook(ctx, v, b)
	})
}

// editBook works on a copy. What was written is kept where it was not published, so that nobody types it twice.
func (c *call) editBook(ctx context.Context, v *vault.Vault, b *vault.Book) error {
	dir, err := os.MkdirTemp("", "opsvault-runbook-")
	if err != nil {
		return err
	}
	file := filepath.Join(dir, b.Slug+".md")
	if err := os.WriteFile(file, b.Text, 0o600); err != nil {
		return err
	}
	err = c.publishEdited(ctx, v, b, file)
	if text, readErr := os.ReadFile(file); err != nil && readErr == nil && !bytes.Equal(text, b.Text) {
		c.warn("bookedit.kept", "file", file)
		return err
	}
	if rmErr := os.RemoveAll(dir); err == nil {
		err = rmErr
	}
	return err
}

// publishEdited asks after each look into the editor what is to become of the text: another look, or the next version.
func (c *call) publishEdited(ctx context.Context, v *vault.Vault, b *vault.Book, file string) error {
	for {
		if err := c.openEditor(file); err != nil {
			return err
		}
		data, err := c.input(file, vault.MaxBook)
		if err != nil {
			return err
		}
		if bytes.Equal(data, b.Text) {
			c.say("bookedit.unchanged", "name", versionName(b))
			return nil
		}
		sound, err := c.lookAtEdited(v, b, data)
		if err != nil {
			return err
		}
		if sound == nil {
			if again, err := c.askYes(ctx, true, "bookedit.again"); err != nil || !again {
				return notPublished(err)
			}
			continue
		}
		items := []string{c.text("bookedit.publish", "version", b.Version+1), c.text("bookedit.more"), c.text("bookedit.leave")}
		switch i, err := c.askChoice(ctx, items, 0, "bookedit.what"); {
		case err != nil || i == 2:
			return notPublished(err)
		case i == 0:
			return c.publish(v, sound, data)
		}
	}
}

func notPublished(err error) error {
	if err != nil {
		return err
	}
	return fail(codeCancelled, "bookedit.left")
}

// lookAtEdited says what lint finds in a text and what has changed in it. It returns nil where the text can't be published.
func (c *call) lookAtEdited(v *vault.Vault, b *vault.Book, data []byte) (*runbooks.Runbook, error) {
	world, err := newLintWorld(v, c.Now(), data)
	if err != nil {
		return nil, err
	}
	report := runbooks.Lint(data, runbooks.Options{Now: c.Now(), World: world})
	c.printProblems(c.Err, c.style(c.ErrEscapes), c.problemsIn(b.Slug+".md", report.Problems))
	switch {
	case !report.OK():
		return nil, nil
	case report.Runbook.Meta.ID != b.Slug:
		c.warn("bookedit.other-id", "slug", b.Slug, "id", report.Runbook.Meta.ID)
		return nil, nil
	}
	if was, _ := runbooks.Parse(b.Text); was != nil {
		c.printChanges(runbooks.Diff(was, report.Runbook), c.style(c.OutEscapes))
	}
	return report.Runbook, c.out.Flush()
}
