package main

import (
	"errors"
	"syscall"

	"golang.org/x/sys/windows"
)

// systemLanguages are the languages of the user interface, as "ru-RU", the preferred one first.
func systemLanguages() []string {
	languages, err := windows.GetUserPreferredUILanguages(windows.MUI_LANGUAGE_NAME)
	if err != nil {
		return nil
	}
	return languages
}

// diskFull reports whether there was no room for what was written.
func diskFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) ||
		errors.Is(err, syscall.ENOSPC)
}

// readOnly reports whether something was to be written where one can only read.
func readOnly(err error) bool {
	return errors.Is(err, windows.ERROR_WRITE_PROTECT) || errors.Is(err, syscall.EROFS)
}
