package vault_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"opsvault/vault"
	"opsvault/vault/vaulttest"
)

// newFiles are the statements that a copy has and another lacks.
func newFiles(t testing.TB, from, to string) []string {
	t.Helper()
	var names []string
	for _, change := range tree(t, to).Changes(tree(t, from)) {
		name := change[1:]
		if change[0] == '+' && !strings.HasPrefix(name, "logs/") && strings.Contains(name, ".") {
			names = append(names, name)
		}
	}
	return names
}

func TestParcel(t *testing.T) {
	t.Parallel()
	tm := fourPeople(t)
	maria, ivan := tm.Person("maria"), tm.Person("ivan")
	edits(t, tm, "maria", vaulttest.Trunk, "by text")
	files := newFiles(t, maria.Dir, ivan.Dir)
	text, err := mate(t, tm, "maria").Parcel(files, "ivan")
	if err != nil {
		t.Fatal(err)
	}
	r, err := mate(t, tm, "ivan").TakeIn(text)
	if err != nil || r.Received != len(files)+1 || len(r.Quarantined)+len(r.Waiting) > 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if got := opens(t, tm, "ivan", vaulttest.Trunk); got != "by text" {
		t.Errorf("ivan reads %q", got)
	}
	verifies(t, tm, "ivan")
	if r, err := mate(t, tm, "ivan").TakeIn(text); err != nil || r.Received > 0 {
		t.Errorf("a second time: %+v, %v", r, err)
	}
}

// A stretch of the log that does not go on from what is here brings nothing,
// and says so.
func TestParcelThatDoesNotConnect(t *testing.T) {
	t.Parallel()
	tm := fourPeople(t)
	maria, ivan := tm.Person("maria"), tm.Person("ivan")
	if err := os.RemoveAll(filepath.Join(ivan.Dir, "logs")); err != nil {
		t.Fatal(err)
	}
	edits(t, tm, "maria", vaulttest.Trunk, "by text")
	text, err := mate(t, tm, "maria").Parcel(newFiles(t, maria.Dir, ivan.Dir), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mate(t, tm, "ivan").TakeIn(text); err != nil {
		t.Errorf("a whole log needs nothing before it: %v", err)
	}
	var e *vault.ParcelError
	_, err = mate(t, tm, "ivan").TakeIn(bytes.Replace(text, []byte("BEGIN"), []byte("BEGAN"), 1))
	if !errors.As(err, &e) || e.Why != "none" {
		t.Errorf("no parcel: %v", err)
	}
}

func TestParcelOfAnotherVault(t *testing.T) {
	t.Parallel()
	tm := fourPeople(t)
	w := world(t)
	trunk, err := w.EntryFile(vaulttest.Trunk, 2)
	if err != nil {
		t.Fatal(err)
	}
	text, err := openAs(t, w, w.Maria).Parcel([]string{trunk}, "")
	if err != nil {
		t.Fatal(err)
	}
	before := tree(t, tm.Root)
	var e *vault.ParcelError
	if _, err := mate(t, tm, "ivan").TakeIn(text); !errors.As(err, &e) || e.Why != "other-vault" {
		t.Errorf("taken in: %v", err)
	}
	for _, change := range before.Changes(tree(t, tm.Root)) {
		if strings.Contains(change, "ivan/vault") {
			t.Errorf("changed: %s", change)
		}
	}
}
