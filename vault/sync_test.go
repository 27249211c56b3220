package vault_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"opsvault/vault"
	"opsvault/vault/entry"
	"opsvault/vault/vaulttest"
)

// soundTeam is a Team that was made once, to be copied.
var soundTeam = sync.OnceValues(func() (*vaulttest.Team, error) {
	root, err := os.MkdirTemp("", "opsvault-team")
	if err != nil {
		return nil, err
	}
	return vaulttest.NewTeam(root, "ivan", "anna", "vera")
})

// fourPeople is a copy of the sound Team: maria, ivan, anna and vera.
func fourPeople(t testing.TB) *vaulttest.Team {
	t.Helper()
	made, err := soundTeam()
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	if err := os.CopyFS(root, os.DirFS(made.Root)); err != nil {
		t.Fatal(err)
	}
	return made.At(root)
}

// mate opens a person's own copy.
func mate(t testing.TB, tm *vaulttest.Team, member string) *vault.Vault {
	t.Helper()
	v, err := tm.Open(tm.Person(member))
	if err != nil {
		t.Fatalf("%s opens the vault: %v", member, err)
	}
	return v
}

// meets has a person sync with a place, and fails where anything is refused.
func meets(t testing.TB, tm *vaulttest.Team, member, place string) *vault.SyncReport {
	t.Helper()
	r, err := mate(t, tm, member).Sync(place)
	if err != nil {
		t.Fatalf("%s syncs: %v", member, err)
	}
	if len(r.Quarantined)+len(r.Waiting)+len(r.Unknown) > 0 {
		t.Fatalf("%s syncs: refused %v, waiting %v, unknown %v", member, r.Quarantined, r.Waiting, r.Unknown)
	}
	return r
}

func edits(t testing.TB, tm *vaulttest.Team, member, path, password string) {
	t.Helper()
	_, err := mate(t, tm, member).Edit(vaulttest.ParsePath(path), func(entry.Draft) (entry.Draft, error) { return vaulttest.Draft(password), nil })
	if err != nil {
		t.Fatalf("%s edits %s: %v", member, path, err)
	}
}

func opens(t testing.TB, tm *vaulttest.Team, member, path string) string {
	t.Helper()
	r, err := mate(t, tm, member).Reveal(vaulttest.ParsePath(path), vault.Purpose{})
	if err != nil {
		t.Fatalf("%s opens %s: %v", member, path, err)
	}
	return password(r)
}

// verifies fails where a verification of a person's copy finds anything.
func verifies(t testing.TB, tm *vaulttest.Team, member string) {
	t.Helper()
	report, err := mate(t, tm, member).Verify(true)
	if err != nil || !report.OK() {
		t.Errorf("%s verifies: %+v, %v", member, report.Findings, err)
	}
}

// contents are the files of a copy without its logs' heads and segments: by
// name, those of newcomers folded into one.
func contents(t testing.TB, dir string) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for name, data := range tree(t, dir) {
		if !strings.HasPrefix(data, "file ") || strings.HasPrefix(name, "tmp/") {
			continue
		}
		base, _, _ := strings.Cut(name, "~")
		all[base] = append(all[base], data)
		slices.Sort(all[base])
	}
	return all
}

func tree(t testing.TB, dir string) vaulttest.Tree {
	t.Helper()
	seen, err := vaulttest.Look(dir)
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

func TestSyncByStick(t *testing.T) {
	t.Parallel()
	tm := fourPeople(t)
	stick := filepath.Join(tm.Root, "stick")
	edits(t, tm, "maria", vaulttest.Trunk, "from maria")
	if r := meets(t, tm, "maria", stick); !r.Made || r.Received > 0 || r.Sent == 0 {
		t.Errorf("a new stick: %+v", r)
	}
	edits(t, tm, "anna", vaulttest.Wifi, "from anna")
	if r := meets(t, tm, "anna", stick); r.Made || r.Received == 0 || r.Sent == 0 {
		t.Errorf("anna: %+v", r)
	}
	meets(t, tm, "ivan", stick)
	meets(t, tm, "maria", stick)
	if got := opens(t, tm, "ivan", vaulttest.Trunk); got != "from maria" {
		t.Errorf("ivan reads %q", got)
	}
	if got := opens(t, tm, "maria", vaulttest.Wifi); got != "from anna" {
		t.Errorf("maria reads %q", got)
	}
	for range 3 { // what opening wrote into the logs goes round, too
		for _, member := range []string{"maria", "anna", "ivan"} {
			meets(t, tm, member, stick)
			verifies(t, tm, member)
		}
	}
	for _, member := range []string{"maria", "anna", "ivan"} {
		if r := meets(t, tm, member, stick); r.Received > 0 {
			t.Errorf("%s: not settled: %+v", member, r)
		}
	}
}
