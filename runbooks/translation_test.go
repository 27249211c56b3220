package runbooks_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"opsvault/runbooks"
)

// everyText are the shipped texts and those that lint is tested with.
func everyText(t *testing.T) map[string][]byte {
	t.Helper()
	texts := map[string][]byte{"empty": nil, "bom": []byte("\xEF\xBB\xBF" + front + "# X\n"), "crlf": []byte(strings.ReplaceAll(front+"# X\n", "\n", "\r\n"))}
	for _, pattern := range []string{"library/*/*.md", "testdata/*.md", "testdata/lint/*.md", "testdata/hostile/*.md"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatal(pattern, err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			texts[name] = text
		}
	}
	for name, title := range map[string]string{"bold": "# A **b** c", "escaped": `# A \# b`, "entity": "# A &amp; b", "trailing": "# A #", "id": "# A {#a}",
		"later": "words\n\n# A", "setext": "A\n===", "fence": "```\n# A\n```\n\n# B", "indented": "    # A", "link": "# [A](http://x)", "space": "#  A  "} {
		texts[name] = []byte(front + "\n" + title + "\n")
	}
	return texts
}

// TestTheShortWaysAgree: what a list reads of a text is what a parser reads.
func TestTheShortWaysAgree(t *testing.T) {
	for name, text := range everyText(t) {
		book, _ := runbooks.Parse(text)
		if book == nil {
			continue // too dense to parse, and safe to show
		}
		if got := runbooks.Headline(text); got != book.Title {
			t.Errorf("%s: title %q, want %q", name, got, book.Title)
		}
		if meta, ok := runbooks.Front(text); ok && (meta.ID != book.Meta.ID || meta.Lang != book.Meta.Lang || meta.TranslationOf != book.Meta.TranslationOf) {
			t.Errorf("%s: %+v", name, meta)
		}
	}
}

// TestAsTranslation: only the front matter changes, and it says what it has to.
func TestAsTranslation(t *testing.T) {
	of := runbooks.Original{ID: "x", Digest: strings.Repeat("a1", 32)}
	for name, text := range everyText(t) {
		meta, ok := runbooks.Front(text)
		made, err := runbooks.AsTranslation(text, "x-ru", "ru", of)
		if !ok || meta.Lang == "" {
			if !errors.Is(err, runbooks.ErrNoFront) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			if !strings.Contains(name, "lint") && !strings.Contains(name, "hostile") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		got, ok := runbooks.Front(made)
		if !ok || got.ID != "x-ru" || got.Lang != "ru" || got.TranslationOf != of || got.Title != meta.Title || len(got.Roles) != len(meta.Roles) {
			t.Errorf("%s: %+v", name, got)
		}
		again, err := runbooks.AsTranslation(made, "x-ru", "ru", of)
		if err != nil || string(again) != string(made) {
			t.Errorf("%s: a second time is different, %v", name, err)
		}
	}
	nested := strings.Replace(front, "roles:", "translation_of:\n  id: other\n  digest: "+strings.Repeat("2", 64)+"\nroles:", 1) + "# X\n"
	made, err := runbooks.AsTranslation([]byte(nested), "x-ru", "ru", of)
	if got, _ := runbooks.Front(made); err != nil || got.TranslationOf != of {
		t.Errorf("%s %v", made, err)
	}
}
