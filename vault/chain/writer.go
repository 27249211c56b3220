package chain

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/crypto/ssh"

	"opsvault/vault/statement"
)

// Options are what a Writer needs from the world.
type Options struct {
	Clock func() time.Time
	Rand  io.Reader // for the nonces of details, and handed to the signer
	// Derive makes the key of a segment from the device's seed, for the info
	// that Spec.KeyInfo gives: identity.Derive.
	Derive func(info string) [32]byte
	// Recipient is the age recipient (age1pq1…) that segment keys are sealed
	// to. When it changes, a new segment starts.
	Recipient string
	// Actor and Policy go into the line `log.recovered`, should there be one.
	Actor  string
	Policy uint64
	// Copy, if set, is where a copy of the chain may lie, below CopyBase. If
	// the copy's head is ahead of the original's, local state was rolled back,
	// and OpenWriter refuses before this device signs a second history.
	Copy     Source
	CopyBase string
}

// A Writer appends to the original of a chain. Its caller holds the log's
// lock from before OpenWriter until after the last Append. It is for one
// goroutine.
type Writer struct {
	dir    Dir
	base   string
	spec   Spec
	signer ssh.Signer
	opts   Options

	at     cursor
	file   []byte // the head file; nil at size 0
	rotate bool   // the next line begins a segment
	failed error  // of an append: what is on the disk is not known
}

// OpenWriter opens the original of a chain below base, which it makes if it
// is not there. It continues after the signed head; a tail beyond it is cut,
// and recorded at once in a line `log.recovered`.
//
// Errors: ErrSpec; ErrDamaged if the head, or the line that it names, is not
// there or not sound: the chain must then not be continued; ErrAhead; ErrWrite
// for everything that the disk refuses.
func OpenWriter(dir Dir, base string, spec Spec, signer ssh.Signer, opts Options) (*Writer, error) {
	if err := spec.check(); err != nil {
		return nil, err
	}
	if !bytes.Equal(signer.PublicKey().Marshal(), spec.Key.Marshal()) {
		return nil, fmt.Errorf("%w: the signer is not device %s", ErrSpec, spec.Device)
	}
	w := &Writer{dir: dir, base: base, spec: spec, signer: signer, opts: opts}
	if err := w.open(); err != nil {
		if errors.Is(err, ErrDamaged) {
			return nil, err
		}
		return nil, writeError("open", err)
	}
	if err := w.checkCopy(); err != nil {
		return nil, err
	}
	if err := w.recover(); err != nil {
		return nil, writeError("recover", err)
	}
	return w, nil
}

// open finds the place after the signed head.
func (w *Writer) open() error {
	note, err := w.small(noteName(w.base))
	if err != nil {
		return err
	}
	file, err := w.small(HeadName(w.base))
	if err != nil {
		return err
	}
	switch {
	case file != nil:
		head, err := OpenHead(file, w.spec)
		if err != nil {
			return &DamagedError{File: HeadName(w.base), Why: "the head is not sound", Err: err}
		}
		w.file = file
		w.at, err = resume(w.dir, w.base, w.spec, head)
		w.rotate = string(note) != w.note()
		return err
	case note != nil:
		// A note is only ever written after a head.
		return &DamagedError{File: HeadName(w.base), Why: "the head is missing"}
	}
	w.at = start(w.spec)
	return w.dir.MkdirAll(w.base)
}

// small reads the head or the note.
func (w *Writer) small(name string) ([]byte, error) {
	file, err := readFile(w.dir, name, maxHead)
	if errors.Is(err, errTooLong) {
		return nil, &DamagedError{File: name, Why: "over its limit"}
	}
	return file, err
}

// noteName is the file in which an original notes which recipient the key of
// its open segment was sealed to. Without it the next line begins a segment.
func noteName(base string) string { return base + "/recipient" }

// note is what that file says while the recipient stays the same.
func (w *Writer) note() string {
	return fmt.Sprintf("%06d %s\n", w.at.segment, statement.Sum([]byte(w.opts.Recipient)))
}

// Next returns the seq that the first line of the next Append will have.
func (w *Writer) Next() uint64 { return w.at.size + 1 }

// Append writes lines: encoded, on the disk, and covered by a signed head when
// it returns nil. No drafts is no work.
//
// Errors: ErrDraft, and nothing was written; ErrWrite, and the lines may or
// may not be there, so nothing that they announce may happen: every further
// Append fails, and the caller opens a new Writer, which finds out.
func (w *Writer) Append(drafts ...Draft) ([]Line, error) {
	if w.failed != nil || len(drafts) == 0 {
		return nil, w.failed
	}
	p := &plan{Writer: w, at: w.at, rotate: w.rotate, now: w.opts.Clock()}
	for i := range drafts {
		if err := p.add(&drafts[i]); err != nil {
			return nil, err
		}
	}
	if err := w.commit(p); err != nil {
		w.failed = err
		return nil, err
	}
	return p.lines, nil
}

// commit puts a plan on the disk: the lines, then the head.
func (w *Writer) commit(p *plan) error {
	for i := range p.chunks {
		if len(p.chunks[i].data) == 0 {
			continue // the open segment had no room for the first line
		}
		if err := w.write(&p.chunks[i]); err != nil {
			return err
		}
	}
	file, err := signHead(w.head(p.at), w.signer, w.opts.Rand)
	if err != nil {
		return writeError("sign", err)
	}
	if err := w.dir.Replace(HeadName(w.base), file); err != nil {
		return writeError("head", err)
	}
	began := p.at.segment != w.at.segment
	w.at, w.file, w.rotate = p.at, file, false
	if began {
		// The lines are covered: if the note is lost, the next Writer begins a
		// segment without need, and that is all.
		w.rotate = w.dir.Replace(noteName(w.base), []byte(w.note())) != nil
	}
	return nil
}

// head is the head at a cursor.
func (w *Writer) head(at cursor) Head {
	return Head{
		Vault: w.spec.Vault, Device: w.spec.Device, Run: w.spec.Run,
		Size: at.size, Last: at.prev, Segment: at.segment, Length: at.length, Time: at.time,
	}
}

// write puts the lines of one segment on the disk, after the key of a new one.
// A key without a line that the head covers is a leftover, and is replaced.
func (w *Writer) write(c *chunk) error {
	if c.offset == 0 {
		file, err := sealKey(c.key, w.opts.Recipient)
		if err != nil {
			return writeError("key", err)
		}
		if err := w.dir.Replace(KeyName(w.base, c.segment), file); err != nil {
			return writeError("key", err)
		}
	}
	if err := w.dir.AppendAt(SegmentName(w.base, c.segment), int64(c.offset), c.data, true); err != nil {
		return writeError("lines", err)
	}
	return nil
}

// writeError wraps err unless it is a WriteError already.
func writeError(step string, err error) error {
	if errors.Is(err, ErrWrite) {
		return err
	}
	return &WriteError{Step: step, Err: err}
}
