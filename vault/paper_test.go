package vault_test

import (
	"testing"

	"opsvault/vault"
	"opsvault/vault/vaulttest"
)

// Copies on paper are counted by what the log says in clear: everybody knows of them once copies of the vault have met,
// also who is no auditor.
func TestPrinted(t *testing.T) {
	t.Parallel()
	team := grown(t, "anna", "ivan")
	maria := mate(t, team, "maria")
	b, err := maria.PublishBook("power-cut", []byte("# One\n"))
	must(t, err)
	must(t, maria.NotePrinted([]*vault.Book{b}, func(*vault.Book) int { return 2 }))
	must(t, maria.NotePrinted([]*vault.Book{b}, func(*vault.Book) int { return 0 }))
	spread(t, team, "maria")
	ivan := mate(t, team, "ivan")
	must(t, ivan.NotePrinted([]*vault.Book{b}, func(*vault.Book) int { return vault.MaxCopies + 50 }))
	spread(t, team, "ivan")
	list, err := mate(t, team, "anna").Printed()
	must(t, err)
	count := map[string]int{}
	for _, p := range list {
		if p.Slug != "power-cut" || p.Version != 1 || p.Time.IsZero() || p.Device == "" {
			t.Errorf("%+v", p)
		}
		count[p.Member]++
	}
	if count["maria"] != 2 || count["ivan"] != vault.MaxCopies || len(count) != 2 {
		t.Errorf("%v", count)
	}
	if r, err := mate(t, team, "anna").Verify(true); err != nil || !r.OK() {
		t.Errorf("%+v, %v", r, err)
	}
}

// A log that can't be written is an error of its own, and nothing is noted.
func TestPrintedNeedsTheLog(t *testing.T) {
	t.Parallel()
	prepared, files := preparedBench(t)
	d := twoDisks(prepared, files)
	v, err := vault.Open(d.options())
	must(t, err)
	b, err := v.Book(vaulttest.Book)
	must(t, err)
	d.home.ReadOnly(true)
	isA[*vault.LogError](t, v.NotePrinted([]*vault.Book{b}, func(*vault.Book) int { return 1 }))
	d.home.ReadOnly(false)
	if list, err := v.Printed(); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
}
