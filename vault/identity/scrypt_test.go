//go:build !race

package identity

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"opsvault/vault/statement"
)

// What is here derives keys with the real work factor, which is one thread of
// pure calculation: the race detector finds nothing in it, and takes minutes.

func TestLifeOfAnIdentity(t *testing.T) {
	dir, path := openDir(t)
	i := newIdentity(t, "ivan")
	if found, err := Find(dir); err != nil || len(found) != 0 {
		t.Fatalf("in an empty directory: %v, %v", found, err)
	}
	if _, err := Read(dir, "ivan"); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("read before it is made: %v", err)
	}
	if err := Create(dir, i, []byte("one two")); err != nil {
		t.Fatal(err)
	}
	if err := CreateInClear(dir, newIdentity(t, "anna")); err != nil {
		t.Fatal(err)
	}
	found, err := Find(dir)
	if want := []Entry{{"anna", false}, {"ivan", true}}; err != nil || !slices.Equal(found, want) {
		t.Fatalf("found %v, %v", found, err)
	}
	info, err := os.Stat(filepath.Join(path, "identities", "ivan.age"))
	if err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := ChangePassphrase(dir, "ivan", []byte("one two"), []byte("пароль")); err != nil {
		t.Fatal(err)
	}
	file, err := Read(dir, "ivan")
	if err != nil || !file.Locked || file.Member != "ivan" {
		t.Fatalf("got %v, %v", file, err)
	}
	if _, err := file.Open([]byte("one two")); !errors.Is(err, ErrPassphrase) {
		t.Errorf("the old passphrase: %v", err)
	}
	if j, err := file.Open([]byte("пароль")); err != nil || !bytes.Equal(j.Marshal(), i.Marshal()) {
		t.Errorf("the new passphrase: %v, %v", j, err)
	}
}

func TestWorkFactorIsThatOfAge(t *testing.T) {
	sealed, err := SealWithPassphrase([]byte("x"), []byte("one"))
	if err != nil {
		t.Fatal(err)
	}
	binary, err := statement.Dearmor(sealed)
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.SplitN(binary, []byte("\n"), 3); !bytes.HasPrefix(lines[1], []byte("-> scrypt ")) || !bytes.HasSuffix(lines[1], []byte(" 18")) {
		t.Errorf("got %q", lines[1])
	}
}

func TestFirstPassphrase(t *testing.T) {
	dir, _ := openDir(t)
	i := newIdentity(t, "anna")
	if err := CreateInClear(dir, i); err != nil {
		t.Fatal(err)
	}
	if err := ChangePassphrase(dir, "anna", nil, nil); !errors.Is(err, ErrNoPassphrase) {
		t.Errorf("an empty passphrase: %v", err)
	}
	if err := ChangePassphrase(dir, "anna", nil, []byte("one")); err != nil {
		t.Fatal(err)
	}
	if _, err := dir.Stat("identities/anna.txt"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file in clear is still there: %v", err)
	}
	file, err := Read(dir, "anna")
	if err != nil || !file.Locked {
		t.Fatalf("got %v, %v", file, err)
	}
	if j, err := file.Open([]byte("one")); err != nil || j.DeviceID() != i.DeviceID() {
		t.Errorf("got %v, %v", j, err)
	}
}
