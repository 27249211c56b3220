package chain

import (
	"bytes"
	"errors"
	"io/fs"
	"time"

	"opsvault/vault/statement"
)

// A walk follows the hashes from a cursor to the head.
type walk struct {
	*verifier
	cursor
	firstTime time.Time
	segments  []Segment // with the open one
	ts        [len(timeLayout)]byte
	prevHex   [64]byte
	// compared is how many segments of the State were held against these.
	// strange is the number of the first that is another one; 0: none.
	compared, strange uint64
}

// all walks up to the head, and says whether it got there.
func (w *walk) all() error {
	copy(w.ts[:], w.time.Format(timeLayout))
	if w.size == 0 {
		w.ts = [len(timeLayout)]byte{}
	}
	w.setPrev(w.prev)
	for n := max(w.segment, 1); n <= w.head.Segment; n++ {
		ok, err := w.enter(n)
		if err != nil || !ok {
			return err
		}
	}
	w.arrive()
	return nil
}

// enter reads segment n from the cursor on. It reports whether the walk goes
// on to the next.
func (w *walk) enter(n uint64) (bool, error) {
	if n != w.segment {
		w.segment, w.length, w.first = n, 0, w.size+1
		w.segments = append(w.segments, Segment{First: w.first})
	}
	data, size, err := w.load(n, w.length)
	if errors.Is(err, fs.ErrNotExist) {
		return false, w.short(Finding{Why: WhySegment})
	}
	if err != nil {
		return false, err
	}
	if n == w.head.Segment {
		return w.lastSegment(data, size)
	}
	return w.innerSegment(data, size)
}

// lastSegment reads the segment that the head names, as far as the head goes.
func (w *walk) lastSegment(data []byte, size uint64) (bool, error) {
	want := w.head.Length
	if whole := untorn(data); len(whole) < len(data) {
		data, size = whole, w.length+uint64(len(whole))
	}
	covered := data[:min(uint64(len(data)), want-min(want, w.length))]
	rest, ok, err := w.lines(covered)
	switch {
	case err != nil || !ok:
		return false, err
	case size < want:
		return false, w.short(Finding{Why: WhyShort, Have: size, Want: want})
	case len(rest) > 0:
		w.report.find(w.finding(Edit, WhyHeadLine))
		return false, nil
	}
	return true, nil
}

// innerSegment reads a segment that others follow.
func (w *walk) innerSegment(data []byte, size uint64) (bool, error) {
	if size > MaxSegment {
		w.report.find(w.finding(Edit, WhyLimit))
		return false, nil
	}
	rest, ok, err := w.lines(data)
	if err != nil || !ok {
		return false, err
	}
	if len(rest) > 0 || size == 0 || size < w.length {
		return false, w.short(Finding{Why: WhyShort, Have: size, Want: w.length})
	}
	return true, nil
}

// lines reads whole lines and returns what is left. It reports false after a
// finding that ends the walk.
func (w *walk) lines(data []byte) (rest []byte, ok bool, err error) {
	for len(data) > 0 {
		size := bytes.IndexByte(data, '\n') + 1
		if size == 0 {
			break
		}
		if ok, err := w.line(data[:size]); err != nil || !ok {
			return nil, false, err
		}
		data = data[size:]
	}
	return data, true, nil
}

// line checks one line and moves behind it.
func (w *walk) line(data []byte) (bool, error) {
	l, err := scan(data)
	if err != nil {
		f := w.finding(Edit, WhyMalformed)
		f.Err = err
		w.report.find(f)
		return false, nil
	}
	if f, bad := w.check(&l, data); bad {
		w.report.find(f)
		return false, nil
	}
	if bytes.Compare(l.ts.of(data), w.ts[:]) < 0 {
		w.report.find(w.finding(Time, WhyBackwards))
	}
	hash := statement.Sum(data)
	if w.opts.Each != nil && w.picks(&l, data) {
		line := l.line(string(data), hash)
		line.Segment = w.segment
		if err := w.opts.Each(line); err != nil {
			return false, err
		}
	}
	w.pass(&l, data, hash)
	return true, nil
}

// picks reports whether Each is called with a line.
func (w *walk) picks(l *layout, data []byte) bool {
	return w.opts.Pick == nil || w.opts.Pick(l.op.of(data), l.stmt.to > 0 || l.ref > 0)
}

