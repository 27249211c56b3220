package vault

import (
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// fill copies what lies at a place into this copy. Nothing is believed of it:
// every file is verified where it is read. The marker comes last.
func (v *Vault) fill(place string) error {
	if !v.opts.holds(place, v.id) {
		return ErrNoCopy
	}
	from, err := v.opts.storage(place, false)
	if err != nil {
		return err
	}
	defer from.Close()
	if err := v.fillFrom(from, ""); err != nil {
		return err
	}
	data, err := from.Read(MarkerName, markerLimit)
	if err != nil {
		return err
	}
	return v.dir.WriteOnce(MarkerName, data)
}

// fillFrom copies one directory of a vault with all below it.
func (v *Vault) fillFrom(from *store.Dir, dir string) error {
	at := dir
	if at == "" {
		at = "."
	}
	items, err := from.List(at)
	if err != nil {
		return err
	}
	for _, item := range items {
		name := item.Name
		if dir != "" {
			name = dir + "/" + name
		}
		if item.Kind == store.KindDir {
			if name == "tmp" || name == ".git" {
				continue
			}
			if err := v.fillFrom(from, name); err != nil {
				return err
			}
			continue
		}
		n, ok := store.ParseName(name)
		if !ok || item.Kind != store.KindFile || n.Form == store.FormMarker {
			continue
		}
		data, err := from.Read(name, 4*statement.MaxSize)
		if err != nil {
			return err
		}
		if n.Form.Once() {
			_ = v.dir.WriteOnce(name, data) // other bytes are kept beside
			continue
		}
		if err := v.dir.Replace(name, data); err != nil {
			return err
		}
	}
	return nil
}
