package vault

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"sort"
	"strings"
	"time"

	"opsvault/vault/identity"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// An index is what the cards of a vault said when they were last read, sealed
// in the local state: names are confidential. It is a cache: it may be thrown
// away at any time, and it is, when it is damaged or the policy has moved on.
type index struct {
	policy  uint64
	shards  map[string]indexShard
	changed bool
	cold    bool // nothing of it was there: every card is read anew
}

type indexShard struct {
	stamp string // of the directory; empty: it changed too recently to be trusted
	rows  []Row
}

const (
	indexFile  = "index"
	indexLimit = 256 << 20
	indexInfo  = "opsvault/v1 index "
)

// freshIndex returns the index with every changed shard read anew.
func (v *Vault) freshIndex() (*index, error) {
	idx, err := v.loadIndex()
	if err != nil {
		return nil, err
	}
	items, err := v.dir.Look("entries")
	if err != nil {
		return nil, err
	}
	var fresh []string
	for _, item := range items {
		if _, known := idx.shards[item.Name]; !known && item.Kind == store.KindDir && len(item.Name) == 2 {
			fresh = append(fresh, item.Name)
		}
	}
	v.readAhead(fresh)
	defer func() { v.ahead = nil }()
	here := map[string]bool{}
	for i, item := range items {
		if len(item.Name) != 2 {
			continue
		}
		here[item.Name] = true
		if item.Kind != store.KindDir {
			v.warn("entry-left-out", "id", item.Name, "why", "entries/"+item.Name+" is no directory")
			delete(idx.shards, item.Name)
			continue
		}
		if err := v.freshen(idx, item.Name, stampAt(item.ModTime)); err != nil {
			return nil, err
		}
		if v.opts.Progress != nil && idx.changed {
			v.opts.Progress(i+1, len(items))
		}
	}
	for name := range idx.shards {
		if !here[name] {
			if err := v.freshen(idx, name, ""); err != nil {
				return nil, err
			}
		}
	}
	if idx.cold {
		if err := v.addMissing(idx); err != nil {
			return nil, err
		}
	}
	return idx, v.saveIndex(idx)
}

// addMissing adds what only the pins remember to an index that was made anew.
func (v *Vault) addMissing(idx *index) error {
	have := map[string]bool{}
	for _, s := range idx.shards {
		for _, r := range s.rows {
			have[r.ID] = true
		}
	}
	return v.pins.Each(func(id string, _ store.Pin) error {
		if !have[id] {
			s := idx.shards[id[:2]]
			idx.shards[id[:2]] = indexShard{"", append(s.rows, v.leaveOut(Row{ID: id}, goneWhy))}
		}
		return nil
	})
}

// freshen reads a shard anew unless its directory is as it was.
func (v *Vault) freshen(idx *index, name, stamp string) error {
	old := idx.shards[name]
	if stamp != "" && stamp == old.stamp {
		return nil
	}
	known := map[string]Row{}
	for _, r := range old.rows {
		known[r.ID] = r
	}
	rows, whole, err := v.readShard(name, known)
	if err != nil {
		return err
	}
	if !whole {
		stamp = "" // what is wrong is looked at, and said, each time
	}
	idx.shards[name] = indexShard{stamp, rows}
	idx.changed = true
	return nil
}

func (v *Vault) loadIndex() (*index, error) {
	empty := &index{policy: v.policy.Number, shards: map[string]indexShard{}, cold: true}
	blob, err := v.state.Read(v.mine(indexFile), indexLimit)
	if errors.Is(err, fs.ErrNotExist) {
		return empty, nil
	}
	if err != nil {
		return nil, err
	}
	key, err := v.indexKey()
	if err != nil {
		return nil, err
	}
	plain, err := store.OpenBlob(key, []byte(v.me.Device), blob)
	if err != nil {
		return empty, nil
	}
	idx, ok := decodeIndex(plain)
	if !ok || idx.policy != v.policy.Number {
		return empty, nil
	}
	return idx, nil
}

func (v *Vault) saveIndex(idx *index) error {
	if !idx.changed {
		return nil
	}
	key, err := v.indexKey()
	if err != nil {
		return err
	}
	blob, err := store.SealBlob(key, []byte(v.me.Device), idx.encode(), v.opts.Rand)
	if err != nil {
		return err
	}
	return v.readOnlyState(v.state.ReplaceRelaxed(v.mine(indexFile), blob))
}

