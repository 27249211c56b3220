package identity

import (
	"errors"
	"fmt"
	"io/fs"

	"opsvault/vault/store"
)

// ReadDevice gives the file of a member's device: the one that a renewal put
// aside under the device's id, else the present one, whose device is only
// known once it is open. A member without one is fs.ErrNotExist.
func ReadDevice(dir Dir, member, device string) (File, error) {
	if !isMember(member) {
		return File{}, fmt.Errorf("%w: %q", ErrMember, member)
	}
	file, err := read(dir, member, member+"."+device)
	if errors.Is(err, fs.ErrNotExist) {
		return Read(dir, member)
	}
	return file, err
}

// Renew makes i the identity of its member and keeps the present one, whose
// device is old, beside it. Without a passphrase it lies in clear. At every
// moment the member has the one identity or the other: after an error the call
// may be repeated with another i. It returns fs.ErrNotExist where there is no
// present one.
func Renew(dir Dir, i *Identity, old string, passphrase []byte) error {
	present, err := Read(dir, i.member)
	if err != nil {
		return err
	}
	sealed, locked := i.Marshal(), len(passphrase) > 0
	if locked {
		if sealed, err = reseal(i, passphrase); err != nil {
			return err
		}
	}
	err = dir.WriteOnce(fileName(i.member+"."+old, present.Locked), present.Data)
	var other *store.EquivocationError
	if err != nil && !errors.As(err, &other) {
		return fmt.Errorf("keep the identity of device %s: %w", old, err)
	}
	if err := dir.Replace(fileName(i.member, locked), sealed); err != nil {
		return fmt.Errorf("renew the identity of %s: %w", i.member, err)
	}
	if err := dir.Remove(fileName(i.member, !locked)); err != nil {
		return fmt.Errorf("renew the identity of %s: %w", i.member, err)
	}
	return nil
}
