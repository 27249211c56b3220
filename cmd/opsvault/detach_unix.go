//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// detach starts a child that goes on when this process ends and its terminal is closed.
func detach(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	return cmd.Process.Release()
}
