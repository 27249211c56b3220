package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"opsvault/cmd/opsvault/text"
)

// TestPaperHasItsWords compares the words that the template and the code of package paper ask for with those that are
// there, both ways.
func TestPaperHasItsWords(t *testing.T) {
	files, err := filepath.Glob("../../runbooks/paper/*.*")
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, "paperworld.go")
	asked := map[string]bool{"sheet.state-active": true, "sheet.state-done": true, "sheet.state-skipped": true, "sheet.state-failed": true,
		"sheet.state-undone": true}
	use := regexp.MustCompile(`W[ (]"([a-z-]+)"|"sheet\.([a-z-]+)"`)
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range use.FindAllStringSubmatch(string(data), -1) {
			asked["sheet."+m[1]+m[2]] = true
		}
	}
	if len(asked) < 80 {
		t.Fatalf("only %d words found: does the test still see them?", len(asked))
	}
	for _, lang := range []text.Lang{text.English, text.Russian} {
		tr := text.New(lang, nil)
		for key := range asked {
			if key != "sheet.state-" && !tr.Has(text.Key(key)) {
				t.Errorf("%s: no message %q", lang, key)
			}
		}
	}
	for key, name := range definedKeys(t) {
		if len(key) > 6 && key[:6] == "sheet." && !asked[key] {
			t.Errorf("%s: nothing shows %s", name, key)
		}
	}
}
