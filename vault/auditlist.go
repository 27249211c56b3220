package vault

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"

	"opsvault/policy"
	"opsvault/vault/audit"
	"opsvault/vault/chain"
	"opsvault/vault/entry"
	"opsvault/vault/store"
)

// Events calls each with the events of all logs here that f chooses, oldest
// first, as they are read. An auditor also gets the details of other devices'
// events, which is logged first; everybody gets those of their own. Paths are
// filled in where the entry's card is here.
//
// Only lines are shown that a signed head covers and whose hashes verify.
// Where a log stops being so it is left, the others go on, and the error at
// the end is an *IntegrityError. An error of each ends it at once.
func (v *Vault) Events(f audit.Filter, each func(audit.Event) error) error {
	auditor := v.Auditor()
	if auditor {
		err := v.withLog(func(w *chain.Writer) error {
			_, err := w.Append(v.draft("audit.read", "", chain.OK))
			return err
		})
		if err != nil {
			return err
		}
	}
	if err := v.entryOfPath(&f); err != nil {
		return err
	}
	paths, err := v.pathsByID()
	if err != nil {
		return err
	}
	logs := v.provenLogs(&f)
	openers := map[string]*detailsOpener{}
	err = audit.Merge(logs.sources, func(l *chain.Line) error {
		if !f.MatchLine(l) {
			return nil
		}
		opener := openers[l.Device]
		if opener == nil {
			opener = &detailsOpener{v: v, device: l.Device, spec: v.logSpec(l.Device, nil), allowed: auditor || l.Device == v.me.Device}
			openers[l.Device] = opener
		}
		known := audit.FromLine(l, nil)
		if known.Path = paths[known.Entry()]; known.Path != "" && !f.Match(&known) {
			return nil // not worth opening
		}
		e := audit.FromLine(l, opener.open(l))
		if e.Path == "" {
			e.Path = known.Path
		}
		if !f.Match(&e) {
			return nil
		}
		return each(e)
	})
	if err == nil {
		err = logs.damage
	}
	return err
}

// Auditor reports whether this member may open the details of all logs.
func (v *Vault) Auditor() bool {
	return v.policy.Doc.DecideAt(v.me.Member, policy.CanAudit, "", v.now()).Allowed
}

// Activity counts what the logs here say about a span of time. It opens no
// details, so it is not logged. What doesn't verify is left out.
func (v *Vault) Activity(since time.Time) (audit.Activity, error) {
	var a audit.Activity
	f := audit.Filter{Since: since}
	err := audit.Merge(v.provenLogs(&f).sources, func(l *chain.Line) error {
		if f.MatchLine(l) {
			a.Add(l)
		}
		return nil
	})
	return a, err
}

// entryOfPath turns the path of one entry into its id, which every line about
// it has in clear.
func (v *Vault) entryOfPath(f *audit.Filter) error {
	if f.Path == "" || strings.HasSuffix(f.Path, "/") {
		return nil
	}
	path, err := entry.ParsePath(f.Path)
	if err != nil {
		return nil // nothing has such a path, and nothing will match it
	}
	names, err := v.names()
	if err != nil {
		return err
	}
	id := entry.ID(names, path)
	if f.Entry == "" {
		f.Entry, f.Path = id, ""
	}
	return nil
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

// provenLogs are the lines of all logs here that a filter's device and span of
// time let through, as far as they are proven.
type provenLogs struct {
	sources []audit.Source
	damage  error // the first thing that did not verify
}

func (v *Vault) provenLogs(f *audit.Filter) *provenLogs {
	p := &provenLogs{}
	for _, device := range v.knownDevices() {
		if f.Device != "" && f.Device != device {
			continue
		}
		s, err := v.linesOf(device, f, p)
		p.note(err)
		if s != nil {
			p.sources = append(p.sources, s)
		}
	}
	return p
}

func (p *provenLogs) note(err error) {
	if p.damage == nil {
		p.damage = err
	}
}

// linesOf reads one log: the original of this device, the copies of the others.
func (v *Vault) linesOf(device string, f *audit.Filter, p *provenLogs) (audit.Source, error) {
	key, err := v.keyOf(device)
	if err != nil {
		v.warn("device-file-missing", "device", device)
		return nil, nil
	}
	log, err := v.logOf(device, key)
	if err != nil {
		return nil, err
	}
	report, err := chain.Verify(log.dir, log.base, log.spec, chain.VerifyOptions{State: log.state})
	if err != nil {
		return nil, &IntegrityError{log.base, err}
	}
	if len(report.Findings) > 0 {
		p.note(&IntegrityError{report.Findings[0].File, errors.New(report.Findings[0].String())})
	}
	state := report.State
	if state == nil || state.Time.Before(f.Since) {
		return nil, nil
	}
	reader := chain.NewReader(log.dir, log.base, state)
	seq := firstSince(reader, state, f.Since)
	return func() (chain.Line, bool, error) {
		if seq > state.Size {
			return chain.Line{}, false, nil
		}
		line, err := reader.Line(seq)
		seq++
		if err != nil {
			p.note(&IntegrityError{log.base, err})
			return line, false, nil
		}
		return line, f.Until.IsZero() || line.Time.Before(f.Until), nil
	}, nil
}

// firstSince returns the number of a line that all lines since a moment come
// after: times never go backwards in what is proven.
func firstSince(r *chain.Reader, s *chain.State, since time.Time) uint64 {
	if since.IsZero() {
		return 1
	}
	later := sort.Search(len(s.Segments), func(i int) bool {
		line, err := r.Line(s.Segments[i].First)
		return err != nil || !line.Time.Before(since)
	})
	return s.Segments[max(later, 1)-1].First
}

// A detailsOpener opens the details of one log's lines, with one key a segment.
type detailsOpener struct {
	v       *Vault
	device  string
	spec    chain.Spec
	allowed bool
	segment uint64
	key     [32]byte
	err     error
}

// open returns nil where there are no details, or where this device can't open them.
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
		return key.Derive(o.spec.KeyInfo(segment)), nil
	}
	name := chain.KeyName(store.LogBase(o.device), segment)
	file, err := o.v.dir.Read(name, 8<<10)
	if err != nil {
		return [32]byte{}, err
	}
	for _, g := range o.v.policy.Doc.Generations(policy.Audit) {
		id, err := o.v.safeKey(keyOfGeneration(policy.Audit, g))
		if err != nil {
			continue
		}
		if key, err := chain.OpenKey(file, id); err == nil {
			return key, nil
		}
	}
	return [32]byte{}, fmt.Errorf("%s: %w", name, ErrNoKey)
}
