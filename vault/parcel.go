package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"opsvault/vault/chain"
	"opsvault/vault/statement"
	"opsvault/vault/store"
	"opsvault/vault/union"
)

// Parcel packs files of this copy into a text that can be pasted or sent, with
// the stretch of each author's log that announces them: from where to's devices
// are known to have it, or, where nothing is known, all of it or as much of its
// end as fits. to is a member, or empty.
//
// *ParcelError: too-large, or missing for a file that is not here or not sound.
func (v *Vault) Parcel(files []string, to string) ([]byte, error) {
	c := v.newCarrier(&place{dir: v.dir, parcel: true}, SyncOptions{})
	if err := c.learn(); err != nil {
		return nil, err
	}
	p := &parcel{vault: v.id}
	events := map[string]uint64{} // by device: the highest announcing line
	names := slices.Clone(files)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		data, err := c.pack(name, events)
		if err != nil {
			return nil, err
		}
		p.items = append(p.items, parcelItem{name: name, data: data})
	}
	for _, device := range sortedDevices(events) {
		items, err := v.stretch(device, to, parcelRoom/len(events))
		if err != nil {
			return nil, err
		}
		p.items = append(p.items, items...)
	}
	return p.encode()
}

// parcelRoom is how many bytes of logs go into a parcel where nobody knows what
// the other side has: what is left fits into MaxParcel however badly it packs.
const parcelRoom = 512 << 10

func sortedDevices(set map[string]uint64) []string {
	var list []string
	for d := range set {
		list = append(list, d)
	}
	slices.Sort(list)
	return list
}

// pack reads a file that may be carried, and notes who announced it.
func (c *carrier) pack(name string, events map[string]uint64) ([]byte, error) {
	n, ok := store.ParseName(name)
	if !ok || !n.Form.Once() || n.Form == store.FormMarker || n.Form == store.FormLogKey || n.Form == store.FormRunKey {
		return nil, &ParcelError{Why: "missing", File: name}
	}
	data, err := c.v.dir.Read(name, union.LimitOf(n.Form))
	if err != nil {
		return nil, &ParcelError{Why: "missing", File: name, Err: err}
	}
	n.Newcomer = ""
	if found := c.judge(n, data); found.Kind != union.Good {
		return nil, &ParcelError{Why: "missing", File: name, Err: errors.New(string(found.Why) + " " + found.Detail)}
	}
	if st, err := statement.Open(data, c.keyNamed); err == nil {
		if common, err := statement.ParseCommon(st.Header); err == nil {
			events[common.Device] = max(events[common.Device], common.Event)
		}
	}
	return data, nil
}

// stretch packs the end of a device's log: its segments, their keys, the head.
func (v *Vault) stretch(device, to string, room int) ([]parcelItem, error) {
	key, err := v.keyOf(device)
	if err != nil {
		return nil, err
	}
	log, err := v.logOf(device, key)
	if err != nil {
		return nil, err
	}
	if err := v.readLog(log); err != nil {
		return nil, err
	}
	if log.size() == 0 {
		return nil, &ParcelError{Why: "missing", Device: device, File: store.LogBase(device)}
	}
	base := store.LogBase(device)
	items := []parcelItem{{name: chain.HeadName(base), data: log.state.Head}}
	first, offset := v.knownTo(to, device, log.state)
	reader := chain.NewReader(log.dir, log.base, log.state)
	for n := uint64(len(log.state.Segments)); n >= max(first, 1); n-- {
		data, err := reader.Segment(n)
		if err != nil {
			return nil, err
		}
		from := uint64(0)
		if n == first {
			from = offset
		}
		if room -= len(data) - int(from); room < 0 && first == 0 && n < uint64(len(log.state.Segments)) {
			break
		}
		items = append(items, parcelItem{name: chain.SegmentName(base, n), part: true, offset: from, data: data[from:]})
		if from == 0 {
			file, err := readSmall(log.dir, chain.KeyName(log.base, n))
			if err != nil {
				return nil, err
			}
			items = append(items, parcelItem{name: chain.KeyName(base, n), data: file})
		}
	}
	return items, nil
}

// knownTo is where the copies of a member's devices certainly have a log up to:
// segment and bytes of it; 0 where nothing is known.
func (v *Vault) knownTo(member, device string, state *chain.State) (segment, length uint64) {
	head := v.witnessedBy(member, device)
	if head.Size == 0 || head.Size > state.Size || head.Segment > uint64(len(state.Segments)) ||
		head.Length > state.Segments[head.Segment-1].Length {
		return 0, 0
	}
	return head.Segment, head.Length
}

func readSmall(dir chain.Source, name string) ([]byte, error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if f.Size() > keyLimit {
		return nil, fmt.Errorf("%s: %w", name, store.ErrTooLarge)
	}
	data := make([]byte, f.Size())
	_, err = f.ReadAt(data, 0)
	return data, err
}

// TakeIn verifies what a pasted text holds exactly as Sync verifies another
// copy, and takes it in. It returns *ParcelError when the text holds no whole
// parcel of this vault; with a report, when lines of a log don't go on from
// those here, or a newer policy is needed: then the copies must meet.
func (v *Vault) TakeIn(text []byte) (*SyncReport, error) {
	p, err := decodeParcel(text)
	if err != nil {
		return nil, err
	}
	if p.vault != v.id {
		return nil, &ParcelError{Why: "other-vault"}
	}
	var report *SyncReport
	err = v.writing(func() error {
		if report, err = v.meet(&place{dir: v.unpack(p), parcel: true}, SyncOptions{}); err != nil {
			return err
		}
		report.ReadOnly = false
		return v.connected(p)
	})
	return report, err
}

// connected looks whether everything in a parcel can be used here.
func (v *Vault) connected(p *parcel) error {
	for _, item := range p.items {
		n, _ := store.ParseName(item.name)
		switch {
		case n.Form == store.FormLogHead:
			key, err := v.keyOf(n.Device)
			if err != nil {
				continue // reported as waiting
			}
			head, err := chain.OpenHead(item.data, v.logSpec(n.Device, key))
			if err != nil {
				continue // reported as refused
			}
			if log, err := v.logOf(n.Device, key); err == nil && log.size() < head.Size {
				return &ParcelError{Why: "disconnected", Device: n.Device}
			}
		case n.Form.Once():
			st, err := statement.Open(item.data, v.keyOf)
			if err != nil {
				continue
			}
			if common, err := statement.ParseCommon(st.Header); err == nil && common.Policy.Number > v.policy.Number {
				return &ParcelError{Why: "newer-policy", File: item.name}
			}
		}
	}
	return nil
}

func notThere(name string) error {
	return &store.FileError{Op: "read", Name: name, Kind: store.ErrNotExist, Err: fs.ErrNotExist}
}
