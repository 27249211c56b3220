package vault_test

import (
	"os"
	"path/filepath"
	"testing"

	"opsvault/vault/store"
	"opsvault/vault/vaulttest"
)

// Petr joins with one .device file and shows Anna another, with the same keys,
// before she hears of his admission. The one that the policy names gets its name.
func TestTwinOfADevice(t *testing.T) {
	t.Parallel()
	team := grown(t, "anna", "ivan")
	maria, anna := team.Person("maria"), team.Person("anna")
	invitation, err := team.Invite(maria, "petr", "agent")
	if err != nil {
		t.Fatal(err)
	}
	carry(t, team, "maria", "anna")
	petr := team.Newcomer("petr")
	joined, err := team.Apply(petr, invitation)
	if err != nil {
		t.Fatal(err)
	}
	key, err := team.World(petr).Key(&vaulttest.Person{Member: "petr", Home: petr.Home})
	if err != nil {
		t.Fatal(err)
	}
	twin, err := key.DeviceStatement("twin", team.Now())
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.FromSlash(store.DeviceName(joined.Device))
	stick := filepath.Join(team.Root, "stick")
	if err := os.CopyFS(stick, os.DirFS(anna.Dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(stick, name), twin, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := mate(t, team, "anna").Sync(stick); err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(filepath.Join(anna.Dir, name)); string(data) != string(twin) {
		t.Fatal("the twin is not carried")
	}
	if _, err := team.Admit(maria, joined); err != nil {
		t.Fatal(err)
	}
	// Petr's own stick has the version that admits him, and the twin alone.
	hostile := filepath.Join(team.Root, "hostile")
	if err := os.CopyFS(hostile, os.DirFS(maria.Dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(hostile, name), twin, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, place := range []string{hostile, hostile, maria.Dir, maria.Dir} {
		if r, err := mate(t, team, "anna").Sync(place); err != nil {
			t.Fatalf("%s: %+v, %v", place, r, err)
		}
	}
	at(t, team, "anna", 4, 1)
	if data, _ := os.ReadFile(filepath.Join(anna.Dir, name)); string(data) != string(joined.File) {
		t.Error("the file that the policy names has not got its name")
	}
	changes(t, team, "anna", officeFor("agent"))
}
