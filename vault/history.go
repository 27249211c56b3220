package vault

import (
	"errors"

	"opsvault/policy"
	"opsvault/vault/entry"
	"opsvault/vault/store"
)

// Show returns the newest standing version of an entry with its card, and its
// siblings. Nothing is logged: the secret stays sealed. With stale it returns
// what is here even below what was seen before.
func (v *Vault) Show(path entry.Path, stale bool) (*Entry, []*Entry, error) {
	e, siblings, err := v.find(path, stale)
	if err != nil {
		return nil, nil, v.near(err, path)
	}
	return e, siblings, nil
}

// At returns one version with its card.
func (v *Vault) At(path entry.Path, version uint64) (*Entry, error) {
	e, _, err := v.wanted(path, Purpose{Version: version})
	return e, err
}

// History returns every version that verifies, newest first.
func (v *Vault) History(path entry.Path) ([]*Entry, error) {
	names, err := v.names()
	if err != nil {
		return nil, err
	}
	id := entry.ID(names, path)
	files, err := v.versionsOf(id)
	if err != nil {
		return nil, err
	}
	pin, err := v.pins.Get(id)
	if err != nil {
		return nil, err
	}
	var all []*Entry
	for _, f := range files {
		e, err := v.readEntry(f, pin)
		if skip := new(refusal); errors.As(err, &skip) {
			v.warn("version-refused", "file", f.name, "why", skip.err.Error())
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	if len(all) == 0 {
		return nil, v.near(&NotFoundError{What: "entry", Name: path.String()}, path)
	}
	return all, v.checkRollback(path, all[0], pin)
}

func (v *Vault) checkRollback(path entry.Path, top *Entry, pin store.Pin) error {
	if pinned := max(pin.Version, pin.Announced); top.Version < pinned {
		return &RollbackError{What: "entry", Name: path.String(), Have: top.Version, Pinned: pinned}
	}
	return nil
}

// near adds what a misspelt path may have meant.
func (v *Vault) near(err error, path entry.Path) error {
	var none *NotFoundError
	if !errors.As(err, &none) || none.What != "entry" {
		return err
	}
	if _, ok := v.policy.Doc.Safes[path.Safe()]; !ok {
		return &NotFoundError{What: "safe", Name: path.Safe(), Near: v.policy.Doc.SafeIDs()}
	}
	rows, listErr := v.List("")
	if listErr != nil {
		return err
	}
	none.Near = nearest(path.Folded(), rows)
	return err
}

// Readable reports whether this member may read an entry's secret, and why.
func (v *Vault) Readable(safe string) policy.Decision {
	return v.policy.Doc.DecideAt(v.me.Member, policy.Read, safe, v.now())
}
