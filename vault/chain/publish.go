package chain

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
)

// Published is what Publish did to a copy.
type Published struct {
	Lines uint64 // that the copy's head covers now and did not before
	// Replaced names the files of the copy that held other bytes than the
	// original, and now hold its bytes: somebody, or a failing disk, changed
	// them.
	Replaced []string
}

// Publish extends a copy of a chain up to the signed head of its original, and
// makes a copy where there is none. It looks at the end of what the copy has,
// not at all of it; see Republish. The copy's last segment and head are not
// fsynced: the original is, and the next Publish mends what a power cut took.
// The caller holds the log's lock; a Writer has a Publish that reads less.
//
// ErrAhead says that the copy has a head, signed by this device, which the
// original does not lead to. Then the copy stays as it is: the original was
// rolled back, and this device must not go on with it. ErrDamaged is about
// the original. Other errors are those of from and to.
func Publish(from Source, base string, to Dir, copyBase string, spec Spec) (Published, error) {
	return publish(from, base, to, copyBase, spec, false)
}

// Republish does what Publish does, and compares every file of the copy with
// the original.
func Republish(from Source, base string, to Dir, copyBase string, spec Spec) (Published, error) {
	return publish(from, base, to, copyBase, spec, true)
}

// Publish is Publish of what the Writer has appended, or found: it trusts the
// head that it holds. After a failed Append it returns that error.
func (w *Writer) Publish(to Dir, copyBase string) (Published, error) {
	if w.failed != nil || w.file == nil {
		return Published{}, w.failed
	}
	p := &publisher{from: w.dir, base: w.base, to: to, copied: to, copyBase: copyBase, spec: w.spec, head: w.head(w.at), file: w.file}
	return p.publish(false)
}

// checkCopy returns an *AheadError if the copy of the options has a head,
// signed by this device, that the chain of the Writer does not lead to. A copy
// that can't be read says nothing: the original is writable all the same.
func (w *Writer) checkCopy() error {
	if w.opts.Copy == nil {
		return nil
	}
	p := &publisher{
		from: w.dir, base: w.base, copied: w.opts.Copy, copyBase: w.opts.CopyBase, spec: w.spec, head: w.head(w.at), file: w.file,
	}
	_, err := p.openCopy()
	if errors.Is(err, ErrAhead) {
		return err
	}
	return nil
}

func publish(from Source, base string, to Dir, copyBase string, spec Spec, whole bool) (Published, error) {
	if err := spec.check(); err != nil {
		return Published{}, err
	}
	name := HeadName(base)
	file, err := readFile(from, name, maxHead)
	if err != nil || file == nil {
		return Published{}, err
	}
	head, err := OpenHead(file, spec)
	if err != nil {
		return Published{}, &DamagedError{File: name, Why: "the head is not sound", Err: err}
	}
	p := &publisher{from: from, base: base, to: to, copied: to, copyBase: copyBase, spec: spec, head: head, file: file}
	return p.publish(whole)
}

// A publisher is one call of Publish.
type publisher struct {
	from     Source
	base     string
	to       Dir
	copied   Source // to, or another copy that is only looked at
	copyBase string
	spec     Spec
	head     Head   // of the original
	file     []byte // its file
	current  bool   // the copy has this head already
	done     Published
}

func (p *publisher) publish(whole bool) (Published, error) {
	had, err := p.openCopy()
	if err != nil {
		return p.done, err
	}
	extended := false
	if !whole && had.Size > 0 {
		if extended, err = p.extend(had); err != nil {
			return p.done, err
		}
	}
	if !extended {
		if err := p.compareAll(); err != nil {
			return p.done, err
		}
	}
	p.done.Lines = p.head.Size - had.Size
	if p.current {
		return p.done, nil
	}
	return p.done, p.to.ReplaceRelaxed(HeadName(p.copyBase), p.file)
}

// openCopy reads the head of the copy, and makes sure that the original leads
// to it. The zero Head means that the copy has none, or an unsound one. Where
// the original has the line that the copy's head names, its signature is of no
// interest: the head is about to be replaced by one that covers this line.
func (p *publisher) openCopy() (Head, error) {
	name := HeadName(p.copyBase)
	file, err := readFile(p.copied, name, maxHead)
	switch {
	case errors.Is(err, errTooLong):
		p.done.Replaced = append(p.done.Replaced, name)
		return Head{}, nil
	case err != nil, file == nil, isTorn(file):
		return Head{}, err
	case bytes.Equal(file, p.file):
		p.current = true
		return p.head, nil
	}
	if head, err := peekHead(file, p.spec); err == nil {
		if ok, err := p.leadsTo(head); err != nil || ok {
			return head, err
		}
	}
	head, err := OpenHead(file, p.spec)
	if err != nil {
		p.done.Replaced = append(p.done.Replaced, name)
		return Head{}, nil
	}
	return head, &AheadError{File: name, Own: p.file, Copy: file, Fork: head.Size <= p.head.Size}
}

