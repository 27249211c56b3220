package chain

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"io/fs"
)

// OpRecovered is the op of the line that records a cut tail. Its details are
// `length`, the number of bytes, and `hash`, their SHA-256; a tail that went
// on in further segments is taken as one.
const OpRecovered = "log.recovered"

// A tail is what lies beyond the head of an original.
type tail struct {
	length int64
	hash   hash.Hash
	cut    bool     // the open segment goes on
	files  []string // further segments
}

// recover cuts the tail, if there is one, and records it.
func (w *Writer) recover() error {
	t, err := w.tail()
	if err != nil {
		return err
	}
	for _, name := range t.files {
		if err := w.dir.Remove(name); err != nil {
			return err
		}
	}
	if t.cut {
		if err := w.dir.Truncate(SegmentName(w.base, w.at.segment), int64(w.at.length)); err != nil {
			return err
		}
	}
	if t.length == 0 {
		return nil
	}
	_, err = w.Append(Draft{
		Actor: w.opts.Actor, Op: OpRecovered, Policy: w.opts.Policy, Result: OK,
		Details: map[string]any{"length": t.length, "hash": hex.EncodeToString(t.hash.Sum(nil))},
	})
	return err
}

// tail reads what lies beyond the head.
func (w *Writer) tail() (*tail, error) {
	t := &tail{hash: sha256.New()}
	if w.at.segment > 0 {
		if _, err := t.read(w.dir, SegmentName(w.base, w.at.segment), int64(w.at.length)); err != nil {
			return nil, err
		}
		t.cut = t.length > 0
	}
	for n := w.at.segment + 1; n <= maxSegments; n++ {
		name := SegmentName(w.base, n)
		found, err := t.read(w.dir, name, 0)
		if err != nil {
			return nil, err
		}
		if !found {
			break
		}
		t.files = append(t.files, name)
	}
	return t, nil
}

// read adds what a file holds from offset on.
func (t *tail) read(dir Source, name string, offset int64) (found bool, err error) {
	f, err := dir.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	n, err := io.Copy(t.hash, io.NewSectionReader(f, offset, f.Size()-offset))
	t.length += n
	return true, err
}
