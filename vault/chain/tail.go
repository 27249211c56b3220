package chain

import (
	"errors"
	"io/fs"
)

// load reads a segment from offset on, at most one byte over the limit, into
// the buffer that all segments share. It also returns the segment's size.
func (v *verifier) load(n, offset uint64) ([]byte, uint64, error) {
	f, err := v.src.Open(SegmentName(v.base, n))
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	if v.buf == nil {
		v.buf = make([]byte, MaxSegment+1)
	}
	size := max(0, min(f.Size(), MaxSegment+1)-int64(offset))
	got, err := readAt(f, v.buf[:size], int64(offset))
	if int64(got) < size {
		return v.buf[:got], offset + uint64(got), err // it was cut meanwhile
	}
	return v.buf[:got], uint64(f.Size()), err
}

// sizeOf returns the size of a segment; -1 if it is not there.
func (v *verifier) sizeOf(n uint64) (int64, error) {
	f, err := v.src.Open(SegmentName(v.base, n))
	if errors.Is(err, fs.ErrNotExist) {
		return -1, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return f.Size(), nil
}

// tail notes what lies beyond the head.
func (v *verifier) tail() error {
	name := SegmentName(v.base, v.head.Segment)
	if err := v.tailOf(name, int64(v.head.Length)); err != nil {
		return err
	}
	return v.tailOf(SegmentName(v.base, v.head.Segment+1), 0)
}

// tailOf notes what a segment has after offset bytes.
func (v *verifier) tailOf(name string, offset int64) error {
	f, err := v.src.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if f.Size() <= offset {
		return nil
	}
	var last [1]byte
	if _, err := readAt(f, last[:], f.Size()-1); err != nil {
		return err
	}
	note := Finding{Code: UnsignedTail, Why: WhyBeyondHead, File: name, Have: uint64(f.Size()), Want: uint64(offset)}
	if last[0] != '\n' {
		note.Code = Torn
	}
	v.report.note(note)
	return nil
}
