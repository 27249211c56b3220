package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"opsvault/policy"
	"opsvault/runbooks"
	"opsvault/runbooks/shell"
	"opsvault/vault"
	"opsvault/vault/statement"
)

type runbookPublishOptions struct{}

func newRunbookPublishCommand(e *env, run runFunc[runbookPublishOptions]) *cli.Command {
	o := &runbookPublishOptions{}
	return e.command(&cli.Command{Name: "publish", ArgsUsage: "FILE"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runRunbookPublish lints a text with the vault at hand and makes it the next version. The slug is the id in the text.
func runRunbookPublish(ctx context.Context, c *call, _ *runbookPublishOptions) error {
	data, err := c.input(c.args[0], vault.MaxBook)
	if err != nil {
		return err
	}
	return c.withVault(ctx, func(v *vault.Vault) error {
		book, err := c.lintToPublish(v, data)
		if err != nil {
			return err
		}
		return c.publish(v, book, data)
	})
}

// publish makes a text that was linted the next version. One in another language than the version before is told: who wants
// both needs a translation.
func (c *call) publish(v *vault.Vault, book *runbooks.Runbook, data []byte) error {
	if before, err := v.Book(book.Meta.ID); err == nil {
		if meta, ok := runbooks.Front(before.Text); ok && !sameLanguage(meta.Lang, book.Meta.Lang) {
			c.warn("translation.replaces", "name", versionName(before), "was", meta.Lang, "lang", book.Meta.Lang, "slug", before.Slug)
		}
	}
	published, err := v.PublishBook(book.Meta.ID, data)
	if err != nil {
		return err
	}
	return c.tellVersion(v, published, "runbook.published")
}

func (c *call) lintToPublish(v *vault.Vault, data []byte) (*runbooks.Runbook, error) {
	world, err := newLintWorld(v, c.Now(), data)
	if err != nil {
		return nil, err
	}
	report := runbooks.Lint(data, runbooks.Options{Now: c.Now(), World: world, Commands: shell.Rules{}})
	if !report.OK() {
		return nil, c.refuse(c.args[0], report.Problems)
	}
	if !c.json && !c.quiet {
		c.printProblems(c.Err, c.style(c.ErrEscapes), c.problemsIn(c.args[0], report.Problems))
	}
	if !policy.IsID(report.Runbook.Meta.ID) {
		return nil, usage("runbook.bad-id", "id", report.Runbook.Meta.ID)
	}
	return report.Runbook, nil
}

// A bookInfo is one version of a runbook.
type bookInfo struct {
	Slug      string   `json:"slug"`
	Version   uint64   `json:"version"`
	Title     string   `json:"title"`
	By        string   `json:"by"`
	Time      string   `json:"time"`
	Approvers []string `json:"approvers"`
	Needs     int      `json:"needs"` // approvals of other people
	Approved  bool     `json:"approved"`
	SHA256    string   `json:"sha256"`
	Lang      string   `json:"lang"`
	// TranslationOf is the runbook that this one says in another language; Stale, that the text of it has changed since.
	TranslationOf string            `json:"translation_of,omitempty"`
	Stale         bool              `json:"stale,omitempty"`
	Translations  []translationInfo `json:"translations,omitempty"`
}

func bookInfoOf(b *vault.Book) bookInfo {
	meta, _ := runbooks.Front(b.Text)
	return bookInfo{
		Lang: meta.Lang, TranslationOf: meta.TranslationOf.ID,
		Slug: b.Slug, Version: b.Version, Title: titleOf(b.Text, b.Slug), By: b.Author, Time: b.Time.Format(time.RFC3339),
		Approvers: append([]string{}, b.Approvers...), Needs: b.Needs, Approved: b.Approved(), SHA256: statement.Sum(b.Text).String(),
	}
}

// tellVersion says what became of a version: whether it counts, and otherwise who can approve it.
func (c *call) tellVersion(v *vault.Vault, b *vault.Book, key textKey) error {
	return c.result(bookInfoOf(b), func() {
		fmt.Fprintln(c.out, c.text(key, "slug", b.Slug, "version", b.Version))
		switch {
		case b.Needs == 0:
			fmt.Fprintln(c.out, c.text("runbook.counts-alone", "slug", b.Slug))
		case b.Approved():
			fmt.Fprintln(c.out, c.text("runbook.counts", "slug", b.Slug))
		default:
			fmt.Fprintln(c.out, c.text("runbook.waits", "n", b.Needs-len(b.Approvers), "slug", b.Slug, "version", b.Version))
			fmt.Fprintln(c.out, c.text("runbook.waits-for", "members", c.approversOf(v, b)))
		}
	})
}

// approversOf are the members who may still approve a version, or the word for nobody.
func (c *call) approversOf(v *vault.Vault, b *vault.Book) []string {
	var able []string
	for _, id := range slices.Sorted(maps.Keys(v.Policy().Members)) {
		if id != b.Author && !slices.Contains(b.Approvers, id) && v.Policy().DecideAt(id, policy.CanApprove, "", c.Now()).Allowed {
			able = append(able, id)
		}
	}
	if len(able) == 0 {
		return []string{c.text("runbook.nobody")}
	}
	return able
}
