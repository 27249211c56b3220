package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"golang.org/x/sys/windows"
)

const (
	openFlags = 0
	lockFlags = 0
)

// appendFlags: a handle opened with O_APPEND could not be truncated here, so
// the end is looked for before each write; the lock keeps other writers away.
const appendFlags = os.O_RDWR

func openSelf(*os.Root) (*os.File, error) { return nil, nil }

// readOnly is a file open for reading, which FlushFileBuffers refuses.
type readOnly struct{ *os.File }

func (readOnly) Sync() error { return nil }

func readHandle(f *os.File) Handle { return readOnly{f} }

type atEnd struct{ *os.File }

func (f atEnd) Write(data []byte) (int, error) {
	if _, err := f.Seek(0, io.SeekEnd); err != nil {
		return 0, err
	}
	return f.File.Write(data)
}

func appendHandle(f *os.File) Handle { return atEnd{f} }

func (d *osDir) Self() (fs.FileInfo, error) { return d.root.Lstat(".") }

// Sync does nothing: Windows has no fsync of a directory, and its filesystems
// keep names in a journal.
func (d *osDir) Sync() error { return nil }

func (d *osDir) Names(limit int) ([]Item, error) {
	f, err := d.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return items(f, limit)
}

func (d *osDir) Link(name string, to FS, newName string) error {
	t, err := asOS(to)
	if err != nil {
		return err
	}
	err = d.top.Link(path.Join(d.rel, name), path.Join(t.rel, newName))
	for _, none := range []error{windows.ERROR_INVALID_FUNCTION, windows.ERROR_NOT_SUPPORTED, windows.ERROR_TOO_MANY_LINKS} {
		if errors.Is(err, none) {
			return fmt.Errorf("link %s: %w: %w", newName, errors.ErrUnsupported, err)
		}
	}
	return err
}

func (d *osDir) Rename(name string, to FS, newName string) error {
	t, err := asOS(to)
	if err != nil {
		return err
	}
	return patiently(func() error { return d.top.Rename(path.Join(d.rel, name), path.Join(t.rel, newName)) })
}

// RenameNew uses MoveFileEx, which does not replace unless told to.
func (d *osDir) RenameNew(name string, to FS, newName string) error {
	t, err := asOS(to)
	if err != nil {
		return err
	}
	from, err := windows.UTF16PtrFromString(filepath.Join(d.root.Name(), name))
	if err != nil {
		return err
	}
	dest, err := windows.UTF16PtrFromString(filepath.Join(t.root.Name(), newName))
	if err != nil {
		return err
	}
	err = patiently(func() error { return windows.MoveFileEx(from, dest, windows.MOVEFILE_WRITE_THROUGH) })
	if err != nil {
		return &os.LinkError{Op: "rename", Old: name, New: newName, Err: err}
	}
	return nil
}

func asOS(to FS) (*osDir, error) {
	t, ok := to.(*osDir)
	if !ok {
		return nil, fmt.Errorf("directory of another filesystem: %w", errors.ErrUnsupported)
	}
	return t, nil
}

// patiently repeats a step for up to a second while another process, often a
// virus scanner, holds the file.
func patiently(step func() error) error {
	err := step()
	for wait := time.Millisecond; held(err) && wait < time.Second; wait *= 2 {
		time.Sleep(wait)
		err = step()
	}
	return err
}

func held(err error) bool {
	return errors.Is(err, windows.ERROR_SHARING_VIOLATION) || errors.Is(err, windows.ERROR_LOCK_VIOLATION) ||
		errors.Is(err, windows.ERROR_ACCESS_DENIED)
}

func isFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) ||
		errors.Is(err, windows.ERROR_DISK_QUOTA_EXCEEDED)
}

func isReadOnly(err error) bool { return errors.Is(err, windows.ERROR_WRITE_PROTECT) }
