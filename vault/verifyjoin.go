package vault

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"opsvault/vault/audit"
	"opsvault/vault/chain"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A claim is what a statement says of its announcement.
type claim struct {
	name  string
	event uint64
	hash  statement.Hash
}

func (c *checking) claim(device string, one claim) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.claims[device] = append(c.claims[device], one)
}

// join holds the statements against the logs that announce them.
func (c *checking) join() {
	claims := c.claims
	c.claims = map[string][]claim{}
	for device, list := range claims {
		slices.SortFunc(list, func(a, b claim) int { return cmp.Or(cmp.Compare(a.event, b.event), cmp.Compare(a.name, b.name)) })
		if t := c.logs[device]; t != nil { // else its key is missing, which is noted
			t.judge(list)
		}
	}
}

// judge holds statements of one device against its log.
func (t *checkedChain) judge(list []claim) {
	if !t.report.Proven {
		t.c.note(audit.Finding{Code: chain.InTransit, Device: t.spec.Device, File: store.LogBase(t.spec.Device), Count: uint64(len(list)),
			Detail: fmt.Sprintf("%d files wait for a log that proves them", len(list))})
		for _, one := range list {
			t.c.bad[parent(one.name)] = true
		}
		return
	}
	reader := chain.NewReader(t.dir, t.base, t.report.State)
	for _, one := range list {
		if one.event > t.report.Head.Size {
			t.c.note(audit.Finding{Code: chain.InTransit, Device: t.spec.Device, File: one.name,
				Detail: fmt.Sprintf("line %d of the log of %s has not arrived", one.event, t.spec.Device)})
			continue
		}
		in := t.intent(one.event)
		if in == nil && one.event <= t.from {
			in = t.lookUp(reader, one.event)
		}
		if why := in.denies(one.hash); why != "" {
			t.c.find(audit.Finding{Code: audit.MissingWrite, Device: t.spec.Device, File: one.name,
				Detail: fmt.Sprintf("line %d of the log of %s %s", one.event, t.spec.Device, why)})
			continue
		}
		in.found = true
	}
}

// denies says why an announcement doesn't bring a statement, or nothing.
func (in *intent) denies(hash statement.Hash) string {
	switch {
	case in == nil:
		return "announces nothing"
	case in.hash != hash:
		return "names another statement"
	case in.outcome == isFailed:
		return "was closed as failed"
	}
	return ""
}

// lookUp reads an announcement that was judged before, and what became of it:
// its outcome is mostly near.
func (t *checkedChain) lookUp(reader *chain.Reader, seq uint64) *intent {
	line, err := reader.Line(seq)
	if err != nil || line.Result != chain.Intent || line.Statement.IsZero() {
		return nil
	}
	in := &intent{seq: seq, hash: line.Statement}
	for next := seq + 1; next <= t.report.Head.Size; next++ {
		line, err := reader.Line(next)
		if err != nil {
			return in
		}
		if line.Ref == seq && (line.Result == chain.Done || line.Result == chain.Failed) {
			in.close(line.Result)
			return in
		}
	}
	return in
}

// leftOver judges announcements whose statement is not here.
func (c *checking) leftOver() {
	for device, t := range c.logs {
		var reader *chain.Reader
		for i := range t.intents {
			in := &t.intents[i]
			if in.found || in.outcome == isFailed || in.seq <= t.judged() {
				continue
			}
			if reader == nil {
				reader = chain.NewReader(t.dir, t.base, t.report.State)
			}
			line, err := reader.Line(in.seq)
			if err != nil { // of a log with a finding, only as much is known
				line = chain.Line{Op: "a statement", Object: in.hash.Short(), Segment: uint64(in.segment)}
			}
			c.missing(t, device, in, &line)
		}
	}
}

// judged is up to where the announcements of a log were held against files that
// have not changed since, nor vanished.
func (t *checkedChain) judged() uint64 {
	if t.c.full {
		return 0
	}
	return t.was
}

func (c *checking) missing(t *checkedChain, device string, in *intent, line *chain.Line) {
	f := audit.Finding{Code: audit.Incomplete, Device: device, File: chain.SegmentName(t.base, line.Segment), Local: t.local, Line: t.lineOf(in.seq),
		Detail: fmt.Sprintf("event %d announces %s %s, which is not here", in.seq, line.Op, line.Object)}
	if t.local {
		f.File, f.Local = chain.SegmentName(store.LogBase(device), line.Segment), false
	}
	if in.outcome == isDone && c.wasHere(device, in.seq, line) {
		f.Code = audit.MissingWrite
		c.find(f)
		return
	}
	c.note(f)
}

// wasHere reports whether this device knows that a statement lay in this very
// place: it wrote it here itself, or has pinned that version of an entry and
// has never used another place. What was verified here and is gone is missed
// by lookBack.
func (c *checking) wasHere(device string, seq uint64, line *chain.Line) bool {
	if device == c.v.me.Device {
		return c.v.wroteHere(seq)
	}
	id, version, _ := strings.Cut(line.Object, "@")
	if c.v.elsewhere || !strings.HasPrefix(line.Op, "entry.") {
		return false
	}
	pin, err := c.v.pins.Get(id)
	return err == nil && fmt.Sprint(pin.Version) == version
}

