package vault_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"opsvault/vault"
	"opsvault/vault/store/storetest"
	"opsvault/vault/vaulttest"
)

// Every step of a signature that completes a version, and of a merge, fails in
// every way: it is there or not, and what comes next works.
func TestEveryStepOfGoverning(t *testing.T) {
	t.Parallel()
	sign := func(t *testing.T) (*vaulttest.Team, deed) {
		team := council(t, "ivan")
		c := draft(t, team, "anna", officeFor("agent"))
		spread(t, team, "anna")
		return team, deed{"sign", func(v *vault.Vault) error { _, err := v.SignPolicy(c.Hash.Short()); return err }, func(v *vault.Vault) error {
			if v.PolicyRef().Hash != c.Hash {
				return errNot
			}
			return nil
		}}
	}
	merge := func(t *testing.T) (*vaulttest.Team, deed) {
		return parted(t), deed{"merge", func(v *vault.Vault) error { _, err := v.MergePolicies(nil, nil); return err }, func(v *vault.Vault) error {
			if v.Forked() {
				return errNot
			}
			return nil
		}}
	}
	for name, make := range map[string]func(*testing.T) (*vaulttest.Team, deed){"sign": sign, "merge": merge} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			team, d := make(t)
			b, files := benchOf(t, team.Person("maria"))
			everyNth(t, 5*stride, b, files, func(b *bench) error {
				v, err := b.vault()
				if err != nil {
					return err
				}
				return d.do(v)
			}, func(t *testing.T, b *bench, told error) { afterwards(t, b, d.done, told) })
		})
	}
}

// benchOf is somebody's machine on a disk in memory.
func benchOf(t *testing.T, p *vaulttest.Mate) (*bench, map[string][]byte) {
	t.Helper()
	b, files := &bench{t.TempDir(), storetest.New()}, map[string][]byte{}
	for name, dir := range map[string]string{"vault": p.Dir, "home": p.Home} {
		must(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			rel, err := filepath.Rel(dir, path)
			if err != nil {
				return err
			}
			data, err := os.ReadFile(path)
			files[name+"/"+filepath.ToSlash(rel)] = data
			return err
		}))
	}
	return b, files
}
