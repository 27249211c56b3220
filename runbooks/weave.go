package runbooks

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Line is an event in somebody's journal.
type Line struct {
	Event
	Seq  uint64 // of the line in its journal; ascending
	Late bool   // written after its device had left: it counts for nothing
	// Unlogged: a claim of which its device's log, as far as it is here, doesn't tell. It counts for nothing until it does.
	Unlogged bool
	Newer    bool // of a newer opsvault: its kind or one of its fields is not known here
}

// A Strand is one device's journal of a run.
type Strand struct {
	Device string
	Member string
	Began  bool   // it began the run; where no strand says so, the only one that has a started event did
	Size   uint64 // lines of the journal, those without an event included; 0: up to the last event
	Lines  []Line
}

// A Placed line is a line with its journal.
type Placed struct {
	Device string
	Member string
	Line
}

// At names the line: "<device>:<seq>", as [Event.Signed] does.
func (p Placed) At() string { return fmt.Sprintf("%s:%d", p.Device, p.Seq) }

// Why says why a line does not belong to the main line of a run.
type Why string

// The reasons for an [Aside].
const (
	WhyNotOwner Why = "not-owner" // by somebody who did not own the run
	WhyLost     Why = "lost"      // after somebody else had accepted or taken the run
	WhyBeaten   Why = "beaten"    // an acceptance or a take that another one came before, and what followed it
	WhyNoOffer  Why = "no-offer"  // an acceptance of what was not offered to this member, and what followed it
	WhyEnded    Why = "ended"     // after the run had ended
	WhyLeft     Why = "left"      // after its device had left the vault
	WhyUnlogged Why = "unlogged"  // a claim of which its device's log doesn't tell
	WhyWaits    Why = "waits"     // it follows lines that are not here
	WhyRefused  Why = "refused"   // it doesn't fit what came before it
)

// An Aside is a line that doesn't count, and why.
type Aside struct {
	Placed
	Why Why
}

// A Gap is where lines are missing that somebody relied on.
type Gap struct {
	Device     string // whose lines
	Have, Want uint64
	By         string // device that relied on them
}

// Woven is a run of several journals.
type Woven struct {
	Lines   []Placed // the main line, in the order of what happened
	Asides  []Aside  // all other lines, by device and number
	Seconds []Placed // signatures of second persons, in their own journals, by device and number
	Claims  []Placed // the acceptances and takes of the main line
	State   State    // after the main line; the zero State without a book
	Device  string   // of whoever owns the run now
	Owner   string   // the member
	Offer   *Offer   // that stands; nil: none
	Gaps    []Gap
	Newer   bool // the main line has events of a newer opsvault: nobody may go on with it here
	events  []Event
}

// Errors of [Weave].
var (
	ErrNoBeginning = errors.New("no journal of the run begins it")
	ErrTwoStrands  = errors.New("two journals of one device, or two lines with one number")
)

// Weave makes one run of the journals of all devices. The main line goes along the journal of whoever owns the run; it passes on
// where somebody accepts an offer or takes the run, up to the line that they had read. Of two such claims an acceptance comes
// before a take, then the earlier one, then the smaller device id. A claim made after the run had ended, or of an offer made to
// somebody else, counts for nothing. Every line is in exactly one of Lines, Asides and Seconds. The order of the strands doesn't
// matter, nor does anything but the arguments. Without a book, events are placed and not applied.
func Weave(book *Runbook, strands []Strand) (Woven, error) {
	w := &weaver{book: book, strands: slices.Clone(strands), done: map[string]int{}, entered: map[string]string{}}
	slices.SortFunc(w.strands, func(a, b Strand) int { return cmp.Compare(a.Device, b.Device) })
	if err := w.check(); err != nil {
		return Woven{}, err
	}
	first, err := w.beginning()
	if err != nil {
		return Woven{}, err
	}
	w.place()
	w.gather()
	for next := (&claim{strand: first}); next != nil; {
		next = w.term(next)
	}
	w.rest()
	w.out.State, w.out.events = w.state, w.events
	return w.out, nil
}

// Events are the events of the main line that count, in their order: what a [Runner] resumes from.
func (w Woven) Events() []Event { return slices.Clone(w.events) }

// Entered names the main line's last line by which a step was entered, or "".
func (w Woven) Entered(step string) string {
	for _, p := range slices.Backward(w.Lines) {
		if (p.Kind == EventEntered || p.Kind == EventUndoBegun) && p.Step == step {
			return p.At()
		}
	}
	return ""
}

// A weaver is one call of Weave.
type weaver struct {
	book    *Runbook
	strands []Strand
	why     [][]Why        // of each line; "" while it is not placed, whyMain, whySecond
	done    map[string]int // device: index of the last line that a term of it has used
	claims  map[string][]*claim
	entered map[string]string // step: its last line in the main line by which it was entered
	state   State
	events  []Event
	over    bool
	out     Woven
}

const (
	whyMain   Why = "main"
	whySecond Why = "second"
)

func (w *weaver) check() error {
	for i, s := range w.strands {
		if i > 0 && s.Device == w.strands[i-1].Device {
			return fmt.Errorf("%w: device %s", ErrTwoStrands, s.Device)
		}
		for k := 1; k < len(s.Lines); k++ {
			if s.Lines[k].Seq <= s.Lines[k-1].Seq {
				return fmt.Errorf("%w: %s:%d", ErrTwoStrands, s.Device, s.Lines[k].Seq)
			}
		}
	}
	return nil
}

