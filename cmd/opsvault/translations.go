package main

import (
	"bytes"
	"fmt"
	"strings"

	"opsvault/runbooks"
	"opsvault/runbooks/library"
	"opsvault/vault"
	"opsvault/vault/statement"
)

// A translation is a runbook that says the same as another one, in another language.
type translation struct {
	book  *vault.Book
	lang  string
	stale bool // the original has changed since
}

type translationInfo struct {
	Slug     string `json:"slug"`
	Lang     string `json:"lang"`
	Version  uint64 `json:"version"`
	Approved bool   `json:"approved"`
	Stale    bool   `json:"stale"`
}

// A frontedBook is a book with its front matter.
type frontedBook struct {
	*vault.Book
	meta runbooks.Meta
}

func fronted(books []*vault.Book) []frontedBook {
	list := make([]frontedBook, len(books))
	for i, b := range books {
		meta, _ := runbooks.Front(b.Text)
		list[i] = frontedBook{b, meta}
	}
	return list
}

// translationsOf finds the translations among books. Of several into one language the up-to-date ones come first, then those
// that count, then by slug: the order of the books.
func translationsOf(original *vault.Book, books []frontedBook) []translation {
	var list [4][]translation
	digest := statement.Sum(original.Text).String()
	for _, b := range books {
		if b.Slug == original.Slug || b.meta.TranslationOf.ID != original.Slug {
			continue
		}
		one, rank := translation{b.Book, b.meta.Lang, b.meta.TranslationOf.Digest != digest}, 0
		if one.stale {
			rank += 2
		}
		if !b.Approved() {
			rank++
		}
		list[rank] = append(list[rank], one)
	}
	return append(append(append(list[0], list[1]...), list[2]...), list[3]...)
}

// inMyLanguage is the slug of the runbook in the person's language: the translation, where there is one that counts and whose
// original has not changed since. What is older than its original may leave out the step that matters now, so the original is
// taken, and the translation is named. Scripts get what they name, and so does whoever names a translation.
func (c *call) inMyLanguage(v *vault.Vault, slug string) string {
	if c.json {
		return slug
	}
	original, err := v.Book(slug)
	if err != nil {
		return slug // told by whoever opens it
	}
	meta, ok := runbooks.Front(original.Text)
	if !ok || sameLanguage(meta.Lang, c.langID()) || meta.TranslationOf.ID != "" {
		return slug
	}
	books, err := v.Books()
	if err != nil {
		return slug
	}
	for _, t := range translationsOf(original, fronted(books)) {
		switch {
		case !sameLanguage(t.lang, c.langID()):
		case t.stale:
			c.say("translation.stale", "slug", slug, "translation", t.book.Slug)
			return slug
		default:
			c.say("translation.taken", "slug", slug, "translation", t.book.Slug, "lang", meta.Lang)
			return t.book.Slug
		}
	}
	return slug
}

// sameLanguage compares languages without their regions: pt is pt-BR.
func sameLanguage(a, b string) bool {
	a, _, _ = strings.Cut(strings.ToLower(a), "-")
	b, _, _ = strings.Cut(strings.ToLower(b), "-")
	return a == b
}

// languages says in which languages a runbook is there, and which of them are older than the text: "en, ru (old)".
func (c *call) languages(info bookInfo) string {
	list := []string{info.Lang}
	if info.Stale {
		list[0] = c.text("translation.old", "lang", info.Lang)
	}
	for _, t := range info.Translations {
		switch {
		case t.Stale:
			list = append(list, c.text("translation.old", "lang", t.Lang))
		case !t.Approved:
			list = append(list, c.text("translation.waits", "lang", t.Lang))
		default:
			list = append(list, t.Lang)
		}
	}
	return strings.Join(list, ", ")
}

// withTranslations pairs the versions of a list.
func withTranslations(books []*vault.Book) []bookInfo {
	list, all := make([]bookInfo, len(books)), fronted(books)
	bySlug := map[string]*vault.Book{}
	translated := map[string][]frontedBook{}
	for i, b := range all {
		list[i] = bookInfoOf(b.Book)
		bySlug[b.Slug] = b.Book
		if of := b.meta.TranslationOf.ID; of != "" {
			translated[of] = append(translated[of], b)
		}
	}
	for i, b := range all {
		if original := bySlug[b.meta.TranslationOf.ID]; original != nil {
			list[i].Stale = b.meta.TranslationOf.Digest != statement.Sum(original.Text).String()
		}
		for _, t := range translationsOf(b.Book, translated[b.Slug]) {
			list[i].Translations = append(list[i].Translations, translationInfo{t.book.Slug, t.lang, t.book.Version, t.book.Approved(), t.stale})
		}
	}
	return list
}

// translate makes the beginning of a translation of a runbook in the vault. What comes with opsvault in that language is taken,
// where the original is what comes with opsvault.
func (c *call) translate(v *vault.Vault, slug string) ([]byte, string, error) {
	b, err := v.Book(slug)
	if err != nil {
		return nil, "", c.bookError(v, err)
	}
	meta, ok := runbooks.Front(b.Text)
	lang := c.langID()
	switch {
	case !ok:
		return nil, "", fail(codeFindings, "runbook.unsound", "name", versionName(b), "n", 1).withHint("runbook.unsound-hint")
	case sameLanguage(meta.Lang, lang):
		return nil, "", usage("translation.same", "slug", slug, "lang", meta.Lang).withHint("translation.same-hint", "slug", slug)
	case meta.TranslationOf.ID != "":
		return nil, "", usage("translation.of-translation", "slug", slug, "original", meta.TranslationOf.ID).
			withHint("translation.same-hint", "slug", meta.TranslationOf.ID)
	}
	text := b.Text
	if shipped := shippedTranslation(b, meta.Lang, lang); shipped != nil {
		text = shipped
	}
	id := translationSlug(slug, lang)
	made, err := runbooks.AsTranslation(text, id, lang, runbooks.Original{ID: slug, Digest: statement.Sum(b.Text).String()})
	return made, fmt.Sprintf("%s@%d", slug, b.Version), err
}

// translationSlug is no-internet-ru; a slug has 32 characters at most.
func translationSlug(slug, lang string) string {
	return strings.TrimRight(slug[:min(len(slug), 31-len(lang))], "-") + "-" + lang
}

// shippedTranslation is the text that comes with opsvault, where the original does, too.
func shippedTranslation(b *vault.Book, from, to string) []byte {
	meta, _ := runbooks.Front(b.Text)
	original, err := library.Find(meta.ID, from)
	if err != nil || !bytes.Equal(original.Text, b.Text) {
		return nil
	}
	other, err := library.Find(meta.ID, to)
	if err != nil {
		return nil
	}
	return other.Text
}
