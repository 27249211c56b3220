//go:build !linux && !darwin && !windows

package main

import "errors"

// diskSpace isn't known on this platform.
func diskSpace(string) (uint64, error) { return 0, errors.ErrUnsupported }
