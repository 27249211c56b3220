package vault

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"

	"opsvault/vault/entry"
	"opsvault/vault/store"
)

// A Row is one entry of a listing: what its card says to every member.
type Row struct {
	ID      string
	Path    string
	Kind    string
	Title   string
	URL     string
	Owner   string
	Tags    []string
	Due     string
	Fields  []string
	Version uint64
	Author  string
	Updated time.Time

	MovedTo string
	Deleted bool
	Clash   bool // another version of the same number stands beside it
	gone    bool // it was here, and no version of it stands now
	files   string
}

// List returns the entries of a safe, or of all safes, by path. Deleted ones
// are left out. The sealed index answers for every shard whose directory has
// not changed; the others are read and verified.
func (v *Vault) List(safe string) ([]Row, error) {
	idx, err := v.freshIndex()
	if err != nil {
		return nil, err
	}
	total := 0
	for _, s := range idx.shards {
		total += len(s.rows)
	}
	rows := make([]Row, 0, total)
	for _, s := range idx.shards {
		for _, r := range s.rows {
			if !r.Deleted && !r.gone && (safe == "" || strings.HasPrefix(r.Path, safe+"/")) {
				rows = append(rows, r)
			}
		}
	}
	sort.Slice(rows, func(i, j int) bool { return rows[i].Path < rows[j].Path })
	return rows, nil
}

// quickIndex is the size of an index, of some 20,000 entries, that is read in
// less time than anybody notices.
const quickIndex = 4 << 20

// Remembered counts the entries of some safes as the last listing saw them,
// without looking at any; not ok where nothing is remembered, or so much that
// counting would take its time.
func (v *Vault) Remembered(safes []string) (count int, ok bool) {
	blob, err := v.state.Read(v.mine(indexFile), quickIndex)
	if err != nil {
		return 0, false
	}
	key, err := v.indexKey()
	if err != nil {
		return 0, false
	}
	plain, err := store.OpenBlob(key, []byte(v.me.Device), blob)
	if err != nil {
		return 0, false
	}
	idx, ok := decodeIndex(plain)
	if !ok {
		return 0, false
	}
	for _, s := range idx.shards {
		for _, r := range s.rows {
			safe, _, _ := strings.Cut(r.Path, "/")
			if !r.Deleted && !r.gone && contains(safes, safe) {
				count++
			}
		}
	}
	return count, true
}

// Deleted returns the tombstones, by path.
func (v *Vault) Deleted() ([]Row, error) {
	idx, err := v.freshIndex()
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, s := range idx.shards {
		for _, r := range s.rows {
			if r.Deleted && !r.gone && r.MovedTo == "" {
				rows = append(rows, r)
			}
		}
	}
	sort.Slice(rows, func(i, j int) bool { return rows[i].Path < rows[j].Path })
	return rows, nil
}

// Find returns the entries whose path, title, URL, owner or tags hold every
// word of text, also when it was typed in the other keyboard layout.
func (v *Vault) Find(text string) ([]Row, error) {
	rows, err := v.List("")
	if err != nil {
		return nil, err
	}
	for _, words := range [][]string{strings.Fields(fold(text)), strings.Fields(fold(swapLayout(text)))} {
		var found []Row
		for _, r := range rows {
			if holdsAll(r.haystack(), words) {
				found = append(found, r)
			}
		}
		if len(found) > 0 {
			return found, nil
		}
	}
	return nil, nil
}

func (r Row) haystack() string {
	return fold(strings.Join([]string{r.Path, r.Title, r.URL, r.Owner, strings.Join(r.Tags, "\n")}, "\n"))
}

func holdsAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return len(words) > 0
}

// readShard verifies every entry of one shard and returns its rows. The shard
// is whole if nothing was refused, and nothing that was here is gone.
func (v *Vault) readShard(name string, old map[string]Row) (rows []Row, whole bool, err error) {
	files, ids, err := v.shardFiles(name)
	if err != nil {
		return nil, false, err
	}
	rows = make([]Row, 0, len(ids))
	var stale []string
	for _, id := range ids {
		if row, ok := old[id]; ok && row.files == filesState(files[id]) {
			rows = append(rows, row)
		} else {
			stale = append(stale, id)
		}
	}
	for id, row := range old {
		if files[id] == nil {
			rows = append(rows, v.leaveOut(row, goneWhy))
		}
	}
	whole = len(rows) == len(ids)-len(stale)
	err = v.inBulk(newestFiles(name, stale, files), func() error {
		for _, id := range stale {
			refusals := v.refusals
			row, err := v.readRow(id, old[id])
			if err != nil {
				return err
			}
			if row == nil || row.gone || v.refusals > refusals {
				whole = false
			} else {
				row.files = filesState(files[id])
			}
			if row != nil {
				rows = append(rows, *row)
			}
		}
		return nil
	})
	return rows, whole, err
}

// shardFiles lists the files of each entry of a shard, and the entries in order.
func (v *Vault) shardFiles(name string) (files map[string][]string, ids []string, err error) {
	items, err := v.dir.List("entries/" + name)
	if err != nil {
		return nil, nil, err
	}
	files = map[string][]string{}
	for _, item := range items {
		n, ok := store.ParseName("entries/" + name + "/" + item.Name)
		if !ok || n.Form != store.FormEntry {
			continue
		}
		if files[n.ID] == nil {
			ids = append(ids, n.ID)
		}
		files[n.ID] = append(files[n.ID], item.Name)
	}
	return files, ids, nil
}

const goneWhy = "it was here and is gone"

// leaveOut is the row of an entry of which nothing stands any more.
func (v *Vault) leaveOut(old Row, why string) Row {
	v.warn("entry-left-out", "id", old.ID, "why", why)
	old.gone, old.files = true, ""
	return old
}

// newestFiles are the files that a listing will read: each entry's last by name.
func newestFiles(shard string, ids []string, files map[string][]string) []string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = "entries/" + shard + "/" + files[id][len(files[id])-1]
	}
	return names
}

// readRow is an entry's row; nil where nothing is there yet, and gone, with a
// warning, where no version stands.
func (v *Vault) readRow(id string, old Row) (*Row, error) {
	e, siblings, err := v.findID(id, entry.Path{}, false)
	if back := new(RollbackError); errors.As(err, &back) && len(back.Missing) > 0 {
		v.warn("entry-announced", "by", back.Missing[0].Member, "version", fmt.Sprint(back.Pinned))
		e, siblings, err = v.findID(id, entry.Path{}, true) // what is here is listed
	}
	var none *NotFoundError
	var back *RollbackError
	var integrity *IntegrityError
	var denied *DeniedError
	var transit *TransitError
	switch {
	case errors.As(err, &none), errors.As(err, &transit):
		return nil, nil
	case errors.As(err, &back), errors.As(err, &integrity), errors.As(err, &denied):
		old.ID = id
		row := v.leaveOut(old, err.Error())
		return &row, nil
	case err != nil:
		return nil, err
	}
	return &Row{
		ID: id, Path: e.Path.String(), Kind: e.Card.Kind, Title: e.Card.Title, URL: e.Card.URL, Owner: e.Card.Owner,
		Tags: e.Card.Tags, Due: e.Card.Due, Fields: e.Card.Fields, Version: e.Version, Author: e.Author,
		Updated: e.Time, MovedTo: e.Card.MovedTo, Deleted: e.Deleted, Clash: len(siblings) > 0,
	}, nil
}
