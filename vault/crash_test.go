package vault_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/audit"
	"opsvault/vault/chain"
	"opsvault/vault/entry"
	"opsvault/vault/store"
	"opsvault/vault/store/storetest"
	"opsvault/vault/vaulttest"
)

// A bench is a machine whose disk is a storetest.Faulty: the vault lies in
// "vault" and the local state in "home" of it. Locks are the operating
// system's, so the directories that they lie in are made on the real disk, too.
type bench struct {
	root string
	disk *storetest.Faulty
}

func (b *bench) options() vault.Options {
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	return vault.Options{
		Dir: filepath.Join(b.root, "vault"), Home: filepath.Join(b.root, "home"), Rand: rand.Reader,
		Now:     func() time.Time { now = now.Add(time.Second); return now },
		Storage: b.open,
	}
}

func (b *bench) open(path string, create bool) (*store.Dir, error) {
	rel, err := filepath.Rel(b.root, path)
	if err != nil {
		return nil, err
	}
	if err := b.lockable(path); err != nil {
		return nil, err
	}
	return b.disk.Dir(filepath.ToSlash(rel)), nil
}

// lockable makes the directories of locks: a vault's state, and in it that of
// the device whose identity lies on the disk in memory.
func (b *bench) lockable(path string) error {
	if filepath.Base(filepath.Dir(path)) != "vaults" {
		return nil
	}
	_, rest, _ := strings.Cut(string(b.disk.Files()["home/identities/maria.txt"]), "\n# device ")
	device, _, _ := strings.Cut(rest, "\n")
	return os.MkdirAll(filepath.Join(path, device, "runs"), 0o700)
}

// on is the bench with another disk.
func (b *bench) on(m *storetest.Faulty) *bench { return &bench{b.root, m} }

func (b *bench) vault() (*vault.Vault, error) { return vault.Open(b.options()) }

// A prepared bench holds a vault with two entries and a runbook.
func preparedBench(t *testing.T) (*bench, map[string][]byte) {
	t.Helper()
	b := &bench{t.TempDir(), storetest.New()}
	if err := b.prepare(); err != nil {
		t.Fatal(err)
	}
	return b, b.disk.Files()
}

func (b *bench) prepare() error {
	v, err := vault.Create(b.options(), vaulttest.NewVault())
	if err != nil {
		return err
	}
	for _, p := range []string{vaulttest.Trunk, vaulttest.PBX} {
		if _, err := v.Insert(vaulttest.ParsePath(p), vaulttest.Draft(vaulttest.Passwords(p)[0])); err != nil {
			return err
		}
	}
	_, err = v.PublishBook(vaulttest.Book, []byte(vaulttest.BookText))
	return err
}

// A deed is something that is written, and how to tell that it was.
type deed struct {
	name string
	do   func(v *vault.Vault) error
	// done returns nil when all of it is there, errNot when none of it is, and
	// anything else when something is wrong.
	done func(v *vault.Vault) error
}

var errNot = errors.New("not there")

func deeds() []deed {
	newPath, otherPath := vaulttest.ParsePath("telephony/new"), vaulttest.ParsePath("office/moved")
	trunk := vaulttest.ParsePath(vaulttest.Trunk)
	return []deed{
		{"insert", func(v *vault.Vault) error {
			_, err := v.Insert(newPath, vaulttest.Draft("inserted"))
			return err
		}, func(v *vault.Vault) error { return opensAs(v, newPath, "inserted") }},
		{"edit", func(v *vault.Vault) error {
			_, err := v.Edit(trunk, func(entry.Draft) (entry.Draft, error) { return vaulttest.Draft("edited"), nil })
			return err
		}, func(v *vault.Vault) error {
			if opensAs(v, trunk, vaulttest.Passwords(vaulttest.Trunk)[0]) == nil {
				return errNot
			}
			return opensAs(v, trunk, "edited")
		}},
		{"remove", func(v *vault.Vault) error { _, err := v.Remove(trunk); return err }, func(v *vault.Vault) error {
			switch err := opensAs(v, trunk, vaulttest.Passwords(vaulttest.Trunk)[0]); {
			case err == nil:
				return errNot
			case errors.Is(err, errNot):
				return nil
			default:
				return err
			}
		}},
		{"rename", func(v *vault.Vault) error { _, err := v.Rename(trunk, otherPath); return err }, renamed(trunk, otherPath)},
		{"publish", func(v *vault.Vault) error {
			_, err := v.PublishBook(vaulttest.Book, []byte("# Second\n"))
			return err
		}, func(v *vault.Vault) error {
			b, err := v.Book(vaulttest.Book)
			if err == nil && string(b.Text) == vaulttest.BookText {
				return errNot
			}
			if err == nil && string(b.Text) != "# Second\n" {
				return fmt.Errorf("the runbook says %q", b.Text)
			}
			return err
		}},
		{"renew", func(v *vault.Vault) error { _, err := v.RenewSafe("telephony"); return err }, func(v *vault.Vault) error {
			if v.Policy().Current("telephony").Gen == 1 {
				return errNot
			}
			p := vaulttest.ParsePath("telephony/after")
			if _, err := v.Insert(p, vaulttest.Draft("after")); err != nil {
				return err
			}
			return opensAs(v, p, "after")
		}},
		{"policy", func(v *vault.Vault) error {
			_, err := v.ChangePolicy(func(d *policy.Document) error {
				d.Safes["billing"] = &policy.Safe{Access: map[string]policy.Access{"lead": policy.Manage}}
				return nil
			})
			return err
		}, func(v *vault.Vault) error {
			if v.PolicyRef().Number == 1 {
				return errNot
			}
			p := vaulttest.ParsePath("billing/bank")
			if _, err := v.Insert(p, vaulttest.Draft("bank")); err != nil {
				return err
			}
			return opensAs(v, p, "bank")
		}},
	}
}

