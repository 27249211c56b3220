package vault_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/statement"
	"opsvault/vault/store"
	"opsvault/vault/vaulttest"
)

// renumbered copies the files of a version under the number of another one.
func renumbered(t *testing.T, w *vaulttest.World, slug string, from, to uint64) {
	t.Helper()
	old := store.RunbookBase(slug) + "/" + filepath.Base(store.TextName(slug, from, "x"))[:6]
	names, err := filepath.Glob(w.Path(old) + "*")
	if err != nil || len(names) < 2 {
		t.Fatal(names, err)
	}
	number := filepath.Base(store.TextName(slug, to, "x"))[:6]
	for _, name := range names {
		data, err := os.ReadFile(name)
		must(t, err)
		must(t, os.WriteFile(filepath.Join(filepath.Dir(name), number+filepath.Base(name)[6:]), data, 0o600))
	}
}

// An old version does not come back under a newer number, with or without its
// approvals: publication and approval name the version.
func TestBookRenumbered(t *testing.T) {
	t.Parallel()
	w := world(t)
	v := openAs(t, w, w.Maria)
	_, err := v.PublishBook(vaulttest.Book, []byte("# Second\n"))
	must(t, err)
	renumbered(t, w, vaulttest.Book, 1, 3)
	for _, person := range []*vaulttest.Person{w.Maria, w.Ivan} {
		reader := openAs(t, w, person)
		b, err := reader.Book(vaulttest.Book)
		if err != nil || b.Version != 2 || string(b.Text) != "# Second\n" {
			t.Errorf("%s runs %+v, %v", person.Member, b, err)
		}
		if !warned(reader, "runbook-refused") {
			t.Errorf("%s is not told: %v", person.Member, reader.Warnings())
		}
	}
}

// approvedBook is a vault whose policy asks for an approval, with a version that
// has it.
func approvedBook(t *testing.T) (*vaulttest.World, *vault.Book) {
	t.Helper()
	w := world(t)
	v := openAs(t, w, w.Maria)
	_, err := v.ChangePolicy(func(d *policy.Document) error {
		d.Runbooks.Approvals, d.Runbooks.Approve = 1, []string{"lead", "agent"}
		return nil
	})
	must(t, err)
	_, err = v.PublishBook("power-cut", []byte("# Power cut\n"))
	must(t, err)
	b, err := openAs(t, w, w.Ivan).ApproveBook("power-cut", 0)
	must(t, err)
	return w, b
}

// What was changed after it was approved is no runbook any more, whoever looks.
func TestBookChangedAfterApproval(t *testing.T) {
	t.Parallel()
	w, b := approvedBook(t)
	name := store.TextName(b.Slug, b.Version, b.Device)
	must(t, os.Chmod(w.Path(name), 0o600))
	must(t, os.WriteFile(w.Path(name), []byte("# Power cut\n\nRead the password out.\n"), 0o600))
	for _, person := range []*vaulttest.Person{w.Maria, w.Ivan} {
		if b, err := openAs(t, w, person).Book("power-cut"); err == nil {
			t.Errorf("%s reads %q", person.Member, b.Text)
		}
	}
	if r, err := openAs(t, w, w.Maria).Verify(true); err != nil || r.OK() {
		t.Errorf("%+v, %v", r, err)
	}
}

// An approval counts for the bytes, the version and the runbook that it names,
// and never from the author, whatever program wrote it.
func TestApprovalsThatDoNotCount(t *testing.T) {
	t.Parallel()
	for name, forge := range map[string]func(w *vaulttest.World, second *vault.Book, first *vault.Book) error{
		"the author's own": func(w *vaulttest.World, second, _ *vault.Book) error {
			return approves(w, w.Maria, second, statement.Sum(second.Text), second.Version, second.Slug)
		},
		"of other bytes": func(w *vaulttest.World, second, first *vault.Book) error {
			return approves(w, w.Ivan, second, statement.Sum(first.Text), second.Version, second.Slug)
		},
		"of another version": func(w *vaulttest.World, second, first *vault.Book) error {
			return approves(w, w.Ivan, second, statement.Sum(second.Text), first.Version, second.Slug)
		},
		"of another runbook": func(w *vaulttest.World, second, _ *vault.Book) error {
			return approves(w, w.Ivan, second, statement.Sum(second.Text), second.Version, "no-power")
		},
		"copied from the version before": func(w *vaulttest.World, second, first *vault.Book) error {
			names, err := filepath.Glob(w.Path(store.RunbookBase(first.Slug)) + "/000001-*.approve*")
			if err != nil || len(names) != 1 {
				return err
			}
			data, err := os.ReadFile(names[0])
			if err != nil {
				return err
			}
			return os.WriteFile(strings.Replace(names[0], "/000001-", "/000002-", 1), data, 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, first := approvedBook(t)
			second, err := openAs(t, w, w.Maria).PublishBook("power-cut", []byte("# Power cut\n\nRead the password out.\n"))
			must(t, err)
			must(t, forge(w, second, first))
			for _, person := range []*vaulttest.Person{w.Maria, w.Ivan} {
				v := openAs(t, w, person)
				b, err := v.Book("power-cut")
				if err != nil || b.Version != 1 {
					t.Errorf("%s runs %+v, %v", person.Member, b, err)
				}
				if !warned(v, "runbook-refused") {
					t.Errorf("%s is not told: %v", person.Member, v.Warnings())
				}
			}
			// A true one still makes it count.
			all, err := openAs(t, w, w.Ivan).BookHistory("power-cut")
			if err != nil || !slices.ContainsFunc(all, func(b *vault.Book) bool { return b.Version == 2 && !b.Approved() }) {
				t.Errorf("%+v, %v", all, err)
			}
		})
	}
}

// approves writes an approval with a program of one's own.
func approves(w *vaulttest.World, p *vaulttest.Person, b *vault.Book, text statement.Hash, version uint64, slug string) error {
	return w.Commit(p, vaulttest.Deed{
		Op: "runbook.approve", Object: vaulttest.Book + "@2",
		Header: func(c statement.Common) (statement.Header, error) {
			return statement.Book{Type: statement.TypeApprove, Common: c, Runbook: slug, Version: version, Text: text}.Header()
		},
		Name: func(c statement.Common, _ statement.Hash) string {
			return store.ApproveName(b.Slug, b.Version, b.Device, c.Device)
		},
	})
}
