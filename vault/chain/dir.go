package chain

import "io"

// A File is a file opened for reading.
type File interface {
	io.ReaderAt
	io.Closer
	Size() int64 // bytes, when it was opened
}

// A Source is a directory that a chain is read from. Names have slashes. What
// is not there gives an error that is fs.ErrNotExist.
type Source interface {
	Open(name string) (File, error)
}

// A Dir is a directory that a chain is written to; store.Dir, given to [Over],
// is one.
type Dir interface {
	Source
	// AppendAt cuts the file to offset bytes, which it must have, and writes
	// data after them in one go. With sync it returns once the file, and its
	// name if it is new, are on the disk. At offset 0 the file may be missing.
	AppendAt(name string, offset int64, data []byte, sync bool) error
	// Truncate cuts a file, durably.
	Truncate(name string, size int64) error
	// Replace puts a whole new file in the place of name, durably;
	// ReplaceRelaxed does so without waiting for the disk.
	Replace(name string, data []byte) error
	ReplaceRelaxed(name string, data []byte) error
	Remove(name string) error
	MkdirAll(name string) error
}

// storage is a Dir whose Open returns a file type of its own.
type storage[F File] interface {
	Open(name string) (F, error)
	AppendAt(name string, offset int64, data []byte, sync bool) error
	Truncate(name string, size int64) error
	Replace(name string, data []byte) error
	ReplaceRelaxed(name string, data []byte) error
	Remove(name string) error
	MkdirAll(name string) error
}

type over[F File] struct{ storage[F] }

// Over makes a Dir of a directory whose Open returns a file type of its own.
func Over[F File](dir storage[F]) Dir { return over[F]{dir} }

func (o over[F]) Open(name string) (File, error) {
	f, err := o.storage.Open(name)
	if err != nil {
		return nil, err
	}
	return f, nil
}
