package vault

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"opsvault/vault/entry"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// Why something waits.
type WaitReason string

// The reasons. Late and Overtaken are a person's to decide; InTransit ends by
// itself when the rest arrives.
const (
	// Late: its author had lost the right, or it was kept back until then.
	Late WaitReason = "late"
	// InTransit: the log that announces it, or a version that it follows, is not here.
	InTransit WaitReason = "in-transit"
	// Overtaken: it stands, and others went on from what it follows without it.
	Overtaken WaitReason = "overtaken"
)

// A Waiting is something that is here and verifies, and does not count, or not
// any more, though nobody decided so.
type Waiting struct {
	What    string // "entry", "act" or "runbook"
	Name    string // path of an entry, slug of a runbook, op of an act
	Version uint64 // 0 for an act
	Author  string
	Device  string
	Time    time.Time
	Deleted bool // the version deletes the entry
	Why     WaitReason
	Err     error // what keeps it; nil for Overtaken
	Hash    statement.Hash
	File    string

	entry *Entry
}

// A Conflict is what is undecided about one entry.
type Conflict struct {
	Path     entry.Path
	Standing []*Entry // the newest that stand: one, or several side by side; none where all wait
	Waiting  []*Waiting
	Missing  []Announced
}

// Empty reports that there is nothing to decide or to wait for.
func (c *Conflict) Empty() bool {
	return len(c.Standing) < 2 && len(c.Waiting) == 0 && len(c.Missing) == 0
}

// Waiting lists what waits: versions of entries, acts, and publications and
// approvals of runbooks, by name and time.
func (v *Vault) Waiting() ([]*Waiting, error) {
	conflicts, err := v.Conflicts()
	if err != nil {
		return nil, err
	}
	var list []*Waiting
	for _, c := range conflicts {
		list = append(list, c.Waiting...)
	}
	others, err := v.waitingFiles()
	return append(list, others...), err
}

// Conflicts lists the entries about which something is undecided, by path.
func (v *Vault) Conflicts() ([]*Conflict, error) {
	ids, err := v.unsettled()
	if err != nil {
		return nil, err
	}
	var list []*Conflict
	for _, id := range ids {
		f, err := v.family(id)
		if err != nil {
			return nil, err
		}
		if c := f.conflict(); !c.Empty() && f.known() {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b *Conflict) int { return cmp.Compare(a.Path.Folded(), b.Path.Folded()) })
	return list, nil
}

// Conflict is what is undecided about one entry; it may be Empty.
func (v *Vault) Conflict(path entry.Path) (*Conflict, error) {
	names, err := v.names()
	if err != nil {
		return nil, err
	}
	f, err := v.family(entry.ID(names, path))
	if err != nil {
		return nil, err
	}
	if !f.known() {
		return nil, v.near(&NotFoundError{What: "entry", Name: path.String()}, path)
	}
	return f.conflict(), nil
}

