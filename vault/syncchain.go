package vault

import (
	"bytes"
	"errors"

	"opsvault/vault/chain"
	"opsvault/vault/store"
	"opsvault/vault/union"
)

// A meeting is one chain on both sides.
type meeting struct {
	c     *carrier
	base  string
	spec  chain.Spec
	state *chain.State // proven before; nil: nothing
	dirs  [2]placeDir
	names [2]map[string]store.Seen

	reports [2]chain.Report
	best    *chain.State // the longest that is proven
	from    union.Side   // where it lies
	src     placeDir     // the same; for this device's chains the local state
	srcBase string
}

// carry extends the shorter copy of a chain from the longer one. It reports
// whether the one here grew.
func (m *meeting) carry() (bool, error) {
	for side := range m.dirs {
		if err := m.verify(union.Side(side)); err != nil {
			return false, err
		}
		if s := m.proven(union.Side(side)); s != nil && (m.best == nil || s.Size > m.best.Size) {
			m.best, m.from = s, union.Side(side)
		}
	}
	if m.best == nil {
		m.noneProven()
		return false, nil
	}
	m.src, m.srcBase = m.dirs[m.from], m.base
	other := 1 - m.from
	return m.extend(other)
}

func (m *meeting) verify(side union.Side) error {
	report, err := chain.Verify(source{m.dirs[side]}, m.base, m.spec, chain.VerifyOptions{State: m.state, Full: m.c.opts.Full})
	if errors.Is(err, store.ErrUnsafe) {
		report, err = chain.Report{Findings: []chain.Finding{{Code: chain.Edit, File: m.base, Err: err}}}, nil
	}
	m.reports[side] = report
	return err
}

// proven is what a side proves: all that its head covers, without a finding.
func (m *meeting) proven(side union.Side) *chain.State {
	r := m.reports[side]
	if !r.Proven || len(r.Findings) > 0 || r.State == nil || r.Head.Size == 0 {
		return nil
	}
	return r.State
}

// noneProven reports two copies of which none can be used.
func (m *meeting) noneProven() {
	for side := range m.dirs {
		switch r := m.reports[side]; {
		case len(r.Findings) > 0:
			m.damaged(union.Side(side))
		case len(m.names[side]) > 0:
			m.waits(union.Side(side), WhyLogTransit)
		}
	}
}