func (v *Vault) indexKey() (*[32]byte, error) {
	key, err := v.unlocked()
	if err != nil {
		return nil, err
	}
	derived := key.Derive(indexInfo + v.id.String())
	return &derived, nil
}

// The encoded form is a list of texts and numbers with their lengths before
// them: 10,000 rows load in milliseconds.
const indexFormat = "opsvault index 1"

func (idx *index) encode() []byte {
	w := &flatWriter{}
	w.text(indexFormat)
	w.number(idx.policy)
	names := make([]string, 0, len(idx.shards))
	for name := range idx.shards {
		names = append(names, name)
	}
	sort.Strings(names)
	w.number(uint64(len(names)))
	for _, name := range names {
		s := idx.shards[name]
		w.text(name)
		w.text(s.stamp)
		w.number(uint64(len(s.rows)))
		for i := range s.rows {
			w.row(&s.rows[i])
		}
	}
	return w.buf
}

func decodeIndex(data []byte) (*index, bool) {
	r := &flatReader{rest: string(data)}
	if r.text() != indexFormat {
		return nil, false
	}
	idx := &index{policy: r.number(), shards: map[string]indexShard{}}
	for n := r.count(); n > 0; n-- {
		name, stamp := r.text(), r.text()
		rows := make([]Row, r.count())
		for i := range rows {
			r.row(&rows[i])
		}
		idx.shards[name] = indexShard{stamp, rows}
	}
	return idx, !r.bad && r.rest == ""
}

type flatWriter struct{ buf []byte }

func (w *flatWriter) number(n uint64) { w.buf = binary.AppendUvarint(w.buf, n) }

func (w *flatWriter) text(s string) {
	w.number(uint64(len(s)))
	w.buf = append(w.buf, s...)
}

func (w *flatWriter) list(items []string) {
	w.number(uint64(len(items)))
	for _, s := range items {
		w.text(s)
	}
}

func (w *flatWriter) row(r *Row) {
	for _, s := range []string{r.ID, r.Path, r.Kind, r.Title, r.URL, r.Owner, r.Due, r.Author, r.MovedTo, r.files} {
		w.text(s)
	}
	w.list(r.Tags)
	w.list(r.Fields)
	w.number(r.Version)
	w.number(uint64(r.Updated.Unix()))
	flags := uint64(0)
	if r.Deleted {
		flags |= 1
	}
	if r.Clash {
		flags |= 2
	}
	if r.gone {
		flags |= 4
	}
	w.number(flags)
}

// A flatReader reads what a flatWriter wrote. After something that doesn't fit
// it returns zeros and is bad.
type flatReader struct {
	rest string
	bad  bool
}

func (r *flatReader) number() uint64 {
	n := uint64(0)
	for i := 0; i < len(r.rest) && i < binary.MaxVarintLen64; i++ {
		n |= uint64(r.rest[i]&0x7f) << (7 * i)
		if r.rest[i] < 0x80 {
			r.rest = r.rest[i+1:]
			return n
		}
	}
	r.bad, r.rest = true, ""
	return 0
}

// count is a number of things that take at least a byte each.
func (r *flatReader) count() int {
	n := r.number()
	if n > uint64(len(r.rest)) {
		r.bad, r.rest = true, ""
		return 0
	}
	return int(n)
}

func (r *flatReader) text() string {
	n := r.count()
	s := r.rest[:n]
	r.rest = r.rest[n:]
	return s
}

func (r *flatReader) list() []string {
	n := r.count()
	if n == 0 {
		return nil
	}
	items := make([]string, n)
	for i := range items {
		items[i] = r.text()
	}
	return items
}

func (r *flatReader) row(row *Row) {
	for _, s := range []*string{&row.ID, &row.Path, &row.Kind, &row.Title, &row.URL, &row.Owner, &row.Due, &row.Author, &row.MovedTo, &row.files} {
		*s = r.text()
	}
	row.Tags, row.Fields = r.list(), r.list()
	row.Version = r.number()
	row.Updated = time.Unix(int64(r.number()), 0).UTC()
	flags := r.number()
	row.Deleted, row.Clash, row.gone = flags&1 != 0, flags&2 != 0, flags&4 != 0
}

// fold makes texts comparable for a search.
func fold(s string) string { return strings.ToLower(s) }

func swapLayout(s string) string { return identity.LayoutSwap(s) }

// filesState is one state of an entry's files in a few bytes.
func filesState(names []string) string {
	return statement.Sum([]byte(strings.Join(names, " "))).Short()
}
