package runbooks

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// gather finds all claims, by the device whose journal they name, in the order of what they had read. Without it each term would
// look through every journal: somebody who claims a run back and forth could make that the square of what they write.
func (w *weaver) gather() {
	w.claims = map[string][]*claim{}
	for i := range w.strands {
		for k := range w.strands[i].Lines {
			l := &w.strands[i].Lines[k]
			if !isClaim(*l) {
				continue
			}
			if device, cut, ok := cutAt(l.Signed); ok && device != w.strands[i].Device {
				w.claims[device] = append(w.claims[device], &claim{strand: i, index: k, cut: cut})
			}
		}
	}
	for _, list := range w.claims {
		slices.SortStableFunc(list, func(a, b *claim) int { return cmp.Compare(a.cut, b.cut) })
	}
}

// claimsOn are the claims that name a device and a line of its journal, in the order of these lines, and have no place yet.
func (w *weaver) claimsOn(device string, first, last uint64) []*claim {
	var list []*claim
	all := w.claims[device]
	from, _ := slices.BinarySearchFunc(all, first, func(c *claim, seq uint64) int { return cmp.Compare(c.cut, seq) })
	for _, c := range all[from:] {
		if c.cut > last {
			break
		}
		if c.index > w.done[w.strands[c.strand].Device] && w.why[c.strand][c.index] == "" {
			list = append(list, c)
		}
	}
	return list
}

// successor finds the claim that a term passes on to, among those that name its device and a line of this term.
func (w *weaver) successor(from *claim, end int) *claim {
	s := &w.strands[from.strand]
	first, last, most := uint64(1), s.size(), uint64(math.MaxUint64)
	if from.index < len(s.Lines) {
		first = s.Lines[from.index].Seq
	}
	if end < len(s.Lines) {
		last = s.Lines[end].Seq - 1
		most = last // what is behind it is of another term
	}
	claims := w.claimsOn(s.Device, first, most)
	ended := w.course(from, end, claims)
	var fitting []*claim
	for _, c := range claims {
		l := w.line(c)
		switch {
		case c.cut > last:
			w.wait(Gap{s.Device, last, c.cut, w.strands[c.strand].Device}, c)
		case ended != nil && (ended.Seq <= c.cut || ended.Time.Before(l.Time)):
			w.lose(c, WhyEnded)
		case l.Kind == EventAccepted && !c.offered:
			w.lose(c, WhyNoOffer)
		case l.Kind == EventTaken && l.Reason == "", !c.fits:
			w.lose(c, WhyRefused)
		default:
			fitting = append(fitting, c)
		}
	}
	if len(fitting) == 0 {
		return nil
	}
	slices.SortFunc(fitting, w.before)
	for _, c := range fitting[1:] {
		if c.strand != fitting[0].strand {
			w.lose(c, WhyBeaten)
		}
	}
	return fitting[0]
}

func (s *Strand) size() uint64 {
	if n := len(s.Lines); n > 0 {
		return max(s.Size, s.Lines[n-1].Seq)
	}
	return s.Size
}

