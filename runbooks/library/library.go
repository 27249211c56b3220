// Package library holds the runbooks that opsvault ships, as texts to begin with: each language in a directory of its
// own, each runbook under the same slug in all of them. They are data; package runbooks gives them their meaning.
package library

import (
	"embed"
	"errors"
	"fmt"
	"path"
	"strings"
)

//go:embed en/*.md ru/*.md
var files embed.FS

// ErrUnknown means that there is no such runbook in that language.
var ErrUnknown = errors.New("no such shipped runbook")

// A Book is one shipped runbook in one language.
type Book struct {
	Slug string // "no-internet"
	Lang string // "en", "ru"
	Text []byte
}

// Library lists all shipped runbooks, sorted by language and slug.
func Library() ([]Book, error) {
	var books []Book
	for _, lang := range []string{"en", "ru"} {
		entries, err := files.ReadDir(lang)
		if err != nil {
			return nil, fmt.Errorf("list the library: %w", err)
		}
		for _, entry := range entries {
			book, err := Find(strings.TrimSuffix(entry.Name(), ".md"), lang)
			if err != nil {
				return nil, err
			}
			books = append(books, book)
		}
	}
	return books, nil
}

// Find returns one shipped runbook, or an error that wraps [ErrUnknown].
func Find(slug, lang string) (Book, error) {
	text, err := files.ReadFile(path.Join(lang, slug+".md"))
	if err != nil || path.Base(slug) != slug {
		return Book{}, fmt.Errorf("%w: %s (%s)", ErrUnknown, slug, lang)
	}
	return Book{slug, lang, text}, nil
}
