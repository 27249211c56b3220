package main

import (
	"time"

	"golang.org/x/sys/windows"
)

// systemBooted tells when this machine was started.
func systemBooted() func() time.Time {
	return func() time.Time { return time.Now().Add(-windows.DurationSinceBoot()) }
}
