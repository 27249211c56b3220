package vault

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"opsvault/policy"
	"opsvault/vault/entry"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// An Entry is one version of a credential as this device sees it: verified,
// its card open, its secret still sealed.
type Entry struct {
	Path    entry.Path
	Card    entry.Card
	Version uint64
	Author  string
	Device  string
	Time    time.Time
	Deleted bool
	Hash    statement.Hash
	File    string // in the vault

	body statement.Entry
	st   *statement.Statement
	by   *openedBy // the grant that opens it; nil: the key of its safe
}

// A versionFile is one version of an entry by its file's name.
type versionFile struct {
	name   string
	number uint64
	device string
}

// versionsOf lists the files of an entry's versions, newest first.
func (v *Vault) versionsOf(id string) ([]versionFile, error) {
	items, err := v.dir.List(store.EntryBase(id))
	if err != nil {
		return nil, err
	}
	var files []versionFile
	for _, item := range items {
		if !strings.HasPrefix(item.Name, id) {
			continue
		}
		name := store.EntryBase(id) + "/" + item.Name
		n, ok := store.ParseName(name)
		if !ok || n.Form != store.FormEntry {
			continue
		}
		if n.Newcomer != "" {
			v.warn("equivocation", "file", name) // a candidate like the other: the log says which counts
		}
		files = append(files, versionFile{name, n.Number, n.Device})
	}
	sort.Slice(files, func(i, j int) bool {
		if files[i].number != files[j].number {
			return files[i].number > files[j].number
		}
		return files[i].name < files[j].name
	})
	return files, nil
}

// find returns the newest standing version of an entry, and its siblings if it
// has any. With stale it shows what is here even below the pin.
func (v *Vault) find(path entry.Path, stale bool) (*Entry, []*Entry, error) {
	names, err := v.names()
	if err != nil {
		return nil, nil, err
	}
	id := entry.ID(names, path)
	if f := v.found; f != nil && f.id == id && f.stale == stale {
		return f.entry, f.siblings, nil
	}
	e, siblings, err := v.findID(id, path, stale)
	if err == nil {
		v.found = &foundEntry{id, stale, e, siblings}
	}
	return e, siblings, err
}

// A foundEntry is what find returned last. A command looks at an entry before
// it opens it; it is verified once. A write, and a new policy, forget it.
type foundEntry struct {
	id       string
	stale    bool
	entry    *Entry
	siblings []*Entry
}

func (v *Vault) findID(id string, path entry.Path, stale bool) (*Entry, []*Entry, error) {
	files, err := v.versionsOf(id)
	if err != nil {
		return nil, nil, err
	}
	pin, err := v.pins.Get(id)
	if err != nil {
		return nil, nil, err
	}
	standing, refused, err := v.newest(files, pin)
	if err != nil {
		return nil, nil, err
	}
	have, name := uint64(0), path.String()
	if len(standing) > 0 {
		have = standing[0].Version
	}
	if name == "" {
		name = id // a listing knows no path of what is gone
	}
	if !stale {
		if err := v.checkSeen(seenBefore{id, path.Safe(), name, have, files, pin, standing}, refused); err != nil {
			return nil, nil, err
		}
	}
	if len(standing) == 0 {
		if refused != nil {
			return nil, nil, refused
		}
		return nil, nil, &NotFoundError{What: "entry", Name: path.String()}
	}
	if err := v.pin(pin, standing); err != nil {
		return nil, nil, err
	}
	return standing[0], standing[1:], nil
}

