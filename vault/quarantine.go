package vault

import (
	"bytes"
	"errors"
	"io/fs"

	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// clearWay makes room for a file that this device is about to write. Its name
// is one that only this device has, so what lies there and isn't signed by a
// device of the vault was put there to be in the way: it is kept in the local
// state's quarantine and taken out of the vault. A sound statement stays, and
// the write then reports an equivocation.
func (v *Vault) clearWay(b store.Blob) error {
	info, err := v.dir.Stat(b.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Kind == store.KindFile {
		data, err := v.dir.Read(b.Name, statement.MaxSize)
		if err == nil && bytes.Equal(data, b.Data) {
			return nil
		}
		if err == nil {
			if _, err := statement.Open(data, v.keyOf); err == nil {
				return nil
			}
			if err := v.state.WriteOnce(quarantineName(b.Name, data), data); err != nil {
				return err
			}
		} else if !errors.Is(err, store.ErrTooLarge) {
			return err
		}
	}
	v.warn("quarantined", "file", b.Name)
	return v.dir.Remove(b.Name)
}
