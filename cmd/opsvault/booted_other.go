//go:build !linux && !darwin && !windows

package main

import "time"

// systemBooted is nil: this platform is not asked when it was started.
func systemBooted() func() time.Time { return nil }