// lateFiles verifies what was written since the directories were listed, where
// announcements lack their statements. It reports whether there was anything.
func (c *checking) lateFiles() bool {
	lacking := false
	for _, t := range c.logs {
		lacking = lacking || slices.ContainsFunc(t.intents, func(in intent) bool {
			return !in.found && in.outcome != isFailed && in.seq > t.judged()
		})
	}
	if !lacking {
		return false
	}
	listed := map[string]bool{}
	for name, l := range c.dirs {
		for i := range l.files {
			listed[name+"/"+l.files[i].Name] = true
		}
	}
	later := &checking{v: c.v, dirs: map[string]*listing{}, report: &audit.Report{}, bad: map[string]bool{}}
	later.scan()
	var jobs []func()
	for name, l := range later.dirs {
		if isChain(name) {
			continue
		}
		for i := range l.files {
			if file := name + "/" + l.files[i].Name; !listed[file] {
				jobs = append(jobs, func() { c.file(file) })
			}
		}
	}
	c.run(jobs)
	return len(jobs) > 0
}

// lostChains finds journals and logs that were verified here, or that a log
// says were begun, and are gone.
func (c *checking) lostChains() {
	for name, dir := range c.seen.dirs {
		if strings.HasPrefix(name, "runs/") && c.dirs[name] == nil && dir.events > 0 {
			n, _ := store.ParseName(store.HeadName(name))
			c.find(audit.Finding{Code: audit.MissingWrite, Device: n.Device, File: name, Detail: "a journal that was verified here is gone"})
		}
	}
	for device, t := range c.logs {
		for _, run := range t.runs {
			name := store.RunBase(run, device)
			if _, seen := c.seen.dirs[name]; c.dirs[name] == nil && !seen {
				c.note(audit.Finding{Code: audit.Incomplete, Device: device, File: name, Detail: "the log says that this run began, and its journal is not here"})
			}
		}
	}
}

// rows lists the devices, and remembers how far their logs were proven, so
// that nothing older is believed later.
func (c *checking) rows() error {
	for _, t := range c.chains {
		r := &t.report
		if t.spec.Run != "" {
			if !t.local && t.listing != nil {
				c.report.Journals++
			}
			continue
		}
		if !t.local {
			row := audit.Device{Device: t.spec.Device, Proven: r.Proven, Events: r.Head.Size}
			if log := c.logs[t.spec.Device]; log != nil && r.Proven {
				row.Settled = min(log.settled, row.Events)
			}
			row.Member, _ = c.v.policy.memberOf(t.spec.Device)
			if r.State != nil {
				row.First, row.Last = r.State.First, r.State.Time
			}
			c.report.Events += row.Events
			c.report.Devices = append(c.report.Devices, row)
		}
		if t.local || t.spec.Device != c.v.me.Device {
			if err := c.v.rememberLog(t.spec.Device, r.State); err != nil {
				return err
			}
		}
	}
	return nil
}

// rememberLog keeps how far a log was proven.
func (v *Vault) rememberLog(device string, state *chain.State) error {
	view := v.logs[device]
	if view == nil || state == nil || state.Size <= view.size() {
		return nil
	}
	return v.advanceLog(view, state)
}

// pins holds what this device has seen against what is here.
func (c *checking) pins() {
	v := c.v
	if l := c.dirs[localName(pinsName)]; !c.full && (l == nil || len(l.fresh) == 0) && !c.entriesChanged() {
		return
	}
	newest := map[string]uint64{}
	for name, l := range c.dirs {
		if !strings.HasPrefix(name, "entries/") {
			continue
		}
		for i := range l.files {
			if n, ok := store.ParseName(name + "/" + l.files[i].Name); ok && n.Newcomer == "" {
				newest[n.ID] = max(newest[n.ID], n.Number)
			}
		}
	}
	err := v.pins.Each(func(id string, pin store.Pin) error {
		if have := newest[id]; have < pin.Version {
			c.missed(audit.Finding{Code: audit.MissingWrite, File: store.EntryBase(id) + "/" + id,
				Detail: fmt.Sprintf("version %d was here; the newest now is %d", pin.Version, have)})
		}
		return nil
	})
	if errors.Is(err, store.ErrDamaged) {
		c.find(audit.Finding{Code: chain.Edit, File: pinsName, Local: true, Detail: err.Error()})
		return
	}
	if err != nil {
		c.fail(err)
	}
}

func (c *checking) entriesChanged() bool {
	for name, l := range c.dirs {
		if strings.HasPrefix(name, "entries/") && len(l.fresh) > 0 {
			return true
		}
	}
	return false
}

// missed is a finding about something that this machine has seen and that is
// not here; a note where it may have seen it in another place alone.
func (c *checking) missed(f audit.Finding) {
	if !c.v.elsewhere {
		c.find(f)
		return
	}
	f.Code, f.Detail = audit.Incomplete, "another copy on this machine is newer: "+f.Detail
	c.note(f)
}
