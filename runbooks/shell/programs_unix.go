//go:build unix

package shell

import (
	"io/fs"
	"os"
	"syscall"
)

// separators are the characters that make a name a path.
const separators = "/"

// owner is the user id of a file's owner.
func owner(info os.FileInfo) int {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Uid)
	}
	return -1
}

// bySystem reports a link that the system made.
func bySystem(info os.FileInfo) bool { return owner(info) == 0 }

// mine reports a file or directory that only the person and the system can change. On the way to it, directories in which
// everybody may write count where nobody can take away what is another's (as in /tmp).
func mine(info os.FileInfo, last bool) bool {
	if uid := owner(info); uid != 0 && uid != os.Getuid() {
		return false
	}
	open := info.Mode().Perm()&0o002 != 0
	return !open || !last && info.Mode()&os.ModeSticky != 0
}

// carriedNot reports a place that is no stick's; here the owner of the files tells enough.
func carriedNot(string) bool { return true }

// executable is the file of a program.
func executable(name string) (string, error) {
	info, err := os.Stat(name)
	if err != nil {
		return "", fs.ErrNotExist
	}
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0 {
		return "", fs.ErrPermission
	}
	return name, nil
}
