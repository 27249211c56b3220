//go:build unix

package shell

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"
)

// apart gives the process of a block a session of its own: no terminal to ask on, and a group in which all that it starts
// can be found.
func apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// ask asks a program to end.
func ask(p *os.Process) error { return p.Signal(syscall.SIGTERM) }

// exitCode is what a shell says about a program's end: 128 and the signal where one ended it.
func exitCode(ended *exec.ExitError) uint8 {
	if status, ok := ended.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return uint8(128 + int(status.Signal()))
	}
	return uint8(ended.ExitCode())
}

// noInterpreter reports a file that the system can't run: a script without a first line that names its interpreter. Other
// shells run it themselves, which here would be past every rule.
func noInterpreter(err error) bool { return errors.Is(err, syscall.ENOEXEC) }

// endGroup ends the group of this process, itself included.
func endGroup() { _ = syscall.Kill(0, syscall.SIGKILL) }

// endAll ends what this process started, however far down, and what was orphaned.
func endAll() { endBelow(os.Getpid()) }

// endTree ends a process of a block, which has not been waited for yet, with everything that it started.
func endTree(p *os.Process) {
	endBelow(p.Pid)
	_ = syscall.Kill(-p.Pid, syscall.SIGKILL)
	_ = p.Kill()
}

// endBelow ends the descendants of a process. They are stopped first, round by round, so that none makes another while it
// is looked for.
func endBelow(pid int) {
	var stopped []int
	for range 50 {
		fresh := 0
		for _, child := range descendants(pid) {
			if !slices.Contains(stopped, child) {
				fresh++
				stopped = append(stopped, child)
				_ = syscall.Kill(child, syscall.SIGSTOP)
			}
		}
		if fresh == 0 {
			break
		}
	}
	for _, child := range stopped {
		_ = syscall.Kill(child, syscall.SIGKILL)
	}
	for range 20 {
		if len(stopped) == 0 || len(descendants(pid)) == 0 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// below picks the descendants of a process out of the parents of all.
func below(pid int, parents map[int]int) []int {
	list := []int{pid}
	for i := 0; i < len(list); i++ {
		for child, parent := range parents {
			if parent == list[i] && child != pid && !slices.Contains(list, child) {
				list = append(list, child)
			}
		}
	}
	return list[1:]
}
