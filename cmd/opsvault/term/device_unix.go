//go:build unix

package term

import (
	"os"

	"golang.org/x/sys/unix"
)

func openFiles() (in, out *os.File, err error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	return tty, tty, err
}

// understandsEscapes is true of every terminal that a Unix system has today.
func understandsEscapes(*os.File) bool { return true }

// hide turns the echo off and sees to it that the terminal still gives whole lines and obeys Ctrl-C.
func hide(in *os.File) error {
	modes, err := unix.IoctlGetTermios(int(in.Fd()), getModes)
	if err != nil {
		return err
	}
	modes.Lflag &^= unix.ECHO
	modes.Lflag |= unix.ICANON | unix.ISIG
	modes.Iflag |= unix.ICRNL
	return unix.IoctlSetTermios(int(in.Fd()), setModes, modes)
}
