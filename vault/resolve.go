package vault

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"opsvault/policy"
	"opsvault/vault/entry"
	"opsvault/vault/statement"
)

// A Resolution says how a conflict is decided. A side is named by its author,
// its device or the first 4 or more digits of its hash; sides of one author need one of the latter.
type Resolution struct {
	Take   string            // the side that counts wherever nothing else is said
	Fields map[string]string // by the name of a field or of a line of the card: the side that counts for it
	Late   bool              // bring back what came too late
	Refuse bool              // or refuse it: it becomes a parent and gives nothing
}

// ClashError says what both sides changed, differently: a person decides.
type ClashError struct {
	Path    string
	Clashes []Clash
}

func (e *ClashError) Error() string {
	return fmt.Sprintf("%s: %d fields differ in versions side by side", e.Path, len(e.Clashes))
}

// A Clash is one field, one line of the card, or whether the entry is there.
type Clash struct {
	Name  string // of a field; of a line of the card like "@title"; or Existence
	Sides []*Entry
}

// Existence is the name of the clash of a deletion with an edit.
const Existence = "@entry"

var (
	// ErrSettled: nothing about the entry is undecided.
	ErrSettled = errors.New("there is nothing to resolve")
	// ErrUndecided: versions that came too late have to be brought back or refused.
	ErrUndecided = errors.New("a version waits, to be brought back or refused")
)

// Resolve writes the next version of an entry with all that is undecided as
// its parents: the newest that stand, those that were overtaken, and with Late
// or Refuse those that came too late. What only one of them changed since
// their common ancestor is merged. It needs read and write on the safe, and
// each secret that it opens inside is logged as secret.reseal.
//
// ErrSettled, ErrUndecided, *ClashError, *NotFoundError for a side that is not
// there, *RollbackError where this device has seen a newer version.
func (v *Vault) Resolve(path entry.Path, r Resolution) (*Entry, error) {
	var out *Entry
	err := v.writing(func() error {
		for _, right := range []policy.Capability{policy.Read, policy.Write} {
			if err := v.may(right, path); err != nil {
				return err
			}
		}
		names, err := v.names()
		if err != nil {
			return err
		}
		f, err := v.family(entry.ID(names, path))
		if err != nil {
			return err
		}
		if !f.known() {
			return v.near(&NotFoundError{What: "entry", Name: path.String()}, path)
		}
		out, err = v.resolve(f, r)
		return err
	})
	return out, err
}

func (v *Vault) resolve(f *family, r Resolution) (*Entry, error) {
	u := f.undecided(r)
	switch {
	case len(u.late) > 0 && !r.Late && !r.Refuse && len(u.sides) < 2 && len(f.missing) == 0:
		return nil, ErrUndecided
	case len(u.parents) == 0 && len(f.waiting) > 0:
		return nil, f.waiting[0].Err // in transit: nothing can follow it yet
	case len(u.parents) == 0, len(u.parents) == 1 && len(f.missing) == 0 && u.parents[0].Hash == u.sides[0].Hash && len(f.standing) > 0:
		return nil, ErrSettled
	}
	line := u.lineage(f)
	if line.version <= f.pin.Version {
		return nil, &RollbackError{What: "entry", Name: f.path.String(), Have: line.version - 1, Pinned: f.pin.Version}
	}
	m := merging{v: v, f: f, r: r, sides: u.sides}
	draft, from, err := m.merge()
	if err != nil {
		return nil, err
	}
	var p *sealedVersion
	if draft == nil {
		p, err = v.sealTombstone(from, line)
	} else {
		p, err = v.sealNext(f.path, line, *draft)
	}
	if err != nil {
		return nil, err
	}
	return v.writeSealed(p)
}

// undecided is what a resolution is about.
type undecided struct {
	sides   []*Entry // whose content counts
	parents []*Entry // what the next version follows
	late    []*Entry
}

func (f *family) undecided(r Resolution) undecided {
	u := undecided{sides: slices.Clone(f.standing)}
	inner := map[statement.Hash]bool{} // what another one that waits follows
	for _, w := range f.waiting {
		if w.Why != InTransit {
			for _, parent := range f.parents[w.Hash] {
				f.descend(inner, parent)
			}
		}
	}
	for _, w := range f.waiting {
		switch {
		case w.Why == InTransit || inner[w.Hash]:
		case w.Why == Overtaken:
			u.sides = append(u.sides, w.entry)
		default:
			u.late = append(u.late, w.entry)
		}
	}
	u.parents = slices.Clone(u.sides)
	if r.Late || r.Refuse {
		u.parents = append(u.parents, u.late...)
	}
	if r.Late || len(u.sides) == 0 {
		u.sides = append(u.sides, u.late...)
	}
	u.parents = u.parents[:min(len(u.parents), statement.MaxPrev)]
	return u
}

// lineage of the version that decides.
func (u undecided) lineage(f *family) lineage {
	var line lineage
	for _, p := range u.parents {
		line.prev = append(line.prev, p.Hash)
		line.version = max(line.version, p.Version+1)
	}
	skips := map[string]uint64{}
	for _, a := range f.missing {
		skips[a.Device] = max(skips[a.Device], a.Seq)
	}
	for device, seq := range skips {
		line.skips = append(line.skips, statement.Seq{Device: device, Seq: seq})
	}
	slices.SortFunc(line.skips, func(a, b statement.Seq) int { return cmp.Compare(a.Device, b.Device) })
	line.skips = line.skips[:min(len(line.skips), statement.MaxSkips)]
	return line
}
