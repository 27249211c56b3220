package chain

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"

	"opsvault/vault/statement"
)

// A Reader hands out lines that a State proves. It reads whole segments,
// follows their hashes to what the State says, and only then shows a line. It
// keeps the segment that it read last: 256 KiB. It is for one goroutine.
type Reader struct {
	src   Source
	base  string
	state *State
	open  uint64 // the segment that raw and lines are of; 0: none
	raw   string
	ends  []int // of the lines in raw
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

// line returns the i-th line of the open segment.
func (r *Reader) line(i int) (Line, error) {
	from := 0
	if i > 0 {
		from = r.ends[i-1]
	}
	raw := r.raw[from:r.ends[i]]
	l, err := scan([]byte(raw))
	if err != nil {
		return Line{}, err // load has scanned it: not reached
	}
	line := l.line(raw, statement.Sum([]byte(raw)))
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
	f, err := r.src.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s is missing", ErrUnproven, name)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	data := make([]byte, r.state.Segments[n-1].Length)
	got, err := readAt(f, data, 0)
	if err != nil {
		return err
	}
	if got < len(data) || !r.prove(n, data) {
		return fmt.Errorf("%w: %s is not what was verified", ErrUnproven, name)
	}
	r.open, r.raw = n, string(data)
	return nil
}

// prove follows the hashes through a segment to what the State says.
func (r *Reader) prove(n uint64, data []byte) bool {
	prev, seq := r.state.before(n), r.state.Segments[n-1].First
	r.ends = r.ends[:0]
	for end := 0; end < len(data); {
		size := bytes.IndexByte(data[end:], '\n') + 1
		line := data[end : end+size]
		l, err := scan(line)
		if err != nil || l.seq != seq || unhex(string(l.prev.of(line))) != prev {
			return false
		}
		prev = statement.Sum(line)
		seq++
		end += size
		r.ends = append(r.ends, end)
	}
	return prev == r.state.Segments[n-1].Last && seq == r.state.end(n)+1
}
