// Package store keeps the files of a vault, and the local state beside it, on
// disk: it opens nothing that could deceive the reader, it changes nothing that
// was written once, and it says that something is written only when it is
// durable.
//
// # Words
//
// A Dir is a directory that was opened once; everything is named relative to
// it, with slashes, in lower-case ASCII. An FS is one open directory with the
// primitive steps that a Dir is built from; the operating system's is used in
// life, the one of package storetest in tests. A name's kind is what lies
// there: a regular file, a directory, or something else, which is never
// opened.
//
// # Promises
//
// Every component of a name is looked at (lstat) before each operation,
// reading and writing, and must be a directory or, last, a regular file.
// Operations are then relative to the very directory that was looked at, and
// a file that was opened is compared with the one that was seen, so a symbolic
// link, a FIFO or a device is refused and not followed, also when it is put
// there in between.
//
// WriteOnce, WriteGroup and Replace prepare the bytes under tmp/, fsync them,
// give them their name in one step, and fsync the directory (where the
// platform can: on Windows a directory cannot be fsynced). When they return
// nil the file survives a power cut, complete. When they return an error, or
// the machine stops in between, the name holds what it held before or the new
// bytes, never a part; repeating the call brings it to the end. What an
// interrupted call leaves is in tmp/ alone.
//
// AppendAt and Truncate change a file in place. They are for logs, whose
// readers ignore what lies beyond the signed head.
//
// A Dir takes no lock. Writers of one machine agree through LockFile.
package store

import (
	"io"
	"io/fs"
	"time"
)

// Permissions of what is created. The umask may take more away.
const (
	filePerm fs.FileMode = 0o600
	dirPerm  fs.FileMode = 0o700
)

// TempDir is the directory, directly in a Dir, in which files are prepared. It
// is never copied to another vault and may be emptied when no writer runs.
const TempDir = "tmp"

// Kind says what lies at a name.
type Kind uint8

// The kinds. Everything that is neither a regular file nor a directory
// (symbolic link, FIFO, socket, device, reparse point) is KindOther.
const (
	KindFile Kind = iota + 1
	KindDir
	KindOther
)

// String returns the kind as a word for messages.
func (k Kind) String() string {
	switch k {
	case KindFile:
		return "file"
	case KindDir:
		return "directory"
	}
	return "special file"
}

func kindOf(mode fs.FileMode) Kind {
	switch {
	case mode.IsRegular():
		return KindFile
	case mode.IsDir():
		return KindDir
	}
	return KindOther
}

// Item is one name in a directory. The name is what the directory says: it may
// hold any bytes.
type Item struct {
	Name string
	Kind Kind
}

// Info is what lstat tells about a name.
type Info struct {
	Size    int64
	ModTime time.Time
	Kind    Kind
}

// Blob is a file to be written: its name in the Dir and its bytes.
type Blob struct {
	Name string
	Data []byte
}

// File is a regular file open for reading. Size and ModTime are those of the
// moment of opening.
type File interface {
	io.Reader
	io.ReaderAt
	io.Closer
	Size() int64
	ModTime() time.Time
}
