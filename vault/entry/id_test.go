package entry

import (
	"encoding/hex"
	"os"
	"regexp"
	"testing"
)

// The worked example of the document. It was computed apart from this code.
func TestDocumentedID(t *testing.T) {
	doc, err := os.ReadFile("../../docs/format.md")
	if err != nil {
		t.Fatal(err)
	}
	row := func(name string) string {
		found := regexp.MustCompile("(?m)^\\| " + name + " \\| `(.+)` \\|$").FindSubmatch(doc)
		if found == nil {
			t.Fatalf("no row %q in the document", name)
		}
		return string(found[1])
	}
	key := NamesKey(row("secret"))
	if got := hex.EncodeToString(key); got != row("names key") {
		t.Errorf("names key %s", got)
	}
	p := mustPath(t, row("as typed"))
	if p.String() != row("path") || p.Folded() != row("folded") {
		t.Errorf("path %q, folded %q", p, p.Folded())
	}
	id := ID(key, p)
	if id != row("entry id") || !IsID(id) {
		t.Errorf("id %s", id)
	}
	for _, s := range []string{"", id + "a", id[1:], "A" + id[1:], "1" + id[1:]} {
		if IsID(s) {
			t.Errorf("%q passes for an id", s)
		}
	}
}
