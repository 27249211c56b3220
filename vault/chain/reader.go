package chain

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"opsvault/vault/statement"
)

// A Reader hands out lines that a State proves. It reads whole segments,
// follows their hashes to what the State says, and only then shows a line. It
// keeps the segment that it read last: 256 KiB. It is for one goroutine.
type Reader struct {
	src   Source
	base  string
	state *State
	open  uint64 // the segment that the rest is about; 0: none
	data  []byte
	raw   string // the same, for the strings of lines
	lines []provenLine
}

// A provenLine is a line of the open segment.
type provenLine struct {
	from, to int
	hash     statement.Hash
}

// NewReader returns a Reader of the lines that state covers. The chain below
// base may have grown since.
func NewReader(src Source, base string, state *State) *Reader {
	return &Reader{src: src, base: base, state: state}
}

// LineAt returns one line that state covers; it reads one segment. Errors are
// those of Reader.Line.
func LineAt(src Source, base string, state *State, seq uint64) (Line, error) {
	return NewReader(src, base, state).Line(seq)
}

// Line returns the line seq. It is ErrUnproven if the State does not cover it,
// or if its segment is not there, or not what was verified.
func (r *Reader) Line(seq uint64) (Line, error) {
	if r.state == nil || r.state.find(seq) == 0 {
		return Line{}, fmt.Errorf("%w: line %d is beyond what was verified", ErrUnproven, seq)
	}
	n := r.state.find(seq)
	if err := r.load(n); err != nil {
		return Line{}, err
	}
	return r.line(int(seq - r.state.Segments[n-1].First))
}

// Each calls fn with every line from seq from on, in order, until the end of
// the State or an error, which it returns.
func (r *Reader) Each(from uint64, fn func(Line) error) error {
	if r.state == nil {
		return nil
	}
	for seq := max(from, 1); seq <= r.state.Size; seq++ {
		line, err := r.Line(seq)
		if err != nil {
			return err
		}
		if err := fn(line); err != nil {
			return err
		}
	}
	return nil
}

// Segment returns the bytes of one segment as far as the State proves them: a
// copy of its own, to be written elsewhere.
func (r *Reader) Segment(n uint64) ([]byte, error) {
	if r.state == nil || n == 0 || n > uint64(len(r.state.Segments)) {
		return nil, fmt.Errorf("%w: segment %d is beyond what was verified", ErrUnproven, n)
	}
	if err := r.load(n); err != nil {
		return nil, err
	}
	return bytes.Clone(r.data), nil
}

// line returns the i-th line of the open segment.
func (r *Reader) line(i int) (Line, error) {
	at := r.lines[i]
	l, err := scan(r.data[at.from:at.to])
	if err != nil {
		return Line{}, err // load has scanned it: not reached
	}
	line := l.line(r.raw[at.from:at.to], at.hash)
	line.Segment = r.open
	return line, nil
}

// load reads and proves a segment.
func (r *Reader) load(n uint64) error {
	if r.open == n {
		return nil
	}
	r.open = 0
	name := SegmentName(r.base, n)
	size := r.state.Segments[n-1].Length
	if size > MaxSegment {
		return fmt.Errorf("%w: %s is over its limit", ErrUnproven, name)
	}
	f, err := r.src.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s is missing", ErrUnproven, name)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	r.data = slices.Grow(r.data[:0], MaxSegment)[:size]
	got, err := readAt(f, r.data, 0)
	if err != nil {
		return err
	}
	if got < len(r.data) || !r.prove(n) {
		return fmt.Errorf("%w: %s is not what was verified", ErrUnproven, name)
	}
	r.open, r.raw = n, string(r.data)
	return nil
}

// prove follows the hashes through a segment to what the State says.
func (r *Reader) prove(n uint64) bool {
	prev, seq := r.state.before(n), r.state.Segments[n-1].First
	r.lines = r.lines[:0]
	for at := 0; at < len(r.data); seq++ {
		end := at + bytes.IndexByte(r.data[at:], '\n') + 1
		line := r.data[at:end]
		l, err := scan(line)
		if err != nil || l.seq != seq || unhex(l.prev.of(line)) != prev {
			return false
		}
		prev = statement.Sum(line)
		r.lines = append(r.lines, provenLine{at, end, prev})
		at = end
	}
	return prev == r.state.Segments[n-1].Last && seq == r.state.end(n)+1
}
