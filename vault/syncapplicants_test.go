package vault_test

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"opsvault/vault"
	"opsvault/vault/identity"
	"opsvault/vault/store"
	"opsvault/vault/vaulttest"
)

// applies puts sound .device files of a member into a directory.
func applies(t *testing.T, tm *vaulttest.Team, dir, member string, n int) {
	t.Helper()
	for range n {
		key, err := identity.New(member, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		file, err := key.DeviceStatement("desk", tm.Now())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(store.DeviceName(key.DeviceID()))), file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func devicesIn(t *testing.T, dir string) int {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "devices", "*.device"))
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

// Devices of somebody with an open invitation are carried, at most 16 of them;
// those of a stranger are not, and none is when the invitation is over. An
// invitation that comes with the devices counts in the same meeting.
func TestSyncCarriesApplicants(t *testing.T) {
	t.Parallel()
	tm := fourPeople(t)
	stick := filepath.Join(tm.Root, "stick")
	if _, err := mate(t, tm, "maria").Invite(vault.NewInvitation{Member: "oleg", Name: "Олег", Roles: []string{"agent"}, Valid: time.Hour}); err != nil {
		t.Fatal(err)
	}
	meets(t, tm, "maria", stick)
	applies(t, tm, stick, "oleg", 40)
	applies(t, tm, stick, "mallory", 40)
	for _, who := range []string{"maria", "ivan"} {
		before := devicesIn(t, tm.Person(who).Dir)
		r, err := mate(t, tm, who).Sync(stick)
		if err != nil || len(r.Quarantined) > 0 || len(r.Waiting) != 64 {
			t.Fatalf("%s: %d wait, refused %v, %v", who, len(r.Waiting), r.Quarantined, err)
		}
		if got := devicesIn(t, tm.Person(who).Dir) - before; got != 16 {
			t.Errorf("%s: %d devices were carried", who, got)
		}
	}
	tm.Pass(2 * time.Hour)
	before := devicesIn(t, tm.Person("anna").Dir)
	r, err := mate(t, tm, "anna").Sync(stick)
	if err != nil || devicesIn(t, tm.Person("anna").Dir) != before || len(r.Waiting) != 80 {
		t.Errorf("after the end: %d devices, %d wait, %v", devicesIn(t, tm.Person("anna").Dir)-before, len(r.Waiting), err)
	}
}
