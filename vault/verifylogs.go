package vault

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"opsvault/vault/audit"
	"opsvault/vault/chain"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A checkedChain is the verification of one log or journal.
type checkedChain struct {
	c       *checking
	dir     chain.Dir
	base    string
	local   bool // in the local state: the original of this device's own
	spec    chain.Spec
	listing *listing     // nil where there are no files
	state   *chain.State // what was proven before
	was     uint64       // how many events were judged before
	report  chain.Report

	// What its new lines say, once it is proven.
	from    uint64   // lines up to here were judged before, and not read now
	intents []intent // ascending
	runs    []string // that it started
	late    []chain.Line
	lates   uint64 // lines after the removal of the device; late has the first
	again   bool   // something new is about a line that was not read

	said    *witnessLog // what it says of others; nil for journals and copies of the own log
	reading *reading
	settled uint64 // events that another member has witnessed
}

// An intent is a line that announces a statement, and what became of it.
type intent struct {
	seq     uint64
	hash    statement.Hash
	segment uint32
	outcome outcome
	found   bool // the statement is here
}

type outcome uint8

const (
	pendingYet outcome = iota
	isDone
	isFailed
)

// chainJobs verify all logs and journals that lie here or should.
func (c *checking) chainJobs() []func() {
	var jobs []func()
	for _, device := range c.v.knownDevices() {
		if c.keys[device] == nil {
			c.note(audit.Finding{Code: chain.InTransit, Device: device, File: store.DeviceName(device), Detail: "the device's file is missing, so nothing that it signed can be verified"})
			continue
		}
		if device == c.v.me.Device {
			jobs = append(jobs, c.ownJob(c.logBases(device)))
			continue
		}
		t := c.newChain(device, "", store.LogBase(device), false)
		t.state = c.stateOf(device)
		t.witnessOf(device)
		c.logs[device] = t
		jobs = append(jobs, t.verify)
	}
	return append(jobs, c.journalBases()...)
}

// logBases are the original and the copy of this device's log.
func (c *checking) logBases(device string) (original, copied *checkedChain) {
	original = c.newChain(device, "", c.v.logBase(), true)
	original.state = c.stateOf(device)
	copied = c.newChain(device, "", store.LogBase(device), false)
	original.witnessOf(device)
	copied.reading = original.reading
	original.was = copied.was // of the original only what is new is looked at, unless all is
	c.logs[device] = original
	return original, copied
}

// journalBases verify the journals, this device's own with their originals.
func (c *checking) journalBases() []func() {
	var jobs []func()
	own := map[string]bool{}
	for _, name := range c.order {
		if run, ok := strings.CutPrefix(name, localName(c.v.mine("runs/"))); ok {
			own[run] = true
			jobs = append(jobs, c.ownJob(c.newChain(c.v.me.Device, run, c.v.runBase(run), true),
				c.newChain(c.v.me.Device, run, store.RunBase(run, c.v.me.Device), false)))
		}
	}
	for _, name := range c.order {
		part := strings.Split(name, "/")
		if len(part) < 2 || part[0] != "runs" && part[0] != "logs" {
			continue
		}
		n, ok := store.ParseName(store.HeadName(name))
		switch {
		case !ok:
			c.unknown(name, "no log or journal has such a name")
		case c.keys[n.Device] == nil:
			c.note(audit.Finding{Code: audit.UnknownFile, Device: n.Device, File: name, Detail: "no policy version names this device"})
		case part[0] == "runs" && !(n.Device == c.v.me.Device && own[n.Run]):
			jobs = append(jobs, c.newChain(n.Device, n.Run, name, false).verify)
		}
	}
	return jobs
}

