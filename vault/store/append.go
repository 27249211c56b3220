package store

import (
	"errors"
	"fmt"
	"io/fs"
)

// AppendAt makes a file consist of its first offset bytes and then data: what
// lies beyond offset is cut off, and data is written at the end in one write.
// With offset 0 the file may be missing and is made. With sync the bytes are
// fsynced, and so is the directory when the file is new. A file that is
// shorter than offset is ErrTooShort and stays as it is. When another error is
// returned, the file may hold any part of data beyond offset. The caller holds
// the lock of the file's writers.
func (d *Dir) AppendAt(name string, offset int64, data []byte, sync bool) error {
	dirs, base, err := splitFile(name)
	if err != nil {
		return err
	}
	f, err := d.walkToAppend(dirs, base, offset)
	if err != nil {
		return wrap(opAppend, name, err)
	}
	defer d.release(f)
	h, err := f.openAt(name, base, offset)
	if errors.Is(err, fs.ErrNotExist) && offset == 0 {
		return wrap(opAppend, name, f.start(base, data, sync))
	}
	if err != nil {
		return wrap(opAppend, name, err)
	}
	if err := finish(h, data, sync); err != nil || !sync || offset > 0 {
		return wrap(opAppend, name, err)
	}
	// A start that was interrupted may have left the name undurable.
	return wrap(opAppend, name, f.fs.Sync())
}

func (d *Dir) walkToAppend(dirs []string, base string, offset int64) (*folder, error) {
	if offset > 0 {
		return d.walk(dirs, false)
	}
	return d.walkTo(dirs, base)
}

// openAt opens a file for appending after its first offset bytes.
func (f *folder) openAt(name, base string, offset int64) (Handle, error) {
	h, info, err := openSeen(f.fs, name, base, f.fs.Append)
	if err != nil {
		return nil, err
	}
	switch {
	case offset < 0:
		err = fmt.Errorf("offset %d: %w", offset, fs.ErrInvalid)
	case info.Size() < offset:
		err = fmt.Errorf("%w: %d bytes, not %d", ErrTooShort, info.Size(), offset)
	case info.Size() > offset:
		err = h.Truncate(offset)
	}
	if err != nil {
		h.Close()
		return nil, err
	}
	return h, nil
}

// start makes a new file with its first bytes.
func (f *folder) start(base string, data []byte, sync bool) error {
	h, err := f.fs.Create(base, filePerm)
	if err != nil {
		return err
	}
	if err := finish(h, data, sync); err != nil || !sync {
		return err
	}
	return f.fs.Sync()
}

// finish writes, fsyncs if told to, and closes.
func finish(h Handle, data []byte, sync bool) error {
	_, err := h.Write(data)
	if err == nil && sync {
		err = h.Sync()
	}
	return errors.Join(err, h.Close())
}

// Truncate cuts a file to size bytes, durably. A file that is shorter is
// ErrTooShort and stays as it is.
func (d *Dir) Truncate(name string, size int64) error {
	dirs, base, err := splitFile(name)
	if err != nil {
		return err
	}
	f, err := d.walk(dirs, false)
	if err != nil {
		return wrap(opCut, name, err)
	}
	defer d.release(f)
	h, err := f.openAt(name, base, size)
	if err != nil {
		return wrap(opCut, name, err)
	}
	return wrap(opCut, name, errors.Join(h.Sync(), h.Close()))
}
