package vaulttest

import (
	"os"
	"path/filepath"

	"opsvault/policy"
)

// AddDevice gives a member a second machine, with a home and a copy of its
// own, by a policy version of Maria's. The copy is one of hers.
func (t *Team) AddDevice(member string) (*Mate, error) {
	p := &Mate{Member: member, Home: filepath.Join(t.Root, member+"-2", "home"), Dir: filepath.Join(t.Root, member+"-2", "vault")}
	key, file, err := t.newDevice(p)
	if err != nil {
		return nil, err
	}
	maria := t.People[0]
	v, err := t.Open(maria)
	if err != nil {
		return nil, err
	}
	_, err = v.ChangePolicy(func(d *policy.Document) error {
		d.Members[member].Devices[key.DeviceID()] = policy.Device{Label: "second", File: file}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := settle(v, maria.Home, p.Home, key); err != nil {
		return nil, err
	}
	return p, os.CopyFS(p.Dir, os.DirFS(maria.Dir))
}
