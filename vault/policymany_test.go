package vault_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"opsvault/policy"
	"opsvault/vault/store"
	"opsvault/vault/vaulttest"
)

// More versions than one device may have drafts of: who was away, and who joins,
// meets them all at once, and none of them is taken for a flood.
func TestManyVersionsAtOnce(t *testing.T) {
	t.Parallel()
	tm := fourPeople(t)
	maria := mate(t, tm, "maria")
	for i := range 40 {
		_, err := maria.ChangePolicy(func(d *policy.Document) error {
			d.Members["ivan"].Name = fmt.Sprint("Ivan ", i)
			return nil
		})
		must(t, err)
	}
	newest := maria.Policy().Version
	meets(t, tm, "ivan", tm.Person("maria").Dir)
	if v := mate(t, tm, "ivan"); v.Policy().Version != newest || warned(v, "policy-flood") {
		t.Errorf("ivan, who was away, is at version %d of %d: %v", v.Policy().Version, newest, v.Warnings())
	}
	_, err := tm.Join("petr", "agent")
	must(t, err)
	if v := mate(t, tm, "petr"); v.Policy().Version < newest || warned(v, "policy-flood") {
		t.Errorf("petr, who joins, is at version %d: %v", v.Policy().Version, v.Warnings())
	}
	if got := opens(t, tm, "petr", vaulttest.Trunk); got == "" {
		t.Error("petr reads nothing")
	}
}

// A device whose file has not arrived here, or was taken away, stops nobody
// else: it gets its keys from a sync, when the file has come.
func TestDeviceFileMissing(t *testing.T) {
	t.Parallel()
	tm := fourPeople(t)
	maria, anna := tm.Person("maria"), tm.Person("anna")
	device := mate(t, tm, "anna").Me().Device
	file := filepath.Join(maria.Dir, filepath.FromSlash(store.DeviceName(device)))
	kept := filepath.Join(tm.Root, "kept")
	must(t, os.Rename(file, kept))
	v := mate(t, tm, "maria")
	_, err := v.ChangePolicy(func(d *policy.Document) error {
		d.Safes["vault2"] = &policy.Safe{Title: d.Safes["telephony"].Title, Access: map[string]policy.Access{"lead": policy.Manage}}
		return nil
	})
	must(t, err)
	if !warned(v, "keys-not-delivered") {
		t.Errorf("warnings %v", v.Warnings())
	}
	must(t, os.Rename(kept, file))
	meets(t, tm, "maria", anna.Dir)
	meets(t, tm, "anna", maria.Dir)
	_, err = mate(t, tm, "anna").Insert(vaulttest.ParsePath("vault2/x"), vaulttest.Draft("x"))
	must(t, err)
}