// newest goes down the versions until one stands, and returns it with the
// others of its number. What didn't stand is reported by the second result,
// the first (highest) one.
func (v *Vault) newest(files []versionFile, pin store.Pin) (standing []*Entry, refused error, err error) {
	for i, f := range files {
		if len(standing) > 0 && f.number < files[i-1].number {
			break
		}
		e, err := v.readEntry(f, pin)
		if skip := new(refusal); errors.As(err, &skip) {
			v.warnRefused(f, skip.err)
			v.refusals++
			if refused == nil {
				refused = skip.err
			}
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		if !slices.ContainsFunc(standing, func(s *Entry) bool { return s.Hash == e.Hash }) {
			standing = append(standing, e)
		}
	}
	sortSiblings(standing)
	return standing, refused, nil
}

// sortSiblings puts versions of one number into the order that every copy has.
func sortSiblings(list []*Entry) {
	slices.SortFunc(list, func(a, b *Entry) int {
		return cmp.Or(strings.Compare(a.Device, b.Device), bytes.Compare(a.Hash[:], b.Hash[:]))
	})
}

// warnRefused says why a version doesn't count: what only came too late waits
// for a person, what is wrong does not.
func (v *Vault) warnRefused(f versionFile, err error) {
	if late := new(LateError); errors.As(err, &late) {
		v.warn("version-late", "file", f.name, "version", fmt.Sprint(f.number), "by", late.Statement.Author)
		return
	}
	v.warn("version-refused", "file", f.name, "why", err.Error())
}

// A refusal says that one file doesn't count; what stands below it may.
type refusal struct{ err error }

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

// readEntry verifies one version: its frame, its place in the policy and in
// the log (unless the pin says that this was done before), its parents, and
// its card.
func (v *Vault) readEntry(f versionFile, pin store.Pin) (*Entry, error) {
	st, body, err := v.entryStatement(f.name)
	if err != nil {
		return nil, refuse(err)
	}
	if !pinned(pin, f.number, st.Hash) {
		if err := v.checkNew(f, st, body, pin); err != nil {
			return nil, refuse(err)
		}
	} else if err := v.stillStands(body.Common, policy.Write, body.Safe); err != nil {
		return nil, refuse(err)
	}
	return v.entryOf(f.name, st, body)
}

// entryOf opens the card of a version whose frame is sound.
func (v *Vault) entryOf(name string, st *statement.Statement, body statement.Entry) (*Entry, error) {
	card, err := v.openCard(name, st, body)
	if err != nil {
		return nil, err
	}
	path, err := entry.ParsePath(card.Path)
	if err != nil {
		return nil, refuse(&IntegrityError{name, err})
	}
	return &Entry{Path: path, Card: card, Version: body.Version, Author: body.Author, Device: body.Device, Time: body.Time,
		Deleted: body.Op == statement.OpDelete, Hash: st.Hash, File: name, body: body, st: st}, nil
}

// entryStatement verifies the frame of an entry's file.
func (v *Vault) entryStatement(name string) (*statement.Statement, statement.Entry, error) {
	if v.bulk != nil {
		if o, ok := v.bulk.opened[name]; ok {
			return o.st, o.body, o.err
		}
	}
	return v.frameOf(name)
}

func (v *Vault) frameOf(name string) (*statement.Statement, statement.Entry, error) {
	st, err := v.readStatement(name)
	if err != nil {
		return nil, statement.Entry{}, err
	}
	body, err := statement.ParseEntry(st.Header)
	if err != nil {
		return nil, body, &IntegrityError{name, err}
	}
	return st, body, nil
}

// refuse marks what concerns this file alone; failures of the disk or of the
// local state are passed on as they are.
func refuse(err error) error {
	var integrity *IntegrityError
	var denied *DeniedError
	var transit *TransitError
	if errors.As(err, &integrity) || errors.As(err, &denied) || errors.As(err, &transit) {
		return &refusal{err}
	}
	return err
}

// ofDisk reports whether an error is one of the disk, which says nothing about
// what is on it.
func ofDisk(err error) bool {
	var file *store.FileError
	return errors.As(err, &file) && !errors.Is(err, store.ErrNotExist) && !errors.Is(err, store.ErrTooLarge)
}

func pinned(pin store.Pin, version uint64, hash statement.Hash) bool {
	if version != pin.Version {
		return false
	}
	for _, h := range pin.Hashes {
		if h == [32]byte(hash) {
			return true
		}
	}
	return false
}

// checkNew checks a version that this device sees for the first time.
func (v *Vault) checkNew(f versionFile, st *statement.Statement, body statement.Entry, pin store.Pin) error {
	if err := v.checkCommon(f.name, st, body.Common); err != nil {
		return err
	}
	if err := v.stands(body.Common, policy.Write, body.Safe); err != nil {
		return err
	}
	return v.checkParents(f, body, pin)
}

// openCard decrypts a card and holds it against the header.
func (v *Vault) openCard(name string, st *statement.Statement, body statement.Entry) (entry.Card, error) {
	card, err := v.readCard(name, st, body)
	if err != nil {
		return entry.Card{}, err
	}
	names, err := v.names()
	if err != nil {
		return entry.Card{}, err
	}
	if err := card.Bind(v.binding(body), names); err != nil {
		return entry.Card{}, refuse(&IntegrityError{name, err})
	}
	return card, nil
}

// readCard decrypts and parses a card, unless a listing has done so.
func (v *Vault) readCard(name string, st *statement.Statement, body statement.Entry) (entry.Card, error) {
	if v.bulk != nil {
		if o, ok := v.bulk.opened[name]; ok && o.card != nil {
			return *o.card, nil
		}
	}
	id, err := v.keyAt(body.Policy, policy.Catalogue, body.SealedCard.Generation)
	if err != nil {
		return entry.Card{}, refuse(&IntegrityError{name, err})
	}
	key, err := v.safeKey(id)
	if err != nil {
		return entry.Card{}, err
	}
	plain, err := statement.Unseal(st.Parts[0], key)
	if err != nil {
		return entry.Card{}, refuse(&IntegrityError{name, err})
	}
	card, err := entry.ParseCard(plain)
	if err != nil {
		return entry.Card{}, refuse(&IntegrityError{name, err})
	}
	return card, nil
}

func (v *Vault) binding(body statement.Entry) entry.Binding {
	return entry.Binding{Vault: v.id.String(), Safe: body.Safe, ID: body.ID, Version: body.Version, Author: body.Author}
}

// pin remembers that these versions were seen and stand. Where the local state
// can't be written the reader is warned and goes on.
func (v *Vault) pin(old store.Pin, standing []*Entry) error {
	top := standing[0]
	if top.Version < old.Version {
		return nil
	}
	next := store.Pin{Version: top.Version, Announced: max(old.Announced, top.Version)}
	known := true
	for _, e := range standing {
		next.Hashes = append(next.Hashes, e.Hash)
		known = known && pinned(old, e.Version, e.Hash)
	}
	switch {
	case known:
		return nil
	case v.bulk != nil:
		v.bulk.pins[top.body.ID] = next
		return nil
	}
	return v.readOnlyState(v.pins.Set(top.body.ID, next))
}
