package main

import (
	"bytes"

	"opsvault/cmd/opsvault/term"
	"opsvault/cmd/opsvault/text"
	"opsvault/runbooks"
	"opsvault/runbooks/paper"
	"opsvault/vault"
)

// paperWords are the words of a page in a language.
func (c *call) paperWords(lang text.Lang) paper.Words {
	tr := c.tr
	if lang != tr.Lang() {
		tr = text.New(lang, nil)
	}
	return func(key string, args ...any) string { return tr.Text(text.Key(key), args...) }
}

// paperLang is the language of the words around a runbook: its own where opsvault speaks it, else the person's.
func (c *call) paperLang(book *runbooks.Runbook) text.Lang {
	switch lang := text.Lang(book.Meta.Lang); lang {
	case text.English, text.Russian:
		return lang
	}
	return c.lang
}

// newPage is a page without sheets. v is nil where no vault is at hand.
func (c *call) newPage(v *vault.Vault, lang text.Lang) *paper.Page {
	p := &paper.Page{Lang: string(lang), Words: c.paperWords(lang), Printed: c.Now()}
	if v != nil {
		world := c.newPaperWorld(v)
		world.tr = text.New(lang, nil)
		p.World, p.Vault, p.By = world, v.Policy().Name, memberName(v, v.Me().Member)
	}
	return p
}

// sheet is a runbook for a page.
func (c *call) sheet(book *runbooks.Runbook, slug string) paper.Sheet {
	lang := c.paperLang(book)
	if book.Meta.Lang != "" && book.Meta.Lang != string(lang) {
		return paper.Sheet{Book: book, Slug: slug, Lang: book.Meta.Lang, Words: c.paperWords(lang), Copies: book.Meta.Paper.Copies}
	}
	return paper.Sheet{Book: book, Slug: slug, Lang: string(lang), Words: c.paperWords(lang), Copies: book.Meta.Paper.Copies}
}

// sheetOf is a version of the vault for a page. What people stood behind once is printed also where lint has become
// stricter since: in an outage a runbook with a gap is better than none.
func (c *call) sheetOf(v *vault.Vault, b *vault.Book) (paper.Sheet, error) {
	report := runbooks.Lint(b.Text, runbooks.Options{})
	book := report.Runbook
	if book == nil || len(book.Steps()) == 0 {
		return paper.Sheet{}, c.refuse(versionName(b), report.Problems)
	}
	if !report.OK() {
		c.warn("paper.unsound", "name", versionName(b), "n", report.Problems.Errors())
	}
	s := c.sheet(book, b.Slug)
	s.Version, s.Draft = b.Version, !b.Approved()
	for _, id := range b.Approvers {
		s.Approvers = append(s.Approvers, memberName(v, id))
	}
	if newest, err := v.Book(b.Slug); err == nil && newest.Version > b.Version {
		s.Draft, s.Newer = true, newest.Version
	}
	return s, nil
}

// A pageOut is a page that was written, as scripts see it.
type pageOut struct {
	File   string      `json:"file,omitempty"`
	HTML   string      `json:"html,omitempty"` // where no file was asked for
	Run    string      `json:"run,omitempty"`
	Sheets []sheetInfo `json:"sheets"`
}

type sheetInfo struct {
	Slug    string `json:"slug"`
	Version uint64 `json:"version,omitempty"`
	Digest  string `json:"digest"`
	Title   string `json:"title"`
	Lang    string `json:"lang"`
	Steps   int    `json:"steps"`
	Copies  int    `json:"copies"` // that are noted in the log
}

// writePage makes the page and puts it where it belongs: into a new file, or out. At a terminal, where HTML helps nobody, a
// file is made also when none was named.
func (c *call) writePage(p *paper.Page, output, suggested string) (*pageOut, error) {
	var page bytes.Buffer
	if err := paper.Write(&page, p); err != nil {
		return nil, err
	}
	out := &pageOut{Sheets: []sheetInfo{}}
	for i := range p.Sheets {
		s := &p.Sheets[i]
		steps := 0
		for _, phase := range s.Book.Phases {
			steps += len(phase.Steps)
		}
		out.Sheets = append(out.Sheets, sheetInfo{s.Slug, s.Version, s.Book.Digest, term.Clean(s.Book.Title), s.Lang, steps, 0})
	}
	if output == "" && !c.json && c.OutTerminal() {
		output = suggested
	}
	switch {
	case output != "" && output != "-":
		if err := writeNew(output, page.Bytes()); err != nil {
			return nil, err
		}
		out.File = output
	case c.json:
		out.HTML = page.String()
	default:
		if _, err := c.out.Write(page.Bytes()); err != nil {
			return nil, err
		}
	}
	return out, nil
}
