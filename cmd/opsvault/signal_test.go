//go:build unix

package main

import (
	"errors"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
)

// TestInterrupt types Ctrl-C at the whole program on a terminal of its own.
func TestInterrupt(t *testing.T) {
	tests := []struct {
		name, kind, shown, after string
		code                     int
	}{
		{"at hidden input", "secret", "Passphrase: ", "opsvault: error: cancelled\r\n", codeCancelled},
		{"at a line", "line", "Name [maria]: ", "opsvault: error: cancelled\r\n", codeCancelled},
		{"on the alternate screen", "hidden", "Enter to go on ", "\x1b[?1049lopsvault: error: cancelled\r\n", codeCancelled},
		{"at work", "wait", "waiting\r\n", "opsvault: error: interrupted; what was done is saved\r\n", codeInterrupted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			command := exec.Command("asker", "ask", tt.kind)
			command.Env = []string{"OPSVAULT_LANG=en", "NO_COLOR=1"}
			terminal, err := pty.Start(command)
			if err != nil {
				t.Fatal(err)
			}
			defer terminal.Close()
			shown := readUntil(t, terminal, tt.shown)
			io.WriteString(terminal, "\x03")
			rest, _ := io.ReadAll(terminal) // Linux ends a terminal that nobody has open any more with EIO
			shown += string(rest)
			exit, _ := errors.AsType[*exec.ExitError](command.Wait())
			if exit == nil || exit.ExitCode() != tt.code || !strings.HasSuffix(shown, tt.after) {
				t.Errorf("%v, shown: %q", exit, shown)
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
	io.WriteString(terminal, "\x03")
	exit, _ := errors.AsType[*exec.ExitError](command.Wait())
	if status, ok := exit.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGINT {
		t.Errorf("ended with %v", exit)
	}
}

// readUntil reads from a terminal until it shows something.
func readUntil(t *testing.T, terminal io.Reader, text string) string {
	t.Helper()
	var shown []byte
	one := make([]byte, 1)
	for !strings.HasSuffix(string(shown), text) {
		if _, err := terminal.Read(one); err != nil {
			t.Fatalf("shown: %q, then %v", shown, err)
		}
		shown = append(shown, one[0])
	}
	return string(shown)
}
