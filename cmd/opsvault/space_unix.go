//go:build linux || darwin

package main

import "golang.org/x/sys/unix"

// diskSpace is how many bytes the disk of a path has left for this user.
func diskSpace(path string) (uint64, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(path, &fs); err != nil {
		return 0, err
	}
	return uint64(fs.Bavail) * uint64(fs.Bsize), nil
}
