package vault_test

import (
	"errors"
	"slices"
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

// Two people publish the next version apart from one another: both are there,
// an approval says which it means, and the next version settles it.
func TestBookSiblings(t *testing.T) {
	t.Parallel()
	team := grown(t, "anna", "ivan", "oleg")
	changes(t, team, "maria", func(d *policy.Document) { d.Runbooks.Approvals = 1 })
	spread(t, team, "maria")
	for _, member := range []string{"maria", "anna"} {
		_, err := mate(t, team, member).PublishBook("power-cut", []byte("# By "+member+"\n"))
		must(t, err)
	}
	everybody(t, team, "maria", "anna")
	v := mate(t, team, "ivan")
	_, err := v.ApproveBook("power-cut", 0)
	if e := isA[*vault.BookConflictError](t, err); len(e.Siblings) != 2 || e.Version != 1 {
		t.Errorf("%+v", e)
	}
	_, err = v.ApproveBookBy("power-cut", 1, "oleg")
	isA[*vault.NotFoundError](t, err)
	_, err = mate(t, team, "maria").ApproveBookBy("power-cut", 1, "maria")
	if e := isA[*vault.DeniedError](t, err); !slices.Equal(e.Decision.Ask, []string{"anna", "ivan", "oleg"}) {
		t.Errorf("%+v", e)
	}
	if b, err := v.ApproveBookBy("power-cut", 1, "anna"); err != nil || !b.Approved() || b.Author != "anna" {
		t.Fatalf("%+v, %v", b, err)
	}
	if b, err := v.Book("power-cut"); err != nil || string(b.Text) != "# By anna\n" || warned(v, "runbook-siblings") {
		t.Errorf("%+v, %v", b, err)
	}
	spread(t, team, "ivan")
	oleg := mate(t, team, "oleg")
	_, err = oleg.ApproveBookBy("power-cut", 1, "maria")
	must(t, err)
	if b, err := oleg.Book("power-cut"); err != nil || string(b.Text) != "# By anna\n" || !warned(oleg, "runbook-siblings") {
		t.Errorf("%+v, %v, %v", b, err, oleg.Warnings())
	}
	spread(t, team, "oleg")
	b, err := mate(t, team, "maria").PublishBook("power-cut", []byte("# Together\n"))
	if err != nil || b.Version != 2 {
		t.Fatalf("%+v, %v", b, err)
	}
	spread(t, team, "maria")
	if r, err := mate(t, team, "anna").Verify(true); err != nil || !r.OK() {
		t.Errorf("%+v, %v", r, err)
	}
}

// An approval stands that was announced before its author lost the right, one
// that came later doesn't; and a version needs what was asked for when it was
// published or, where it is more, what is asked for today.
func TestApprovalsStand(t *testing.T) {
	t.Parallel()
	team := grown(t, "anna", "ivan", "oleg")
	changes(t, team, "maria", func(d *policy.Document) { d.Runbooks.Approvals = 1 })
	for _, slug := range []string{"before", "after"} {
		_, err := mate(t, team, "maria").PublishBook(slug, []byte("# "+slug+"\n"))
		must(t, err)
	}
	spread(t, team, "maria")
	_, err := mate(t, team, "ivan").ApproveBook("before", 0)
	must(t, err)
	gather(t, team, "maria", "ivan")
	changes(t, team, "maria", func(d *policy.Document) { d.RemoveMember("ivan") })
	_, err = mate(t, team, "ivan").ApproveBook("after", 0)
	must(t, err)
	everybody(t, team, "maria", "ivan")
	v := mate(t, team, "anna")
	if b, err := v.Book("before"); err != nil || !slices.Equal(b.Approvers, []string{"ivan"}) {
		t.Errorf("%+v, %v", b, err)
	}
	_, err = v.Book("after")
	isA[*vault.NotFoundError](t, err)
	if list, err := v.Books(); err != nil || len(list) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	changes(t, team, "maria", func(d *policy.Document) { d.Runbooks.Approvals = 0 })
	spread(t, team, "maria")
	if all, err := mate(t, team, "anna").BookHistory("after"); err != nil || len(all) != 1 || all[0].Approved() {
		t.Errorf("%+v, %v", all, err)
	}
	changes(t, team, "maria", func(d *policy.Document) { d.Runbooks.Approvals = 2 })
	spread(t, team, "maria")
	if all, err := mate(t, team, "anna").BookHistory("before"); err != nil || all[0].Needs != 2 || all[0].Approved() {
		t.Errorf("%+v, %v", all, err)
	}
	list, err := mate(t, team, "anna").Books()
	if err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}
