package vault_test

import (
	"os"
	slash "path"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"opsvault/vault/vaulttest"
)

// damages are what can befall a file: what is done to it, given another file
// of its directory, or of its kind.
var damages = []struct {
	name string
	do   func(t *testing.T, file, sibling string)
}{
	{"flipped", func(t *testing.T, file, _ string) {
		change(t, file, func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
	}},
	{"flipped at its end", func(t *testing.T, file, _ string) {
		change(t, file, func(b []byte) []byte { b[len(b)-1] ^= 0x20; return b })
	}},
	{"cut", func(t *testing.T, file, _ string) {
		change(t, file, func(b []byte) []byte { return b[:len(b)/2] })
	}},
	{"emptied", func(t *testing.T, file, _ string) {
		change(t, file, func([]byte) []byte { return nil })
	}},
	{"lengthened", func(t *testing.T, file, _ string) {
		change(t, file, func(b []byte) []byte { return append(b, b...) })
	}},
	{"deleted", func(t *testing.T, file, _ string) { must(t, os.Remove(file)) }},
	{"swapped", func(t *testing.T, file, sibling string) {
		a, b := read(t, file), read(t, sibling)
		must(t, os.WriteFile(file, b, 0o600))
		must(t, os.WriteFile(sibling, a, 0o600))
	}},
	{"linked", func(t *testing.T, file, sibling string) {
		must(t, os.Remove(file))
		rel, err := filepath.Rel(filepath.Dir(file), sibling)
		must(t, err)
		must(t, os.Symlink(rel, file))
	}},
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	must(t, err)
	return data
}

func change(t *testing.T, file string, f func([]byte) []byte) {
	t.Helper()
	must(t, os.WriteFile(file, f(read(t, file)), 0o600))
}

// siblingOf is a file that could be taken for another: of the same directory
// if there is one with the same ending, else of the same ending anywhere, else
// any.
func siblingOf(name string, all []string) string {
	best, score := "", -1
	for _, other := range all {
		if other == name {
			continue
		}
		s := 0
		if slash.Ext(other) == slash.Ext(name) {
			s += 2
		}
		if slash.Dir(other) == slash.Dir(name) {
			s++
		}
		if s > score {
			best, score = other, s
		}
	}
	return best
}

// unprotected are files whose damage nobody can find: git's attributes, and
// the marker's name, which are not signed.
func unprotected(name string) bool { return name == ".gitattributes" || name == "opsvault.yaml" }

// Every file of a vault in turn, damaged in each way: never a wrong secret,
// never a panic, nothing changed by looking; and a verification never has
// nothing to say.
func TestDamagedFiles(t *testing.T) {
	t.Parallel()
	tree, err := sound()
	must(t, err)
	var names []string
	for _, name := range tree.Files() {
		if file, ok := strings.CutPrefix(name, "vault/"); ok {
			names = append(names, file)
		}
	}
	for i := 0; i < len(names); i += stride {
		for _, d := range damages {
			t.Run(names[i]+" "+d.name, func(t *testing.T) {
				t.Parallel()
				if d.name == "linked" && runtime.GOOS == "windows" {
					return // links need a privilege there
				}
				damaged(t, names[i], siblingOf(names[i], names), d.do)
			})
		}
	}
}

func damaged(t *testing.T, name, sibling string, do func(t *testing.T, file, sibling string)) {
	w := world(t)
	before := look(t, w.Dir)
	do(t, w.Path(name), w.Path(sibling))
	if len(before.Changes(look(t, w.Dir))) == 0 {
		return // two empty files were swapped
	}
	said := map[string]string{}
	for _, p := range []*vaulttest.Person{w.Maria, w.Ivan} {
		said[p.Member] = verified(t, w, p)
	}
	for _, p := range []*vaulttest.Person{w.Maria, w.Ivan} {
		seen := looksOnly(t, w, p)
		if seen == "older, without a word" && !(p == w.Ivan && isGone(w, name)) {
			t.Errorf("%s sees %s", p.Member, seen)
		}
		if said[p.Member] == "" && !unprotected(name) && !unseen(w, p, name) {
			t.Errorf("the verification of %s has nothing to say", p.Member)
		}
	}
}

// isGone: Ivan never saw the newest version of Trunk, so he can't miss it.
func isGone(w *vaulttest.World, name string) bool {
	_, err := os.Lstat(w.Path(name))
	return err != nil && strings.HasPrefix(name, "entries/")
}

// unseen is damage that a person can't find: nothing that is signed names the
// bytes of another device's segment keys.
func unseen(w *vaulttest.World, p *vaulttest.Person, name string) bool {
	if slash.Ext(name) != ".key" {
		return false
	}
	key, err := w.Key(p)
	return err == nil && !strings.Contains(name, key.DeviceID())
}
