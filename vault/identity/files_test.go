package identity

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"filippo.io/age"

	"opsvault/vault/statement"
	"opsvault/vault/store"
	"opsvault/vault/store/storetest"
)

var _ Dir = (*store.Dir)(nil)

// quick is a work factor for tests in which scrypt is not what is tested.
const quick = 10

func openDir(t testing.TB) (*store.Dir, string) {
	t.Helper()
	path := t.TempDir()
	dir, err := store.OpenDir(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	return dir, path
}

func quickly(t testing.TB, i *Identity, passphrase string) []byte {
	t.Helper()
	sealed, err := seal(i.Marshal(), []byte(passphrase), quick)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// Nothing that goes wrong with a file may change it.
func TestNothingIsOverwritten(t *testing.T) {
	i := newIdentity(t, "ivan")
	sealed := quickly(t, i, "one")
	damagedFile := bytes.Clone(sealed)
	damagedFile[len(damagedFile)/2] ^= 1
	for _, tt := range []struct {
		name, file string
		data       []byte
		passphrase string
		want       error
	}{
		{"a wrong passphrase", "ivan.age", sealed, "two", ErrPassphrase},
		{"no passphrase", "ivan.age", sealed, "", ErrNoPassphrase},
		{"a flipped bit", "ivan.age", damagedFile, "one", ErrDamaged},
		{"half a file", "ivan.age", sealed[:len(sealed)/2], "one", ErrDamaged},
		{"an empty file", "ivan.age", nil, "one", ErrDamaged},
		{"an empty file in clear", "ivan.txt", nil, "one", ErrDamaged},
		{"half a file in clear", "ivan.txt", i.Marshal()[:99], "one", ErrDamaged},
		{"somebody else's", "ivan.age", quickly(t, newIdentity(t, "anna"), "one"), "one", ErrDamaged},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, path := openDir(t)
			if err := dir.WriteOnce("identities/"+tt.file, tt.data); err != nil {
				t.Fatal(err)
			}
			file, err := Read(dir, "ivan")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := file.Open([]byte(tt.passphrase)); !errors.Is(err, tt.want) {
				t.Errorf("open: %v", err)
			}
			if err := ChangePassphrase(dir, "ivan", []byte(tt.passphrase), []byte("new")); !errors.Is(err, tt.want) {
				t.Errorf("change: %v", err)
			}
			if err := Create(dir, newIdentity(t, "ivan"), []byte("new")); !errors.Is(err, ErrExists) {
				t.Errorf("create: %v", err)
			}
			if err := CreateInClear(dir, newIdentity(t, "ivan")); !errors.Is(err, ErrExists) {
				t.Errorf("create in clear: %v", err)
			}
			after, err := os.ReadFile(filepath.Join(path, "identities", tt.file))
			if err != nil || !bytes.Equal(after, tt.data) {
				t.Errorf("the file is now %d bytes, %v", len(after), err)
			}
			if names, _ := dir.List("identities"); len(names) != 1 {
				t.Errorf("there is more now: %v", names)
			}
		})
	}
}

// Another process may create the same member between the look and the write.
func TestCreateNeverReplaces(t *testing.T) {
	dir, _ := openDir(t)
	first := quickly(t, newIdentity(t, "ivan"), "one")
	if err := create(dir, "ivan", true, first); err != nil {
		t.Fatal(err)
	}
	if err := create(dir, "ivan", true, quickly(t, newIdentity(t, "ivan"), "one")); !errors.Is(err, ErrExists) {
		t.Errorf("the second: %v", err)
	}
	if file, err := Read(dir, "ivan"); err != nil || !bytes.Equal(file.Data, first) {
		t.Errorf("the first is gone: %v", err)
	}
	if found, err := Find(dir); err != nil || len(found) != 1 {
		t.Errorf("found %v, %v", found, err)
	}
}

