package vault

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"opsvault/vault/audit"
	"opsvault/vault/chain"
	"opsvault/vault/store"
)

// A crossing is what a verification holds against one another: what the
// logs here say as witnesses, and the logs that they speak of.
type crossing struct {
	c      *checking
	x      *witnesses
	before map[string]uint64 // ends of logs when x was written
	ends   map[string]uint64 // ends of logs by their heads, now
	member map[string]string
	awaits []audit.Finding // notes about what was seen elsewhere and is not here
	pairs  []forkPair
}

// A forkPair is two heads of one device's log that exclude one another.
type forkPair struct {
	device string
	a, b   []byte
	note   string
}

// cross begins with what was kept, or anew if everything is read.
func (c *checking) cross() {
	m := &crossing{c: c, x: newWitnesses(c.v.id), member: c.v.membersOfDevices(), ends: map[string]uint64{}}
	if !c.full {
		m.x = c.v.readWitnesses()
	}
	m.before = m.x.ends
	for device := range c.keys {
		m.ends[device] = c.endOf(device)
	}
	c.met = m
}

// endOf is how many lines of a log lie here, by its head.
func (c *checking) endOf(device string) uint64 {
	dir, base := chain.Over(c.v.dir), store.LogBase(device)
	l, seen := c.dirs[base], c.seen.dirs[base]
	switch {
	case device == c.v.me.Device:
		dir, base = chain.Over(c.v.state), c.v.logBase()
	case l == nil:
		return 0
	case len(l.fresh) == 0 && seen.events > 0:
		return seen.events
	}
	file, err := readInto(dir, chain.HeadName(base), make([]byte, 4<<10))
	if err != nil {
		return 0
	}
	head, err := chain.OpenHead(file, c.v.logSpec(device, c.keys[device]))
	if err != nil {
		return 0
	}
	return head.Size
}

// witnessOf prepares a log for being read for what it witnesses.
func (t *checkedChain) witnessOf(device string) {
	m := t.c.met
	t.said, t.reading = m.x.log(device), t.c.v.reading(device, m.member, m.ends)
}

// catchUp reads once more what a log says of others that have grown, or what
// was never read of it, as far as it was verified before.
func (t *checkedChain) catchUp(reader *chain.Reader, to uint64) bool {
	if t.said == nil {
		return true
	}
	for seq := t.said.from(t.c.met.before, t.c.met.ends) + 1; seq <= to; seq++ {
		line, err := reader.Line(seq)
		if err != nil {
			return false
		}
		t.said.take(&line, t.reading)
	}
	return true
}

// readAgain forgets what a log said: all of it is read now, or none counts.
func (t *checkedChain) readAgain() {
	if t.said != nil {
		*t.said = *newWitnessLog()
	}
}

// judge holds the logs against what witnesses say of them.
func (m *crossing) judge() {
	for _, device := range m.c.v.knownDevices() {
		if t := m.c.logs[device]; t != nil {
			m.judgeLog(t)
		}
	}
	for _, p := range m.pairs {
		if err := m.c.v.keepFork(p.device, p.a, p.b, p.note); err != nil {
			m.c.fail(err)
		}
	}
	m.kept()
}

// A claimed is what one witness says of a log.
type claimed struct {
	witness string
	member  string
	what    *testimony
}

// claims are what all witnesses here say of a log, in a fixed order.
func (m *crossing) claims(device string) []claimed {
	var list []claimed
	for _, witness := range slices.Sorted(maps.Keys(m.x.logs)) {
		if what := m.x.logs[witness].of[device]; what != nil {
			member, _ := m.c.v.policy.memberOf(witness)
			list = append(list, claimed{witness, member, what})
		}
	}
	return list
}

func (m *crossing) judgeLog(t *checkedChain) {
	device := t.spec.Device
	state := t.report.State
	if !t.report.Proven || state == nil {
		m.x.ends[device] = 0
		if t.report.Proven { // nothing of it is here
			m.beyond(t, m.claims(device), 0, time.Time{})
		}
		return
	}
	m.x.ends[device] = state.Size
	list := m.claims(device)
	slices.SortStableFunc(list, func(a, b claimed) int { return cmp.Compare(a.what.here.size(), b.what.here.size()) })
	reader := chain.NewReader(t.dir, t.base, state)
	owner := t.reading.owner
	for _, one := range list {
		if one.what.here == nil || !m.leads(t, reader, one) {
			continue
		}
		if one.member != owner {
			t.settled = max(t.settled, one.what.here.size())
		}
	}
	if t.settled >= m.x.log(device).work {
		t.settled = state.Size // what follows is witnesses, which need none
	}
	m.late(t)
	m.beyond(t, list, state.Size, state.Time)
	m.early(t, list, owner)
	if w := m.x.log(device); w.slow > 0 {
		m.c.find(t.finding(chain.Finding{Code: chain.Time, Why: whySlow, File: chain.SegmentName(t.base, t.segmentOf(w.slow)), Line: t.lineOf(w.slow)}))
	}
}

