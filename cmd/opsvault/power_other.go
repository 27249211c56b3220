//go:build !linux && !darwin && !windows

package main

// systemPower knows nothing here.
func systemPower() Power { return Power{} }
