package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/gofrs/flock"
)

// lockPause is the time between two tries to take a lock.
const lockPause = 5 * time.Millisecond

// Lock is a lock that this process holds.
type Lock struct {
	file *flock.Flock
}

// BusyError names the lock that another process holds. errors.Is(err, ErrBusy)
// holds.
type BusyError struct {
	Path string
}

func (e *BusyError) Error() string { return fmt.Sprintf("%s: %v", e.Path, ErrBusy) }

// Is makes the error an ErrBusy.
func (e *BusyError) Is(target error) bool { return target == ErrBusy }

// LockFile takes the lock at path, which is made if it is missing and is never
// deleted, because two processes could then hold it. It waits for up to wait;
// the error is then a BusyError. The lock belongs into local state: locks on
// network shares and sticks cannot be trusted. It ends with the process.
//
// The locks are those of the operating system (flock, LockFileEx), between
// processes and, because each call opens the file anew, between goroutines.
func LockFile(path string, wait time.Duration) (*Lock, error) {
	if err := checkLockPath(path); err != nil {
		return nil, err
	}
	l := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR|lockFlags), flock.SetPermissions(filePerm))
	for end := time.Now().Add(wait); ; time.Sleep(lockPause) {
		held, err := l.TryLock()
		if err != nil {
			return nil, lockError(path, err)
		}
		if held {
			return &Lock{file: l}, nil
		}
		if !time.Now().Before(end) {
			return nil, &BusyError{Path: path}
		}
	}
}

// checkLockPath refuses a lock that is not a regular file. Opening refuses a
// symbolic link again where the platform can.
func checkLockPath(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return wrap(opLock, path, err)
	case !info.Mode().IsRegular():
		return &UnsafeError{Name: path, Why: "a " + kindOf(info.Mode()).String() + " where a lock belongs"}
	}
	return nil
}

func lockError(path string, err error) error {
	if unsafe := checkLockPath(path); unsafe != nil {
		return unsafe
	}
	return wrap(opLock, path, err)
}

// Unlock gives the lock back. The file stays.
func (l *Lock) Unlock() error { return l.file.Unlock() }
