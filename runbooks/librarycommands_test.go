package runbooks_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

var (
	namedCommand = regexp.MustCompile("`opsvault ([^`]+)`")
	headingOf    = regexp.MustCompile("^### `opsvault ([a-z ]+)")
)

// commandsPage reads the commands and their options out of docs/commands.md.
func commandsPage(t *testing.T) map[string]string {
	t.Helper()
	page, err := os.ReadFile("../docs/commands.md")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{}
	for _, part := range strings.SplitAfter("\n"+string(page), "\n### ") {
		if m := headingOf.FindStringSubmatch("### " + part); m != nil {
			known[strings.TrimSpace(m[1])] = part
		}
	}
	if len(known) < 40 {
		t.Fatalf("only %d commands in docs/commands.md", len(known))
	}
	return known
}

// TestShippedRunbooksNameCommandsThatExist holds every command of a text, with its options, against the page of commands.
func TestShippedRunbooksNameCommandsThatExist(t *testing.T) {
	known, named := commandsPage(t), 0
	for _, book := range shipped(t) {
		for _, m := range namedCommand.FindAllStringSubmatch(string(book.Text), -1) {
			named++
			words := strings.Fields(m[1])
			about, ok := known[strings.Join(words[:min(2, len(words))], " ")]
			if !ok {
				about, ok = known[words[0]]
			}
			if !ok || strings.Contains(about, words[0]+" …`") {
				t.Errorf("%s/%s: there is no command %q", book.Lang, book.Slug, m[1])
			}
			for _, word := range words {
				if strings.HasPrefix(word, "--") && !strings.Contains(about, word) {
					t.Errorf("%s/%s: %q has no option %s", book.Lang, book.Slug, m[1], word)
				}
			}
		}
	}
	if named < 20 {
		t.Errorf("only %d commands are named", named)
	}
}
