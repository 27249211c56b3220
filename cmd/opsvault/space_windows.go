package main

import "golang.org/x/sys/windows"

// diskSpace is how many bytes the disk of a path has left for this user.
func diskSpace(path string) (free uint64, err error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, err
	}
	err = windows.GetDiskFreeSpaceEx(name, &free, nil, nil)
	return free, err
}
