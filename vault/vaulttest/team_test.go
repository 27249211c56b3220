package vaulttest_test

import (
	"errors"
	"fmt"
	"testing"

	"opsvault/vault"
	"opsvault/vault/vaulttest"
)

// TestTeam lets each person of a new team read what they may, in their own
// copy, and see what another has written once the files were copied.
func TestTeam(t *testing.T) {
	team, err := vaulttest.NewTeam(t.TempDir(), "anna", "ivan", "vera")
	if err != nil {
		t.Fatal(err)
	}
	for member, allowed := range map[string]bool{"maria": true, "anna": true, "ivan": true, "vera": false} {
		v, err := team.Open(team.Person(member))
		if err != nil {
			t.Fatalf("%s: %v", member, err)
		}
		_, err = v.Reveal(vaulttest.ParsePath(vaulttest.PBX), vault.Purpose{})
		if (err == nil) != allowed {
			t.Errorf("%s reveals: %v", member, err)
		}
	}
	anna, ivan := team.Person("anna"), team.Person("ivan")
	v, err := team.Open(anna)
	if err != nil {
		t.Fatal(err)
	}
	path := vaulttest.ParsePath("telephony/new")
	if _, err := v.Insert(path, vaulttest.Draft("fresh")); err != nil {
		t.Fatal(err)
	}
	for _, copied := range []bool{false, true} {
		if copied {
			if err := team.CopyFiles(anna, ivan); err != nil {
				t.Fatal(err)
			}
		}
		v, err := team.Open(ivan)
		if err != nil {
			t.Fatal(err)
		}
		r, err := v.Reveal(path, vault.Purpose{})
		if (err == nil) != copied {
			t.Fatalf("copied %v: %v", copied, err)
		}
		if copied && string(r.Fields[1].Value.Reveal()) != "fresh" {
			t.Error("another password")
		}
	}
}

// TestKilledAfter kills an insert after each number of changes; the next
// command finds all of it or nothing, and works.
func TestKilledAfter(t *testing.T) {
	team, err := vaulttest.NewTeam(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	maria := team.Person("maria")
	for n := 0; ; n++ {
		path := vaulttest.ParsePath(fmt.Sprintf("office/wifi-%d", n))
		killed := func() error {
			v, err := vault.Open(team.KilledAfter(maria, n))
			if err != nil {
				return err
			}
			_, err = v.Insert(path, vaulttest.Draft("fresh"))
			return err
		}()
		if killed == nil {
			if n < 5 {
				t.Fatalf("an insert changes something only %d times", n)
			}
			return
		}
		v, err := team.Open(maria)
		if err != nil {
			t.Fatalf("after %d changes: %v", n, err)
		}
		if _, err := v.Insert(path, vaulttest.Draft("fresh")); err != nil {
			var there *vault.ExistsError
			if !errors.As(err, &there) {
				t.Fatalf("after %d changes: %v", n, err)
			}
		}
	}
}
