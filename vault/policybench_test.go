package vault_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/vaulttest"
)

// Opening a vault with a long history costs what opening a young one does, and
// a fork doesn't cost the YAML library.
func BenchmarkOpen(b *testing.B) {
	for _, versions := range []int{2, 1000} {
		b.Run(fmt.Sprint("versions=", versions), func(b *testing.B) {
			w := world(b)
			v := openAs(b, w, w.Maria)
			for i := v.PolicyRef().Number; i < uint64(versions); i++ {
				if _, err := v.ChangePolicy(func(d *policy.Document) error { d.Members["ivan"].Note = fmt.Sprint(i); return nil }); err != nil {
					b.Fatal(err)
				}
			}
			aged(b, w.Path("policy"))
			openAs(b, w, w.Maria) // which remembers when it was looked through
			for b.Loop() {
				openAs(b, w, w.Maria)
			}
		})
	}
	b.Run("forked", func(b *testing.B) {
		team, err := vaulttest.NewTeam(b.TempDir(), "anna", "ivan")
		if err != nil {
			b.Fatal(err)
		}
		for _, member := range []string{"maria", "anna"} {
			v := mate(b, team, member)
			if _, err := v.ChangePolicy(func(d *policy.Document) error { d.Members["ivan"].Note = member; return nil }); err != nil {
				b.Fatal(err)
			}
		}
		if err := team.CopyFiles(team.Person("anna"), team.Person("maria")); err != nil {
			b.Fatal(err)
		}
		aged(b, team.Person("maria").Dir+"/policy")
		var v *vault.Vault
		if v = mate(b, team, "maria"); !v.Forked() {
			b.Fatal("no fork")
		}
		for b.Loop() {
			mate(b, team, "maria")
		}
	})
}

// aged makes a directory's last change older than what a change could hide behind.
func aged(b *testing.B, dir string) {
	b.Helper()
	past := time.Now().Add(-time.Minute)
	if err := os.Chtimes(dir, past, past); err != nil {
		b.Fatal(err)
	}
}
