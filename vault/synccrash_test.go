package vault_test

import (
	"path/filepath"
	"strings"
	"testing"

	"opsvault/vault"
	"opsvault/vault/vaulttest"
)

// at opens the copy in another directory of the bench.
func (b *bench) at(name string) (*vault.Vault, error) {
	opts := b.options()
	opts.Dir = filepath.Join(b.root, name)
	return vault.Open(opts)
}

func (b *bench) sync() error {
	v, err := b.vault()
	if err != nil {
		return err
	}
	_, err = v.Sync(filepath.Join(b.root, "stick"))
	return err
}

// apart are two copies that lack something of one another.
func apart(t *testing.T) (*bench, map[string][]byte) {
	t.Helper()
	b, _ := preparedBench(t)
	if err := b.sync(); err != nil {
		t.Fatal(err)
	}
	for copied, path := range map[string]string{"vault": "office/here", "stick": "office/there"} {
		v, err := b.at(copied)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Insert(vaulttest.ParsePath(path), vaulttest.Draft(path)); err != nil {
			t.Fatal(err)
		}
	}
	return b, b.disk.Files()
}

// Every step of a sync fails in every way, here and on the stick. Neither copy
// then holds anything that a verification finds, and the next sync leads to
// what one without a fault leads to.
func TestEveryStepOfASync(t *testing.T) {
	t.Parallel()
	b, files := apart(t)
	everyStep(t, b, files, (*bench).sync, func(t *testing.T, b *bench, told error) {
		for _, name := range []string{"vault", "stick"} {
			verifiesAt(t, b, name)
		}
		if err := b.sync(); err != nil {
			t.Fatalf("the next sync, after %v: %v", told, err)
		}
		for _, name := range []string{"vault", "stick"} {
			v := verifiesAt(t, b, name)
			for _, path := range []string{"office/here", "office/there"} {
				if err := opensAs(v, vaulttest.ParsePath(path), path); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		if err := b.sync(); err != nil { // what opening wrote into the log
			t.Fatal(err)
		}
		sameCopies(t, b)
	})
}

func verifiesAt(t *testing.T, b *bench, name string) *vault.Vault {
	t.Helper()
	v, err := b.at(name)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	r, err := v.Verify(true)
	if err != nil || !r.OK() {
		t.Fatalf("%s: %+v, %v", name, r.Findings, err)
	}
	return v
}

func sameCopies(t *testing.T, b *bench) {
	t.Helper()
	files := b.disk.Files()
	for name, data := range files {
		rest, ok := strings.CutPrefix(name, "vault/")
		if ok && !strings.HasPrefix(rest, "tmp/") && string(files["stick/"+rest]) != string(data) {
			t.Errorf("%s differs, or is not on the stick", rest)
		}
	}
}

// A copy that is being made is none until it is whole: its marker comes last.
func TestEveryStepOfANewCopy(t *testing.T) {
	t.Parallel()
	b, files := preparedBench(t)
	everyStep(t, b, files, (*bench).sync, func(t *testing.T, b *bench, told error) {
		if _, marked := b.disk.Files()["stick/"+vault.MarkerName]; marked {
			verifiesAt(t, b, "stick")
			sameCopies(t, b)
		} else if told == nil {
			t.Fatal("it was said to be a copy, and has no marker")
		}
		if err := b.sync(); err != nil {
			t.Fatalf("the next sync, after %v: %v", told, err)
		}
		verifiesAt(t, b, "stick")
		sameCopies(t, b)
	})
}