// late notes what a removed device wrote beyond what the signers of the
// removal saw: offline it could not know. What names the policy that removed
// it, or a later one, is AFTER_REMOVAL instead.
func (m *crossing) late(t *checkedChain) {
	since, gone := m.c.removed[t.spec.Device]
	if !gone {
		return
	}
	seq, size := uint64(0), t.report.State.Size
	for _, w := range m.c.chain {
		if _, has := m.c.ownersOf(w.ref())[t.spec.Device]; w.number < since || has {
			continue
		}
		limit, err := m.c.v.cutOf(w, t.spec.Device)
		if err != nil {
			return // the version or its signatures are damaged, which is found by itself
		}
		seq = max(seq, limit.last())
		break
	}
	if size <= seq+t.lates {
		return
	}
	m.awaits = append(m.awaits, audit.Finding{Code: audit.Late, Device: t.spec.Device, Member: t.reading.owner, Count: size - seq - t.lates,
		File: chain.SegmentName(t.base, t.segmentOf(seq+1)), Local: t.local, Line: t.lineOf(seq + 1),
		Detail: fmt.Sprintf("who signed policy %d, which removed the device, saw its log up to event %d; here it ends with event %d", since, seq, size)})
}

// last is the last line that any signer saw.
func (c cut) last() (seq uint64) {
	for _, s := range slices.Concat(c.seen, c.pending) {
		seq = max(seq, s.seq)
	}
	return seq
}

// Why a time is outside of what witnesses bound.
const (
	whySlow  chain.Why = "behind" // earlier than what the log itself has witnessed
	whyEarly chain.Why = "ahead"  // later than witnesses of it
)

// leads reports whether a log has the line that a witness has seen. Else the
// device has signed two histories, or the witness lies.
func (m *crossing) leads(t *checkedChain, reader *chain.Reader, one claimed) bool {
	what := one.what
	if what.checked {
		return true
	}
	ok, err := chain.Leads(reader, t.report.State, what.here.head.Head)
	if err != nil {
		return false // a segment that was verified changes while it is read
	}
	if ok {
		what.checked = true
		return true
	}
	file, err := what.here.head.File(t.spec)
	if err != nil {
		m.lie(one, what.here, err)
		return false
	}
	m.pairs = append(m.pairs, forkPair{t.spec.Device, file, t.report.State.Head, m.placeOf(one, what.here)})
	m.c.find(audit.Finding{Code: chain.Fork, Device: t.spec.Device, File: chain.SegmentName(t.base, t.segmentOf(what.here.size())), Local: t.local,
		Line: t.lineOf(what.here.size()), Other: m.placeOf(one, what.here),
		Detail: fmt.Sprintf("event %d is another one than %s has seen (event %d of its log)", what.here.size(), one.witness, what.here.seq)})
	m.own(t, file)
	return false
}

// own notes a head of this device's own log that its original does not have.
func (m *crossing) own(t *checkedChain, head []byte) {
	if t.spec.Device == m.c.v.me.Device && t.local {
		if err := m.c.v.noteAhead(head); err != nil {
			m.c.fail(err)
		}
	}
}

// lie is a witness of a head that its device never signed.
func (m *crossing) lie(one claimed, s *sighting, err error) {
	t := m.c.logs[one.witness]
	if t == nil {
		return
	}
	m.c.find(audit.Finding{Code: chain.BadKey, Device: one.witness, File: chain.SegmentName(t.base, t.segmentOf(s.seq)), Local: t.local, Line: t.lineOf(s.seq),
		Detail: fmt.Sprintf("event %d witnesses a head that %s never signed: %v", s.seq, s.head.Device, err)})
}

// placeOf is the line in which a witness says something.
func (m *crossing) placeOf(one claimed, s *sighting) string {
	t := m.c.logs[one.witness]
	if t == nil || t.report.State == nil {
		return store.LogBase(one.witness)
	}
	return fmt.Sprintf("%s:%d", chain.SegmentName(store.LogBase(one.witness), t.segmentOf(s.seq)), t.lineOf(s.seq))
}

// kept adds what was kept as evidence before, of devices of which nothing
// was found now.
func (m *crossing) kept() {
	all, err := m.c.v.Evidence("")
	if err != nil {
		m.c.fail(err)
		return
	}
	known := map[string]bool{}
	for _, f := range m.c.report.Findings {
		known[f.Device] = known[f.Device] || f.Code == chain.Fork || f.Code == chain.Truncated
	}
	for _, e := range all {
		if !known[e.Device] {
			known[e.Device] = true
			m.c.find(audit.Finding{Code: chain.Fork, Device: e.Device, File: e.File, Local: true, Other: e.Note,
				Detail: fmt.Sprintf("kept here: two heads of %d and %d events that exclude one another", e.heads[0].Size, e.heads[1].Size)})
		}
	}
}