// opensAs opens an entry; errNot says that there is none.
func opensAs(v *vault.Vault, p entry.Path, want string) error {
	r, err := v.Reveal(p, vault.Purpose{})
	var none *vault.NotFoundError
	if errors.As(err, &none) {
		return errNot
	}
	if err == nil && password(r) != want {
		return fmt.Errorf("%s opens as %q", p, password(r))
	}
	return err
}

// renamed knows the three states of a rename: in between, both names work.
func renamed(from, to entry.Path) func(*vault.Vault) error {
	return func(v *vault.Vault) error {
		old, moved := opensAs(v, from, "trunk-old"), opensAs(v, to, "trunk-old")
		switch {
		case old == nil && errors.Is(moved, errNot):
			return errNot
		case errors.Is(old, errNot) && moved == nil:
			return nil
		case old == nil && moved == nil:
			return errBoth
		}
		return errors.Join(old, moved)
	}
}

var errBoth = errors.New("both names work")

// everyStep runs a scenario once for each of its steps and each way to fail,
// as storetest.EveryStep does, but with one kind of crash a step, in turn:
// each scenario here takes a hundred steps.
func everyStep(t *testing.T, b *bench, files map[string][]byte, scenario func(*bench) error, check func(t *testing.T, b *bench, told error)) {
	t.Helper()
	everyNth(t, stride, b, files, scenario, check)
}

// everyNth is everyStep for one of n steps: what else those writes do is tried elsewhere.
func everyNth(t *testing.T, n int, b *bench, files map[string][]byte, scenario func(*bench) error, check func(t *testing.T, b *bench, told error)) {
	t.Helper()
	crashes := []storetest.Fault{storetest.Killed, storetest.PowerCut, storetest.TornCut}
	for step, last := 1, false; !last; step += n {
		for _, fault := range []storetest.Fault{storetest.Lost, storetest.Unanswered, crashes[step%len(crashes)]} {
			m := storetest.New()
			for name, data := range files {
				m.Plant(name, 0, data)
			}
			m.FailAt(step, fault)
			told := scenario(b.on(m))
			last = m.Steps() < step
			m.Restart()
			if last && (step == 1 || told != nil) {
				t.Fatalf("without a fault, after %d steps: %v", step-1, told)
			}
			t.Run(fmt.Sprintf("%s at step %d", fault, step), func(t *testing.T) { check(t, b.on(m), told) })
		}
	}
}

// Every step of every write fails in every way. Afterwards a fresh Open works
// and Verify finds nothing; what was acknowledged is there, what wasn't is
// there completely or not at all; the next write works, and leaves no intent
// open and nothing to be said by Verify.
func TestEveryStepOfAWrite(t *testing.T) {
	t.Parallel()
	for _, d := range deeds() {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			b, files := preparedBench(t)
			everyStep(t, b, files, func(b *bench) error {
				v, err := b.vault()
				if err != nil {
					return err
				}
				return d.do(v)
			}, func(t *testing.T, b *bench, told error) { afterwards(t, b, d.done, told) })
		})
	}
}

func afterwards(t *testing.T, b *bench, done func(*vault.Vault) error, told error) {
	t.Helper()
	clean(t, b, false)
	v, err := b.vault()
	if err != nil {
		t.Fatal(err)
	}
	switch err := done(v); {
	case err == nil:
	case errors.Is(err, errNot) || errors.Is(err, errBoth):
		if told == nil {
			t.Fatalf("it was acknowledged, and is %v", err)
		}
	default:
		t.Fatalf("after %v: %v", told, err)
	}
	p := vaulttest.ParsePath("office/next")
	if _, err := v.Insert(p, vaulttest.Draft("next")); err != nil {
		t.Fatalf("the next write, after %v: %v", told, err)
	}
	if err := opensAs(v, p, "next"); err != nil {
		t.Fatalf("the next write, after %v: %v", told, err)
	}
	clean(t, b, true)
}

