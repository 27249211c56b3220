package store_test

import (
	"os"
	"strings"
	"testing"

	"opsvault/vault/store"
	"opsvault/vault/store/storetest"
)

// block returns the fenced block of docs/format.md that begins with start.
func block(t *testing.T, start string) string {
	t.Helper()
	doc, err := os.ReadFile("../../docs/format.md")
	must(t, err)
	_, rest, found := strings.Cut(string(doc), "\n```\n"+start)
	text, _, ended := strings.Cut(rest, "```\n")
	if !found || !ended {
		t.Fatalf("docs/format.md has no block that begins with %q", start)
	}
	return start + text
}

// Every form that the document shows is one that ParseName knows, and the
// other way round.
func TestFormsOfTheDocument(t *testing.T) {
	fill := strings.NewReplacer(
		"<version6>", "000004", "<policy6>", "000004", "<segment6>", "000001", "<hash16>", hash, "<gen>", "1",
		"<device>", device, "<signer>", signer, "<safe id>", "bank", "<id:2>", entry[:2], "<id>", entry,
		"<yyyymm>", "202611", "<act>", hash, "<deal>", "d1", "<slug>", "no-internet", "<run>", signer, "…", "box")
	seen := make(map[store.Form]bool)
	for line := range strings.Lines(block(t, store.MarkerName)) {
		form, _, _ := strings.Cut(strings.TrimSpace(line), "  ")
		if form == store.TempDir+"/" {
			continue
		}
		for _, name := range variants(fill.Replace(form)) {
			n, ok := store.ParseName(name)
			if !ok {
				t.Errorf("%s: %q is refused", form, name)
			}
			seen[n.Form] = true
		}
	}
	for form := store.FormMarker; form <= store.FormLogHead; form++ {
		if !seen[form] {
			t.Errorf("form %d is not in the document", form)
		}
	}
}

// variants spells out "x/1.jsonl, .key, head".
func variants(form string) []string {
	names := strings.Split(form, ", ")
	at := strings.LastIndex(names[0], "/") + 1
	for i, more := range names[1:] {
		if strings.HasPrefix(more, ".") {
			stem, _, _ := strings.Cut(names[0][at:], ".")
			more = stem + more
		}
		names[i+1] = names[0][:at] + more
	}
	return names
}

func TestPinsOfTheDocument(t *testing.T) {
	m := storetest.New()
	m.Plant("pins/m4", 0, []byte(block(t, "opsvault/v1 pins ")))
	p := store.NewPins(m.Dir(""), "")
	has(t, p, entry, store.Pin{Version: 3, Announced: 3, Hashes: [][32]byte{{0x9a, 0xb1}}})
	has(t, p, "m4k7q2m4x5c6v7b2n3k7q2m4x5", store.Pin{Announced: 1})
	if n := len(each(t, p)); n != 2 {
		t.Errorf("%d pins", n)
	}
}
