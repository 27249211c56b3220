package chain

import (
	"fmt"
	"time"
)

// A chunk is what is written to one segment in one go.
type chunk struct {
	segment uint64
	offset  uint64
	key     [32]byte // of the segment
	data    []byte
}

// A plan is the lines of one Append, encoded and not yet written.
type plan struct {
	*Writer
	at     cursor
	rotate bool
	now    time.Time
	chunks []chunk
	lines  []Line
}

// add encodes the line of a draft after those before it. It begins a segment
// where one is due: then the line is encoded again, with that segment's key.
func (p *plan) add(d *Draft) error {
	if err := d.check(p.at.size + 1); err != nil {
		return err
	}
	if p.rotate || p.at.segment == 0 {
		if err := p.begin(); err != nil {
			return err
		}
	}
	line, err := p.encode(d)
	if err != nil {
		return err
	}
	if p.at.full(len(line)) {
		if err := p.begin(); err != nil {
			return err
		}
		if line, err = p.encode(d); err != nil {
			return err
		}
	}
	parsed, err := ParseLine(line)
	if err != nil {
		return &DraftError{Key: "line", Why: err.Error()}
	}
	parsed.Segment = p.at.segment
	c := p.chunk()
	c.data = append(c.data, line...)
	p.lines = append(p.lines, parsed)
	p.at.add(&parsed)
	return nil
}

// begin moves on to a new segment.
func (p *plan) begin() error {
	if p.at.segment == maxSegments {
		return &DraftError{Key: "seq", Why: "the log has no more segments"}
	}
	p.at.rotate()
	p.rotate = false
	return nil
}

// chunk returns the chunk of the open segment.
func (p *plan) chunk() *chunk {
	if n := len(p.chunks); n == 0 || p.chunks[n-1].segment != p.at.segment {
		key := p.opts.Derive(p.spec.KeyInfo(p.at.segment))
		p.chunks = append(p.chunks, chunk{segment: p.at.segment, offset: p.at.length, key: key})
	}
	return &p.chunks[len(p.chunks)-1]
}

// encode makes the next line of a draft.
func (p *plan) encode(d *Draft) ([]byte, error) {
	e := encoder{device: p.spec.Device, seq: p.at.size + 1, prev: p.at.prev, time: p.time()}
	bound := e.appendBound(make([]byte, 0, 512), d)
	sealed, err := SealDetails(p.chunk().key, bound, d.Details, p.opts.Rand)
	if err != nil {
		return nil, err
	}
	line := finish(bound, sealed)
	if len(line) > MaxLine {
		return nil, &DraftError{Key: "sealed", Why: fmt.Sprintf("a line of %d bytes, at most %d", len(line), MaxLine)}
	}
	return line, nil
}

// time returns the time of the next line: never before the line before.
func (p *plan) time() time.Time {
	now := p.now.UTC().Truncate(time.Millisecond)
	if now.Before(p.at.time) {
		return p.at.time
	}
	return now
}
