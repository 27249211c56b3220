//go:build unix

package term

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// A seat is where the person sits: what they type goes to the program's terminal, and what it shows comes back.
type seat struct {
	keyboard *os.File
	tty      *os.File
	mu       sync.Mutex
	shown    bytes.Buffer
}

func sit(t *testing.T) (*seat, *Terminal) {
	t.Helper()
	keyboard, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	s := &seat{keyboard: keyboard, tty: tty}
	go io.Copy(s, keyboard)
	t.Cleanup(func() { keyboard.Close() })
	return s, New(func() (Device, error) { return newFileDevice(tty, tty) })
}

func (s *seat) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown.Write(p)
}

func (s *seat) screen() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown.String()
}

// typeAt types when the question is shown, and for a secret also when the echo is off.
func (s *seat) typeAt(question, typed string, hidden bool) {
	for !strings.Contains(s.screen(), question) || hidden == s.echoes() {
		time.Sleep(time.Millisecond)
	}
	io.WriteString(s.keyboard, typed)
}

func (s *seat) echoes() bool { return echoes(int(s.tty.Fd())) }

func TestDeviceLineEchoes(t *testing.T) {
	s, terminal := sit(t)
	defer terminal.Close()
	go s.typeAt("Name: ", "мария\n", false)
	got, err := terminal.Line(t.Context(), "Name:", "")
	if err != nil || got != "мария" {
		t.Fatalf("got %q, %v", got, err)
	}
	s.waitFor(t, "Name: мария\r\n")
}

func TestDeviceSecretIsNotShown(t *testing.T) {
	s, terminal := sit(t)
	defer terminal.Close()
	go s.typeAt("Passphrase: ", "пароль 7\n", true)
	got, err := terminal.Secret(t.Context(), "Passphrase:")
	if err != nil || string(got) != "пароль 7" {
		t.Fatalf("got %q, %v", got, err)
	}
	if !s.echoes() {
		t.Error("the echo stays off")
	}
	s.waitFor(t, "Passphrase: \r\n")
	if strings.Contains(s.screen(), "пароль") {
		t.Errorf("shown: %q", s.screen())
	}
}

func TestDeviceSecretThenLine(t *testing.T) {
	s, terminal := sit(t)
	defer terminal.Close()
	go s.typeAt("Passphrase: ", "one\ntwo\n", true)
	secret, err := terminal.Secret(t.Context(), "Passphrase:")
	if err != nil || string(secret) != "one" {
		t.Fatalf("got %q, %v", secret, err)
	}
	line, err := terminal.Line(t.Context(), "Name:", "")
	if err != nil || line != "two" {
		t.Fatalf("got %q, %v", line, err)
	}
}

func TestDeviceInterruptGivesTheEchoBack(t *testing.T) {
	s, terminal := sit(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for s.echoes() {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	_, err := terminal.Secret(ctx, "Passphrase:")
	if !errors.Is(err, ErrCancelled) || !errors.Is(err, context.Canceled) {
		t.Errorf("error: %v", err)
	}
	if !s.echoes() {
		t.Error("the echo stays off")
	}
}

func TestDeviceEndOfInput(t *testing.T) {
	s, terminal := sit(t)
	defer terminal.Close()
	const endOfInput = "\x04"
	go s.typeAt("Passphrase: ", endOfInput, true)
	if _, err := terminal.Secret(t.Context(), "Passphrase:"); !errors.Is(err, ErrCancelled) {
		t.Errorf("error: %v", err)
	}
}

func TestDeviceRefusesTheSecretThatTheTerminalCuts(t *testing.T) {
	s, terminal := sit(t)
	defer terminal.Close()
	go func() {
		s.typeAt("Passphrase: ", strings.Repeat("x", 4000), true)
		io.WriteString(s.keyboard, strings.Repeat("x", 1000)+"\n")
	}()
	secret, err := terminal.Secret(t.Context(), "Passphrase:")
	if !errors.Is(err, ErrTooLong) {
		t.Errorf("got %d bytes, error: %v", len(secret), err)
	}
}

func TestDeviceSize(t *testing.T) {
	s, terminal := sit(t)
	defer terminal.Close()
	if err := pty.Setsize(s.keyboard, &pty.Winsize{Rows: 30, Cols: 100}); err != nil {
		t.Fatal(err)
	}
	if columns, rows := terminal.Size(); columns != 100 || rows != 30 {
		t.Errorf("got %d × %d", columns, rows)
	}
	if Columns(s.tty) != 100 || !IsTerminal(s.tty) || !Escapes(s.tty) {
		t.Error("the file is no terminal of 100 columns")
	}
}

func TestNoDevice(t *testing.T) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if IsTerminal(null) || Escapes(null) || Columns(null) != 0 || IsTerminal(&bytes.Buffer{}) || Columns(nil) != 0 {
		t.Error("no terminal was taken for one")
	}
	if _, err := newFileDevice(null, null); !errors.Is(err, ErrNoTerminal) {
		t.Errorf("error: %v", err)
	}
}

func (s *seat) waitFor(t *testing.T, shown string) {
	t.Helper()
	for range 5000 {
		if strings.Contains(s.screen(), shown) {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("shown: %q, want %q", s.screen(), shown)
}

func echoes(fd int) bool {
	modes, err := unix.IoctlGetTermios(fd, getModes)
	return err == nil && modes.Lflag&unix.ECHO != 0
}