func (c *checking) newChain(device, run, base string, local bool) *checkedChain {
	t := &checkedChain{c: c, dir: chain.Over(c.v.dir), base: base, local: local, spec: c.v.logSpec(device, c.keys[device])}
	t.spec.Run = run
	name := base
	if local {
		t.dir, name = chain.Over(c.v.state), localName(base)
	}
	t.listing, t.was = c.dirs[name], c.seen.dirs[name].events
	c.chains = append(c.chains, t)
	return t
}

// stateOf is what this machine has proven of a device's log. A damaged one is
// as good as none, and is written again.
func (c *checking) stateOf(device string) *chain.State {
	log, err := c.v.logOf(device, c.keys[device])
	if err == nil && log.known != nil {
		return log.known
	}
	if err == nil {
		return log.state
	}
	c.note(audit.Finding{Code: audit.UnknownFile, Device: device, File: "heads/" + device, Local: true, Detail: err.Error()})
	delete(c.v.logs, device)
	c.v.logs[device] = c.v.newView(device, c.keys[device])
	return nil
}

// verify verifies a chain of the vault by itself.
func (t *checkedChain) verify() {
	t.check()
	here := t.report.Head.Size
	if !t.report.Proven {
		here = t.report.Lines
	}
	if here < t.was && len(t.report.Findings) == 0 {
		t.c.find(audit.Finding{Code: chain.Truncated, Device: t.spec.Device, File: t.base,
			Detail: fmt.Sprintf("%d events were here, now there are %d", t.was, here)})
	}
	t.files()
	t.c.chainFindings(t, &t.report)
}

// check runs the verification: of what is new, where it is known that the rest
// has not changed; else of everything.
func (t *checkedChain) check() {
	if t.c.full || !t.quick() {
		t.forget()
		t.readAgain()
		t.from = 0
		t.read(chain.VerifyOptions{State: t.state, Full: true})
		t.olderCopy()
	}
	if !t.report.Proven {
		t.forget()
		t.readAgain()
	}
	t.lateLines()
}

func (t *checkedChain) forget() { t.intents, t.runs, t.late, t.lates = nil, nil, nil, 0 }

// read calls chain.Verify.
func (t *checkedChain) read(opts chain.VerifyOptions) {
	_, gone := t.c.removed[t.spec.Device]
	opts.Original, opts.Each = t.local, t.take
	at := uint64(0)
	if opts.State != nil && !opts.Full {
		at = opts.State.Size
	}
	opts.Pick = func(op []byte, announces bool) bool {
		at++
		witness := string(op) == chain.OpWitness
		if t.said != nil && !witness {
			t.said.work, t.said.upto = max(t.said.work, at), max(t.said.upto, at)
		}
		return announces || gone || witness || string(op) == RunStart
	}
	report, err := chain.Verify(t.dir, t.base, t.spec, opts)
	if errors.Is(err, chain.ErrState) {
		opts.State = nil
		at = 0
		t.forget()
		t.readAgain()
		report, err = chain.Verify(t.dir, t.base, t.spec, opts)
	}
	t.report = report
	if err == nil {
		return
	}
	t.report.Proven = false
	if t.local {
		t.c.fail(err)
		return
	}
	t.c.unreadable(t.base, err)
}

// take keeps what later checks need of a line.
func (t *checkedChain) take(l chain.Line) error {
	if t.said != nil {
		t.said.take(&l, t.reading)
	}
	switch {
	case l.Result == chain.Intent && !l.Statement.IsZero():
		t.intents = append(t.intents, intent{seq: l.Seq, hash: l.Statement, segment: uint32(l.Segment)})
	case l.Ref > 0 && (l.Result == chain.Done || l.Result == chain.Failed):
		if in := t.intent(l.Ref); in != nil {
			in.close(l.Result)
		} else if l.Ref <= t.from {
			t.again = true
		}
	case l.Op == RunStart && l.Run != "":
		t.runs = append(t.runs, l.Run)
	}
	if since, gone := t.c.removed[t.spec.Device]; gone && l.Policy >= since {
		if t.lates++; t.late == nil {
			t.late = append(t.late, l)
		}
	}
	return nil
}

