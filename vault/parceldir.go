package vault

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"opsvault/vault/chain"
	"opsvault/vault/store"
)

// unpacked is a parcel as another copy: its files, and of the logs that it has
// stretches of what this copy has before them. It can't be written.
type unpacked struct {
	v     *Vault
	files map[string][]byte
	logs  map[string]bool // directories of which the rest lies here
}

func (v *Vault) unpack(p *parcel) *unpacked {
	u := &unpacked{v: v, files: map[string][]byte{}, logs: map[string]bool{}}
	for _, item := range p.items {
		data := item.data
		if item.part {
			data = v.before(item.name, item.offset, data)
		}
		if n, _ := store.ParseName(item.name); n.Form == store.FormLogHead {
			u.logs[store.LogBase(n.Device)] = true
		}
		u.files[item.name] = data
	}
	return u
}

// before puts what this copy has of a segment before a part of it. Where it
// has less the part stands alone, and the log does not verify.
func (v *Vault) before(name string, offset uint64, part []byte) []byte {
	if offset == 0 {
		return part
	}
	have, err := v.dir.Read(name, 2*chain.MaxSegment)
	if err != nil || uint64(len(have)) < offset {
		return nil
	}
	return slices.Concat(have[:offset], part)
}

func (u *unpacked) rest(name string) bool {
	at := strings.LastIndexByte(name, '/')
	return at > 0 && u.logs[name[:at]]
}

func (u *unpacked) Look(name string) ([]store.Seen, error) {
	found := map[string]store.Seen{}
	if u.logs[name] {
		here, err := u.v.dir.Look(name)
		if err != nil {
			return nil, err
		}
		for _, s := range here {
			found[s.Name] = s
		}
	}
	for file, data := range u.files {
		rest, ok := strings.CutPrefix(file, name+"/")
		if name == "." {
			rest, ok = file, true
		}
		if !ok {
			continue
		}
		first, _, deeper := strings.Cut(rest, "/")
		s := store.Seen{Name: first, Info: store.Info{Size: int64(len(data)), ModTime: time.Now(), Kind: store.KindFile}}
		if deeper {
			s.Kind = store.KindDir
		}
		found[first] = s
	}
	list := make([]store.Seen, 0, len(found))
	for _, key := range slices.Sorted(maps.Keys(found)) {
		list = append(list, found[key])
	}
	return list, nil
}

func (u *unpacked) List(name string) ([]store.Item, error) {
	seen, err := u.Look(name)
	items := make([]store.Item, 0, len(seen))
	for _, s := range seen {
		items = append(items, store.Item{Name: s.Name, Kind: s.Kind})
	}
	return items, err
}

func (u *unpacked) Read(name string, limit int64) ([]byte, error) {
	data, ok := u.files[name]
	switch {
	case !ok && u.rest(name):
		return u.v.dir.Read(name, limit)
	case !ok:
		return nil, notThere(name)
	case int64(len(data)) > limit:
		return nil, fmt.Errorf("%s: %w", name, store.ErrTooLarge)
	}
	return bytes.Clone(data), nil
}

func (u *unpacked) Stat(name string) (store.Info, error) {
	data, ok := u.files[name]
	if !ok {
		return store.Info{}, notThere(name)
	}
	return store.Info{Size: int64(len(data)), ModTime: time.Now(), Kind: store.KindFile}, nil
}

func (u *unpacked) Open(name string) (store.File, error) {
	data, ok := u.files[name]
	switch {
	case !ok && u.rest(name):
		return u.v.dir.Open(name)
	case !ok:
		return nil, notThere(name)
	}
	return unpackedFile{bytes.NewReader(data)}, nil
}

func (u *unpacked) WriteGroup([]store.Blob) error { return store.ErrReadOnly }
func (u *unpacked) Replace(string, []byte) error  { return store.ErrReadOnly }
func (u *unpacked) Remove(string) error           { return store.ErrReadOnly }

type unpackedFile struct{ *bytes.Reader }

func (f unpackedFile) Size() int64        { return f.Reader.Size() }
func (f unpackedFile) Close() error       { return nil }
func (f unpackedFile) ModTime() time.Time { return time.Now() }
