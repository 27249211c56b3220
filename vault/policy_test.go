package vault_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/vaulttest"
)

// addSafe adds a safe that agents read, too.
func addSafe(id string) func(*policy.Document) error {
	return func(d *policy.Document) error {
		d.Safes[id] = &policy.Safe{Access: map[string]policy.Access{"lead": policy.Manage, "agent": policy.Use}}
		return nil
	}
}

func TestPolicyChangeDelivers(t *testing.T) {
	t.Parallel()
	w := world(t)
	v := openAs(t, w, w.Maria)
	for i, id := range []string{"billing", "vpn"} { // twice in one process
		c, err := v.ChangePolicy(addSafe(id))
		if err != nil || c.Number != uint64(3+i) || c.Hash != v.PolicyRef().Hash {
			t.Fatalf("%+v, %v", c, err)
		}
		if _, err := v.Insert(vaulttest.ParsePath(id+"/x"), vaulttest.Draft(id)); err != nil {
			t.Fatal(err)
		}
		getsPassword(t, openAs(t, w, w.Ivan), vaulttest.ParsePath(id+"/x"), id)
	}
	if n := openAs(t, w, w.Ivan).PolicyRef().Number; n != 4 {
		t.Errorf("ivan is at policy %d", n)
	}
	versions, err := v.PolicyVersions()
	if err != nil || len(versions) != 4 || versions[0].Hash != v.ID() {
		t.Errorf("%+v, %v", versions, err)
	}
}

func TestPolicyChangeRefuses(t *testing.T) {
	t.Parallel()
	w := world(t)
	v := openAs(t, w, w.Maria)
	before := look(t, w.Path("policy"))
	if _, err := v.ChangePolicy(func(*policy.Document) error { return nil }); !errors.Is(err, vault.ErrUnchanged) {
		t.Errorf("%v", err)
	}
	stop := errors.New("no")
	if _, err := v.ChangePolicy(func(*policy.Document) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
	_, err := v.ChangePolicy(func(d *policy.Document) error {
		d.Version = 9
		d.Members["ivan"].Name = "Иван Петров"
		return nil
	})
	if e := isA[*vault.PolicyError](t, err); len(e.Problems) == 0 {
		t.Errorf("%+v", e)
	}
	_, err = openAs(t, w, w.Ivan).ChangePolicy(addSafe("mine"))
	if e := isA[*vault.DeniedError](t, err); e.Capability != policy.CanGovern {
		t.Errorf("%+v", e)
	}
	if c := before.Changes(look(t, w.Path("policy"))); len(c) > 0 {
		t.Errorf("%v", c)
	}
}

// A right that was taken away is gone for what was written under it before,
// and the marked safe is not written until it has a new key.
func TestRightsTaken(t *testing.T) {
	t.Parallel()
	w := world(t)
	v := openAs(t, w, w.Maria)
	_, err := v.ChangePolicy(func(d *policy.Document) error {
		delete(d.Safes["telephony"].Access, "agent")
		d.Safes["telephony"].Renew = true
		return nil
	})
	must(t, err)
	ivan := openAs(t, w, w.Ivan)
	_, err = ivan.Reveal(pbx, vault.Purpose{})
	isA[*vault.DeniedError](t, err)
	getsPassword(t, openAs(t, w, w.Maria), pbx, "pbx-only")
}

// What a machine has verified can be lost or damaged: it is verified again, up
// to the pinned bytes, which must be there.
func TestPolicyCacheRebuilt(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"policy", "chain"} {
		for name, spoil := range spoils {
			t.Run(file+" "+name, func(t *testing.T) {
				t.Parallel()
				w := world(t)
				spoil(t, stateFile(t, w, w.Maria, file))
				v := openAs(t, w, w.Maria)
				if n := v.PolicyRef().Number; n != 2 {
					t.Errorf("at policy %d", n)
				}
				if versions, err := v.PolicyVersions(); err != nil || len(versions) != 2 {
					t.Errorf("%v, %v", versions, err)
				}
				getsPassword(t, v, trunk, "trunk-new")
				if _, err := v.ChangePolicy(addSafe("billing")); err != nil {
					t.Error(err)
				}
				if r, err := openAs(t, w, w.Maria).Verify(true); err != nil || !r.OK() {
					t.Errorf("%+v, %v", r, err)
				}
			})
		}
	}
}

