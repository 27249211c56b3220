package vault_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"opsvault/vault"
	"opsvault/vault/store"
	"opsvault/vault/store/storetest"
	"opsvault/vault/vaulttest"
)

// A crossing is a lead and a newcomer on one disk in memory: hers are "lead"
// and "leadhome", his "vault" and "home".
type crossing struct {
	*bench
	invitation []byte
	now        time.Time
}

func (x *crossing) on(m *storetest.Faulty) *crossing {
	return &crossing{&bench{x.root, m}, x.invitation, x.now}
}

func (x *crossing) at(dir, home string) vault.Options {
	o := x.options()
	o.Dir, o.Home, o.Storage = filepath.Join(x.root, dir), filepath.Join(x.root, home), x.openAny
	o.Now = func() time.Time { x.now = x.now.Add(time.Second); return x.now }
	return o
}

func (x *crossing) lead() vault.Options     { return x.at("lead", "leadhome") }
func (x *crossing) newcomer() vault.Options { return x.at("vault", "home") }

// openAny is bench.open for any home: locks need the directories of all devices.
func (x *crossing) openAny(path string, create bool) (*store.Dir, error) {
	rel, err := filepath.Rel(x.root, path)
	if err != nil {
		return nil, err
	}
	home, _, below := strings.Cut(filepath.ToSlash(rel), "/vaults/")
	for name, data := range x.disk.Files() {
		if !below || !strings.HasPrefix(name, home+"/identities/") {
			continue
		}
		_, rest, _ := strings.Cut(string(data), "\n# device ")
		device, _, _ := strings.Cut(rest, "\n")
		if err := os.MkdirAll(filepath.Join(path, device), 0o700); err != nil {
			return nil, err
		}
	}
	if below {
		if err := os.MkdirAll(path, 0o700); err != nil {
			return nil, err
		}
	}
	return x.disk.Dir(filepath.ToSlash(rel)), nil
}

// newCrossing has Ivan invited, into a vault with an entry.
func newCrossing(t *testing.T) *crossing {
	t.Helper()
	x := &crossing{bench: &bench{t.TempDir(), storetest.New()}, now: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)}
	v, err := vault.Create(x.lead(), vaulttest.NewVault())
	must(t, err)
	_, err = v.Insert(trunk, vaulttest.Draft("trunk-old"))
	must(t, err)
	i, err := v.Invite(vault.NewInvitation{Member: "ivan", Roles: []string{"agent"}, Place: filepath.Join(x.root, "lead"), Valid: 240 * time.Hour})
	must(t, err)
	x.invitation = i.File
	return x
}

func (x *crossing) join() (*vault.Joined, error) {
	return vault.Join(x.newcomer(), vault.JoinRequest{Invitation: x.invitation, Label: "desk"})
}

func (x *crossing) admit(j *vault.Joined) (*vault.Admission, error) {
	v, err := vault.Open(x.lead())
	if err != nil {
		return nil, err
	}
	return v.Admit("ivan", j.File, j.Digits)
}

// arrives goes from wherever it stands to the newcomer's first secret.
func (x *crossing) arrives() error {
	j, err := x.join()
	if err != nil {
		return fmt.Errorf("join: %w", err)
	}
	a, err := x.admit(j)
	if err != nil {
		return fmt.Errorf("admit: %w", err)
	}
	if err := vault.Receive(x.newcomer(), ""); err != nil {
		return fmt.Errorf("receive: %w", err)
	}
	if err := vault.Confirm(x.newcomer(), a.ReadBack); err != nil {
		return fmt.Errorf("confirm: %w", err)
	}
	for _, o := range []vault.Options{x.newcomer(), x.lead()} {
		v, err := vault.Open(o)
		if err != nil {
			return err
		}
		if err := opensAs(v, trunk, "trunk-old"); err != nil {
			return err
		}
		r, err := v.Verify(true)
		if err != nil || !r.OK() {
			return fmt.Errorf("findings %+v, %w", r, err)
		}
	}
	return nil
}

// A joining that is cut short at any step is taken up again, with the device
// and the digits that were shown.
func TestEveryStepOfJoin(t *testing.T) {
	t.Parallel()
	x := newCrossing(t)
	var shown *vault.Joined
	x.everyStep(t, func(x *crossing) (err error) {
		shown, err = x.join()
		return err
	}, func(t *testing.T, x *crossing, told error) {
		j, err := x.join()
		if err != nil {
			t.Fatalf("after %v: %v", told, err)
		}
		if told == nil && (j.Device != shown.Device || j.Digits != shown.Digits) {
			t.Error("another device, or other digits")
		}
		if err := x.arrives(); err != nil {
			t.Fatalf("after %v: %v", told, err)
		}
	})
}

// An admission that is cut short at any step is done, or can be done again:
// never is the device in the policy without its keys for good.
func TestEveryStepOfAdmit(t *testing.T) {
	t.Parallel()
	x := newCrossing(t)
	j, err := x.join()
	must(t, err)
	x.everyStep(t, func(x *crossing) error {
		_, err := x.admit(j)
		return err
	}, func(t *testing.T, x *crossing, told error) {
		if err := x.arrives(); err != nil {
			t.Fatalf("after %v: %v", told, err)
		}
	})
}

// An invitation that is cut short is there or not, and can be written again.
func TestEveryStepOfInvite(t *testing.T) {
	t.Parallel()
	x := newCrossing(t)
	invite := func(x *crossing) (*vault.Invited, error) {
		v, err := vault.Open(x.lead())
		if err != nil {
			return nil, err
		}
		return v.Invite(vault.NewInvitation{Member: "anna", Roles: []string{"lead"}, Valid: time.Hour})
	}
	x.everyStep(t, func(x *crossing) error { _, err := invite(x); return err },
		func(t *testing.T, x *crossing, told error) {
			i, err := invite(x)
			var waits *vault.PendingError
			if err != nil || errors.As(err, &waits) {
				t.Fatalf("after %v: %v", told, err)
			}
			x.invitation = i.File
			r := vault.JoinRequest{Invitation: i.File, Label: "desk", Place: filepath.Join(x.root, "lead")}
			if _, err := vault.Join(x.newcomer(), r); err != nil {
				t.Fatalf("after %v: %v", told, err)
			}
		})
}

// everyStep runs a scenario once for each of its steps, each failing in one
// way, in turn: a whole joining follows each.
func (x *crossing) everyStep(t *testing.T, scenario func(*crossing) error, check func(*testing.T, *crossing, error)) {
	t.Helper()
	files, faults := x.disk.Files(), storetest.Faults()
	for step, last := 1, false; !last; step += stride {
		fault := faults[step%len(faults)]
		m := storetest.New()
		for name, data := range files {
			m.Plant(name, 0, data)
		}
		m.FailAt(step, fault)
		told := scenario(x.on(m))
		last = m.Steps() < step
		m.Restart()
		if last && (step == 1 || told != nil) {
			t.Fatalf("without a fault, after %d steps: %v", step-1, told)
		}
		t.Run(fmt.Sprintf("%s at step %d", fault, step), func(t *testing.T) { check(t, x.on(m), told) })
	}
}