func TestFindSkips(t *testing.T) {
	dir, path := openDir(t)
	for _, name := range []string{"ivan.txt", "ivan.age", "ivan-2.age", "zoe.txt", "notes.md", "ivan.age~0123abcd", "-a.age", "a.b.age"} {
		if err := dir.WriteOnce("identities/"+name, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(path, "identities", "folder.age"), 0o700); err != nil {
		t.Fatal(err)
	}
	found, err := Find(dir)
	if want := []Entry{{"ivan", true}, {"ivan-2", true}, {"zoe", false}}; err != nil || !slices.Equal(found, want) {
		t.Errorf("found %v, %v", found, err)
	}
	if file, err := Read(dir, "ivan"); err != nil || !file.Locked {
		t.Errorf("of two files the one in clear counts: %v", err)
	}
	for _, member := range []string{"", "../ivan", "IVAN", "a/b"} {
		if _, err := Read(dir, member); !errors.Is(err, ErrMember) {
			t.Errorf("%q: %v", member, err)
		}
	}
	if _, err := Read(dir, "folder"); !errors.Is(err, store.ErrUnsafe) {
		t.Errorf("a directory: %v", err)
	}
}

func TestOpenWithPassphrase(t *testing.T) {
	plain := newIdentity(t, "ivan").Marshal()
	armored, err := seal(plain, []byte("one"), quick)
	if err != nil {
		t.Fatal(err)
	}
	binary, err := statement.Dearmor(armored)
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{"armored": armored, "binary": binary} {
		if got, err := OpenWithPassphrase(file, []byte("one")); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%s: %v", name, err)
		}
	}
	costly, err := seal(plain, []byte("one"), quick)
	if err != nil {
		t.Fatal(err)
	}
	costly, _ = statement.Dearmor(costly)
	key, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	toKey, err := statement.Seal(plain, key.Recipient().String())
	if err != nil {
		t.Fatal(err)
	}
	large, err := seal(make([]byte, MaxFile), []byte("one"), quick)
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{
		"a work factor that takes all memory": bytes.Replace(costly, []byte(" 10\n"), []byte(" 19\n"), 1),
		"sealed to a key":                     toKey,
		"other lines of armor":                bytes.ReplaceAll(armored, []byte("\n"), []byte("\r\n")),
		"something behind the armor":          append(bytes.Clone(armored), "\n"...),
		"something behind the binary":         append(bytes.Clone(binary), "x"...),
		"too large":                           large,
		"in clear":                            plain,
	} {
		if _, err := OpenWithPassphrase(file, []byte("one")); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := SealWithPassphrase(plain, nil); !errors.Is(err, ErrNoPassphrase) {
		t.Errorf("sealed without a passphrase: %v", err)
	}
	if _, err := OpenWithPassphrase(armored, nil); !errors.Is(err, ErrNoPassphrase) {
		t.Errorf("opened without a passphrase: %v", err)
	}
}

// At every step the disk may fail or the machine may stop: one of the two
// passphrases opens what is there, and doing it again succeeds.
func TestReplaceAtEveryStep(t *testing.T) {
	i := newIdentity(t, "ivan")
	before, after := quickly(t, i, "old"), quickly(t, i, "new")
	for name, was := range map[string]store.Blob{"sealed": {Name: "identities/ivan.age", Data: before}, "in clear": {Name: "identities/ivan.txt", Data: i.Marshal()}} {
		t.Run(name, func(t *testing.T) {
			storetest.EveryStep(t,
				func(m *storetest.Faulty) error { return m.Dir("").WriteOnce(was.Name, was.Data) },
				func(m *storetest.Faulty) error { return replace(m.Dir(""), "ivan", after) },
				func(t *testing.T, m *storetest.Faulty, o storetest.Outcome) {
					file, err := Read(m.Dir(""), "ivan")
					if err != nil {
						t.Fatal(err)
					}
					if isNew := bytes.Equal(file.Data, after); !isNew && (o.Err == nil || !bytes.Equal(file.Data, was.Data)) {
						t.Fatalf("neither the old file nor the new one, after %v", o.Err)
					}
					if err := replace(m.Dir(""), "ivan", after); err != nil {
						t.Fatalf("once more: %v", err)
					}
					if items, err := m.Dir("").List("identities"); err != nil || len(items) != 1 || items[0].Name != "ivan.age" {
						t.Fatalf("there is %v, %v", items, err)
					}
				})
		})
	}
}
