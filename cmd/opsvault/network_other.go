//go:build !linux

package main

// networkUp reports whether this machine has a network, without asking anybody on it.
func networkUp() bool { return usable() }
