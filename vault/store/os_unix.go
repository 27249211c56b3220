//go:build unix

package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// openFlags: a FIFO that was put there in between does not make open wait.
// os.Root adds O_NOFOLLOW and O_CLOEXEC.
const openFlags = unix.O_NONBLOCK

// lockFlags: a lock is never a link.
const lockFlags = unix.O_NOFOLLOW | unix.O_NONBLOCK

const appendFlags = os.O_WRONLY | os.O_APPEND

func openSelf(root *os.Root) (*os.File, error) { return root.Open(".") }

func readHandle(f *os.File) Handle   { return f }
func appendHandle(f *os.File) Handle { return f }

func (d *osDir) fd() int { return int(d.self.Fd()) }

func (d *osDir) Self() (fs.FileInfo, error) { return d.self.Stat() }

// Sync does without where the filesystem has no fsync of a directory (CIFS and
// some of those in user space: EINVAL).
func (d *osDir) Sync() error {
	err := d.self.Sync()
	for _, cannot := range []error{unix.EINVAL, unix.ENOTSUP, unix.ENOSYS} {
		if errors.Is(err, cannot) {
			return nil
		}
	}
	return err
}

// Names opens the directory anew, because reading moves its offset. It does
// not do so through os.Root, whose ReadDir looks at every single name.
func (d *osDir) Names(limit int) ([]Item, error) {
	fd, err := unix.Openat(d.fd(), ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), d.root.Name())
	defer f.Close()
	return items(f, limit)
}

func (d *osDir) Link(name string, to FS, newName string) error {
	t, err := asOS(to)
	if err != nil {
		return err
	}
	err = unix.Linkat(d.fd(), name, t.fd(), newName, 0)
	switch err {
	case unix.EPERM, unix.ENOTSUP, unix.ENOSYS, unix.EMLINK:
		// What filesystems without links answer (vfat: EPERM).
		return fmt.Errorf("link %s: %w: %w", newName, errors.ErrUnsupported, err)
	}
	return linkError("link", name, newName, err)
}

func (d *osDir) Rename(name string, to FS, newName string) error {
	t, err := asOS(to)
	if err != nil {
		return err
	}
	return linkError("rename", name, newName, unix.Renameat(d.fd(), name, t.fd(), newName))
}

func (d *osDir) RenameNew(name string, to FS, newName string) error {
	t, err := asOS(to)
	if err != nil {
		return err
	}
	err = renameNew(d.fd(), name, t.fd(), newName)
	switch err {
	case unix.EINVAL, unix.ENOSYS, unix.ENOTSUP:
		return d.renameUnlessThere(name, t, newName)
	}
	return linkError("rename", name, newName, err)
}

func asOS(to FS) (*osDir, error) {
	t, ok := to.(*osDir)
	if !ok {
		return nil, fmt.Errorf("directory of another filesystem: %w", unix.EXDEV)
	}
	return t, nil
}

func linkError(op, name, newName string, err error) error {
	if err == nil {
		return nil
	}
	return &os.LinkError{Op: op, Old: name, New: newName, Err: err}
}

// patiently exists for Windows, where others may hold a file for a moment.
func patiently(step func() error) error { return step() }

func isFull(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT)
}

func isReadOnly(err error) bool { return errors.Is(err, unix.EROFS) }
