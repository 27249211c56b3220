package shell

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// maxProcesses is how many processes a block may have at the same time.
const maxProcesses = 256

// apart starts the process of a block without a console.
func apart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NO_WINDOW | windows.CREATE_NEW_PROCESS_GROUP, HideWindow: true}
}

// gather puts this process into a job that ends with it: the only handle of the job is its own. Whatever it starts belongs to
// the job, and ends when the handle is closed, by whatever end the process finds.
func gather() error {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return err
	}
	var limits windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	limits.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | windows.JOB_OBJECT_LIMIT_ACTIVE_PROCESS
	limits.BasicLimitInformation.ActiveProcessLimit = maxProcesses
	if _, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits))); err != nil {
		return err
	}
	return windows.AssignProcessToJobObject(job, windows.CurrentProcess())
}

// ask ends a program: Windows has no way to ask.
func ask(p *os.Process) error { return p.Kill() }

func exitCode(ended *exec.ExitError) uint8 {
	code := ended.ExitCode()
	if code > 0 && code&0xff == 0 {
		return 1 // what is lost in 8 bits must not look like success
	}
	return uint8(code)
}

// noInterpreter reports a file that the system can't run.
func noInterpreter(err error) bool { return errors.Is(err, windows.ERROR_BAD_EXE_FORMAT) }

// endGroup does nothing: the job ends with this process.
func endGroup() {}

// endAll does nothing: the job ends with this process.
func endAll() {}

// endTree ends the process of a block, and with it its job.
func endTree(p *os.Process) { _ = p.Kill() }
