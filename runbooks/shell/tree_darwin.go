package shell

import "golang.org/x/sys/unix"

// gather does nothing: macOS gives orphans to the first process of all.
func gather() error { return nil }

// zombie is the state of a process that ended and waits to be fetched (sys/proc.h).
const zombie = 5

// descendants are the processes below one.
func descendants(pid int) []int {
	all, err := unix.SysctlKinfoProcSlice("kern.proc.all")
	if err != nil {
		return nil
	}
	parents := make(map[int]int, len(all))
	for _, p := range all {
		if p.Proc.P_stat != zombie {
			parents[int(p.Proc.P_pid)] = int(p.Eproc.Ppid)
		}
	}
	return below(pid, parents)
}