// With the cache lost and the vault put back to its first policy, the pinned
// bytes tell that there was a newer one.
func TestPolicyRollbackWithoutCache(t *testing.T) {
	t.Parallel()
	w := world(t)
	must(t, os.Remove(stateFile(t, w, w.Maria, "policy")))
	must(t, vaulttest.PolicyRemoved(w))
	_, err := w.Open(w.Maria)
	if e := isA[*vault.RollbackError](t, err); e.What != "policy" || e.Have != 1 || e.Pinned != 2 {
		t.Errorf("%+v", e)
	}
}

// An old copy without a newer policy: the pinned one applies, with a warning.
func TestOldCopy(t *testing.T) {
	t.Parallel()
	w := world(t)
	must(t, vaulttest.PolicyRemoved(w))
	v := openAs(t, w, w.Maria)
	if v.PolicyRef().Number != 2 || !warned(v, "old-copy") {
		t.Errorf("policy %d, warnings %v", v.PolicyRef().Number, v.Warnings())
	}
	getsPassword(t, v, pbx, "pbx-only")
}

// A policy version may arrive before the log that announces its signature. It
// counts when the log is here, though nothing else changes.
func TestPolicyInTransit(t *testing.T) {
	t.Parallel()
	w := world(t)
	log := w.Path(filepath.ToSlash(filepath.Dir(headOf(t, w, w.Maria))))
	before := look(t, log)
	_, err := openAs(t, w, w.Maria).ChangePolicy(addSafe("billing"))
	must(t, err)
	after := look(t, log)
	must(t, before.Restore(log))
	for range 2 {
		v := openAs(t, w, w.Ivan)
		if v.PolicyRef().Number != 2 || !warned(v, "policy-pending") {
			t.Errorf("policy %d, warnings %v", v.PolicyRef().Number, v.Warnings())
		}
	}
	must(t, after.Restore(log))
	if n := openAs(t, w, w.Ivan).PolicyRef().Number; n != 3 {
		t.Errorf("policy %d", n)
	}
}

// The keyring is a cache of the bundles.
func TestKeyringRefilled(t *testing.T) {
	t.Parallel()
	for name, spoil := range spoils {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world(t)
			for _, p := range []*vaulttest.Person{w.Maria, w.Ivan} {
				spoil(t, deviceFile(t, w, p, "keyring"))
				getsPassword(t, openAs(t, w, p), trunk, "trunk-new")
				getsPassword(t, openAs(t, w, p), pbx, "pbx-only")
			}
		})
	}
}

// Without keyring and bundles there is no key, and no way around it.
func TestNoKey(t *testing.T) {
	t.Parallel()
	w := world(t)
	must(t, os.Remove(deviceFile(t, w, w.Ivan, "keyring")))
	must(t, os.RemoveAll(w.Path("keys")))
	_, err := openAs(t, w, w.Ivan).Reveal(pbx, vault.Purpose{})
	if !errors.Is(err, vault.ErrNoKey) {
		t.Errorf("%v", err)
	}
	must(t, os.Remove(deviceFile(t, w, w.Maria, "keyring")))
	if _, _, err := openAs(t, w, w.Maria).Show(pbx, false); !errors.Is(err, vault.ErrNoKey) {
		t.Errorf("%v", err)
	}
}

// spoils are what can happen to a cache.
var spoils = map[string]func(t *testing.T, file string){
	"lost":    func(t *testing.T, file string) { must(t, os.Remove(file)) },
	"emptied": func(t *testing.T, file string) { must(t, os.WriteFile(file, nil, 0o600)) },
	"cut":     func(t *testing.T, file string) { change(t, file, func(b []byte) []byte { return b[:len(b)/2] }) },
	"flipped": func(t *testing.T, file string) {
		change(t, file, func(b []byte) []byte { b[len(b)/2] ^= 0x80; return b })
	},
}

// stateFile is a file of a person's local state of the vault.
func stateFile(t *testing.T, w *vaulttest.World, p *vaulttest.Person, name string) string {
	t.Helper()
	return filepath.Join(p.Home, "vaults", known(t, w).String(), filepath.FromSlash(name))
}

// deviceFile is one in the directory of the person's device.
func deviceFile(t *testing.T, w *vaulttest.World, p *vaulttest.Person, name string) string {
	t.Helper()
	key, err := w.Key(p)
	must(t, err)
	return stateFile(t, w, p, key.DeviceID()+"/"+name)
}
