package vault_test

import (
	"os"
	"sync"
	"testing"

	"opsvault/vault"
	"opsvault/vault/vaulttest"
)

// sound is a World that was made once, to be copied.
var sound = sync.OnceValues(func() (vaulttest.Tree, error) {
	root, err := os.MkdirTemp("", "opsvault-world")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(root)
	if _, err := vaulttest.Make(root); err != nil {
		return nil, err
	}
	return vaulttest.Look(root)
})

// world is a copy of the sound World.
func world(t testing.TB) *vaulttest.World {
	t.Helper()
	tree, err := sound()
	if err != nil {
		t.Fatal(err)
	}
	w, err := tree.Lay(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func openAs(t testing.TB, w *vaulttest.World, p *vaulttest.Person) *vault.Vault {
	t.Helper()
	v, err := w.Open(p)
	if err != nil {
		t.Fatalf("%s opens the vault: %v", p.Member, err)
	}
	return v
}

func password(r *vault.Revealed) string {
	value, _ := r.Fields.Get("password")
	return string(value.Reveal())
}

// Before anything is attacked, all is well, and a statement that is written as
// the attacks write theirs is as good as any: what is refused later is refused
// for what the attack did to it.
func TestSoundWorld(t *testing.T) {
	t.Parallel()
	w := world(t)
	n, err := w.Next(w.Maria, vaulttest.Trunk)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Put(w.Maria, n); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*vaulttest.Person{w.Maria, w.Ivan} {
		v := openAs(t, w, p)
		r, err := v.Reveal(vaulttest.ParsePath(vaulttest.Trunk), vault.Purpose{})
		if err != nil || password(r) != vaulttest.Forged {
			t.Errorf("%s: %v, %v", p.Member, r, err)
		}
		report, err := v.Verify(true)
		if err != nil || !report.OK() {
			t.Errorf("%s: %+v, %v", p.Member, report, err)
		}
		for _, n := range report.Notes {
			if n.Code != "UNWITNESSED" {
				t.Errorf("%s: %+v", p.Member, n)
			}
		}
		if w := v.Warnings(); len(w) > 0 {
			t.Errorf("%s: %v", p.Member, w)
		}
	}
}
