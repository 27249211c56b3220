//go:build unix

package store

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// LookIn lists a directory in this one with as few calls of the system as
// there can be: 10,000 files in 1,000 directories take a tenth of a second
// otherwise. The directory is opened without following a link, and its names
// are looked at relative to it.
func (d *osDir) LookIn(name string, limit int) ([]Seen, error) {
	fd, err := retry(func() (int, error) {
		return unix.Openat(d.fd(), name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	})
	switch err {
	case nil:
	case unix.ELOOP, unix.ENOTDIR, unix.EMLINK: // EMLINK: what FreeBSD answers for a link
		return nil, &UnsafeError{Name: name, Why: "no directory"}
	default:
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	defer unix.Close(fd)
	names, err := namesOf(fd, limit)
	if err != nil {
		return nil, err
	}
	seen := make([]Seen, 0, len(names))
	for _, name := range names {
		var st unix.Stat_t
		_, err := retry(func() (int, error) { return 0, unix.Fstatat(fd, name, &st, unix.AT_SYMLINK_NOFOLLOW) })
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, &os.PathError{Op: "lstat", Path: name, Err: err}
		}
		seconds, nanoseconds := st.Mtim.Unix()
		seen = append(seen, Seen{name, Info{Size: st.Size, ModTime: time.Unix(seconds, nanoseconds), Kind: kindOfStat(uint32(st.Mode))}})
	}
	return seen, nil
}

// direntSize is how many bytes of names are asked for at once.
const direntSize = 8 << 10

// namesOf reads the names of an open directory.
func namesOf(fd, limit int) ([]string, error) {
	var names []string
	var buffer [direntSize]byte // on the stack: 1,000 of them would keep the garbage collector busy
	for {
		n, err := unix.ReadDirent(fd, buffer[:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, &os.PathError{Op: "readdirent", Err: err}
		}
		if n <= 0 {
			return names, nil
		}
		_, _, names = unix.ParseDirent(buffer[:n], -1, names)
		if len(names) > limit {
			return nil, ErrTooLarge
		}
	}
}

func kindOfStat(mode uint32) Kind {
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
		return KindFile
	case unix.S_IFDIR:
		return KindDir
	}
	return KindOther
}

// retry repeats a call that a signal interrupted.
func retry(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if err != unix.EINTR {
			return n, err
		}
	}
}
