package store

import (
	"errors"
	"fmt"
	"io/fs"
	"time"
)

const (
	pinsDir    = "pins"
	pinsLimit  = 8 << 20 // bytes of a shard: 1,024 shards hold 10,000 entries in 1 KiB each
	pinsWait   = 5 * time.Second
	maxPinned  = 16 // hashes of one pin: as many as a version can have parents
	pinsHeader = "opsvault/v1 pins "
)

// Pin is what this machine remembers of an entry, so that nobody can show it
// an older one.
type Pin struct {
	// Version is the newest version seen; 0 is none.
	Version uint64
	// Announced is the newest version that a device has announced as written.
	// It may be above Version, and may sink when an announcement is skipped.
	Announced uint64
	// Hashes are those of the statements seen at Version, sorted: one, or
	// several siblings, at most 16.
	Hashes [][32]byte
}

// BackwardsError says that a pin would go back to an older version.
type BackwardsError struct {
	ID           string
	Pinned, Told uint64
}

func (e *BackwardsError) Error() string {
	return fmt.Sprintf("entry %s: version %d is pinned and cannot go back to %d", e.ID, e.Pinned, e.Told)
}

// Pins are the pins of a vault's entries, in files of a directory of local
// state: pins/<first two characters of the id>, each a text that docs/format.md
// describes. Reading takes no lock. Writing holds the lock for as long as one
// shard is read and replaced.
type Pins struct {
	dir  *Dir
	lock string
}

// NewPins makes the pins in a directory of local state. lock is the path of the
// lock file that writers take; empty when the caller keeps others away.
func NewPins(dir *Dir, lock string) *Pins { return &Pins{dir: dir, lock: lock} }

// Get returns the pin of an entry; the zero Pin when it has none. A shard that
// cannot be read is an error (ErrDamaged), never the zero Pin.
func (p *Pins) Get(id string) (Pin, error) {
	if !isBase32(id, entryLength) {
		return Pin{}, &UnsafeError{Name: id, Why: "not an entry id"}
	}
	s, err := p.read(id[:2])
	return s[id], err
}

// Set pins an entry durably. See Update.
func (p *Pins) Set(id string, pin Pin) error { return p.Update(map[string]Pin{id: pin}) }

// Update pins entries durably, shard by shard. A version below the one pinned
// is a BackwardsError, before anything of its shard is written. At the version
// that is pinned, the hashes are added to those there, while there is room. What does not change is
// not written.
func (p *Pins) Update(pins map[string]Pin) error {
	byShard := make(map[string][]string)
	for id := range pins {
		if !isBase32(id, entryLength) {
			return &UnsafeError{Name: id, Why: "not an entry id"}
		}
		byShard[id[:2]] = append(byShard[id[:2]], id)
	}
	for _, name := range sortedKeys(byShard) {
		if err := p.update(name, byShard[name], pins); err != nil {
			return err
		}
	}
	return nil
}

// update brings the pins of the ids, all of one shard, to disk.
func (p *Pins) update(name string, ids []string, pins map[string]Pin) (err error) {
	if p.lock != "" {
		l, err := LockFile(p.lock, pinsWait)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, l.Unlock()) }()
	}
	s, err := p.read(name)
	if err != nil {
		return err
	}
	changed := false
	for _, id := range ids {
		next, err := advance(id, s[id], pins[id])
		if err != nil {
			return err
		}
		if !next.equal(s[id]) {
			s[id], changed = next, true
		}
	}
	if !changed {
		return nil
	}
	return p.dir.Replace(shardName(name), s.encode())
}

// advance returns the pin that follows from the old one and what is told.
func advance(id string, old, told Pin) (Pin, error) {
	if told.Version < old.Version {
		return old, &BackwardsError{ID: id, Pinned: old.Version, Told: told.Version}
	}
	var kept [][32]byte
	if told.Version == old.Version {
		kept = old.Hashes
	}
	told.Hashes = join(kept, told.Hashes)
	if why := told.wrong(); why != "" {
		return old, fmt.Errorf("pin of entry %s: %s", id, why)
	}
	return told, nil
}

// Each calls f for every pin, in the order of the ids, until f returns an
// error, which it returns.
func (p *Pins) Each(f func(id string, pin Pin) error) error {
	items, err := p.dir.List(pinsDir)
	if err != nil {
		return err
	}
	for _, item := range items {
		if !isBase32(item.Name, 2) {
			continue
		}
		s, err := p.read(item.Name)
		if err != nil {
			return err
		}
		for _, id := range sortedKeys(s) {
			if err := f(id, s[id]); err != nil {
				return err
			}
		}
	}
	return nil
}

// read reads a shard; one that is missing has no pins.
func (p *Pins) read(name string) (shard, error) {
	data, err := p.dir.Read(shardName(name), pinsLimit)
	if errors.Is(err, fs.ErrNotExist) {
		return shard{}, nil
	}
	if err != nil {
		return nil, err
	}
	s, err := parseShard(name, data)
	if err != nil {
		return nil, &FileError{Op: opRead, Name: shardName(name), Kind: ErrDamaged, Err: err}
	}
	return s, nil
}

func shardName(name string) string { return pinsDir + "/" + name }
