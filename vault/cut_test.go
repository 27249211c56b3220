package vault_test

import (
	"errors"
	"testing"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/statement"
	"opsvault/vault/vaulttest"
)

// A lead who gives up the right to write a safe takes nothing away that was written before, and can't write there any more.
func TestWhatWasWrittenStandsWhenTheRightGoes(t *testing.T) {
	d := newDesk(t)
	p := path(t, "telephony/sip-trunk")
	if _, err := d.create().Insert(p, secretDraft("hunter2")); err != nil {
		t.Fatal(err)
	}
	_, err := d.open().ChangePolicy(func(doc *policy.Document) error {
		doc.Safes["telephony"].Access["lead"] = policy.Use
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	v := d.open()
	got, err := v.Reveal(p, vault.Purpose{Fields: []string{"password"}})
	if err != nil {
		t.Fatal(err)
	}
	if value, _ := got.Fields.Get("password"); string(value.Reveal()) != "hunter2" {
		t.Error("another secret came back")
	}
	if rows, err := v.List(""); err != nil || len(rows) != 1 {
		t.Errorf("listed %d entries: %v", len(rows), err)
	}
	var denied *vault.DeniedError
	if _, err := v.Remove(p); !errors.As(err, &denied) {
		t.Errorf("removed without the right: %v", err)
	}
}

// A leaver with a clone of the vault goes on writing under the policy that still knew him. What he wrote before stands; what he
// writes afterwards doesn't, whatever policy it names.
func TestLeaverWritesUnderAnOldPolicy(t *testing.T) {
	w, err := vaulttest.Make(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	lead := func() *vault.Vault { return opened(t, w, w.Maria) }
	_, err = lead().ChangePolicy(func(doc *policy.Document) error {
		doc.Safes["telephony"].Access["agent"] = policy.Manage
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	p := path(t, "telephony/by-ivan")
	if _, err := opened(t, w, w.Ivan).Insert(p, secretDraft("honest")); err != nil {
		t.Fatal(err)
	}
	v := lead()
	under := v.PolicyRef()
	if _, _, err := v.Show(p, false); err != nil {
		t.Fatal(err)
	}
	if _, err := lead().ChangePolicy(func(doc *policy.Document) error { doc.RemoveMember("ivan"); return nil }); err != nil {
		t.Fatal(err)
	}
	next, err := w.Next(w.Ivan, p.String())
	if err != nil {
		t.Fatal(err)
	}
	next.Common = func(c *statement.Common) { c.Policy = under }
	if err := w.Put(w.Ivan, next); err != nil {
		t.Fatal(err)
	}
	got, err := lead().Reveal(p, vault.Purpose{Fields: []string{"password"}})
	if err != nil {
		t.Fatal(err)
	}
	if value, _ := got.Fields.Get("password"); string(value.Reveal()) != "honest" || got.Entry.Version != 1 {
		t.Errorf("version %d with %q was shown", got.Entry.Version, value.Reveal())
	}
}

func opened(t *testing.T, w *vaulttest.World, p *vaulttest.Person) *vault.Vault {
	t.Helper()
	v, err := w.Open(p)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
