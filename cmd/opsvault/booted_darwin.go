package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// systemBooted tells when this machine was started.
func systemBooted() func() time.Time {
	return func() time.Time {
		at, err := unix.SysctlTimeval("kern.boottime")
		if err != nil {
			return time.Time{}
		}
		return time.Unix(at.Unix())
	}
}
