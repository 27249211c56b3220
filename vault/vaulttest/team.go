package vaulttest

import (
	"crypto/rand"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/identity"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// Hosting is an entry of a Team that agents may only request.
const Hosting = "billing/hosting"

// A Team is several people, each with a machine and a copy of one vault of
// their own. Maria leads, audits and made the vault; Anna leads, too; Vera
// only audits; everybody else is an agent. The copies begin with the same
// files and go their own ways until CopyFiles, or a sync.
//
//	telephony  leads manage, agents use       Trunk, PBX
//	billing    leads manage, agents request   Hosting
//	office     leads manage                   Wifi
type Team struct {
	Root   string
	People []*Mate

	mu  sync.Mutex
	now time.Time
}

// A Mate is a member with a device, its local state and a copy of the vault.
type Mate struct {
	Member string
	Home   string
	Dir    string
	Skew   time.Duration // of this machine's clock
}

// NewTeam makes a Team below an empty directory. Maria is always in it.
func NewTeam(root string, members ...string) (*Team, error) {
	t := &Team{Root: root, now: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)}
	for _, member := range append([]string{"maria"}, members...) {
		t.People = append(t.People, &Mate{Member: member,
			Home: filepath.Join(root, member, "home"), Dir: filepath.Join(root, member, "vault")})
	}
	maria := t.People[0]
	if err := os.MkdirAll(filepath.Dir(maria.Dir), 0o700); err != nil {
		return nil, err
	}
	if _, err := vault.Create(t.Options(maria), teamVault()); err != nil {
		return nil, err
	}
	if err := t.enrol(t.People[1:]); err != nil {
		return nil, err
	}
	if err := t.fill(maria); err != nil {
		return nil, err
	}
	for _, p := range t.People[1:] {
		if err := os.CopyFS(p.Dir, os.DirFS(maria.Dir)); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func teamVault() vault.NewVault {
	n := NewVault()
	n.Roles = map[string]*policy.Role{"lead": {}, "agent": {}, "auditor": {}}
	n.AuditRoles = []string{"auditor", "lead"}
	n.ApproveRoles = []string{"lead", "agent"}
	request, err := policy.ParseAccess("request")
	if err != nil {
		panic("vaulttest: " + err.Error())
	}
	n.Safes = append(n.Safes, vault.NewSafe{ID: "billing", Access: map[string]policy.Access{"lead": policy.Manage, "agent": request}})
	return n
}

func roleOf(member string) string {
	switch member {
	case "maria", "anna":
		return "lead"
	case "vera":
		return "auditor"
	}
	return "agent"
}

// enrol makes people members with a device each, in one policy version, and
// gives their machines what a machine has after joining.
func (t *Team) enrol(people []*Mate) error {
	if len(people) == 0 {
		return nil
	}
	keys := map[*Mate]*identity.Identity{}
	files := map[*Mate]string{}
	for _, p := range people {
		key, file, err := t.newDevice(p)
		if err != nil {
			return err
		}
		keys[p], files[p] = key, file
	}
	v, err := t.Open(t.People[0])
	if err != nil {
		return err
	}
	_, err = v.ChangePolicy(func(d *policy.Document) error {
		for _, p := range people {
			d.Members[p.Member] = &policy.Member{Name: p.Member, Roles: []string{roleOf(p.Member)}, Devices: map[string]policy.Device{
				keys[p].DeviceID(): {Label: "desk", File: files[p]}}}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, p := range people {
		if err := settle(v, t.People[0].Home, p.Home, keys[p]); err != nil {
			return err
		}
	}
	return nil
}

// newDevice makes the keys of a person, and writes the .device into Maria's copy.
func (t *Team) newDevice(p *Mate) (*identity.Identity, string, error) {
	key, err := identity.New(p.Member, rand.Reader)
	if err != nil {
		return nil, "", err
	}
	device, err := key.DeviceStatement("desk", t.Now())
	if err != nil {
		return nil, "", err
	}
	dir, err := store.OpenDir(t.People[0].Dir)
	if err != nil {
		return nil, "", err
	}
	return key, statement.Sum(device).String(), dir.WriteOnce(store.DeviceName(key.DeviceID()), device)
}

func (t *Team) fill(p *Mate) error {
	v, err := t.Open(p)
	if err != nil {
		return err
	}
	for path, password := range map[string]string{Trunk: "trunk-old", PBX: "pbx-only", Wifi: "wifi-only", Hosting: "hosting-only"} {
		if _, err := v.Insert(ParsePath(path), Draft(password)); err != nil {
			return err
		}
	}
	return nil
}

// Person finds somebody of the team.
func (t *Team) Person(member string) *Mate {
	for _, p := range t.People {
		if p.Member == member {
			return p
		}
	}
	panic("vaulttest: nobody in the team is called " + member)
}

// Options are those with which a person opens their own copy. The clock moves a
// second each time it is looked at, for everybody.
func (t *Team) Options(p *Mate) vault.Options {
	return vault.Options{Dir: p.Dir, Home: p.Home, Rand: rand.Reader,
		Now:    func() time.Time { return t.Now().Add(p.Skew) },
		Booted: func() time.Time { return time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC).Add(p.Skew) }}
}

// Now is the team's time, a second later at each call.
func (t *Team) Now() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now = t.now.Add(time.Second)
	return t.now
}

// Pass lets time go by.
func (t *Team) Pass(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now = t.now.Add(d)
}

// Open opens a person's copy.
func (t *Team) Open(p *Mate) (*vault.Vault, error) { return vault.Open(t.Options(p)) }

// CopyFiles gives one copy what another has and it lacks, byte for byte and
// with no check, as a person does with a file manager. A log or a journal is
// replaced where the other's head says that it is longer.
func (t *Team) CopyFiles(from, to *Mate) error {
	theirs, err := Look(from.Dir)
	if err != nil {
		return err
	}
	ours, err := Look(to.Dir)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(theirs)) {
		if _, have := ours[name]; have && !longer(theirs, ours, name) {
			continue
		}
		if err := give(to.Dir, name, theirs[name]); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// At is the same team in a copy of its root.
func (t *Team) At(root string) *Team {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := &Team{Root: root, now: t.now}
	for _, p := range t.People {
		c.People = append(c.People, &Mate{Member: p.Member, Skew: p.Skew,
			Home: filepath.Join(root, p.Member, "home"), Dir: filepath.Join(root, p.Member, "vault")})
	}
	return c
}
