package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/term"
	"opsvault/cmd/opsvault/text"
	"opsvault/runbooks"
	"opsvault/vault"
	"opsvault/vault/statement"
)

type runbookSearchOptions struct{}

func newRunbookSearchCommand(e *env, run runFunc[runbookSearchOptions]) *cli.Command {
	o := &runbookSearchOptions{}
	return e.command(&cli.Command{Name: "search", ArgsUsage: "TEXT…"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// A foundBook is a runbook in which words were found, and where.
type foundBook struct {
	Slug       string `json:"slug"`
	Version    uint64 `json:"version"`
	Title      string `json:"title"`
	Approved   bool   `json:"approved"`
	Where      string `json:"where"` // symptom, title, use_when or text
	Text       string `json:"text"`  // the line
	Line       int    `json:"line"`
	StepNumber int    `json:"step_number,omitempty"`
	StepTitle  string `json:"step_title,omitempty"`

	lang     string
	original string // the slug, or that of the text that it is an up-to-date translation of
}

// runRunbookSearch looks for words in what "runbook ls" lists. Nothing found is not an error.
func runRunbookSearch(ctx context.Context, c *call, _ *runbookSearchOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		query := strings.Join(c.args, " ")
		found, err := c.searchBooks(v, query)
		if err != nil {
			return err
		}
		found = c.inOneLanguage(found)
		if c.json {
			return c.document(found)
		}
		if len(found) == 0 {
			c.say("booksearch.nothing", "text", query)
			return nil
		}
		table := make([][]string, len(found))
		for i, f := range found {
			table[i] = []string{f.Slug, f.Title, c.foundWhere(f)}
		}
		if err := c.table([]string{c.text("runbook.slug"), c.text("ls.title"), c.text("booksearch.where")}, table, 0); err != nil {
			return err
		}
		if err := c.out.Flush(); err != nil {
			return err
		}
		c.say("booksearch.next", "slug", found[0].Slug)
		return nil
	})
}

// searchBooks finds runbooks by what a person sees or says, the best first. The words may have been typed in the wrong layout.
func (c *call) searchBooks(v *vault.Vault, query string) ([]foundBook, error) {
	var books []*vault.Book
	var texts [][]byte
	digests := map[string]string{}
	for _, slug := range v.BookSlugs() {
		b, err := c.listed(v, slug)
		if err != nil {
			return nil, err
		}
		if b != nil {
			books, texts = append(books, b), append(texts, b.Text)
			digests[slug] = statement.Sum(b.Text).String()
		}
	}
	list := []foundBook{}
	for _, f := range runbooks.Search(texts, query, text.OtherLayout(query)) {
		b := books[f.Index]
		meta, _ := runbooks.Front(b.Text)
		original := b.Slug
		if of := meta.TranslationOf; of.ID != "" && digests[of.ID] == of.Digest {
			original = of.ID
		}
		list = append(list, foundBook{
			Slug: b.Slug, Version: b.Version, Title: titleOf(b.Text, b.Slug), Approved: b.Approved(),
			Where: string(f.Where), Text: term.Clean(f.Text), Line: f.Line, StepNumber: f.Number, StepTitle: term.Clean(f.Step), lang: meta.Lang, original: original,
		})
	}
	return list, nil
}

// inOneLanguage leaves a text out where its translation into the person's language was found, too, or the other way round. Scripts
// get all.
func (c *call) inOneLanguage(found []foundBook) []foundBook {
	if c.json {
		return found
	}
	mine := map[string]bool{} // originals that are there in the person's language
	for _, f := range found {
		mine[f.original] = mine[f.original] || sameLanguage(f.lang, c.langID())
	}
	return slices.DeleteFunc(found, func(f foundBook) bool { return mine[f.original] && !sameLanguage(f.lang, c.langID()) })
}

// foundWhere says in which part of a runbook the words stand, with the line.
func (c *call) foundWhere(f foundBook) string {
	if f.StepNumber > 0 {
		return c.text("booksearch.in-step", "number", f.StepNumber, "text", f.Text)
	}
	return c.text(text.Key("booksearch.in-"+strings.ReplaceAll(f.Where, "_", "-")), "text", f.Text)
}

// suggested are the runbooks that somebody may have meant who typed what is no runbook's name: at most three, as "slug (title)".
func (c *call) suggested(v *vault.Vault, words string) []string {
	found, err := c.searchBooks(v, strings.ReplaceAll(words, "-", " "))
	if err != nil {
		return nil
	}
	found = c.inOneLanguage(found)
	var list []string
	for _, f := range found[:min(3, len(found))] {
		list = append(list, fmt.Sprintf("%s (%s)", f.Slug, f.Title))
	}
	return list
}
