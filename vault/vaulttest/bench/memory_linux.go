package main

import (
	"os"
	"syscall"
)

// maxMemory is the largest resident set that an ended process had, in bytes.
func maxMemory(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return usage.Maxrss * 1024 // KiB, getrusage(2)
}
