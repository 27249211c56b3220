package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// systemBooted tells when this machine was started.
func systemBooted() func() time.Time {
	return func() time.Time {
		var now unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &now); err != nil {
			return time.Time{}
		}
		return time.Now().Add(-time.Duration(now.Nano()))
	}
}
