package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"opsvault/vault/chain"
	"opsvault/vault/identity"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// Repinning is what a person is shown before this machine believes a copy
// again: the newest policy that was verified from version 1.
type Repinning struct {
	Vault  statement.Hash
	Name   string
	Policy statement.PolicyRef
	Issued time.Time
	Member string
	Device string
}

// Repin makes this machine know a vault again that it had joined: the policy
// names a device whose keys are here, and the local state is gone. ask gets
// what was verified, and returns the digits that a colleague reads out of
// their newest policy; attempt is 0, and higher after wrong ones. It ends with
// ask's error.
//
// The log goes on from the longest copy that opts.Dir has. If others have seen
// lines that are not in it, they find a FORK, and the device must be renewed.
//
// It returns ErrJoined where nothing is lost, ErrNoIdentity where no key here
// belongs to a device of the policy, and *WhoError where several do.
func Repin(opts Options, ask func(r Repinning, attempt int) (digits string, err error)) (*Repinning, error) {
	v, err := begin(opts)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	if v.id, err = readMarker(v.dir); err != nil {
		return nil, err
	}
	if err := v.createState(); err != nil {
		return nil, err
	}
	v.openPins()
	var out *Repinning
	err = v.locked(func() (err error) {
		out, err = v.repin(ask)
		return err
	})
	return out, err
}

func (v *Vault) repin(ask func(Repinning, int) (string, error)) (*Repinning, error) {
	if err := v.followChain(); err != nil {
		return nil, err
	}
	if err := v.findLost(); err != nil {
		return nil, err
	}
	r := Repinning{Vault: v.id, Name: v.Name(), Policy: v.PolicyRef(), Issued: v.policy.Doc.Issued, Member: v.me.Member, Device: v.me.Device}
	want := PolicyDigits(v.id, v.policy.Hash)
	for attempt := 0; ; attempt++ {
		typed, err := ask(r, attempt)
		if err != nil {
			return nil, err
		}
		if identity.SameDigits(typed, want) {
			break
		}
	}
	if err := v.restoreLog(); err != nil {
		return nil, err
	}
	if err := v.state.MkdirAll(v.me.Device); err != nil {
		return nil, err
	}
	if err := v.savePolicy(); err != nil { // last: from now on this machine knows the vault
		return nil, err
	}
	v.rememberPlace()
	return &r, nil
}

// findLost finds the one member whose keys are here and whose device the
// policy names. The keys must be opened: nothing else tells the device.
func (v *Vault) findLost() error {
	all, err := identity.Find(v.home)
	if err != nil {
		return err
	}
	var mine []string
	for _, e := range all {
		m := v.policy.Doc.Members[e.Member]
		if m != nil && len(m.Devices) > 0 && (v.opts.Member == "" || v.opts.Member == e.Member) {
			mine = append(mine, e.Member)
		}
	}
	switch len(mine) {
	case 0:
		return ErrNoIdentity
	case 1:
	default:
		return &WhoError{Members: mine}
	}
	key, err := unlockIdentity(v.home, Me{Member: mine[0]}, v.opts.Passphrase)
	if err != nil {
		return err
	}
	v.key, v.me = key, Me{mine[0], key.DeviceID()}
	if !holdsDevice(v.policy.Doc, v.me.Member, v.me.Device) {
		return fmt.Errorf("%w: %s", ErrNoIdentity, v.me.Member)
	}
	_, pinned := v.state.Stat(pinnedFile)
	if _, err := v.state.Stat(v.me.Device); err == nil && pinned == nil {
		return ErrJoined
	}
	return nil
}

// restoreLog makes the original of this device's log from the copy.
func (v *Vault) restoreLog() error {
	name := chain.HeadName(v.logBase())
	if _, err := v.state.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		return err // it is still there
	}
	base, spec := store.LogBase(v.me.Device), v.logSpec(v.me.Device, v.key.PublicKey())
	report, err := chain.Verify(chain.Over(v.dir), base, spec, chain.VerifyOptions{})
	switch {
	case err != nil:
		return err
	case len(report.Findings) > 0:
		return &IntegrityError{base, fmt.Errorf("the copy of this device's log does not verify: %v", report.Findings[0])}
	case report.State == nil || report.State.Size == 0:
		return nil // it has never signed anything
	}
	if _, err := chain.Republish(chain.Over(v.dir), base, chain.Over(v.state), v.logBase(), spec); err != nil {
		return err
	}
	return v.state.Replace(name, report.State.Head)
}
