package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Errors to be asked for with errors.Is.
var (
	// ErrNotExist says that there is nothing at the name. It is fs.ErrNotExist.
	ErrNotExist = fs.ErrNotExist
	// ErrUnsafe says that a name is not one of a vault, or that something lies
	// there that is never opened; see UnsafeError.
	ErrUnsafe = errors.New("not a safe file")
	// ErrTooLarge says that a file or a listing is over its limit.
	ErrTooLarge = errors.New("larger than allowed")
	// ErrTooShort says that a file ends before the offset to append at.
	ErrTooShort = errors.New("shorter than expected")
	// ErrReadOnly says that the directory or its filesystem cannot be written.
	ErrReadOnly = errors.New("not writable")
	// ErrFull says that the disk or the quota is used up.
	ErrFull = errors.New("disk full")
	// ErrBusy says that another process holds the lock; see BusyError.
	ErrBusy = errors.New("locked by another process")
	// ErrDamaged says that a file of local state does not hold what it must.
	ErrDamaged = errors.New("damaged")
	// ErrSealed says that a sealed blob does not open with this key and place.
	ErrSealed = errors.New("sealed blob does not open")
)

// FileError tells which file an operation failed on. Kind is one of the
// errors above, or nil; Err is the cause.
type FileError struct {
	Op   string
	Name string
	Kind error
	Err  error
}

func (e *FileError) Error() string {
	if e.Kind == nil || e.Kind == ErrNotExist {
		return fmt.Sprintf("%s %s: %v", e.Op, e.Name, bare(e.Err))
	}
	return fmt.Sprintf("%s %s: %v: %v", e.Op, e.Name, e.Kind, bare(e.Err))
}

// Unwrap gives the kind and the cause to errors.Is and errors.As.
func (e *FileError) Unwrap() []error {
	if e.Kind == nil {
		return []error{e.Err}
	}
	return []error{e.Kind, e.Err}
}

// UnsafeError names what was refused. errors.Is(err, ErrUnsafe) holds.
type UnsafeError struct {
	Name string
	Why  string
}

func (e *UnsafeError) Error() string { return fmt.Sprintf("%q refused: %s", e.Name, e.Why) }

// Is makes the error an ErrUnsafe.
func (e *UnsafeError) Is(target error) bool { return target == ErrUnsafe }

// EquivocationError says that two different files claim one name that only one
// can have. Both are kept: Name holds what was there, Kept the newcomer. Kept
// is empty when the newcomer's own name was taken by yet other bytes, so that
// it could not be kept.
type EquivocationError struct {
	Name string
	Kept string
}

func (e *EquivocationError) Error() string {
	if e.Kept == "" {
		return fmt.Sprintf("%s exists with other bytes, and the newcomer could not be kept", e.Name)
	}
	return fmt.Sprintf("%s exists with other bytes; the newcomer is kept as %s", e.Name, e.Kept)
}

// wrap names the file in an error of a primitive step, and its kind. Errors
// that already name the file are passed on.
func wrap(op, name string, err error) error {
	switch err.(type) {
	case nil:
		return nil
	case *FileError, *UnsafeError, *EquivocationError:
		return err
	}
	return &FileError{Op: op, Name: name, Kind: kindOfError(op, err), Err: err}
}

func kindOfError(op string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ErrNotExist
	case isFull(err) || errors.Is(err, ErrFull):
		return ErrFull
	case isReadOnly(err) || errors.Is(err, ErrReadOnly):
		return ErrReadOnly
	case op != opRead && op != opList && errors.Is(err, fs.ErrPermission):
		return ErrReadOnly
	}
	return nil
}

// The operations that FileError names.
const (
	opRead   = "read"
	opList   = "list"
	opWrite  = "write"
	opAppend = "append to"
	opCut    = "truncate"
	opRemove = "remove"
	opMkdir  = "create directory"
	opLock   = "lock"
)

// bare removes the layers of package os, whose names are those of single
// components and of system calls.
func bare(err error) error {
	switch e := err.(type) {
	case *fs.PathError:
		return bare(e.Err)
	case *os.LinkError:
		return bare(e.Err)
	case *os.SyscallError:
		return bare(e.Err)
	}
	return err
}
