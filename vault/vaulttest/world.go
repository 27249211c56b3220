// Package vaulttest makes vaults for tests: a sound one with two people in it,
// and hostile ones, each a copy of it after one attack.
//
// # Words
//
// A World is a vault and the local state of its people: Maria, the lead, who
// has seen everything in it, and Ivan, an agent, who has joined and has read
// telephony/pbx, but never looked at telephony/sip-trunk. A Deed is a statement
// written by a person's device without any of the checks of package vault: what
// an insider can do with a program of their own. An Attack changes a World.
//
// Passwords and notes tell where they come from; nothing here protects anything.
package vaulttest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/entry"
	"opsvault/vault/identity"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// The entries of a World. Trunk has two versions, the others have one. Ivan
// may read those of telephony.
const (
	Trunk = "telephony/sip-trunk"
	PBX   = "telephony/pbx"
	Wifi  = "office/wifi"
	Book  = "no-internet" // a runbook
)

// The text of the runbook's one version.
const BookText = "# No internet\n\n1. Look at the lamp.\n"

// Passwords returns the passwords that an entry's versions have, oldest first.
func Passwords(path string) []string {
	return map[string][]string{
		Trunk: {"trunk-old", "trunk-new"},
		PBX:   {"pbx-only"},
		Wifi:  {"wifi-only"},
	}[path]
}

// World is a vault with the people who use it, below one directory.
type World struct {
	Root      string
	Dir       string // the vault
	Elsewhere string // a directory outside of it, with one file; nothing may change there
	Maria     *Person
	Ivan      *Person

	now time.Time
}

// Person is a member with one device.
type Person struct {
	Member string
	Home   string // local state
}

func at(root string) *World {
	return &World{
		Root: root, Dir: filepath.Join(root, "vault"), Elsewhere: filepath.Join(root, "elsewhere"),
		Maria: &Person{"maria", filepath.Join(root, "maria")},
		Ivan:  &Person{"ivan", filepath.Join(root, "ivan")},
		now:   time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC),
	}
}

// Make makes a World in an empty directory.
func Make(root string) (*World, error) {
	w := at(root)
	for _, step := range []func() error{w.create, w.join, w.fill, w.lookAround} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// Options are those with which a person opens the vault: the clock moves a
// second each time it is looked at, and the machine was started before it all.
func (w *World) Options(p *Person) vault.Options {
	return vault.Options{Dir: w.Dir, Home: p.Home, Rand: rand.Reader, Now: w.Now,
		Booted: func() time.Time { return at(w.Root).now.Add(-time.Hour) }}
}

// Now is the World's time, a second later at each call.
func (w *World) Now() time.Time {
	w.now = w.now.Add(time.Second)
	return w.now
}

// Open opens the vault as a person.
func (w *World) Open(p *Person) (*vault.Vault, error) { return vault.Open(w.Options(p)) }

// NewVault is what a World's vault is made with.
func NewVault() vault.NewVault {
	both := map[string]policy.Access{"lead": policy.Manage, "agent": policy.Use}
	return vault.NewVault{
		Name: "Contact centre", Member: "maria", PersonName: "Мария", Label: "laptop", NoPassphrase: true,
		Safes: []vault.NewSafe{
			{ID: "telephony", Access: both},
			{ID: "office", Access: map[string]policy.Access{"lead": policy.Manage}},
		},
		Roles: map[string]*policy.Role{"lead": {}, "agent": {}}, GovernRole: "lead", AuditRoles: []string{"lead"},
	}
}

func (w *World) create() error {
	if err := os.MkdirAll(w.Elsewhere, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(w.Elsewhere, "precious"), []byte("precious\n"), 0o600); err != nil {
		return err
	}
	_, err := vault.Create(w.Options(w.Maria), NewVault())
	return err
}

// join makes Ivan a member with a device, as an invitation would end.
func (w *World) join() error {
	key, err := identity.New("ivan", rand.Reader)
	if err != nil {
		return err
	}
	device, err := key.DeviceStatement("desk", w.Now())
	if err != nil {
		return err
	}
	if err := w.Write(store.DeviceName(key.DeviceID()), device); err != nil {
		return err
	}
	v, err := w.Open(w.Maria)
	if err != nil {
		return err
	}
	_, err = v.ChangePolicy(func(d *policy.Document) error {
		d.Members["ivan"] = &policy.Member{Name: "Иван", Roles: []string{"agent"}, Devices: map[string]policy.Device{
			key.DeviceID(): {Label: "desk", File: statement.Sum(device).String()}}}
		return nil
	})
	if err != nil {
		return err
	}
	return settle(v, w.Maria.Home, w.Ivan.Home, key)
}

// settle gives a newcomer's machine what a machine has after joining: the
// identity, and the policy that the other machine has verified.
func settle(v *vault.Vault, from, to string, key *identity.Identity) error {
	home, err := store.CreateDir(to, 0o700)
	if err != nil {
		return err
	}
	if err := identity.CreateInClear(home, key); err != nil {
		return err
	}
	state := "vaults/" + v.ID().String()
	for _, name := range []string{"policy", "policy.yaml", "chain"} {
		data, err := os.ReadFile(filepath.Join(from, filepath.FromSlash(state+"/"+name)))
		if err != nil {
			return err
		}
		if err := home.Replace(state+"/"+name, data); err != nil {
			return err
		}
	}
	return home.MkdirAll(state + "/" + key.DeviceID())
}

// fill writes the entries and the runbook, and runs it once.
func (w *World) fill() error {
	v, err := w.Open(w.Maria)
	if err != nil {
		return err
	}
	for _, p := range []string{Trunk, PBX, Wifi} {
		if _, err := v.Insert(ParsePath(p), Draft(Passwords(p)[0])); err != nil {
			return err
		}
	}
	if _, err := v.Edit(ParsePath(Trunk), func(d entry.Draft) (entry.Draft, error) {
		return Draft(Passwords(Trunk)[1]), nil
	}); err != nil {
		return err
	}
	b, err := v.PublishBook(Book, []byte(BookText))
	if err != nil {
		return err
	}
	j, err := v.StartRun(b)
	if err != nil {
		return err
	}
	return errors.Join(j.Append("run.done", "-", nil), j.End(b.Slug, b.Version))
}

// lookAround has Maria see everything, and Ivan what he has seen.
func (w *World) lookAround() error {
	for p, paths := range map[*Person][]string{w.Maria: {Trunk, PBX, Wifi}, w.Ivan: {PBX}} {
		v, err := w.Open(p)
		if err != nil {
			return err
		}
		for _, path := range paths {
			r, err := v.Reveal(ParsePath(path), vault.Purpose{})
			if err != nil {
				return fmt.Errorf("%s reads %s: %w", p.Member, path, err)
			}
			r.Fields.Wipe()
		}
	}
	v, err := w.Open(w.Maria)
	if err != nil {
		return err
	}
	if _, err = v.List(""); err != nil {
		return err
	}
	_, err = v.Verify(true)
	return err
}

// Draft is an entry with a password.
func Draft(password string) entry.Draft {
	return entry.Draft{Title: "SIP trunk", Kind: "sip", Fields: entry.Fields{
		{Name: "username", Value: entry.NewValue([]byte("user"))},
		{Name: "password", Value: entry.NewValue([]byte(password))},
	}}
}

// ParsePath parses a path that is known to be right.
func ParsePath(s string) entry.Path {
	p, err := entry.ParsePath(s)
	if err != nil {
		panic("vaulttest: " + err.Error())
	}
	return p
}
