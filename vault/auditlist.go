package vault

import (
	"fmt"
	"sort"

	"opsvault/policy"
	"opsvault/vault/audit"
	"opsvault/vault/chain"
)

// Events calls each with the events of all logs here that f chooses, oldest
// first. An auditor also gets the details of other devices' events, which is
// logged first; everybody gets those of their own. Paths are filled in where
// the entry's card is here. Only lines that a signed head covers are shown.
func (v *Vault) Events(f audit.Filter, each func(audit.Event) error) error {
	auditor := v.policy.Doc.DecideAt(v.me.Member, policy.CanAudit, "", v.now()).Allowed
	if auditor {
		err := v.withLog(func(w *chain.Writer) error {
			_, err := w.Append(v.draft("audit.read", "", chain.OK))
			return err
		})
		if err != nil {
			return err
		}
	}
	paths, err := v.pathsByID()
	if err != nil {
		return err
	}
	var sources []audit.Source
	for _, device := range v.knownDevices() {
		if f.Device != "" && f.Device != device {
			continue
		}
		s, err := v.eventsOf(device, auditor)
		if err != nil {
			return err
		}
		if s != nil {
			sources = append(sources, s)
		}
	}
	return audit.Merge(sources, func(e audit.Event) error {
		if id := e.Entry(); e.Path == "" && id != "" {
			e.Path = paths[id]
		}
		if !f.Match(&e) {
			return nil
		}
		return each(e)
	})
}

func (v *Vault) knownDevices() []string {
	devices := make([]string, 0, len(v.policy.Devices))
	for device := range v.policy.Devices {
		devices = append(devices, device)
	}
	sort.Strings(devices)
	return devices
}

// pathsByID maps opaque ids to paths, deleted entries included.
func (v *Vault) pathsByID() (map[string]string, error) {
	idx, err := v.freshIndex()
	if err != nil {
		return nil, err
	}
	paths := map[string]string{}
	for _, s := range idx.shards {
		for _, r := range s.rows {
			paths[r.ID] = r.Path
		}
	}
	return paths, nil
}

// eventsOf reads one device's log, as far as it is proven, line by line.
func (v *Vault) eventsOf(device string, auditor bool) (audit.Source, error) {
	key, err := v.keyOf(device)
	if err != nil {
		v.warn("device-file-missing", "device", device)
		return nil, nil
	}
	view, err := v.logOf(device, key)
	if err != nil {
		return nil, err
	}
	if err := v.readLog(view); err != nil {
		return nil, err
	}
	if view.state == nil {
		return nil, nil
	}
	reader := chain.NewReader(view.dir, view.base, view.state)
	opener := &detailsOpener{v: v, view: view, device: device, allowed: auditor || device == v.me.Device}
	seq := uint64(0)
	return func() (audit.Event, bool, error) {
		if seq++; seq > view.state.Size {
			return audit.Event{}, false, nil
		}
		line, err := reader.Line(seq)
		if err != nil {
			return audit.Event{}, false, &IntegrityError{view.base, err}
		}
		return audit.FromLine(line, opener.open(&line)), true, nil
	}, nil
}

// A detailsOpener opens the details of one log's lines, with one key a segment.
type detailsOpener struct {
	v       *Vault
	view    *logView
	device  string
	allowed bool
	segment uint64
	key     [32]byte
	err     error
}

func (o *detailsOpener) open(line *chain.Line) map[string]any {
	if !o.allowed || line.Sealed == "" {
		return nil
	}
	if o.segment != line.Segment {
		o.segment = line.Segment
		o.key, o.err = o.segmentKey(line.Segment)
	}
	if o.err != nil {
		o.v.warn("details-closed", "device", o.device, "why", o.err.Error())
		return nil
	}
	details, err := chain.OpenDetails(o.key, line)
	if err != nil {
		o.v.warn("details-closed", "device", o.device, "why", err.Error())
		return nil
	}
	return details
}

// segmentKey derives the key of an own segment, or opens its key file with a
// generation of @audit.
func (o *detailsOpener) segmentKey(segment uint64) ([32]byte, error) {
	if o.device == o.v.me.Device {
		key, err := o.v.unlocked()
		if err != nil {
			return [32]byte{}, err
		}
		return key.Derive(o.view.spec.KeyInfo(segment)), nil
	}
	file, err := o.v.dir.Read(chain.KeyName(o.view.base, segment), 8<<10)
	if err != nil {
		return [32]byte{}, err
	}
	for _, g := range o.v.policy.Doc.Generations(policy.Audit) {
		id, err := o.v.safeKey(policy.Audit, g.Gen)
		if err != nil {
			continue
		}
		if key, err := chain.OpenKey(file, id); err == nil {
			return key, nil
		}
	}
	return [32]byte{}, fmt.Errorf("segment %d: %w", segment, ErrNoKey)
}
