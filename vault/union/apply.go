package union

import (
	"errors"
	"fmt"

	"opsvault/vault/store"
)

// apply makes way on one side, and writes to it.
func (m *Merge) apply(side Side, out []outcome, l *listing) (int, error) {
	if side == There && (m.ReadOnly || m.Failed != nil) {
		return 0, nil
	}
	var blobs []store.Blob
	for i := range out {
		o := &out[i]
		if len(o.write[side]) == 0 || l.shut(o.write[side][0].Name) {
			continue
		}
		free, err := m.clear(side, o.clear[side])
		if err != nil {
			return 0, m.failed(side, err)
		}
		if free {
			blobs = append(blobs, o.write[side]...)
		}
	}
	if len(blobs) == 0 {
		return 0, nil
	}
	n, err := m.write(side, blobs)
	m.count(side, n)
	return n, m.failed(side, err)
}

func (m *Merge) count(side Side, n int) {
	if side == Here {
		m.Result.Received += n
	} else {
		m.Result.Sent += n
	}
}

// clear takes Bad files away, after their bytes were kept. It reports false
// where they could not be kept: then they stay, and nothing is written.
func (m *Merge) clear(side Side, list []store.Blob) (bool, error) {
	for _, b := range list {
		if b.Data != nil && m.Keep(b.Name, b.Data) != nil {
			return false, nil
		}
		if err := m.dirs[side].Remove(b.Name); err != nil {
			if side == Here {
				return false, nil // a directory with something in it: it is reported, and stays
			}
			return false, err
		}
		m.Result.Cleared = append(m.Result.Cleared, side.String()+"/"+b.Name)
	}
	return true, nil
}

// write writes files. Where something unsafe stops the group, it writes one by
// one, and reports what is in the way.
func (m *Merge) write(side Side, blobs []store.Blob) (int, error) {
	err := Failure(m.dirs[side].WriteGroup(blobs))
	if err == nil || !errors.Is(err, store.ErrUnsafe) {
		if err != nil {
			return 0, err
		}
		return len(blobs), nil
	}
	n := 0
	for _, b := range blobs {
		err := Failure(m.dirs[side].WriteGroup([]store.Blob{b}))
		if errors.Is(err, store.ErrUnsafe) {
			m.say(b.Name, []Refused{{File: b.Name, Why: WhySpecial, Detail: err.Error(), Side: side}}, nil)
			continue
		}
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// Failure is the part of an error of WriteGroup that is more than a newcomer
// who was kept beside another.
func Failure(err error) error {
	if err == nil {
		return nil
	}
	list := []error{err}
	if _, one := err.(*store.FileError); !one {
		if many, ok := err.(interface{ Unwrap() []error }); ok {
			list = many.Unwrap()
		}
	}
	for _, e := range list {
		if _, double := e.(*store.EquivocationError); !double {
			return e
		}
	}
	return nil
}

// failed decides what an error of writing means: here it ends the merge; there
// it ends the sending, unless the place is gone.
func (m *Merge) failed(side Side, err error) error {
	switch {
	case err == nil:
		return nil
	case side == Here:
		return fmt.Errorf("this copy: %w", err)
	case errors.Is(err, store.ErrReadOnly):
		m.ReadOnly = true
		return nil
	}
	if gone := m.alive(There, err); gone != nil {
		return gone
	}
	m.Failed = err
	return nil
}

// alive returns why a merge can't go on after an error of reading; nil if only
// one file is concerned.
func (m *Merge) alive(side Side, err error) error {
	if side == Here {
		if errors.Is(err, store.ErrNotExist) {
			return nil
		}
		return fmt.Errorf("this copy: %w", err)
	}
	if m.Alive == nil {
		return nil
	}
	return m.Alive()
}
