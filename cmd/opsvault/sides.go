package main

import (
	"errors"

	"opsvault/vault"
	"opsvault/vault/entry"
)

// sideOf is the version that is meant where several stand side by side, or one waits: by is an author, a device or the first
// digits of a hash. Without it two siblings are a conflict: of two passwords a script must not get one by chance.
func (c *call) sideOf(v *vault.Vault, path entry.Path, e *vault.Entry, siblings []*vault.Entry, by string) (*vault.Entry, error) {
	sides := append([]*vault.Entry{e}, siblings...)
	if by == "" {
		if len(siblings) == 0 {
			return e, nil
		}
		conflict := &vault.ConflictError{Path: path.String()}
		names := make([]string, len(sides))
		for i, s := range sides {
			names[i] = vault.SideName(sides, s)
			conflict.Siblings = append(conflict.Siblings, vault.Sibling{Author: s.Author, Device: s.Device, Version: s.Version, Time: s.Time})
		}
		return nil, hinted(conflict, "show.conflict-hint", "word", shellWord(path.String()), "sides", names, "side", names[0])
	}
	side, err := vault.Side(sides, by)
	if err == nil {
		return side, nil
	}
	waits, conflictErr := v.Conflict(path)
	if conflictErr != nil {
		return nil, errors.Join(err, conflictErr)
	}
	for _, w := range waits.Waiting {
		sides = append(sides, w.Entry())
	}
	return vault.Side(sides, by)
}
