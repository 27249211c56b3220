package vault

import (
	"errors"
	"fmt"
	"slices"

	"opsvault/policy"
	"opsvault/vault/entry"
	"opsvault/vault/statement"
)

// Insert writes the first version of an entry. *ExistsError when the path is
// taken; a deleted path may be used again.
func (v *Vault) Insert(path entry.Path, draft entry.Draft) (*Entry, error) {
	return v.change(path, func(old *Entry) (entry.Draft, error) {
		if old != nil && !old.Deleted {
			return draft, &ExistsError{"entry", path.String()}
		}
		return draft, nil
	})
}

// Edit writes the next version of an entry: edit gets the present one, opened
// inside (which is logged), and returns what it should be. ErrUnchanged when
// nothing differs.
func (v *Vault) Edit(path entry.Path, edit func(entry.Draft) (entry.Draft, error)) (*Entry, error) {
	return v.change(path, func(old *Entry) (entry.Draft, error) {
		if old == nil || old.Deleted {
			return entry.Draft{}, &NotFoundError{What: "entry", Name: path.String()}
		}
		if err := v.may(policy.Read, old.Path); err != nil {
			return entry.Draft{}, err
		}
		secret, err := v.reseal(old, "edit")
		if err != nil {
			return entry.Draft{}, err
		}
		before := entry.DraftOf(old.Card, secret)
		after, err := edit(before)
		if err == nil && sameDraft(after, before) {
			err = ErrUnchanged
		}
		return after, err
	})
}

// Remove writes a tombstone. Old versions stay readable with their number.
func (v *Vault) Remove(path entry.Path) (*Entry, error) {
	var out *Entry
	err := v.writing(func() error {
		old, err := v.sole(path)
		if err != nil {
			return err
		}
		if old.Deleted {
			return &NotFoundError{What: "entry", Name: path.String()}
		}
		if err := v.may(policy.Write, old.Path); err != nil {
			return err
		}
		out, err = v.writeTombstone(old, "")
		return err
	})
	return out, err
}

// Restore writes the content of an older version, or of the last one before a
// deletion (version 0), as the next version.
func (v *Vault) Restore(path entry.Path, version uint64) (*Entry, error) {
	return v.change(path, func(old *Entry) (entry.Draft, error) {
		if old == nil {
			return entry.Draft{}, &NotFoundError{What: "entry", Name: path.String()}
		}
		if err := v.may(policy.Read, old.Path); err != nil {
			return entry.Draft{}, err
		}
		from, err := v.restorable(path, version)
		if err != nil {
			return entry.Draft{}, err
		}
		if from.Version == old.Version {
			return entry.Draft{}, ErrUnchanged
		}
		secret, err := v.reseal(from, "restore")
		if err != nil {
			return entry.Draft{}, err
		}
		return entry.DraftOf(from.Card, secret), nil
	})
}

func (v *Vault) restorable(path entry.Path, version uint64) (*Entry, error) {
	history, err := v.History(path)
	if err != nil {
		return nil, err
	}
	for _, e := range history {
		if !e.Deleted && (version == 0 || e.Version == version) {
			return e, nil
		}
	}
	return nil, &NotFoundError{What: "version", Name: fmt.Sprintf("%s@%d", path, version)}
}

// Rename writes the entry under its new path first and the tombstone second;
// in between both names work.
func (v *Vault) Rename(from, to entry.Path) (*Entry, error) {
	var out *Entry
	err := v.writing(func() error {
		old, err := v.sole(from)
		if err != nil {
			return err
		}
		if old.Deleted {
			return &NotFoundError{What: "entry", Name: from.String()}
		}
		if err := v.may(policy.Write, from); err != nil {
			return err
		}
		if err := v.may(policy.Write, to); err != nil {
			return err
		}
		target, err := v.target(to)
		if err != nil {
			return err
		}
		if out, err = v.moveTo(to, target, old); err != nil {
			return err
		}
		if _, err = v.writeTombstone(old, to.String()); err == nil {
			v.leftBehind(old, to)
		}
		return err
	})
	return out, err
}

