//go:build !windows

package main

// systemLanguages is empty where the locale variables say everything.
func systemLanguages() []string { return nil }