// unsettled finds the entries that a listing doesn't vouch for: where the
// newest file isn't what stands, where a number is there twice, and those that
// miss something announced.
func (v *Vault) unsettled() ([]string, error) {
	idx, err := v.freshIndex()
	if err != nil {
		return nil, err
	}
	items, err := v.dir.List("entries")
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, item := range items {
		if item.Kind != store.KindDir || len(item.Name) != 2 {
			continue
		}
		files, order, err := v.shardFiles(item.Name)
		if err != nil {
			return nil, err
		}
		rows := map[string]*Row{}
		for i := range idx.shards[item.Name].rows {
			row := &idx.shards[item.Name].rows[i]
			rows[row.ID] = row
		}
		for _, id := range order {
			if !rows[id].settled(files[id]) {
				ids = append(ids, id)
			}
		}
	}
	known, err := v.absent()
	if err != nil {
		return nil, err
	}
	for _, a := range known.list {
		ids = append(ids, a.ID)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// settled reports whether the newest of an entry's files is the version that a
// row shows, and each number is there once: then all others are its ancestors.
func (r *Row) settled(files []string) bool {
	if r == nil || r.gone || r.Clash {
		return false
	}
	seen := map[uint64]bool{}
	newest := uint64(0)
	for _, file := range files {
		n, _ := store.ParseName("entries/" + file[:2] + "/" + file)
		if seen[n.Number] {
			return false
		}
		seen[n.Number], newest = true, max(newest, n.Number)
	}
	return newest == r.Version
}

// A family is every version of one entry that is here and sound.
type family struct {
	path     entry.Path
	standing []*Entry                            // the newest that stand
	waiting  []*Waiting                          // what is not among the ancestors of those
	missing  []Announced                         // and what is not here
	parents  map[statement.Hash][]statement.Hash // of every version with a sound frame
	numbers  map[statement.Hash]uint64
	pin      store.Pin
}

func (f *family) known() bool { return len(f.standing) > 0 || len(f.waiting) > 0 }

func (f *family) conflict() *Conflict { return &Conflict{f.path, f.standing, f.waiting, f.missing} }

func (v *Vault) family(id string) (*family, error) {
	files, err := v.versionsOf(id)
	if err != nil {
		return nil, err
	}
	f := &family{parents: map[statement.Hash][]statement.Hash{}, numbers: map[statement.Hash]uint64{}}
	if f.pin, err = v.pins.Get(id); err != nil {
		return nil, err
	}
	var sound []*Waiting
	for _, file := range files {
		w, err := v.judge(file, f.pin)
		if err != nil {
			return nil, err
		}
		if w != nil && f.numbers[w.Hash] == 0 {
			sound = append(sound, w)
			f.parents[w.Hash], f.numbers[w.Hash] = w.entry.body.Prev, w.Version
		}
	}
	f.sort(sound)
	if !f.known() {
		return f, nil
	}
	have := uint64(0)
	if len(f.standing) > 0 {
		have = f.standing[0].Version
	}
	f.missing, err = v.missing(id, f.path.Safe(), have, files, f.pin)
	return f, err
}

// sort tells the newest that stand, their ancestors and the rest apart.
func (f *family) sort(sound []*Waiting) {
	newest := uint64(0)
	for _, w := range sound {
		if w.Why == Overtaken {
			newest = max(newest, w.Version)
		}
	}
	settled := map[statement.Hash]bool{}
	for _, w := range sound {
		if w.Why == Overtaken && w.Version == newest {
			f.standing = append(f.standing, w.entry)
			f.descend(settled, w.Hash)
		}
	}
	for _, w := range sound {
		if !settled[w.Hash] {
			f.waiting = append(f.waiting, w)
		}
	}
	sortSiblings(f.standing)
	slices.SortStableFunc(f.waiting, func(a, b *Waiting) int { return cmp.Or(cmp.Compare(a.Version, b.Version), a.Time.Compare(b.Time)) })
	switch {
	case len(f.standing) > 0:
		f.path = f.standing[0].Path
	case len(f.waiting) > 0:
		f.path = f.waiting[0].entry.Path
	}
}

// descend marks a version and all that it follows.
func (f *family) descend(marked map[statement.Hash]bool, hash statement.Hash) {
	for next := []statement.Hash{hash}; len(next) > 0; {
		one := next[len(next)-1]
		next = next[:len(next)-1]
		if !marked[one] {
			marked[one] = true
			next = append(next, f.parents[one]...)
		}
	}
}

// judge reads a version whether it stands or not; nil where it is not sound,
// or its author never had the right. One that stands is called Overtaken until
// sort knows better.
func (v *Vault) judge(file versionFile, pin store.Pin) (*Waiting, error) {
	why, kept := Overtaken, error(nil)
	e, err := v.readEntry(file, pin)
	if skip := new(refusal); errors.As(err, &skip) {
		if why = waitsFor(skip.err); why == "" {
			return nil, nil
		}
		kept = skip.err
		e, err = v.openVersion(file)
		if errors.As(err, &skip) {
			return nil, nil
		}
	}
	if err != nil {
		return nil, err
	}
	if why == Late {
		if err := v.checkParents(file, e.body, pin); err != nil {
			if why = waitsFor(err); why == "" {
				return nil, nil
			}
			kept = err
		}
	}
	return &Waiting{What: "entry", Name: e.Path.String(), Version: e.Version, Author: e.Author, Device: e.Device, Time: e.Time,
		Deleted: e.Deleted, Why: why, Err: kept, Hash: e.Hash, File: e.File, entry: e}, nil
}

// waitsFor says whether what is refused waits, and for what.
func waitsFor(err error) WaitReason {
	var late *LateError
	var transit *TransitError
	switch {
	case errors.As(err, &late):
		return Late
	case errors.As(err, &transit), errors.Is(err, errParent):
		return InTransit
	}
	return ""
}

// openVersion is readEntry without asking whether the version counts.
func (v *Vault) openVersion(f versionFile) (*Entry, error) {
	st, body, err := v.entryStatement(f.name)
	if err != nil {
		return nil, refuse(err)
	}
	return v.entryOf(f.name, st, body)
}

// Entry is the version of an entry that waits, its secret still sealed; nil for an act or a runbook.
func (w *Waiting) Entry() *Entry { return w.entry }