// extend brings the copy of one side to the length of the best. What excludes
// the best is kept as it is, and so is what is longer.
func (m *meeting) extend(side union.Side) (bool, error) {
	r := m.reports[side]
	head := r.Head
	switch {
	case head.Size > m.best.Size:
		// It claims more than it can show: lines on the way, or changed ones.
		if len(r.Findings) > 0 {
			m.damaged(side)
		} else {
			m.waits(side, WhyLogTransit)
		}
		return false, nil
	case head.Size > 0:
		line, err := chain.LineAt(source{m.src}, m.srcBase, m.best, head.Size)
		if errors.Is(err, chain.ErrUnproven) {
			m.waits(m.from, WhyLogTransit) // it changes while it is read
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if line.Hash != head.Last {
			return false, m.fork(side)
		}
	}
	damaged := m.proven(side) == nil && m.isDamaged(r)
	if damaged {
		m.damaged(side)
	}
	if side == union.There && (m.c.merge.ReadOnly || m.c.merge.Failed != nil) {
		return false, nil
	}
	n, err := m.write(side, damaged)
	if errors.Is(err, chain.ErrUnproven) && m.srcBase == m.base {
		m.waits(m.from, WhyLogTransit)
		return false, nil
	}
	if side == union.There {
		m.c.merge.Result.Sent += n
		return false, m.c.sendFailed(err)
	}
	m.c.merge.Result.Received += n
	return n > 0, err
}

// isDamaged tells a copy in which somebody changed something from one that is
// merely old or was copied halfway.
func (m *meeting) isDamaged(r chain.Report) bool {
	for _, f := range r.Findings {
		short := f.Why == chain.WhyOldHead || f.Why == chain.WhyShort || f.Why == chain.WhySegment
		if !short || f.Code != chain.Truncated && f.Code != chain.Gap {
			return true
		}
	}
	return false
}

// write makes the files of one side hold what the best proves, the head last.
// It returns 1 if it wrote anything.
func (m *meeting) write(side union.Side, damaged bool) (int, error) {
	wrote := 0
	for n := 1; n <= len(m.best.Segments); n++ {
		if m.same(side, n, damaged) {
			continue
		}
		moved, err := m.writeSegment(side, uint64(n), damaged)
		wrote = max(wrote, moved)
		if err != nil {
			return wrote, err
		}
	}
	name := chain.HeadName(m.base)
	have, err := m.readThere(side, name, headLimit)
	if err != nil || bytes.Equal(have, m.best.Head) || m.sound(side) && m.reports[side].Head.Size == m.best.Size {
		return wrote, err
	}
	if err := m.put(side, name, have, m.best.Head, damaged); err != nil {
		return wrote, err
	}
	return 1, nil
}

// sound reports whether a side has a signed head of its own.
func (m *meeting) sound(side union.Side) bool {
	for _, note := range m.reports[side].Notes {
		if note.Why == chain.WhyNoHead || note.Why == chain.WhyHead {
			return false
		}
	}
	return m.reports[side].Head.Size > 0
}

// same reports whether a segment was proven on this side, in full, and has its key.
func (m *meeting) same(side union.Side, n int, damaged bool) bool {
	s := m.proven(side)
	if s == nil || damaged || n > len(s.Segments) || s.Segments[n-1] != m.best.Segments[n-1] {
		return false
	}
	_, key := m.names[side][baseName(chain.KeyName(m.base, uint64(n)))]
	return key
}

// writeSegment puts the key, and then the lines, of one segment in place. Whole
// files are put in the place of others: another machine that extends the same
// copy at the same time may win, and nothing is torn by that.
func (m *meeting) writeSegment(side union.Side, n uint64, damaged bool) (int, error) {
	wrote := 0
	keyName, name := chain.KeyName(m.base, n), chain.SegmentName(m.base, n)
	key, err := m.src.Read(chain.KeyName(m.srcBase, n), keyLimit)
	if err == nil {
		have, err := m.readThere(side, keyName, keyLimit)
		if err != nil {
			return 0, err
		}
		own := m.srcBase != m.base
		if have == nil || own && !bytes.Equal(have, key) {
			if err := m.put(side, keyName, have, key, own); err != nil {
				return 0, err
			}
			wrote = 1
		}
	} else if !gone(err) {
		return 0, err
	}
	lines, err := chain.NewReader(source{m.src}, m.srcBase, m.best).Segment(n)
	if err != nil {
		return wrote, err
	}
	have, err := m.readThere(side, name, 2*chain.MaxSegment)
	last := n == uint64(len(m.best.Segments)) // a longer one may have been written meanwhile
	if err != nil || bytes.Equal(have, lines) || last && bytes.HasPrefix(have, lines) {
		return wrote, err
	}
	if err := m.put(side, name, have, lines, damaged); err != nil {
		return wrote, err
	}
	return 1, nil
}

const keyLimit = 8 << 10

// readThere reads a file of a side; nil where there is none, or something that
// is not read.
func (m *meeting) readThere(side union.Side, name string, limit int64) ([]byte, error) {
	data, err := m.dirs[side].Read(name, limit)
	if gone(err) || errors.Is(err, store.ErrTooLarge) || errors.Is(err, store.ErrUnsafe) {
		return nil, nil
	}
	return data, err
}

// put replaces a file of a chain's copy. What was there and was changed by
// somebody is kept first.
func (m *meeting) put(side union.Side, name string, have, want []byte, keep bool) error {
	if keep && len(have) > 0 && m.c.keep(name, have) != nil {
		return nil // it is reported, and stays
	}
	m.c.memory.Forget(m.base)
	err := m.dirs[side].Replace(name, want)
	if errors.Is(err, store.ErrUnsafe) {
		m.refuse(side, name, union.WhySpecial, err.Error())
		return nil
	}
	return err
}

// fork keeps both heads of a log that was signed twice. Nothing is overwritten.
func (m *meeting) fork(side union.Side) error {
	theirs, err := m.dirs[side].Read(chain.HeadName(m.base), headLimit)
	if err != nil {
		return err
	}
	m.refuse(side, chain.HeadName(m.base), WhyLogFork, m.spec.Device)
	mine, other := m.best.Head, theirs
	if m.from == union.There {
		mine, other = theirs, m.best.Head
	}
	return m.keepBoth(mine, other, m.base)
}

// publish extends both copies of a chain of this device from its original.
func (m *meeting) publish(base string) error {
	v := m.c.v
	report, err := chain.Verify(chain.Over(v.state), base, m.spec, chain.VerifyOptions{State: m.state, Original: true})
	if err != nil {
		return err
	}
	if len(report.Findings) > 0 {
		return &LogError{&IntegrityError{base, errors.New(report.Findings[0].String())}}
	}
	m.src, m.srcBase = v.state, base
	if report.State != nil && report.Head.Size > 0 {
		m.best = report.State
	}
	for side := range m.dirs {
		side := union.Side(side)
		if side == union.Here && len(m.names[side]) == 0 && m.best == nil {
			continue
		}
		if err := m.verify(side); err != nil {
			return err
		}
		if err := m.publishTo(side); err != nil {
			return err
		}
	}
	return nil
}

func (m *meeting) publishTo(side union.Side) error {
	r := m.reports[side]
	if m.best == nil {
		if r.Head.Size > 0 {
			return m.ahead(side, nil, r)
		}
		return nil
	}
	if r.Head.Size > m.best.Size {
		return m.ahead(side, m.best.Head, r)
	}
	if r.Head.Size > 0 {
		line, err := chain.LineAt(source{m.src}, m.srcBase, m.best, r.Head.Size)
		if err != nil {
			return err
		}
		if line.Hash != r.Head.Last {
			return m.ahead(side, m.best.Head, r)
		}
	}
	_, err := m.extend(side)
	return err
}

func (m *meeting) refuse(side union.Side, name string, why union.Why, detail string) {
	m.c.memory.Forget(m.base)
	m.c.refused.add(Refused{File: name, Why: why, Detail: detail, Side: side.String()})
}

func (m *meeting) waits(side union.Side, why union.Why) {
	m.c.memory.Forget(m.base)
	m.c.waiting.add(Refused{File: m.base, Why: why, Side: side.String()})
}

// damaged reports a copy that somebody changed, by its first finding.
func (m *meeting) damaged(side union.Side) {
	f := m.reports[side].Findings[0]
	m.refuse(side, f.File, WhyLogDamaged, f.String())
}

func baseName(name string) string { return name[bytes.LastIndexByte([]byte(name), '/')+1:] }

// sendFailed is what a failed write there means for the rest.
func (c *carrier) sendFailed(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, store.ErrReadOnly) {
		c.merge.ReadOnly = true
		return nil
	}
	if lost := c.place.alive(); lost != nil {
		return lost
	}
	c.merge.Failed = err
	return nil
}
