package runbooks

import (
	"cmp"
	"fmt"
	"slices"
)

// successor finds the claim that a term passes on to, among those that name its device and a line of this term.
func (w *weaver) successor(from *claim, end int) *claim {
	s := &w.strands[from.strand]
	first, last := uint64(1), s.size()
	if from.index < len(s.Lines) {
		first = s.Lines[from.index].Seq
	}
	if end < len(s.Lines) {
		last = s.Lines[end].Seq - 1
	}
	way := w.course(from, end)
	var fitting []*claim
	for i, other := range w.strands {
		for k, l := range other.Lines {
			device, cut, ok := cutAt(l.Signed)
			if !isClaim(l) || !ok || device != s.Device || i == from.strand || k <= w.done[other.Device] || w.why[i][k] != "" {
				continue
			}
			c := &claim{i, k, cut}
			switch {
			case cut < first || end < len(s.Lines) && cut > last:
				continue // of another term
			case cut > last:
				w.wait(Gap{s.Device, last, cut, other.Device}, c)
			case way.ended != nil && (way.ended.Seq <= cut || way.ended.Time.Before(l.Time)):
				w.lose(c, WhyEnded)
			case l.Kind == EventAccepted && !w.offered(from, end, c):
				w.lose(c, WhyNoOffer)
			case l.Kind == EventTaken && l.Reason == "", !w.fits(c, from, way):
				w.lose(c, WhyRefused)
			default:
				fitting = append(fitting, c)
			}
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

// A course is how a term goes if nobody claims the run in it.
type course struct {
	first  int
	states []State // after each line; none without a book
	ended  *Line   // that ends the run
}

// course replays the lines of a term.
func (w *weaver) course(from *claim, end int) course {
	lines := w.strands[from.strand].Lines
	c, state := course{first: from.index}, w.state
	for k := from.index; k < end; k++ {
		l := &lines[k]
		why := w.why[from.strand][k]
		if c.ended == nil && (why == "" || why == whySecond) && !l.Newer && l.Kind.Known() {
			over := l.Kind == EventDone || l.Kind == EventAborted
			if w.book != nil {
				state, _ = w.follow(state, l.Event)
				over = state.Over()
			}
			if over {
				c.ended = l
			}
		}
		if w.book != nil {
			c.states = append(c.states, state)
		}
	}
	return c
}

// follow applies an event. A change of the device alone changes nothing: the run stays with its owner.
func (w *weaver) follow(s State, e Event) (State, error) {
	if (e.Kind == EventTaken || e.Kind == EventAccepted) && s.Owner == e.Actor && s.Owner != "" && !s.Over() {
		return s, nil
	}
	return s.Apply(w.book, e)
}

// fits reports whether a claim can be made where it was made.
func (w *weaver) fits(c *claim, from *claim, way course) bool {
	if len(way.states) == 0 {
		return true
	}
	lines, k := w.strands[from.strand].Lines, 0
	for k+1 < len(way.states) && lines[way.first+k+1].Seq <= c.cut {
		k++
	}
	_, err := w.follow(way.states[k], w.line(c).Event)
	return err == nil
}

// offered reports whether a term's owner had offered the run to a claim's member, as far as the claim had read.
func (w *weaver) offered(from *claim, end int, c *claim) bool {
	to := ""
	for _, l := range w.strands[from.strand].Lines[from.index:end] {
		if l.Seq > c.cut {
			break
		}
		switch l.Kind {
		case EventOffered:
			to = l.Name
		case EventWithdrawn:
			to = ""
		}
	}
	return to != "" && to == w.strands[c.strand].Member
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
	switch why := w.why[strand][index]; why {
	case whyMain:
	case whySecond:
		w.out.Seconds = append(w.out.Seconds, p)
	default:
		w.out.Asides = append(w.out.Asides, Aside{p, why})
	}
}

// Read names how far a device's journal was read: what an acceptance, a take or a second person's signature names in
// [Event.Signed].
func Read(device string, seq uint64) string { return fmt.Sprintf("%s:%d", device, seq) }
