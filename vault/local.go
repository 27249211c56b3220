package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"opsvault/vault/identity"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// The local state of one vault is the directory vaults/<vault id> below the
// home (docs/format.md, section 10); what one device keeps lies in a directory
// named after the device. state is opened there, and mine names what is this
// device's.
func stateName(id statement.Hash) string { return "vaults/" + id.String() }
func (v *Vault) mine(name string) string { return v.me.Device + "/" + name }
func (v *Vault) lockPath(name string) string {
	return filepath.Join(v.opts.Home, filepath.FromSlash(stateName(v.id)+"/"+name))
}

func noVault(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNoVault
	}
	return err
}

// openState opens the local state of a vault that this machine has joined.
func (v *Vault) openState() error {
	if _, err := v.home.Stat(stateName(v.id)); errors.Is(err, fs.ErrNotExist) {
		return v.notJoined()
	} else if err != nil {
		return err
	}
	return v.createState()
}

func (v *Vault) createState() (err error) {
	v.state, err = v.opts.storage(filepath.Join(v.opts.Home, filepath.FromSlash(stateName(v.id))), true)
	return err
}

// placeFile remembers where a vault was last opened, so that another vault in
// its place is noticed.
const placeFile = "place"

func (v *Vault) notJoined() error {
	known, err := v.vaultAt(v.path)
	if err != nil {
		return err
	}
	if known != "" {
		return fmt.Errorf("%s: %w: it held %s, now it holds %s", v.path, ErrSwapped, known, v.id)
	}
	return fmt.Errorf("%s: %w", v.path, ErrNotJoined)
}

// vaultAt returns the id of the vault that this machine last used at path.
func (v *Vault) vaultAt(path string) (string, error) {
	vaults, err := v.home.List("vaults")
	if err != nil {
		return "", err
	}
	for _, item := range vaults {
		place, err := v.home.Read("vaults/"+item.Name+"/"+placeFile, 8<<10)
		if err == nil && filepath.Clean(strings.TrimSuffix(string(place), "\n")) == path {
			return item.Name, nil
		}
	}
	return "", nil
}

// rememberPlace notes where this vault was seen, and warns, once, when another
// one that this machine knows lay there before. A note that can't be written
// stops nobody.
func (v *Vault) rememberPlace() {
	want := []byte(v.path + "\n")
	if have, err := v.state.Read(placeFile, 8<<10); err == nil && string(have) == string(want) {
		return
	}
	if other := v.clearPlace(); other != "" {
		v.warn("place-taken", "name", v.Name(), "id", v.id.String(), "other", other)
	}
	_ = v.state.ReplaceRelaxed(placeFile, want)
}

// clearPlace forgets which vault was last seen here, and returns it.
func (v *Vault) clearPlace() string {
	other, err := v.vaultAt(v.path)
	if err != nil || other == "" {
		return ""
	}
	_ = v.home.Remove("vaults/" + other + "/" + placeFile)
	return other
}

// findMe decides which member of this machine acts: the one asked for, or the
// only one that has a device in this vault's local state.
func (v *Vault) findMe() error {
	here, err := v.membersHere()
	if err != nil {
		return err
	}
	var names []string
	for _, one := range here {
		if v.opts.Member == one.Member || v.opts.Member == "" && len(here) == 1 {
			v.me, v.await = one.Me, one.await
			return nil
		}
		names = append(names, one.Member)
	}
	if len(here) == 0 {
		return ErrNoIdentity
	}
	return &WhoError{Asked: v.opts.Member, Members: names}
}

// A present member has a device of this vault on this machine.
type present struct {
	Me
	await *awaiting
}

// membersHere lists the members that have a device of this vault on this
// machine, by the local state's device directories: the policy names the
// device, or it waits for that. Of two devices of one member it is the one
// that waits: the other is about to be replaced.
func (v *Vault) membersHere() ([]present, error) {
	items, err := v.state.List(".")
	if err != nil {
		return nil, err
	}
	var here []present
	for _, item := range items {
		one, err := v.presentBy(item)
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(here, func(p present) bool { return p.Member == one.Member })
		switch {
		case one.Member == "":
		case at < 0:
			here = append(here, one)
		case one.await != nil:
			here[at] = one
		}
	}
	return here, nil
}

// presentBy tells whose device directory it is; nobody's is a present without
// a member.
func (v *Vault) presentBy(item store.Item) (present, error) {
	if _, ok := store.ParseName(store.DeviceName(item.Name)); !ok || item.Kind != store.KindDir {
		return present{}, nil
	}
	if _, err := v.state.Stat(item.Name + "/" + renewedFile); err == nil {
		return present{}, nil
	}
	a, err := v.readAwaiting(item.Name)
	if err != nil {
		return present{}, err
	}
	member, named := v.policy.memberOf(item.Name)
	if !named && a != nil {
		member = a.Member
	}
	return present{Me{member, item.Name}, a}, nil
}

// unlockIdentity opens a member's keys: those of a device, or where none is
// named the present ones.
func unlockIdentity(home *store.Dir, me Me, ask func(string, int) ([]byte, error)) (*identity.Identity, error) {
	member := me.Member
	read := func() (identity.File, error) { return identity.Read(home, member) }
	if me.Device != "" {
		read = func() (identity.File, error) { return identity.ReadDevice(home, member, me.Device) }
	}
	file, err := read()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrNoIdentity, member)
	}
	if err != nil {
		return nil, err
	}
	if !file.Locked {
		return file.Open(nil)
	}
	if ask == nil {
		return nil, identity.ErrNoPassphrase
	}
	for attempt := 0; ; attempt++ {
		passphrase, err := ask(member, attempt)
		if err != nil {
			return nil, err
		}
		key, err := file.Open(passphrase)
		clear(passphrase)
		if !errors.Is(err, identity.ErrPassphrase) {
			return key, err
		}
	}
}