// before is the order of claims.
func (w *weaver) before(a, b *claim) int {
	x, y := w.line(a), w.line(b)
	rank := func(l Line) int {
		if l.Kind == EventAccepted {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(rank(x), rank(y)), x.Time.Compare(y.Time),
		cmp.Compare(w.strands[a.strand].Device, w.strands[b.strand].Device), cmp.Compare(x.Seq, y.Seq))
}

// course replays the lines of a term as if nobody claimed the run in it. It notes of claims on it, which come in the order of
// what they had read, whether they could be made there, and returns the line that ends the run, nil if none does.
func (w *weaver) course(from *claim, end int, claims []*claim) (ended *Line) {
	if len(claims) == 0 {
		return nil
	}
	for _, c := range claims {
		c.fits, c.offered = true, false
	}
	lines, state, offered := w.strands[from.strand].Lines, w.state, ""
	for k := from.index; k < end; k++ {
		l := &lines[k]
		why := w.why[from.strand][k]
		if ended == nil && (why == "" || why == whySecond) && !l.Newer && l.Kind.Known() {
			over := l.Kind == EventDone || l.Kind == EventAborted
			if w.book != nil {
				state, _ = w.follow(state, l.Event)
				over = state.Over()
			}
			if over {
				ended = l
			}
		}
		switch l.Kind {
		case EventOffered:
			offered = l.Name
		case EventWithdrawn:
			offered = ""
		}
		for len(claims) > 0 && (k+1 == end || lines[k+1].Seq > claims[0].cut) {
			w.judge(claims[0], state, offered)
			claims = claims[1:]
		}
	}
	return ended
}

// judge says whether a claim can be made in a state, and whether the run had been offered to its member. A claim is never earlier
// than what it had read (see [Woven.Stamp]): with a time of long ago it would come before all others, and before the run's end.
func (w *weaver) judge(c *claim, state State, offered string) {
	c.offered = offered != "" && offered == w.strands[c.strand].Member
	if w.book != nil {
		l := w.line(c)
		_, err := w.follow(state, l.Event)
		c.fits = err == nil && !l.Time.Before(state.Last)
	}
}

// follow applies an event. A change of the device alone changes nothing: the run stays with its owner.
func (w *weaver) follow(s State, e Event) (State, error) {
	if (e.Kind == EventTaken || e.Kind == EventAccepted) && s.Owner == e.Actor && s.Owner != "" && !s.Over() {
		return s, nil
	}
	return s.Apply(w.book, e)
}

// saw reports whether what a second person had read when they signed is what has happened. Where somebody took the run from
// before that, what was signed is not what the run goes on with.
func (w *weaver) saw(l Line) bool {
	device, seq, ok := cutAt(l.Value)
	i, found := slices.BinarySearchFunc(w.strands, device, func(s Strand, device string) int { return cmp.Compare(s.Device, device) })
	if !ok || !found {
		return false
	}
	k, found := slices.BinarySearchFunc(w.strands[i].Lines, seq, func(l Line, seq uint64) int { return cmp.Compare(l.Seq, seq) })
	if !found {
		k-- // the last before it
	}
	return k >= 0 && w.why[i][k] != "" && w.why[i][k] != WhyLost
}

// lose puts a claim aside, with what its device went on to do because of it.
func (w *weaver) lose(c *claim, why Why) {
	lines := w.strands[c.strand].Lines
	w.mark(c.strand, c.index, why)
	for k := c.index + 1; k < len(lines) && !isClaim(lines[k]); k++ {
		w.mark(c.strand, k, why)
	}
}

// wait puts a claim aside that relies on lines which are not here.
func (w *weaver) wait(g Gap, c *claim) {
	w.out.Gaps = append(w.out.Gaps, g)
	w.lose(c, WhyWaits)
}

// rest puts every line aside that has no place yet, and lists all that are aside.
func (w *weaver) rest() {
	for i, s := range w.strands {
		waits := false
		for k, l := range s.Lines {
			if isClaim(l) && w.why[i][k] == "" {
				waits = w.unheard(s, l)
			}
			why := WhyNotOwner
			switch {
			case waits:
				why = WhyWaits
			case w.done[s.Device] >= 0 && k > w.done[s.Device]:
				why = WhyLost
			}
			w.mark(i, k, why)
			w.list(i, k)
		}
	}
	slices.SortFunc(w.out.Gaps, func(a, b Gap) int {
		return cmp.Or(cmp.Compare(a.Device, b.Device), cmp.Compare(a.By, b.By), cmp.Compare(a.Want, b.Want))
	})
}

// unheard notes a claim on a journal that is not here at all, or not so far.
func (w *weaver) unheard(s Strand, l Line) bool {
	device, cut, ok := cutAt(l.Signed)
	if !ok || device == s.Device {
		return false
	}
	for _, other := range w.strands {
		if other.Device == device && cut <= other.size() {
			return false
		}
	}
	g := Gap{Device: device, Want: cut, By: s.Device}
	for _, other := range w.strands {
		if other.Device == device {
			g.Have = other.size()
		}
	}
	w.out.Gaps = append(w.out.Gaps, g)
	return true
}

func (w *weaver) list(strand, index int) {
	s := &w.strands[strand]
	p := Placed{s.Device, s.Member, s.Lines[index]}
	switch why := w.why[strand][index]; {
	case why == whyMain:
	case why == whySecond && w.saw(p.Line):
		w.out.Seconds = append(w.out.Seconds, p)
	case why == whySecond:
		w.out.Asides = append(w.out.Asides, Aside{p, WhyLost})
	default:
		w.out.Asides = append(w.out.Asides, Aside{p, why})
	}
}

// Read names how far a device's journal was read: what an acceptance, a take or a second person's signature names in
// [Event.Signed].
func Read(device string, seq uint64) string { return fmt.Sprintf("%s:%d", device, seq) }
