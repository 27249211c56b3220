package vault

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// seenBefore is what findID holds against the pins and the announcements.
type seenBefore struct {
	id, safe, name string
	have           uint64
	files          []versionFile
	pin            store.Pin
	standing       []*Entry
}

// checkSeen makes sure that nothing newer was seen, or announced as written,
// than what stands. refused is why the highest version doesn't.
func (v *Vault) checkSeen(s seenBefore, refused error) error {
	if pinned := max(s.pin.Version, s.pin.Announced); s.have < pinned {
		var late *LateError
		switch {
		case errors.As(refused, &late):
			return &LateError{Name: s.name, Have: s.have, Denied: late.Denied, Statement: late.Statement, Version: pinned}
		case refused != nil:
			return refused
		}
		return &RollbackError{What: "entry", Name: s.name, Have: s.have, Pinned: pinned}
	}
	if s.safe == "" && len(s.standing) > 0 {
		s.safe = s.standing[0].body.Safe
	}
	missing, err := v.missing(s.id, s.safe, s.have, s.files, s.pin)
	if err != nil || len(missing) == 0 {
		return err
	}
	newest := slices.MaxFunc(missing, func(a, b Announced) int { return cmp.Compare(a.Version, b.Version) })
	return &RollbackError{What: "entry", Name: s.name, Have: s.have, Pinned: newest.Version, Missing: missing}
}

// checkParents makes sure that the parents are here and verify, back to the
// pin, and that the version is the one that follows them.
func (v *Vault) checkParents(f versionFile, body statement.Entry, pin store.Pin) error {
	if len(body.Prev) == 0 {
		return nil
	}
	files, err := v.versionsOf(body.ID)
	if err != nil {
		return err
	}
	newest := uint64(0)
	for _, want := range body.Prev {
		number, err := v.checkParent(f, files, want, pin)
		if err != nil {
			return err
		}
		newest = max(newest, number)
	}
	if f.number != newest+1 {
		return &IntegrityError{f.name, fmt.Errorf("it is version %d, and follows version %d", f.number, newest)}
	}
	return nil
}

// errParent says that a version can't be judged yet.
var errParent = errors.New("a version that it follows is not here")

// checkParent finds one parent and returns its number.
func (v *Vault) checkParent(f versionFile, files []versionFile, want statement.Hash, pin store.Pin) (uint64, error) {
	for _, p := range files {
		if p.number >= f.number {
			continue
		}
		st, err := v.readStatement(p.name)
		if err != nil || st.Hash != want {
			continue
		}
		if pinned(pin, p.number, st.Hash) || p.number < pin.Version {
			return p.number, nil
		}
		body, err := statement.ParseEntry(st.Header)
		if err != nil {
			return 0, &IntegrityError{p.name, err}
		}
		return p.number, v.checkParents(p, body, pin)
	}
	return 0, &IntegrityError{f.name, fmt.Errorf("%w: %s", errParent, want.Short())}
}