// clean demands a verification without findings; whole: and without notes, and
// with every intent closed.
func clean(t *testing.T, b *bench, whole bool) {
	t.Helper()
	v, err := b.vault()
	if err != nil {
		t.Fatal(err)
	}
	r, err := v.Verify(true)
	if err != nil {
		t.Fatal(err)
	}
	notes := slices.DeleteFunc(r.Notes, func(f audit.Finding) bool { return f.Code == audit.Unwitnessed }) // nobody was here to see
	if !r.OK() || whole && len(notes) > 0 {
		t.Fatalf("findings %+v, notes %+v", r.Findings, r.Notes)
	}
	if whole {
		closed(t, v)
	}
}

// closed demands that every intent of the log has one kind of outcome, and
// that every outcome is one of an intent.
func closed(t *testing.T, v *vault.Vault) {
	t.Helper()
	open := map[uint64]audit.Event{}
	outcome := map[uint64]chain.Result{}
	err := v.Events(audit.Filter{}, func(e audit.Event) error {
		switch {
		case e.Result == chain.Intent:
			open[e.Seq] = e
		case e.Result == chain.Done || e.Result == chain.Failed:
			in, ok := open[e.Ref]
			if !ok || in.Op != e.Op || in.Object != e.Object {
				return fmt.Errorf("event %d (%s %s) closes event %d, which is %+v", e.Seq, e.Op, e.Result, e.Ref, in)
			}
			if was := outcome[e.Ref]; was != "" && was != e.Result {
				return fmt.Errorf("event %d is %s and %s", e.Ref, was, e.Result)
			}
			outcome[e.Ref] = e.Result
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for seq, e := range open {
		if outcome[seq] == "" {
			t.Errorf("event %d (%s %s) was left open", seq, e.Op, e.Object)
		}
	}
}

// Plaintext comes out only when its line is in the log, under a signed head
// and on the disk: whichever step fails, and in whatever way.
func TestLogBeforeReveal(t *testing.T) {
	t.Parallel()
	b, files := preparedBench(t)
	var shown bool
	everyStep(t, b, files, func(b *bench) error {
		shown = false
		v, err := b.vault()
		if err != nil {
			return err
		}
		r, err := v.Reveal(vaulttest.ParsePath(vaulttest.PBX), vault.Purpose{Reason: "because"})
		shown = r != nil
		if shown && err != nil {
			t.Errorf("a secret together with %v", err)
		}
		return err
	}, func(t *testing.T, b *bench, told error) {
		if n := reveals(t, b); shown && n != 1 {
			t.Errorf("a secret was shown, and the log has %d lines about it", n)
		}
		afterwards(t, b, func(*vault.Vault) error { return nil }, told)
	})
}

// reveals counts the lines about openings that the log on the disk proves.
func reveals(t *testing.T, b *bench) (n int) {
	t.Helper()
	v, err := b.vault()
	if err != nil {
		t.Fatal(err)
	}
	err = v.Events(audit.Filter{}, func(e audit.Event) error {
		if e.Op == "secret.reveal" && e.Result == chain.OK {
			n++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A vault whose making was cut short is no vault, or a whole one; and the
// same person can make another, with the keys that are there.
func TestEveryStepOfCreate(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	first := &bench{root, storetest.New()}
	if _, err := vault.Create(first.options(), vaulttest.NewVault()); err != nil {
		t.Fatal(err)
	}
	identities := map[string][]byte{}
	for name, data := range first.disk.Files() {
		if strings.HasPrefix(name, "home/identities/") {
			identities[name] = data
		}
	}
	everyStep(t, first, identities, func(b *bench) error {
		_, err := vault.Create(b.options(), vaulttest.NewVault())
		return err
	}, func(t *testing.T, b *bench, told error) {
		v, err := b.vault()
		if errors.Is(err, vault.ErrNoVault) && told != nil {
			again := b.options()
			again.Dir = filepath.Join(root, "again")
			v, err = vault.Create(again, vaulttest.NewVault())
		}
		if err != nil {
			t.Fatalf("after %v: %v", told, err)
		}
		p := vaulttest.ParsePath("telephony/first")
		if _, err := v.Insert(p, vaulttest.Draft("first")); err != nil {
			t.Fatal(err)
		}
		if err := opensAs(v, p, "first"); err != nil {
			t.Fatal(err)
		}
		if r, err := v.Verify(true); err != nil || !r.OK() {
			t.Fatalf("%+v, %v", r, err)
		}
	})
}
