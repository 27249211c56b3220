package vaulttest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"opsvault/policy"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A TeamAttack is something done in a Team by somebody who must not succeed.
// Its folder in testdata/hostile and its function are named as those of an
// Attack.
type TeamAttack struct {
	Name    string
	Members []string // besides Maria
	Do      func(*Team) error
}

// TeamAttacks are all of them.
func TeamAttacks() []TeamAttack { return slices.Concat(grantAttacks(), insiderAttacks()) }

// World is how a person's copy looks to the functions that forge statements:
// its Maria is this person.
func (t *Team) World(p *Mate) *World {
	return &World{Root: t.Root, Dir: p.Dir, Maria: &Person{p.Member, p.Home}, now: t.Now()}
}

// Spread gives everybody what anybody has.
func (t *Team) Spread() error {
	maria := t.People[0]
	for range 2 {
		for _, p := range t.People[1:] {
			if err := t.CopyFiles(p, maria); err != nil {
				return err
			}
			if err := t.CopyFiles(maria, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// Govern has Maria change the policy, and spreads it.
func (t *Team) Govern(change func(*policy.Document)) error {
	v, err := t.Open(t.People[0])
	if err != nil {
		return err
	}
	if _, err := v.ChangePolicy(func(d *policy.Document) error { change(d); return nil }); err != nil {
		return err
	}
	return t.Spread()
}

// SecondDevice gives a member of the team another machine.
func (t *Team) SecondDevice(of *Mate) (*Mate, error) {
	p := &Mate{Member: of.Member, Home: filepath.Join(t.Root, of.Member+"-2", "home"), Dir: filepath.Join(t.Root, of.Member+"-2", "vault")}
	key, file, err := t.newDevice(p)
	if err != nil {
		return nil, err
	}
	if err := t.Govern(func(d *policy.Document) {
		d.Members[p.Member].Devices[key.DeviceID()] = policy.Device{Label: "second", File: file}
	}); err != nil {
		return nil, err
	}
	v, err := t.Open(t.People[0])
	if err != nil {
		return nil, err
	}
	if err := settle(v, t.People[0].Home, p.Home, key); err != nil {
		return nil, err
	}
	t.People = append(t.People, p)
	return p, os.CopyFS(p.Dir, os.DirFS(t.People[0].Dir))
}

// CommitAct writes an act with a person's keys and none of the checks, and spreads it.
func (t *Team) CommitAct(p *Mate, body statement.Act) error {
	return t.commit(p, Deed{Op: "act." + string(body.Op), Object: "-",
		Header: func(c statement.Common) (statement.Header, error) {
			body.Common = c
			return body.Header()
		},
		Name: func(c statement.Common, hash statement.Hash) string {
			return store.ActName(c.Time.Format("200601"), hash.Short(), c.Device)
		},
	})
}

// CommitPacket writes a packet with a person's keys and none of the checks, and
// spreads it. The body has no hashes of the parts yet.
func (t *Team) CommitPacket(p *Mate, body statement.Packet, parts ...[]byte) error {
	for i, part := range parts {
		body.Parts[i].Hash = statement.Sum(part)
	}
	return t.commit(p, Deed{Op: "packet.issue", Object: "-", Parts: parts,
		Header: func(c statement.Common) (statement.Header, error) {
			body.Common = c
			return body.Header()
		},
		Name: func(_ statement.Common, hash statement.Hash) string {
			return store.PacketName(body.About.Short(), hash.Short())
		},
	})
}

func (t *Team) commit(p *Mate, d Deed) error {
	w := t.World(p)
	if err := w.Commit(w.Maria, d); err != nil {
		return err
	}
	return t.Spread()
}

// Packet reads the first packet in a person's copy.
func (t *Team) Packet(p *Mate) (name string, body statement.Packet, parts [][]byte, err error) {
	names, err := filepath.Glob(filepath.Join(p.Dir, "packets", "*", "*.packet"))
	if err != nil || len(names) == 0 {
		return "", body, nil, os.ErrNotExist
	}
	data, err := os.ReadFile(names[0])
	if err != nil {
		return "", body, nil, err
	}
	st, err := statement.Open(data, t.deviceKey(p))
	if err != nil {
		return "", body, nil, err
	}
	body, err = statement.ParsePacket(st.Header)
	return strings.TrimPrefix(filepath.ToSlash(names[0]), filepath.ToSlash(p.Dir)+"/"), body, st.Parts, err
}

// deviceKey finds the keys of devices in the .device files of a copy.
func (t *Team) deviceKey(p *Mate) func(string) (ssh.PublicKey, error) {
	return func(device string) (ssh.PublicKey, error) {
		data, err := os.ReadFile(filepath.Join(p.Dir, filepath.FromSlash(store.DeviceName(device))))
		if err != nil {
			return nil, err
		}
		_, body, err := statement.OpenDevice(data)
		return body.Key, err
	}
}

// Recipient is the age recipient of a person's own device.
func (t *Team) Recipient(p *Mate) (device, recipient string, err error) {
	w := t.World(p)
	key, err := w.Key(w.Maria)
	if err != nil {
		return "", "", err
	}
	return key.DeviceID(), key.Recipient(), nil
}
