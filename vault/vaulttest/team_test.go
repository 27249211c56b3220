package vaulttest_test

import (
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
