package vault_test

import (
	"errors"
	"strings"
	"testing"

	"opsvault/vault"
	"opsvault/vault/entry"
	"opsvault/vault/vaulttest"
)

var (
	trunk = vaulttest.ParsePath(vaulttest.Trunk)
	pbx   = vaulttest.ParsePath(vaulttest.PBX)
	wifi  = vaulttest.ParsePath(vaulttest.Wifi)
)

// isA demands an error of a type, and returns it.
func isA[E error](t *testing.T, err error) E {
	t.Helper()
	var want E
	if !errors.As(err, &want) {
		t.Fatalf("%v is no %T", err, want)
	}
	return want
}

// getsPassword demands that a person gets a password.
func getsPassword(t *testing.T, v *vault.Vault, p entry.Path, want string) {
	t.Helper()
	r, err := v.Reveal(p, vault.Purpose{})
	if err != nil || password(r) != want {
		t.Errorf("%s reveals %s: %v, not %q", v.Me().Member, p, err, want)
	}
}

func to(password string) func(entry.Draft) (entry.Draft, error) {
	return func(d entry.Draft) (entry.Draft, error) {
		d.Fields = d.Fields.Set("password", entry.NewValue([]byte(password)))
		return d, nil
	}
}

func TestInsertRefuses(t *testing.T) {
	t.Parallel()
	w := world(t)
	v := openAs(t, w, w.Maria)
	_, err := v.Insert(trunk, vaulttest.Draft("again"))
	if e := isA[*vault.ExistsError](t, err); e.Name != vaulttest.Trunk {
		t.Errorf("%+v", e)
	}
	_, err = v.Insert(vaulttest.ParsePath("Telephony/SIP-Trunk"), vaulttest.Draft("again"))
	isA[*vault.ExistsError](t, err) // the same path in another case
	_, err = v.Insert(vaulttest.ParsePath("nowhere/x"), vaulttest.Draft("x"))
	if e := isA[*vault.NotFoundError](t, err); e.What != "safe" || e.Name != "nowhere" {
		t.Errorf("%+v", e)
	}
	isA[*vault.ExistsError](t, v.Vacant(trunk))
	if err := v.Vacant(vaulttest.ParsePath("telephony/free")); err != nil {
		t.Error(err)
	}
	ivan := openAs(t, w, w.Ivan)
	_, err = ivan.Insert(vaulttest.ParsePath("telephony/mine"), vaulttest.Draft("x"))
	if e := isA[*vault.DeniedError](t, err); e.Member != "ivan" || e.Decision.Why == "" {
		t.Errorf("%+v", e)
	}
	if before := len(look(t, w.Path("entries")).Files()); before != 4 {
		t.Errorf("%d files of entries", before)
	}
}

func TestEdit(t *testing.T) {
	t.Parallel()
	w := world(t)
	v := openAs(t, w, w.Maria)
	e, err := v.Edit(trunk, to("third"))
	if err != nil || e.Version != 3 {
		t.Fatalf("%+v, %v", e, err)
	}
	getsPassword(t, openAs(t, w, w.Ivan), trunk, "third")
	if _, err := v.Edit(trunk, to("third")); !errors.Is(err, vault.ErrUnchanged) {
		t.Errorf("%v", err)
	}
	stop := errors.New("the person thought better of it")
	if _, err := v.Edit(trunk, func(d entry.Draft) (entry.Draft, error) { return d, stop }); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
	_, err = v.Edit(vaulttest.ParsePath("telephony/none"), to("x"))
	isA[*vault.NotFoundError](t, err)
	_, err = openAs(t, w, w.Ivan).Edit(trunk, to("mine"))
	isA[*vault.DeniedError](t, err)
	if now, _, err := v.Show(trunk, false); err != nil || now.Version != 3 {
		t.Errorf("%+v, %v", now, err)
	}
}

func TestRemoveAndRestore(t *testing.T) {
	t.Parallel()
	w := world(t)
	v := openAs(t, w, w.Maria)
	if e, err := v.Remove(trunk); err != nil || !e.Deleted || e.Version != 3 {
		t.Fatalf("%+v, %v", e, err)
	}
	_, err := v.Reveal(trunk, vault.Purpose{})
	isA[*vault.NotFoundError](t, err)
	_, err = v.Remove(trunk)
	isA[*vault.NotFoundError](t, err)
	deleted, err := v.Deleted()
	if err != nil || len(deleted) != 1 || deleted[0].Path != vaulttest.Trunk || deleted[0].Title != "SIP trunk" {
		t.Errorf("%+v, %v", deleted, err)
	}
	if r, err := v.Reveal(trunk, vault.Purpose{Version: 1}); err != nil || password(r) != "trunk-old" {
		t.Errorf("version 1: %v", err) // nothing is pruned
	}
	if e, err := v.Restore(trunk, 0); err != nil || e.Version != 4 {
		t.Fatalf("%+v, %v", e, err)
	}
	getsPassword(t, v, trunk, "trunk-new")
	if e, err := v.Restore(trunk, 1); err != nil || e.Version != 5 {
		t.Fatalf("%+v, %v", e, err)
	}
	getsPassword(t, v, trunk, "trunk-old")
	_, err = v.Restore(trunk, 77)
	isA[*vault.NotFoundError](t, err)
	if _, err := v.Restore(trunk, 5); !errors.Is(err, vault.ErrUnchanged) {
		t.Errorf("%v", err)
	}
}