// check holds a line against its place in the chain.
func (w *walk) check(l *layout, data []byte) (Finding, bool) {
	want := w.size + 1
	switch {
	case string(l.dev.of(data)) != w.spec.Device:
		return w.finding(BadKey, WhyDevice), true
	case l.seq != want:
		f := w.finding(Gap, WhySeq)
		if l.seq < want {
			f.Code = Edit
		}
		f.Have, f.Want = l.seq, want
		return f, true
	case !bytes.Equal(l.prev.of(data), w.prevHex[:]):
		return w.finding(Edit, WhyPrev), true
	case want-w.first >= MaxSegmentLines:
		return w.finding(Edit, WhyLimit), true
	}
	return Finding{}, false
}

// pass moves behind a line that was checked.
func (w *walk) pass(l *layout, data []byte, hash statement.Hash) {
	if w.size == 0 {
		w.firstTime = parseTime(string(l.ts.of(data)))
	}
	copy(w.ts[:], l.ts.of(data))
	w.size++
	w.length += uint64(len(data))
	w.report.Lines++
	w.setPrev(hash)
	open := &w.segments[len(w.segments)-1]
	open.Length, open.Last = w.length, hash
	w.comparePinned()
}

func (w *walk) setPrev(hash statement.Hash) {
	w.prev = hash
	appendHex(w.prevHex[:0], &w.prev)
}

// comparePinned holds the end of a segment against the State.
func (w *walk) comparePinned() {
	s := w.opts.State
	if s == nil || w.compared == uint64(len(s.Segments)) || w.size != s.end(w.compared+1) {
		return
	}
	w.compared++
	if w.strange == 0 && (w.segment != w.compared || s.Segments[w.compared-1] != w.segments[w.segment-1]) {
		w.strange = w.compared
	}
}

// finding is one about the line at the cursor.
func (w *walk) finding(code Code, why Why) Finding {
	return Finding{
		Code: code, Why: why, File: SegmentName(w.base, w.segment),
		Line: int(w.size-w.first) + 2, Seq: w.size + 1,
	}
}

// maxProbes bounds the search for later segments: a head can name a million.
const maxProbes = 4096

// short says what it means that the open segment ends before it should.
func (w *walk) short(f Finding) error {
	f.File = SegmentName(w.base, w.segment)
	if f.Why == WhyShort {
		f.Line, f.Seq = int(w.size-w.first)+2, w.size+1
	}
	later := false
	for n := w.head.Segment; n > w.segment && w.head.Segment-n < maxProbes && !later; n-- {
		size, err := w.sizeOf(n)
		if err != nil {
			return err
		}
		later = size >= 0
	}
	switch {
	case w.opts.Original, w.opts.State != nil && (w.size < w.opts.State.Size || w.strange > 0):
		f.Code = Truncated
	case later:
		f.Code = Gap
	default:
		f.Code = InTransit
		w.report.note(f)
		return nil
	}
	w.report.find(f)
	return nil
}

// arrive compares the end of the walk with the head, and then with the State.
func (w *walk) arrive() {
	w.time = parseTime(string(w.ts[:]))
	switch {
	case w.size != w.head.Size || w.prev != w.head.Last:
		if w.strange > 0 {
			w.report.find(w.pinned(Edit))
			return
		}
		f := w.finding(Edit, WhyHeadLine)
		f.Line, f.Seq, f.Have, f.Want = f.Line-1, w.size, w.size, w.head.Size
		w.report.find(f)
	case w.strange > 0:
		f := w.pinned(Fork)
		f.Heads = [][]byte{w.opts.State.Head, w.file}
		w.report.find(f)
	default:
		w.report.Proven = true
		if !w.head.Time.Equal(w.time.Truncate(time.Second)) {
			w.report.find(Finding{Code: Time, Why: WhyHeadTime, File: HeadName(w.base)})
		}
		if len(w.report.Findings) == 0 {
			w.report.State = w.state()
		}
	}
}

// pinned is the finding about a segment that is not the one of the State.
func (w *walk) pinned(code Code) Finding {
	return Finding{Code: code, Why: WhyPinned, File: SegmentName(w.base, w.strange), Seq: w.opts.State.end(w.strange)}
}

// state is what a walk that arrived has proven.
func (w *walk) state() *State {
	return &State{
		Genesis: statement.Sum(w.spec.Genesis()), Size: w.size, First: w.firstTime, Time: w.time,
		Segments: w.segments, Head: w.file,
	}
}
