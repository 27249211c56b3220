package store

import (
	"io"
	"io/fs"
)

// FS is one open directory with the primitive steps on the names in it. Names
// are single components. Sub, Open and Append may follow a symbolic link that
// stays inside, as os.Root does: a Dir looks at the name before, compares what
// was opened with what it saw, and only then uses it. The other steps follow
// none. None of them waits for another process. Errors are those of package os.
//
// An FS may be used by several goroutines.
type FS interface {
	// Lstat tells about a name.
	Lstat(name string) (fs.FileInfo, error)
	// Self tells about the directory itself.
	Self() (fs.FileInfo, error)
	// Same reports whether two infos of this filesystem are of one file.
	Same(a, b fs.FileInfo) bool
	// Names returns what is in the directory, unsorted; at most limit names,
	// more is ErrTooLarge.
	Names(limit int) ([]Item, error)

	// Sub opens a directory in this one.
	Sub(name string) (FS, error)
	// Open opens a file for reading, without waiting (as a FIFO would make it).
	Open(name string) (Handle, error)
	// Create makes a file that must not exist and opens it for writing.
	Create(name string, perm fs.FileMode) (Handle, error)
	// Append opens a file that must exist; every Write goes to its end.
	Append(name string) (Handle, error)

	// Mkdir makes a directory.
	Mkdir(name string, perm fs.FileMode) error
	// Link gives a file a second name, in the directory to; fs.ErrExist when
	// the name is taken, errors.ErrUnsupported when there are no links here.
	Link(name string, to FS, newName string) error
	// Rename moves a file to the directory to, in place of what was there.
	Rename(name string, to FS, newName string) error
	// RenameNew moves a file to the directory to; fs.ErrExist when the name is
	// taken. Where the platform cannot do both in one step it looks first, and
	// the caller's lock must keep others away.
	RenameNew(name string, to FS, newName string) error
	// Remove removes a name; a directory only when it is empty.
	Remove(name string) error
	// Sync makes the names in the directory durable.
	Sync() error
	// Close closes the directory. Handles opened through it stay usable.
	Close() error
}

// Handle is an open file. What it was opened for decides which methods work.
type Handle interface {
	io.Reader
	io.ReaderAt
	io.Writer
	io.Closer
	Stat() (fs.FileInfo, error)
	Truncate(size int64) error
	// Sync makes the file's bytes and length durable.
	Sync() error
}
