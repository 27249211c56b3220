package vault_test

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/entry"
	"opsvault/vault/identity"
	"opsvault/vault/statement"
	"opsvault/vault/store"
	"opsvault/vault/vaulttest"
)

// grantBench is a prepared bench in which Ivan is a member with a device and
// without a right to office, where Wifi lies.
func grantBench(t *testing.T) (*bench, map[string][]byte) {
	t.Helper()
	b, _ := preparedBench(t)
	key, err := identity.New("ivan", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	device, err := key.DeviceStatement("desk", time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.disk.Dir("vault").WriteOnce(store.DeviceName(key.DeviceID()), device); err != nil {
		t.Fatal(err)
	}
	v, err := b.vault()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.ChangePolicy(func(d *policy.Document) error {
		d.Members["ivan"] = &policy.Member{Name: "Иван", Roles: []string{"agent"}, Devices: map[string]policy.Device{
			key.DeviceID(): {Label: "desk", File: statement.Sum(device).String()}}}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Insert(vaulttest.ParsePath(vaulttest.Wifi), vaulttest.Draft("wifi-only")); err != nil {
		t.Fatal(err)
	}
	return b, b.disk.Files()
}

func grantOf(v *vault.Vault) (*vault.GrantState, error) {
	all, err := v.Grants(vault.GrantFilter{})
	switch {
	case err != nil:
		return nil, err
	case len(all) == 0:
		return nil, errNot
	case len(all) > 1:
		return nil, errors.New("several grants")
	}
	return all[0], nil
}

// A grant is an act and then its packet. Whichever step fails: an acknowledged
// grant is sealed; one that was cut short is there or not, and is sealed by the
// next sync; sealing again writes nothing.
func TestEveryStepOfAGrant(t *testing.T) {
	t.Parallel()
	b, files := grantBench(t)
	everyStep(t, b, files, func(b *bench) error {
		v, err := b.vault()
		if err != nil {
			return err
		}
		_, err = v.Grant("ivan", vault.Wish{Paths: []entry.Path{vaulttest.ParsePath(vaulttest.Wifi)}, Span: time.Hour, Reason: "x"})
		return err
	}, func(t *testing.T, b *bench, told error) {
		clean(t, b, false)
		v, err := b.vault()
		if err != nil {
			t.Fatal(err)
		}
		g, err := grantOf(v)
		if errors.Is(err, errNot) && told != nil {
			return
		}
		if err != nil || told == nil && g.Phase != vault.PhaseLive || !g.Phase.Running() {
			t.Fatalf("after %v: %+v, %v", told, g, err)
		}
		if _, err := v.SealDue(); err != nil {
			t.Fatal(err)
		}
		if n, err := v.SealDue(); n != 0 || err != nil {
			t.Fatalf("sealed again: %d, %v", n, err)
		}
		if g, err = grantOf(v); err != nil || g.Phase != vault.PhaseLive {
			t.Fatalf("%+v, %v", g, err)
		}
		clean(t, b, false)
		closed(t, v)
	})
}