// leadsTo reports whether the original has the line that a head names, where
// the head says it ends.
func (p *publisher) leadsTo(head Head) (bool, error) {
	if head.Size > p.head.Size || head.Segment > p.head.Segment {
		return false, nil
	}
	f, err := p.from.Open(SegmentName(p.base, head.Segment))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	if f.Size() < int64(head.Length) {
		return false, nil
	}
	line, err := lineBefore(f, int64(head.Length))
	if errors.Is(err, ErrMalformed) {
		return false, nil
	}
	return err == nil && line.Hash == head.Last && line.Seq == head.Size, err
}

// extend appends to a copy that ends where its head says. It reports false,
// and has changed nothing, if the copy does not.
func (p *publisher) extend(had Head) (bool, error) {
	from := had.Length - min(had.Length, MaxLine)
	ours, err := p.original(had.Segment, from)
	if err != nil {
		return false, err
	}
	name := SegmentName(p.copyBase, had.Segment)
	size, err := p.sizeIfAgrees(name, from, ours[:had.Length-from])
	if err != nil || size < 0 {
		return false, err
	}
	if rest := ours[had.Length-from:]; len(rest) > 0 || size > int64(had.Length) {
		sync := had.Segment < p.head.Segment
		if err := p.to.AppendAt(name, int64(had.Length), rest, sync); err != nil {
			return false, err
		}
	}
	for n := had.Segment + 1; n <= p.head.Segment; n++ {
		if err := p.copySegment(n); err != nil {
			return false, err
		}
	}
	return true, nil
}

// sizeIfAgrees returns the size of a file of the copy that has the bytes of
// ours at offset from; -1 if it has not, or is not there. These bytes hold the
// last line, as a rule some more.
func (p *publisher) sizeIfAgrees(name string, from uint64, ours []byte) (int64, error) {
	f, err := p.copied.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return -1, nil
	}
	if err != nil {
		return -1, err
	}
	defer f.Close()
	theirs := make([]byte, len(ours))
	n, err := readAt(f, theirs, int64(from))
	if err != nil || !bytes.Equal(theirs[:n], ours) {
		return -1, err
	}
	return f.Size(), nil
}

// original returns what the head covers of a segment of the original, from
// offset from on.
func (p *publisher) original(n, from uint64) ([]byte, error) {
	name := SegmentName(p.base, n)
	f, err := p.from.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &DamagedError{File: name, Why: "the segment is missing"}
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size := uint64(f.Size())
	if n == p.head.Segment {
		size = p.head.Length
	}
	if uint64(f.Size()) < size || size > MaxSegment || size < from {
		return nil, &DamagedError{File: name, Why: fmt.Sprintf("%d bytes", f.Size())}
	}
	data := make([]byte, size-from)
	got, err := readAt(f, data, int64(from))
	if err == nil && got < len(data) {
		err = &DamagedError{File: name, Why: "it was cut while it was read"}
	}
	return data, err
}

// copySegment puts a whole segment and its key into the copy, the key first.
func (p *publisher) copySegment(n uint64) error {
	key, err := p.key(n)
	if err != nil {
		return err
	}
	data, err := p.original(n, 0)
	if err != nil {
		return err
	}
	if err := p.to.Replace(KeyName(p.copyBase, n), key); err != nil {
		return err
	}
	return p.to.Replace(SegmentName(p.copyBase, n), data)
}

// key returns the key file of a segment of the original.
func (p *publisher) key(n uint64) ([]byte, error) {
	name := KeyName(p.base, n)
	file, err := readFile(p.from, name, maxKeyFile)
	if err == nil && file == nil {
		err = &DamagedError{File: name, Why: "the key of the segment is missing"}
	}
	return file, err
}

// compareAll makes every file of the copy what the original is. A file of the
// copy that only lacks an end was cut by a power cut, and is not reported.
func (p *publisher) compareAll() error {
	if err := p.to.MkdirAll(p.copyBase); err != nil {
		return err
	}
	for n := uint64(1); n <= p.head.Segment; n++ {
		key, err := p.key(n)
		if err != nil {
			return err
		}
		if err := p.compare(KeyName(p.copyBase, n), key); err != nil {
			return err
		}
		data, err := p.original(n, 0)
		if err != nil {
			return err
		}
		if err := p.compare(SegmentName(p.copyBase, n), data); err != nil {
			return err
		}
	}
	return nil
}

// compare makes one file of the copy hold want.
func (p *publisher) compare(name string, want []byte) error {
	have, err := readFile(p.copied, name, 2*MaxSegment)
	switch {
	case errors.Is(err, errTooLong):
		p.done.Replaced = append(p.done.Replaced, name)
	case err != nil:
		return err
	case have != nil && bytes.Equal(have, want):
		return nil
	case !bytes.HasPrefix(want, untorn(have)):
		p.done.Replaced = append(p.done.Replaced, name)
	}
	return p.to.Replace(name, want)
}
