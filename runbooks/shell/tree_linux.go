package shell

import (
	"bytes"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// gather makes this process the parent of whatever its descendants leave behind, so that nothing gets away by orphaning
// itself.
func gather() error { return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// descendants are the processes below one, those that ended and wait to be fetched left out.
func descendants(pid int) []int {
	proc, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer proc.Close()
	names, _ := proc.Readdirnames(-1)
	parents := make(map[int]int, len(names))
	for _, name := range names {
		child, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + name + "/stat")
		if err != nil {
			continue
		}
		// The program's name, in brackets, may hold anything; behind the last bracket stand the state and the parent.
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if len(fields) < 2 || fields[0][0] == 'Z' || fields[0][0] == 'X' {
			continue
		}
		if parents[child], err = strconv.Atoi(string(fields[1])); err != nil {
			delete(parents, child)
		}
	}
	return below(pid, parents)
}
