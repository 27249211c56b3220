package chain

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"opsvault/vault/statement"
)

// VerifyOptions say how much of a chain is read. The zero value reads all.
type VerifyOptions struct {
	// State is what was proven before. Lines that it covers are not read
	// again, unless Full is set; either way the chain must go on from them.
	State *State
	Full  bool
	// Original: the chain is this device's own, in its local state. Nobody
	// carries it, so being short is TRUNCATED, not IN_TRANSIT.
	Original bool
	// Each is called with every new line that is read and fits the one before.
	// The lines are not proven until Verify returns with Report.Proven: what
	// was learnt from them before is to be forgotten otherwise. An error ends
	// Verify and is returned. A Reader hands out lines that are proven first.
	Each func(Line) error
	// Pick, if set, says which lines Each is called with, by their op and by
	// whether they announce a statement or close an announcement. It is asked
	// before anything is allocated, and must not keep op.
	Pick func(op []byte, announces bool) bool
}

// Verify checks a chain, or what is new in it, as far as its signed head. It
// needs no secret, allocates nothing per line (without Each), and holds one
// segment in memory, besides 48 bytes per segment for the State.
//
// What is wrong with the chain is in the report. Errors are those of src, of
// Each, ErrSpec, and ErrState if the State is of another chain.
func Verify(src Source, base string, spec Spec, opts VerifyOptions) (Report, error) {
	if err := spec.check(); err != nil {
		return Report{}, err
	}
	v := &verifier{src: src, base: base, spec: spec, opts: opts}
	v.report.State = opts.State
	begin := start(spec)
	if opts.State != nil && (opts.State.Genesis != begin.prev || len(opts.State.Segments) == 0) {
		return v.report, fmt.Errorf("%w: of another chain", ErrState)
	}
	ok, err := v.openHead()
	if err != nil || !ok || !v.compareHeads() {
		return v.report, err
	}
	return v.report, v.run(begin)
}

// A verifier is one call of Verify.
type verifier struct {
	src    Source
	base   string
	spec   Spec
	opts   VerifyOptions
	head   Head
	file   []byte // the head file
	buf    []byte // one segment
	report Report
}

// openHead reads the head. It reports false if there is none to go on with.
func (v *verifier) openHead() (bool, error) {
	name := HeadName(v.base)
	file, err := readFile(v.src, name, maxHead)
	switch {
	case errors.Is(err, errTooLong):
		v.report.find(Finding{Code: Edit, Why: WhyHead, File: name, Err: err})
		return false, nil
	case err != nil:
		return false, err
	case file == nil:
		return v.withoutHead(Finding{Code: UnsignedTail, Why: WhyNoHead, File: SegmentName(v.base, 1)})
	case isTorn(file):
		return v.withoutHead(Finding{Code: Torn, Why: WhyHead, File: name, Have: uint64(len(file))})
	}
	head, err := OpenHead(file, v.spec)
	if err != nil {
		f := Finding{Code: Edit, Why: WhyHead, File: name, Err: err}
		if errors.Is(err, statement.ErrSignature) || errors.Is(err, statement.ErrUnknownDevice) {
			f.Code, f.Why = BadKey, WhySignature
		}
		v.report.find(f)
		return false, nil
	}
	v.head, v.file, v.report.Head = head, file, head
	return true, nil
}

// withoutHead goes on where there is no head, or half of one: with the head of
// the State, which tells as much as a copy of that age would; without a State
// there is nothing to be proven.
func (v *verifier) withoutHead(note Finding) (bool, error) {
	if s := v.opts.State; s != nil {
		head, err := OpenHead(s.Head, v.spec)
		if err != nil {
			return false, fmt.Errorf("%w: its head: %w", ErrState, err)
		}
		v.report.note(note)
		v.head, v.file, v.report.Head = head, s.Head, head
		return true, nil
	}
	size, err := v.sizeOf(1)
	if err != nil {
		return false, err
	}
	if size < 0 && note.Why == WhyNoHead {
		v.report.Proven = true
		return false, nil
	}
	v.report.note(note)
	return false, nil
}

// compareHeads holds the head against the one that proved the State. It
// reports whether there is anything to be read.
func (v *verifier) compareHeads() bool {
	s := v.opts.State
	if s == nil || v.head.Size > s.Size {
		return true
	}
	name := HeadName(v.base)
	if v.head.Size < s.Size {
		v.report.find(Finding{Code: Truncated, Why: WhyOldHead, File: name, Have: v.head.Size, Want: s.Size})
		return false
	}
	at := s.cursor()
	pinned := Head{Size: s.Size, Last: at.prev, Segment: at.segment, Length: at.length}
	if !sameHead(v.head, pinned) {
		v.report.find(Finding{Code: Fork, Why: WhyTwoHeads, File: name, Seq: s.Size, Heads: [][]byte{s.Head, v.file}})
		return false
	}
	return true
}

// run reads the lines: those after the State, or all. If the last line of the
// State is not where it was, all are read to find out what happened.
func (v *verifier) run(begin cursor) error {
	s := v.opts.State
	if s == nil || v.opts.Full {
		return v.runFrom(begin, nil)
	}
	there, err := v.endsWithPinned(s)
	if err != nil {
		return err
	}
	if there {
		return v.runFrom(s.cursor(), s.Segments)
	}
	v.opts.Each = nil
	return v.runFrom(begin, nil)
}

// endsWithPinned reports whether the last line of the State is where it was.
func (v *verifier) endsWithPinned(s *State) (bool, error) {
	end := s.cursor()
	f, err := v.src.Open(SegmentName(v.base, end.segment))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	if f.Size() < int64(end.length) {
		return false, nil
	}
	line, err := lineBefore(f, int64(end.length))
	if errors.Is(err, ErrMalformed) {
		return false, nil
	}
	return err == nil && line.Hash == end.prev, err
}

// runFrom reads lines from a cursor on, after the segments known before it.
func (v *verifier) runFrom(at cursor, known []Segment) error {
	w := &walk{verifier: v, cursor: at, segments: slices.Clone(known), compared: uint64(len(known))}
	if v.opts.State != nil && known != nil {
		w.firstTime = v.opts.State.First
	}
	if err := w.all(); err != nil {
		return err
	}
	return v.tail()
}
