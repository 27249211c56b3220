package vault

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"opsvault/vault/identity"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// awaiting is what a device keeps from `join` until its person has typed the
// digits that were read back.
type awaiting struct {
	Member     string `json:"member"`
	Invitation []byte `json:"invitation"` // the file
	Device     []byte `json:"device"`     // the .device file
	Place      string `json:"place"`
	Tries      int    `json:"tries"` // how often the digits were wrong
}

const (
	awaitingFile = "awaiting"
	renewedFile  = "renewed" // in the directory of a device that another took the place of
)

// unconfirmed is the warning of a device that is admitted and not confirmed.
const unconfirmed = "unconfirmed"

// maxTries is how often the digits that are read back may be typed wrong
// before somebody should ask who is at the other end.
const maxTries = 3

// readAwaiting returns nil for a device that waits for nothing.
func (v *Vault) readAwaiting(device string) (*awaiting, error) {
	data, err := v.readChecked(device + "/" + awaitingFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	a := &awaiting{}
	if err == nil {
		err = json.Unmarshal(data, a)
	}
	return a, err
}

func (v *Vault) saveAwaiting(a *awaiting) error {
	data, err := json.Marshal(a)
	if err != nil {
		return err
	}
	v.await = a
	return v.writeChecked(v.mine(awaitingFile), data)
}

// joinDigits are those that the newcomer reads out.
func (v *Vault) joinDigits(a *awaiting) (string, error) {
	inv, err := ReadInvitation(a.Invitation)
	if err != nil {
		return "", err
	}
	return identity.JoinDigits(v.id.String(), inv.Policy.Hash.String(), statement.Sum(a.Device).String()), nil
}

// checkAdmitted refuses to open the vault for a device that no policy names.
func (v *Vault) checkAdmitted() error {
	if v.await == nil {
		return nil
	}
	if holdsDevice(v.policy.Doc, v.me.Member, v.me.Device) {
		v.warn(unconfirmed)
		return nil
	}
	if v.named(v.me.Device) {
		return fmt.Errorf("%s: %w", v.me.Device, ErrDeviceGone)
	}
	digits, err := v.joinDigits(v.await)
	if err != nil {
		return err
	}
	return &NotAdmittedError{Vault: v.id, Member: v.me.Member, Device: v.me.Device, Digits: digits, Place: v.await.Place}
}

// Unconfirmed reports a device that is admitted and whose person has not typed
// the digits that were read back: it reads, and signs nothing.
func (v *Vault) Unconfirmed() bool { return v.await != nil }

// maySign is asked before anything that this device would sign.
func (v *Vault) maySign() error {
	if v.await == nil {
		return nil
	}
	return &UnconfirmedError{Member: v.me.Member, Device: v.me.Device}
}

// Confirm ends a joining: digits are those that whoever admitted this device
// reads back. Until then the device signs nothing, so that nobody fills a
// stranger's vault. *ReadBackError when they are wrong, ErrJoined when there
// was nothing to confirm.
func Confirm(opts Options, digits string) error {
	v, err := Open(opts)
	if err != nil {
		return err
	}
	defer v.Close()
	return v.Confirm(digits)
}

// Confirm is Confirm of a vault that is open.
func (v *Vault) Confirm(digits string) error {
	lock, err := store.LockFile(v.lockPath("lock"), v.opts.Wait)
	if err != nil {
		return err
	}
	defer lock.Unlock()
	a, err := v.readAwaiting(v.me.Device)
	if err != nil {
		return err
	}
	if a == nil {
		return ErrJoined
	}
	if a.Tries >= maxTries {
		return &ReadBackError{}
	}
	want, err := v.readBack(v.me.Device, statement.Sum(a.Device))
	if err != nil {
		return err
	}
	if !identity.SameDigits(digits, want) {
		a.Tries++
		return errors.Join(v.saveAwaiting(a), &ReadBackError{Left: maxTries - a.Tries})
	}
	if err := v.state.Remove(v.mine(awaitingFile)); err != nil {
		return err
	}
	v.await = nil
	v.warnings = slices.DeleteFunc(v.warnings, func(w Warning) bool { return w.Code == unconfirmed })
	return nil
}

// readBack are the digits that prove to a newcomer that the other ones were
// compared: whoever can say them has the policy version that names the device.
func (v *Vault) readBack(device string, file statement.Hash) (string, error) {
	admitted, err := v.admittedBy(device)
	if err != nil {
		return "", err
	}
	return identity.ReadBackDigits(v.id.String(), admitted.Hash.String(), file.String()), nil
}

// admittedBy finds the version that first names a device of the newest one.
func (v *Vault) admittedBy(device string) (statement.PolicyRef, error) {
	all, err := v.followed()
	if err != nil {
		return statement.PolicyRef{}, err
	}
	found := v.PolicyRef()
	own := v.policy.versions.lineage(found.Hash)
	for _, w := range slices.Backward(all) {
		if !own[w.hash] {
			continue
		}
		doc, err := v.docOf(w.ref())
		if err != nil {
			return statement.PolicyRef{}, err
		}
		if _, named := doc.Device(device); !named {
			break
		}
		found = w.ref()
	}
	return found, nil
}
