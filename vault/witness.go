package vault

import (
	"slices"

	"opsvault/vault/chain"
	"opsvault/vault/store"
)

// witness records, in this device's log, the heads of other devices' logs that
// were proven here since it did so last, and returns how many. The caller
// holds the writers' lock, and has carried the logs before.
//
// What is not worth a line is left out: a log in which only witnesses were
// written since (so two devices that meet again and again without other work
// write nothing), and one that two other members have seen as far already.
// The error is chain.ErrAhead where somebody has seen more of this device's
// own log than this machine holds, or something else.
func (v *Vault) witness() (int, error) {
	m, err := v.gather()
	if err != nil {
		return 0, err
	}
	if v.maySign() != nil || !holdsDevice(v.policy.Doc, v.me.Member, v.me.Device) {
		return 0, nil
	}
	var heads []chain.SignedHead
	for _, device := range v.knownDevices() {
		head, err := m.toRecord(device)
		if err != nil {
			return 0, err
		}
		if head != nil {
			heads = append(heads, *head)
		}
	}
	if len(heads) == 0 {
		return 0, nil
	}
	var drafts []chain.Draft
	for group := range slices.Chunk(heads, chain.MaxHeads) {
		d := v.draft(chain.OpWitness, "", chain.OK)
		d.Heads = group
		drafts = append(drafts, d)
	}
	return len(heads), v.withLog(func(w *chain.Writer) error {
		_, err := w.Append(drafts...)
		return err
	})
}

// A gathering is a moment at which all logs in one place were read to their ends.
type gathering struct {
	v    *Vault
	x    *witnesses
	logs map[string]*logView // those that are proven, and lie here to the end
}

// gather reads what is new in all logs here, and takes over what they say as
// witnesses. It fails with chain.ErrAhead where they have seen more of this
// device's log than it has.
func (v *Vault) gather() (*gathering, error) {
	m := &gathering{v: v, x: v.readWitnesses(), logs: map[string]*logView{}}
	ends := map[string]uint64{}
	for device, end := range m.x.ends {
		ends[device] = end
	}
	for _, device := range v.knownDevices() {
		key, err := v.keyOf(device)
		if err != nil {
			continue // its file has not come: nothing of it can be verified
		}
		log, err := v.logOf(device, key)
		if err != nil {
			return nil, err
		}
		proven, err := v.proveHere(log)
		if err != nil {
			return nil, err
		}
		if proven {
			m.logs[device], ends[device] = log, log.size()
		}
	}
	members := v.membersOfDevices()
	for device, log := range m.logs {
		if err := m.read(log, v.reading(device, members, ends)); err != nil {
			return nil, err
		}
	}
	m.x.ends = ends
	if err := m.ownLog(); err != nil {
		return nil, err
	}
	return m, v.saveWitnesses(m.x)
}

// read takes over what is new in one log.
func (m *gathering) read(log *logView, r *reading) error {
	w := m.x.log(log.spec.Device)
	from := w.from(m.x.ends, r.ends)
	if from >= log.size() {
		return nil
	}
	return chain.NewReader(log.dir, log.base, log.state).Each(from+1, func(l chain.Line) error {
		w.take(&l, r)
		return nil
	})
}

// proveHere verifies what is new in a log, and reports whether all of it lies
// here and nothing is wrong with it. Two heads that exclude one another are
// kept as evidence.
func (v *Vault) proveHere(log *logView) (bool, error) {
	report, err := chain.Verify(log.dir, log.base, log.spec, chain.VerifyOptions{State: log.state, Original: log.spec.Device == v.me.Device})
	if err != nil {
		v.warn("log-unreadable", "device", log.spec.Device, "why", err.Error())
		return false, nil
	}
	for _, f := range report.Findings {
		if len(f.Heads) == 2 {
			if err := v.keepFork(log.spec.Device, f.Heads[0], f.Heads[1], f.File); err != nil {
				return false, err
			}
		}
	}
	if !report.Proven || len(report.Findings) > 0 || report.State == nil {
		return false, nil
	}
	if report.State.Size > log.size() {
		return true, v.advanceLog(log, report.State)
	}
	return true, nil
}

// toRecord returns the head of a device's log if this device is to record it.
func (m *gathering) toRecord(device string) (*chain.SignedHead, error) {
	log := m.logs[device]
	if log == nil || device == m.v.me.Device || log.size() == 0 {
		return nil, nil
	}
	var mine *sighting
	if said := m.x.log(m.v.me.Device).of[device]; said != nil {
		mine = said.newest
	}
	if mine.size() >= log.size() || m.x.log(device).work <= mine.size() {
		return nil, nil
	}
	if mine != nil {
		if ok, err := m.agrees(log, mine); err != nil || !ok {
			return nil, err
		}
	}
	if m.others(device, log) >= enoughOthers {
		return nil, nil
	}
	head, err := chain.ReadHead(log.state.Head, log.spec)
	if err != nil || head.Size != log.size() {
		return nil, err
	}
	return &head, nil
}

// enoughOthers is how many other members must have seen as much of a log, so
// that it is not worth a line of ours: two can bound a time.
const enoughOthers = 2

// others counts the other members who have seen all of a log but witnesses.
func (m *gathering) others(device string, log *logView) int {
	owner, _ := m.v.policy.memberOf(device)
	seen := map[string]bool{}
	for witness, w := range m.x.logs {
		member, known := m.v.policy.memberOf(witness)
		s := w.of[device]
		if !known || member == owner || member == m.v.me.Member || seen[member] || s == nil || s.here.size() < m.x.log(device).work {
			continue
		}
		if ok, err := chain.LeadsTo(log.dir, log.base, log.state, s.here.head.Head); err == nil && ok {
			seen[member] = true
		}
	}
	return len(seen)
}

// agrees reports whether a log has the line that a sighting names. Else its
// device has signed two histories, and both heads are kept.
func (m *gathering) agrees(log *logView, s *sighting) (bool, error) {
	ok, err := chain.LeadsTo(log.dir, log.base, log.state, s.head.Head)
	if err != nil || ok {
		return ok, err
	}
	file, err := s.head.File(log.spec)
	if err != nil {
		return false, nil // this device's own line: it was verified before
	}
	return false, m.v.keepFork(log.spec.Device, file, log.state.Head, store.LogBase(log.spec.Device))
}

// ownLog compares what others have seen of this device's log with the
// original. It fails with chain.ErrAhead if that was rolled back, or goes on
// in two places.
func (m *gathering) ownLog() error {
	v := m.v
	log := m.logs[v.me.Device]
	if log == nil {
		return nil // damaged, which every append says
	}
	for witness, w := range m.x.logs {
		s := w.of[v.me.Device]
		if s == nil || witness == v.me.Device {
			continue
		}
		for _, one := range []*sighting{s.newest, s.here} {
			if one == nil || one == s.here && s.checked {
				continue
			}
			if ok, err := chain.LeadsTo(log.dir, log.base, log.state, one.head.Head); err != nil || ok {
				s.checked = s.checked || one == s.here && ok
				continue
			}
			file, err := one.head.File(log.spec)
			if err != nil {
				continue // nobody signed it: Verify says so
			}
			if err := v.noteAhead(file); err != nil {
				return err
			}
			return v.checkAhead()
		}
	}
	return nil
}
