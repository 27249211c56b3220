package chain

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"opsvault/vault/statement"
)

// A cursor is where the next line of a chain goes.
type cursor struct {
	size    uint64         // lines before it
	prev    statement.Hash // of the line before; of the genesis text at size 0
	time    time.Time      // of the line before
	segment uint64         // the open segment; 0 at size 0
	length  uint64         // its bytes
	first   uint64         // seq of its first line
}

// start returns the cursor of a chain without lines.
func start(spec Spec) cursor { return cursor{prev: statement.Sum(spec.Genesis())} }

// full reports whether a line of n bytes needs a new segment.
func (c *cursor) full(n int) bool {
	return c.length+uint64(n) > MaxSegment || c.size+1-c.first >= MaxSegmentLines
}

// rotate moves to the beginning of a new segment.
func (c *cursor) rotate() {
	c.segment++
	c.length = 0
	c.first = c.size + 1
}

// add moves behind a line.
func (c *cursor) add(line *Line) {
	c.size = line.Seq
	c.prev = line.Hash
	c.time = line.Time
	c.length += uint64(len(line.Raw))
}

// resume returns the cursor at a verified head, after comparing the head with
// the last line that it covers. Errors are *DamagedError, or those of dir.
func resume(dir Source, base string, spec Spec, head Head) (cursor, error) {
	name := SegmentName(base, head.Segment)
	f, err := dir.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return cursor{}, &DamagedError{File: name, Why: "the last segment is missing"}
	}
	if err != nil {
		return cursor{}, err
	}
	defer f.Close()
	if f.Size() < int64(head.Length) {
		return cursor{}, &DamagedError{File: name, Why: fmt.Sprintf("%d bytes, the head says %d", f.Size(), head.Length)}
	}
	last, err := lineBefore(f, int64(head.Length))
	if err != nil {
		return cursor{}, damagedLine(name, "last line", err)
	}
	if last.Hash != head.Last || last.Seq != head.Size || last.Device != spec.Device {
		return cursor{}, &DamagedError{File: name, Why: "the last line is not the one that the head names"}
	}
	first, err := firstSeq(f, int64(head.Length))
	if err != nil {
		return cursor{}, damagedLine(name, "first line", err)
	}
	if first > last.Seq {
		return cursor{}, &DamagedError{File: name, Why: "the first line comes after the last"}
	}
	return cursor{
		size: head.Size, prev: head.Last, time: last.Time,
		segment: head.Segment, length: head.Length, first: first,
	}, nil
}

// damagedLine makes a DamagedError of a line that does not parse, and passes
// errors of the disk on.
func damagedLine(file, which string, err error) error {
	if errors.Is(err, ErrMalformed) {
		return &DamagedError{File: file, Why: which, Err: err}
	}
	return err
}

// lineBefore reads the line that ends at offset end of a segment.
func lineBefore(f File, end int64) (Line, error) {
	from := max(0, end-MaxLine)
	data := make([]byte, end-from)
	n, err := readAt(f, data, from)
	if err != nil {
		return Line{}, err
	}
	return ParseLine(lastLine(data[:n]))
}

// lastLine returns what follows the last LF but one of data, and with it the
// last, if that is where data ends.
func lastLine(data []byte) []byte {
	for i := len(data) - 2; i >= 0; i-- {
		if data[i] == '\n' {
			return data[i+1:]
		}
	}
	return data
}

// firstSeq reads the number of the first line of a segment.
func firstSeq(f File, end int64) (uint64, error) {
	var head [128]byte
	n, err := readAt(f, head[:min(end, int64(len(head)))], 0)
	if err != nil {
		return 0, err
	}
	s := scanner{line: head[:n]}
	s.text(`{"v":1,"dev":"`)
	s.value(`","seq":`)
	seq := s.number(MaxSeq)
	s.text(`,`)
	if s.want != "" {
		return 0, &SyntaxError{Column: s.pos + 1, Want: s.want}
	}
	return seq, nil
}