// close takes an outcome; the first one counts.
func (in *intent) close(result chain.Result) {
	switch {
	case in.outcome != pendingYet:
	case result == chain.Failed:
		in.outcome = isFailed
	default:
		in.outcome = isDone
	}
}

// intent returns the announcement at seq.
func (t *checkedChain) intent(seq uint64) *intent {
	i := sort.Search(len(t.intents), func(i int) bool { return t.intents[i].seq >= seq })
	if i < len(t.intents) && t.intents[i].seq == seq {
		return &t.intents[i]
	}
	return nil
}

// manySegments is how many changed segments are proven one by one.
const manySegments = 64

// quick reads only what is new. It reports false where that is not enough.
func (t *checkedChain) quick() bool {
	s, l := t.state, t.listing
	if since, gone := t.c.removed[t.spec.Device]; gone && t.c.seen.policy < since {
		return false
	}
	if t.spec.Run != "" && l != nil && len(l.fresh) == 0 && t.was > 0 { // nothing is kept of a journal but this
		t.report = chain.Report{Proven: true, Head: chain.Head{Size: t.was}}
		return true
	}
	if s == nil || l == nil && !t.local || t.was == 0 || t.was > s.Size {
		return false
	}
	reader := chain.NewReader(t.dir, t.base, s)
	if l != nil {
		if len(l.fresh) == 0 && t.was == s.Size {
			if !t.catchUp(reader, t.was) {
				return false
			}
			t.from = t.was
			t.report = chain.Report{Proven: true, State: s, Head: chain.Head{Size: s.Size}}
			return true
		}
		if !t.provenAgain(reader) {
			return false
		}
	}
	if !t.catchUp(reader, t.was) {
		return false
	}
	t.from = t.was
	if err := reader.Each(t.was+1, t.take); err != nil {
		return false
	}
	t.read(chain.VerifyOptions{State: s})
	return !t.again
}

// provenAgain proves the segments that have changed since they were verified.
func (t *checkedChain) provenAgain(reader *chain.Reader) bool {
	if len(t.listing.fresh) > manySegments {
		return false
	}
	for _, name := range t.listing.fresh {
		n, _ := store.ParseName(store.LogBase(t.spec.Device) + "/" + name)
		if n.Form != store.FormLogLines || n.Number > uint64(len(t.state.Segments)) {
			continue
		}
		if _, err := reader.Line(t.state.Segments[n.Number-1].First); err != nil {
			return false
		}
	}
	return true
}

// lateLines finds what a device wrote after it was removed.
func (t *checkedChain) lateLines() {
	if len(t.late) == 0 {
		return
	}
	l, since := t.late[0], t.c.removed[t.spec.Device]
	t.c.find(audit.Finding{Code: audit.AfterRemoval, Device: t.spec.Device, File: chain.SegmentName(t.base, l.Segment), Local: t.local,
		Line: t.lineOf(l.Seq), Count: t.lates, Detail: fmt.Sprintf("%d events name policy %d or later, the first is event %d; the device left with policy %d", t.lates, since, l.Seq, since)})
}

// segmentOf is the segment of a proven line; the first if it isn't known.
func (t *checkedChain) segmentOf(seq uint64) uint64 {
	if t.report.State == nil {
		return 1
	}
	segments := t.report.State.Segments
	return uint64(max(1, sort.Search(len(segments), func(i int) bool { return segments[i].First > seq })))
}

// lineOf is the number of a proven line in its segment's file; 0 if it isn't known.
func (t *checkedChain) lineOf(seq uint64) int {
	if t.report.State == nil || seq > t.report.State.Size {
		return 0
	}
	segments := t.report.State.Segments
	i := sort.Search(len(segments), func(i int) bool { return segments[i].First > seq })
	if i == 0 {
		return 0
	}
	return int(seq-segments[i-1].First) + 1
}