// moveTo writes the content of old under another path. Where an earlier
// rename was cut short after that, it is there already.
func (v *Vault) moveTo(to entry.Path, target, old *Entry) (*Entry, error) {
	taken := target != nil && !target.Deleted
	if taken && target.Card.MovedFrom != old.Path.String() {
		return nil, &ExistsError{"entry", to.String()}
	}
	secret, err := v.reseal(old, "rename")
	if err != nil {
		return nil, err
	}
	draft := entry.DraftOf(old.Card, secret)
	if !taken {
		draft.MovedFrom = old.Path.String()
		return v.writeVersion(to, target, draft)
	}
	there, err := v.reseal(target, "rename")
	if err != nil {
		return nil, err
	}
	if !sameDraft(draft, entry.DraftOf(target.Card, there)) {
		return nil, &ExistsError{"entry", to.String()}
	}
	return target, nil
}

// change makes the next version of an entry from what next returns for the
// present one, which is nil where there is none.
func (v *Vault) change(path entry.Path, next func(old *Entry) (entry.Draft, error)) (*Entry, error) {
	var out *Entry
	err := v.writing(func() error {
		if err := v.may(policy.Write, path); err != nil {
			return err
		}
		old, err := v.target(path)
		if err != nil {
			return err
		}
		draft, err := next(old)
		if err != nil {
			return err
		}
		out, err = v.writeVersion(path, old, draft)
		return err
	})
	return out, err
}

// may asks the policy about this member.
func (v *Vault) may(c policy.Capability, path entry.Path) error {
	if _, ok := v.policy.Doc.Safes[path.Safe()]; !ok {
		return &NotFoundError{What: "safe", Name: path.Safe(), Near: v.policy.Doc.SafeIDs()}
	}
	if d := v.policy.Doc.DecideAt(v.me.Member, c, path.Safe(), v.now()); !d.Allowed {
		return &DeniedError{Member: v.me.Member, Capability: c, On: path.String(), Decision: d}
	}
	if c == policy.Write {
		return v.writable(path.Safe())
	}
	return nil
}

// sole is the newest version of an entry, which must have no siblings.
func (v *Vault) sole(path entry.Path) (*Entry, error) {
	e, siblings, err := v.find(path, false)
	if err != nil {
		return nil, err
	}
	if len(siblings) == 0 {
		return e, nil
	}
	return nil, conflictOf(e, siblings)
}

func conflictOf(e *Entry, siblings []*Entry) *ConflictError {
	conflict := &ConflictError{Path: e.Path.String()}
	for _, s := range append([]*Entry{e}, siblings...) {
		conflict.Siblings = append(conflict.Siblings, Sibling{s.Author, s.Device, s.Version, s.Time})
	}
	return conflict
}

// target is sole, with nil for a path that nothing has.
func (v *Vault) target(path entry.Path) (*Entry, error) {
	e, err := v.sole(path)
	var none *NotFoundError
	if errors.As(err, &none) {
		return nil, nil
	}
	return e, err
}

func (v *Vault) writeVersion(path entry.Path, old *Entry, draft entry.Draft) (*Entry, error) {
	p, err := v.sealVersion(path, old, draft)
	if err != nil {
		return nil, err
	}
	return v.writeSealed(p)
}

func (v *Vault) writeTombstone(old *Entry, movedTo string) (*Entry, error) {
	line := after(old)
	line.movedTo = movedTo
	p, err := v.sealTombstone(old, line)
	if err != nil {
		return nil, err
	}
	return v.writeSealed(p)
}

// sealTo encrypts to a generation that the policy names.
func (v *Vault) sealTo(key keyID, plain []byte) ([]byte, error) {
	recipient, err := v.recipient(key)
	if err != nil {
		return nil, err
	}
	return statement.Seal(plain, recipient)
}

// sameDraft reports whether nothing differs that a version would keep.
func sameDraft(a, b entry.Draft) bool {
	sameField := func(x, y entry.Field) bool { return x.Name == y.Name && x.Value.Equal(y.Value) }
	return a.Title == b.Title && a.Kind == b.Kind && a.URL == b.URL && a.Owner == b.Owner && a.Due == b.Due && a.Note == b.Note &&
		slices.Equal(a.Tags, b.Tags) && slices.EqualFunc(a.Fields, b.Fields, sameField)
}

// Vacant reports whether an entry can be inserted at a path: the policy lets
// this member write there, and nothing has the path. It saves a person from
// typing in vain; Insert asks again.
func (v *Vault) Vacant(path entry.Path) error {
	if err := v.may(policy.Write, path); err != nil {
		return err
	}
	old, err := v.target(path)
	if err == nil && old != nil && !old.Deleted {
		return &ExistsError{"entry", path.String()}
	}
	return err
}
