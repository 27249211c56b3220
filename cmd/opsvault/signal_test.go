//go:build unix

package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// TestInterrupt types Ctrl-C at the whole program on a terminal of its own.
func TestInterrupt(t *testing.T) {
	tests := []struct {
		name, kind, shown, after string
		code                     int
	}{
		{"at hidden input", "secret", "Passphrase: ", "opsvault: error: cancelled\n", codeCancelled},
		{"at a line", "line", "Name [maria]: ", "opsvault: error: cancelled\n", codeCancelled},
		{"on the alternate screen", "hidden", "Enter to go on ", "opsvault: error: cancelled\n", codeCancelled},
		{"at work", "wait", "waiting\r\n", "opsvault: error: interrupted; what was done is saved\n", codeInterrupted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			command := exec.Command("asker", "ask", tt.kind)
			command.Env = []string{"OPSVAULT_LANG=en", "NO_COLOR=1"}
			var told bytes.Buffer // a pipe, because what is written to a terminal may be lost when the program ends
			command.Stderr = &told
			terminal, err := pty.Start(command)
			if err != nil {
				t.Fatal(err)
			}
			defer terminal.Close()
			readUntil(t, terminal, tt.shown)
			io.WriteString(terminal, "\x03")
			exit, _ := errors.AsType[*exec.ExitError](command.Wait())
			if exit == nil || exit.ExitCode() != tt.code || told.String() != tt.after {
				t.Errorf("%v, told: %q", exit, told.String())
			}
		})
	}
}

// TestSecondInterruptKills types Ctrl-C twice at a program that does not obey the first.
func TestSecondInterruptKills(t *testing.T) {
	command := exec.Command("asker", "ask", "deaf")
	command.Env = []string{"OPSVAULT_LANG=en", "NO_COLOR=1"}
	terminal, err := pty.Start(command)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	readUntil(t, terminal, "waiting\r\n")
	io.WriteString(terminal, "\x03")
	readUntil(t, terminal, "not yet\r\n")
	go func() { // again and again, since nothing tells when the program has let go of the signal
		for err := error(nil); err == nil; time.Sleep(5 * time.Millisecond) {
			_, err = io.WriteString(terminal, "\x03")
		}
	}()
	exit, _ := errors.AsType[*exec.ExitError](command.Wait())
	if status, ok := exit.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGINT {
		t.Errorf("ended with %v", exit)
	}
}

// readUntil reads from a terminal until it shows something.
func readUntil(t *testing.T, terminal io.Reader, text string) {
	t.Helper()
	var shown []byte
	one := make([]byte, 1)
	for !strings.HasSuffix(string(shown), text) {
		if _, err := terminal.Read(one); err != nil {
			t.Fatalf("shown: %q, then %v", shown, err)
		}
		shown = append(shown, one[0])
	}
}

// headsSession reports whether this process was started as the first of a session.
func headsSession() bool {
	session, err := unix.Getsid(0)
	return err == nil && session == os.Getpid()
}
