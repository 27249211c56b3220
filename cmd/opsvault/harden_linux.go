package main

import "golang.org/x/sys/unix"

// harden keeps this process's memory out of core dumps and away from debuggers of the same user. It is best effort: a
// system that refuses it is no reason to stop.
func harden() {
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
}
