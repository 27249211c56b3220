package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
)

// WriteOnce writes a file that is never changed again. When the name is taken
// by the same bytes, the write is done. When it is taken by other bytes, the
// newcomer is kept beside them as name~<first 8 hex digits of its SHA-256>, and
// the error is an EquivocationError, which names both. Other errors:
// UnsafeError, ErrReadOnly, ErrFull; after them the call may be repeated.
func (d *Dir) WriteOnce(name string, data []byte) error {
	dirs, base, err := splitFile(name)
	if err != nil {
		return err
	}
	f, err := d.walkTo(dirs, base)
	if err != nil {
		return wrap(opWrite, name, err)
	}
	defer d.release(f)
	t := target{folder: f, name: name, base: base, data: data}
	return wrap(opWrite, name, d.writeOnce(t))
}

// target is a file to be written once: its directory, names and bytes.
type target struct {
	*folder
	name string
	base string
	data []byte
}

// writeOnce brings the target's bytes to its name, or beside it.
func (d *Dir) writeOnce(t target) error {
	taken, err := d.placeDurably(t)
	if err != nil || !taken {
		return err
	}
	beside := t.beside()
	if badComponent(beside.base) != "" { // the newcomer of a newcomer
		return &EquivocationError{Name: t.name}
	}
	taken, err = d.placeDurably(beside)
	if err != nil {
		return err
	}
	if taken {
		beside.name = ""
	}
	return &EquivocationError{Name: t.name, Kept: beside.name}
}

// beside is the target's place when its name is taken by other bytes.
func (t target) beside() target {
	sum := sha256.Sum256(t.data)
	mark := "~" + hex.EncodeToString(sum[:4])
	t.name += mark
	t.base += mark
	return t
}

// placeDurably places the target; taken says that other bytes are there.
func (d *Dir) placeDurably(t target) (taken bool, err error) {
	there, err := t.there()
	if errors.Is(err, fs.ErrNotExist) {
		there, err = d.place(t)
	}
	if err != nil || there == otherBytes {
		return there == otherBytes, err
	}
	return false, t.fs.Sync()
}

// presence is what a look at a target's name shows.
type presence uint8

const (
	nothing presence = iota
	sameBytes
	otherBytes
)

// there compares what is at the target's name with its bytes. Same bytes are
// fsynced: another process may have been stopped before it did so.
func (t target) there() (presence, error) {
	h, info, err := openSeen(t.fs, t.name, t.base, t.fs.Open)
	if err != nil {
		return nothing, err
	}
	defer h.Close()
	if info.Size() != int64(len(t.data)) {
		return otherBytes, nil
	}
	have, err := readIn(t.fs, t.name, t.base, info.Size())
	if err != nil {
		return nothing, err
	}
	if !bytes.Equal(have, t.data) {
		return otherBytes, nil
	}
	return sameBytes, h.Sync()
}

// place prepares the target's bytes and links them to its name.
func (d *Dir) place(t target) (presence, error) {
	temp, err := d.prepare(t.data, true)
	if err != nil {
		return nothing, err
	}
	defer d.discard(temp)
	return temp.linkTo(t)
}

// linkTo gives the prepared bytes the target's name, unless it is taken.
func (temp *temporary) linkTo(t target) (presence, error) {
	err := temp.fs.Link(temp.base, t.fs, t.base)
	if errors.Is(err, errors.ErrUnsupported) {
		if err = temp.fs.RenameNew(temp.base, t.fs, t.base); err == nil {
			temp.moved = true
		}
	}
	if errors.Is(err, fs.ErrExist) {
		return t.there()
	}
	return nothing, err
}

// Replace writes a file in place of what is there, durably: a reader sees the
// old bytes or the new ones. It is for local state and heads.
func (d *Dir) Replace(name string, data []byte) error { return d.replace(name, data, true) }

// ReplaceRelaxed is Replace without fsync, for caches that can be made again:
// after a power cut the file may be old, empty or torn, and its reader must
// notice.
func (d *Dir) ReplaceRelaxed(name string, data []byte) error { return d.replace(name, data, false) }

func (d *Dir) replace(name string, data []byte, durable bool) error {
	dirs, base, err := splitFile(name)
	if err != nil {
		return err
	}
	f, err := d.walkTo(dirs, base)
	if err != nil {
		return wrap(opWrite, name, err)
	}
	defer d.release(f)
	if _, err := lstatFile(f.fs, name, base); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return wrap(opWrite, name, err)
	}
	temp, err := d.prepare(data, durable)
	if err != nil {
		return wrap(opWrite, name, err)
	}
	defer d.discard(temp)
	if err := temp.fs.Rename(temp.base, f.fs, base); err != nil {
		return wrap(opWrite, name, err)
	}
	temp.moved = true
	if !durable {
		return nil
	}
	return wrap(opWrite, name, f.fs.Sync())
}
