//go:build !windows

package main

import (
	"errors"
	"syscall"
)

// systemLanguages is empty where the locale variables say everything.
func systemLanguages() []string { return nil }

// diskFull reports whether there was no room for what was written.
func diskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// readOnly reports whether something was to be written where one can only read.
func readOnly(err error) bool { return errors.Is(err, syscall.EROFS) }
