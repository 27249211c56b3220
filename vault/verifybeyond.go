package vault

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"opsvault/vault/audit"
	"opsvault/vault/chain"
	"opsvault/vault/store"
)

// beyond looks at heads that witnesses have seen and that end after what is
// here. A copy that is merely older is on its way; one whose last event is
// later than that of a longer head was cut, and went on.
func (m *crossing) beyond(t *checkedChain, list []claimed, size uint64, last time.Time) {
	var seen []claimed
	for _, one := range list {
		if one.what.newest.size() <= size {
			continue
		}
		if _, err := one.what.newest.head.File(t.spec); err != nil {
			m.lie(one, one.what.newest, err)
			continue
		}
		seen = append(seen, one)
	}
	if len(seen) == 0 {
		return
	}
	slices.SortStableFunc(seen, func(a, b claimed) int { return cmp.Compare(a.what.newest.size(), b.what.newest.size()) })
	for i := 1; i < len(seen); i++ {
		if m.exclude(t, seen[i-1], seen[i]) {
			return
		}
	}
	longest := seen[len(seen)-1]
	s := longest.what.newest
	f := audit.Finding{Device: t.spec.Device, Member: t.reading.owner, File: chain.HeadName(t.base), Local: t.local, Count: s.size() - size, Other: m.placeOf(longest, s),
		Detail: fmt.Sprintf("it ends with event %d, and %s has seen event %d", size, longest.witness, s.size())}
	cut := size > 0 && last.Truncate(time.Second).After(s.head.Time)
	if !cut && !t.local {
		f.Code = chain.InTransit
		m.awaits = append(m.awaits, f)
		return
	}
	f.Code = chain.Truncated
	file, err := s.head.File(t.spec)
	if err == nil && t.report.State != nil {
		m.pairs = append(m.pairs, forkPair{t.spec.Device, file, t.report.State.Head, f.Other})
	}
	m.c.find(f)
	m.own(t, file)
}

// exclude reports whether what two witnesses have seen of a log can't both be
// of one history: two contents of one size, or a shorter one that is later.
func (m *crossing) exclude(t *checkedChain, a, b claimed) bool {
	x, y := a.what.newest, b.what.newest
	f := audit.Finding{Code: chain.Fork, Device: t.spec.Device, File: store.LogBase(t.spec.Device), Other: m.placeOf(a, x) + ", " + m.placeOf(b, y)}
	switch {
	case x.size() == y.size() && x.head.Last != y.head.Last:
		f.Detail = fmt.Sprintf("%s and %s have seen two different events %d of it", a.witness, b.witness, x.size())
	case x.size() < y.size() && x.head.Time.After(y.head.Time):
		f.Code = chain.Truncated
		f.Detail = fmt.Sprintf("%s has seen event %d of it, and %s a later event %d", b.witness, y.size(), a.witness, x.size())
	default:
		return false
	}
	one, err1 := x.head.File(t.spec)
	two, err2 := y.head.File(t.spec)
	if err1 == nil && err2 == nil {
		m.pairs = append(m.pairs, forkPair{t.spec.Device, one, two, f.Other})
	}
	m.c.find(f)
	return true
}

// early finds events that two other members have witnessed, each more than a
// day before the time that the events claim.
func (m *crossing) early(t *checkedChain, list []claimed, owner string) {
	type doubt struct {
		claimed
		s *sighting
	}
	var doubts []doubt
	for _, one := range list {
		if one.member == owner {
			continue
		}
		for _, s := range one.what.early {
			if s != nil {
				doubts = append(doubts, doubt{one, s})
			}
		}
	}
	for _, a := range doubts {
		for _, b := range doubts {
			// b covers the last event that a has seen, too.
			if a.member == b.member || b.s.size() < a.s.size() || a.s.head.Time.Sub(b.s.time) <= clockTolerance {
				continue
			}
			if !m.signed(t, a.claimed, a.s) || !m.signed(t, b.claimed, b.s) {
				continue
			}
			m.c.find(audit.Finding{Code: chain.Time, Device: t.spec.Device, File: chain.SegmentName(t.base, t.segmentOf(a.s.size())), Local: t.local,
				Line: t.lineOf(a.s.size()), Other: m.placeOf(a.claimed, a.s) + ", " + m.placeOf(b.claimed, b.s),
				Detail: fmt.Sprintf("%s: event %d claims to be of %s; %s had seen it on %s, %s on %s", whyEarly, a.s.size(),
					a.s.head.Time.Format(time.DateTime), a.member, a.s.time.Format(time.DateTime), b.member, b.s.time.Format(time.DateTime))})
			return
		}
	}
}

func (m *crossing) signed(t *checkedChain, one claimed, s *sighting) bool {
	_, err := s.head.File(t.spec)
	if err != nil {
		m.lie(one, s, err)
	}
	return err == nil
}