func TestInsertWhereSomethingWasRemoved(t *testing.T) {
	t.Parallel()
	w := world(t)
	v := openAs(t, w, w.Maria)
	if _, err := v.Remove(pbx); err != nil {
		t.Fatal(err)
	}
	e, err := v.Insert(pbx, vaulttest.Draft("reborn"))
	if err != nil || e.Version != 3 {
		t.Fatalf("%+v, %v", e, err)
	}
	getsPassword(t, openAs(t, w, w.Ivan), pbx, "reborn")
}

func TestRename(t *testing.T) {
	t.Parallel()
	w := world(t)
	v := openAs(t, w, w.Maria)
	moved := vaulttest.ParsePath("telephony/trunk/main")
	_, err := v.Rename(trunk, pbx)
	isA[*vault.ExistsError](t, err)
	_, err = v.Rename(vaulttest.ParsePath("telephony/none"), moved)
	isA[*vault.NotFoundError](t, err)
	_, err = v.Rename(trunk, vaulttest.ParsePath("nowhere/x"))
	isA[*vault.NotFoundError](t, err)
	e, err := v.Rename(trunk, moved)
	if err != nil || e.Card.MovedFrom != vaulttest.Trunk || e.Version != 1 {
		t.Fatalf("%+v, %v", e, err)
	}
	ivan := openAs(t, w, w.Ivan)
	getsPassword(t, ivan, moved, "trunk-new")
	old, _, err := ivan.Show(trunk, false)
	if err != nil || !old.Deleted || old.Card.MovedTo != moved.String() {
		t.Errorf("%+v, %v", old, err)
	}
	if deleted, err := v.Deleted(); err != nil || len(deleted) != 0 {
		t.Errorf("what was moved is not deleted: %+v, %v", deleted, err)
	}
	if _, err := v.Rename(moved, trunk); err != nil { // and back, over the tombstone
		t.Fatal(err)
	}
	getsPassword(t, v, trunk, "trunk-new")
}

// To another safe: the secret is sealed to its key, and who may not read there
// reads it no more.
func TestRenameToAnotherSafe(t *testing.T) {
	t.Parallel()
	w := world(t)
	office := vaulttest.ParsePath("office/trunk")
	if _, err := openAs(t, w, w.Maria).Rename(trunk, office); err != nil {
		t.Fatal(err)
	}
	getsPassword(t, openAs(t, w, w.Maria), office, "trunk-new")
	_, err := openAs(t, w, w.Ivan).Reveal(office, vault.Purpose{})
	isA[*vault.DeniedError](t, err)
}

func TestHistory(t *testing.T) {
	t.Parallel()
	w := world(t)
	v := openAs(t, w, w.Maria)
	if _, err := v.Remove(trunk); err != nil {
		t.Fatal(err)
	}
	all, err := openAs(t, w, w.Ivan).History(trunk)
	if err != nil || len(all) != 3 {
		t.Fatalf("%d versions, %v", len(all), err)
	}
	for i, e := range all {
		if e.Version != uint64(3-i) || e.Author != "maria" || e.Deleted != (i == 0) {
			t.Errorf("%d: %+v", i, e)
		}
	}
	if e, err := v.At(trunk, 1); err != nil || e.Version != 1 {
		t.Errorf("%+v, %v", e, err)
	}
	_, err = v.At(trunk, 9)
	isA[*vault.NotFoundError](t, err)
	_, err = v.History(vaulttest.ParsePath("telephony/sip-trnk"))
	if e := isA[*vault.NotFoundError](t, err); strings.Join(e.Near, " ") != "" && e.Near[0] != vaulttest.Trunk {
		t.Errorf("near it: %v", e.Near)
	}
	_, _, err = v.Show(vaulttest.ParsePath("telephony/pb"), false)
	if e := isA[*vault.NotFoundError](t, err); len(e.Near) == 0 || e.Near[0] != vaulttest.PBX {
		t.Errorf("near it: %v", e.Near)
	}
}
