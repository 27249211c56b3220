//go:build unix

package store_test

import (
	"io/fs"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// plantSpecial makes a link, a FIFO or a socket; a device only root could.
func plantSpecial(t *testing.T, path string, mode fs.FileMode, target string) bool {
	t.Helper()
	var err error
	switch mode {
	case fs.ModeSymlink:
		err = os.Symlink(target, path)
	case fs.ModeNamedPipe:
		err = unix.Mkfifo(path, 0o600)
	case fs.ModeSocket:
		err = socketAt(path)
	default:
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	return true
}

// socketAt leaves a socket behind that nobody listens on.
func socketAt(path string) error {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return unix.Bind(fd, &unix.SockaddrUnix{Name: path})
}
