package vault_test

import (
	"errors"
	"testing"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/vaulttest"
)

func TestPublishBook(t *testing.T) {
	t.Parallel()
	w := world(t)
	v := openAs(t, w, w.Maria)
	if _, err := v.PublishBook(vaulttest.Book, []byte(vaulttest.BookText)); !errors.Is(err, vault.ErrUnchanged) {
		t.Errorf("%v", err)
	}
	b, err := v.PublishBook(vaulttest.Book, []byte("# Second\n"))
	if err != nil || b.Version != 2 || !b.Approved() {
		t.Fatalf("%+v, %v", b, err)
	}
	ivan := openAs(t, w, w.Ivan)
	if b, err := ivan.Book(vaulttest.Book); err != nil || string(b.Text) != "# Second\n" || b.Author != "maria" {
		t.Errorf("%+v, %v", b, err)
	}
	if all, err := ivan.BookHistory(vaulttest.Book); err != nil || len(all) != 2 || string(all[1].Text) != vaulttest.BookText {
		t.Errorf("%+v, %v", all, err)
	}
	if all, err := ivan.Books(); err != nil || len(all) != 1 {
		t.Errorf("%+v, %v", all, err)
	}
	_, err = ivan.PublishBook("mine", []byte("# Mine\n"))
	isA[*vault.DeniedError](t, err)
	_, err = ivan.Book("no-such")
	isA[*vault.NotFoundError](t, err)
	_, err = ivan.Book("../policy")
	isA[*vault.NotFoundError](t, err)
}

// With approvals asked for, a version counts once somebody else has approved
// exactly this text.
func TestApproveBook(t *testing.T) {
	t.Parallel()
	w := world(t)
	v := openAs(t, w, w.Maria)
	_, err := v.ChangePolicy(func(d *policy.Document) error {
		d.Runbooks.Approvals, d.Runbooks.Approve = 1, []string{"lead", "agent"}
		return nil
	})
	must(t, err)
	b, err := v.PublishBook("power-cut", []byte("# Power cut\n"))
	if err != nil || b.Approved() {
		t.Fatalf("%+v, %v", b, err)
	}
	if _, err := v.Book("power-cut"); err == nil {
		t.Error("it counts without an approval")
	}
	_, err = v.ApproveBook("power-cut", 0)
	isA[*vault.DeniedError](t, err) // one's own
	ivan := openAs(t, w, w.Ivan)
	if b, err = ivan.ApproveBook("power-cut", 0); err != nil || !b.Approved() {
		t.Fatalf("%+v, %v", b, err)
	}
	if _, err := ivan.ApproveBook("power-cut", 1); !errors.Is(err, vault.ErrUnchanged) {
		t.Errorf("%v", err)
	}
	_, err = ivan.ApproveBook("power-cut", 7)
	isA[*vault.NotFoundError](t, err)
	if b, err := openAs(t, w, w.Maria).Book("power-cut"); err != nil || string(b.Text) != "# Power cut\n" || len(b.Approvers) != 1 {
		t.Errorf("%+v, %v", b, err)
	}
	if r, err := openAs(t, w, w.Maria).Verify(true); err != nil || !r.OK() {
		t.Errorf("%+v, %v", r, err)
	}
}

// An older version than was seen here is no version.
func TestBookRollback(t *testing.T) {
	t.Parallel()
	w := world(t)
	before := look(t, w.Path("runbooks"))
	if _, err := openAs(t, w, w.Maria).PublishBook(vaulttest.Book, []byte("# Second\n")); err != nil {
		t.Fatal(err)
	}
	must(t, before.Restore(w.Path("runbooks")))
	_, err := openAs(t, w, w.Maria).Book(vaulttest.Book)
	if e := isA[*vault.RollbackError](t, err); e.Have != 1 || e.Pinned != 2 {
		t.Errorf("%+v", e)
	}
	if b, err := openAs(t, w, w.Ivan).Book(vaulttest.Book); err != nil || b.Version != 1 { // who never saw the second
		t.Errorf("%+v, %v", b, err)
	}
}