// beginning finds the strand that begins the run.
func (w *weaver) beginning() (int, error) {
	found := -1
	for i, s := range w.strands {
		if s.Began {
			return i, nil
		}
		if len(s.Lines) > 0 && s.Lines[0].Kind == EventStarted {
			if found >= 0 {
				return 0, fmt.Errorf("%w: devices %s and %s both do", ErrNoBeginning, w.strands[found].Device, s.Device)
			}
			found = i
		}
	}
	if found < 0 {
		return 0, ErrNoBeginning
	}
	return found, nil
}

// place puts signatures of second persons and late lines in their places.
func (w *weaver) place() {
	w.why = make([][]Why, len(w.strands))
	for i, s := range w.strands {
		w.why[i] = make([]Why, len(s.Lines))
		w.done[s.Device] = -1
		for k, l := range s.Lines {
			switch {
			case l.Late:
				w.why[i][k] = WhyLeft
			case l.Unlogged && isClaim(l):
				w.why[i][k] = WhyUnlogged
			case l.Kind == EventSeconded && l.Signed != "" && l.Name == s.Member && l.Actor == s.Member:
				w.why[i][k] = whySecond
			case l.Actor != s.Member:
				w.why[i][k] = WhyRefused
			}
		}
	}
}

// A claim is an acceptance or a take, or the beginning of the run.
type claim struct {
	strand, index int
	cut           uint64 // line of the former owner's journal up to which it was read
	fits, offered bool   // where it was made: see weaver.course
}

func (w *weaver) line(c *claim) Line { return w.strands[c.strand].Lines[c.index] }

// term follows the journal of an owner from a claim on, to the next claim that counts. It returns that, or nil at the end.
func (w *weaver) term(from *claim) *claim {
	s := &w.strands[from.strand]
	end := w.ends(from)
	next := w.successor(from, end)
	stop := end
	if next != nil {
		stop = from.index
		for stop < end && s.Lines[stop].Seq <= next.cut {
			stop++
		}
	}
	w.out.Device, w.out.Owner, w.out.Offer = s.Device, s.Member, nil
	for k := from.index; k < stop; k++ {
		w.take(from.strand, k)
	}
	w.done[s.Device] = max(stop-1, from.index)
	for k := stop; k < end; k++ {
		w.mark(from.strand, k, WhyLost)
	}
	return next
}

// ends is the index behind the last line of a term: who claims the run again no longer owns it.
func (w *weaver) ends(from *claim) int {
	lines := w.strands[from.strand].Lines
	for k := from.index + 1; k < len(lines); k++ {
		if isClaim(lines[k]) && w.why[from.strand][k] != WhyUnlogged {
			return k
		}
	}
	return len(lines)
}

func isClaim(l Line) bool { return l.Kind == EventAccepted || l.Kind == EventTaken }

// take puts a line into the main line and lets it happen. What doesn't fit is put aside.
func (w *weaver) take(strand, index int) {
	s := &w.strands[strand]
	l := s.Lines[index]
	if w.why[strand][index] != "" && w.why[strand][index] != whySecond {
		return
	}
	p := Placed{s.Device, s.Member, l}
	switch why := w.happens(p); {
	case why == WhyRefused && w.out.Newer:
	case why != "":
		w.why[strand][index] = why
		return
	}
	w.why[strand][index] = whyMain
	w.out.Lines = append(w.out.Lines, p)
	switch l.Kind {
	case EventEntered, EventUndoBegun:
		w.entered[l.Step] = p.At()
	case EventOffered:
		w.out.Offer = &Offer{To: l.Name, Text: l.Text, Time: l.Time}
	case EventWithdrawn:
		w.out.Offer = nil
	case EventAccepted, EventTaken:
		w.out.Claims = append(w.out.Claims, p)
	}
}

// happens applies a line, and says why it can't be.
func (w *weaver) happens(p Placed) Why {
	switch {
	case w.over:
		return WhyEnded
	case p.Newer || !p.Kind.Known() || p.Rules > rules:
		w.out.Newer = true
		return ""
	}
	e := w.proven(p)
	if w.book == nil {
		w.over = e.Kind == EventDone || e.Kind == EventAborted
		return ""
	}
	next, err := w.follow(w.state, e)
	if err != nil {
		return WhyRefused
	}
	if next.Events > w.state.Events {
		w.events = append(w.events, e)
	}
	w.state, w.over = next, next.Over()
	return ""
}

// proven is the event of a line, without a second person's signature that isn't there.
func (w *weaver) proven(p Placed) Event {
	e := p.Event
	if e.Kind == EventSeconded && e.Signed != "" && !w.signed(e) {
		e.Signed = ""
	}
	return e
}

// signed reports whether the line that an event names as the second person's signature is one: by the member that it names, for
// this visit of this step.
func (w *weaver) signed(e Event) bool {
	device, seq, ok := cutAt(e.Signed)
	if !ok {
		return false
	}
	for i, s := range w.strands {
		k, found := slices.BinarySearchFunc(s.Lines, seq, func(l Line, seq uint64) int { return cmp.Compare(l.Seq, seq) })
		if s.Device != device || !found {
			continue
		}
		l := s.Lines[k]
		return w.why[i][k] == whySecond && s.Member == e.Name && s.Member != e.Actor && l.Step == e.Step && l.Signed == w.entered[e.Step] && w.saw(l)
	}
	return false
}

// mark says why a line is not in the main line, unless that is known.
func (w *weaver) mark(strand, index int, why Why) {
	if w.why[strand][index] == "" {
		w.why[strand][index] = why
	}
}

// cutAt takes "<device>:<seq>" apart.
func cutAt(signed string) (device string, seq uint64, ok bool) {
	device, number, found := strings.Cut(signed, ":")
	seq, err := strconv.ParseUint(number, 10, 64)
	return device, seq, found && err == nil && device != "" && seq > 0
}
