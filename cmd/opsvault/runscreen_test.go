//go:build unix

package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
)

// A display is a program on a terminal of its own, and what it has shown there.
type display struct {
	t        *testing.T
	command  *exec.Cmd
	terminal *os.File
	mutex    sync.Mutex
	shown    strings.Builder
	seen     int
	read     chan struct{} // closed when all is read
}

// onDisplay starts opsvault on a terminal.
func (g *team) onDisplay(columns, rows uint16, env []string, words ...string) *display {
	g.t.Helper()
	d := &display{t: g.t, command: exec.Command("opsvault", words...), read: make(chan struct{})}
	d.command.Dir = g.WorkDir
	d.command.Env = append([]string{"OPSVAULT_HOME=" + g.vars["OPSVAULT_HOME"], "OPSVAULT_LANG=en", "TERM=xterm"}, env...)
	var err error
	if d.terminal, err = pty.StartWithSize(d.command, &pty.Winsize{Cols: columns, Rows: rows}); err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { d.terminal.Close() })
	go func() {
		defer close(d.read)
		buffer := make([]byte, 4096)
		for {
			n, err := d.terminal.Read(buffer)
			d.mutex.Lock()
			d.shown.Write(buffer[:n])
			d.mutex.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return d
}

// all is what was shown since the person looked last.
func (d *display) all() string {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return d.shown.String()[d.seen:]
}

// whole is everything that was shown.
func (d *display) whole() string {
	<-d.read
	return d.shown.String()
}

// until waits for a text, and types something then.
func (d *display) until(text, typed string) {
	d.t.Helper()
	for end := time.Now().Add(30 * time.Second); !strings.Contains(d.all(), text); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			d.t.Fatalf("no %q in %q", text, d.all())
		}
	}
	d.mutex.Lock()
	d.seen = d.shown.Len()
	d.mutex.Unlock()
	if _, err := io.WriteString(d.terminal, typed); err != nil {
		d.t.Fatal(err)
	}
}

// end waits for the program.
func (d *display) end(code int) {
	d.t.Helper()
	err := d.command.Wait()
	exit, _ := errors.AsType[*exec.ExitError](err)
	if got := d.command.ProcessState.ExitCode(); got != code || exit == nil && code != 0 {
		d.t.Errorf("exit code %d, want %d\n%q", got, code, d.all())
	}
}

// TestRunOnTheWholeScreen sits before the whole program: pauses with Ctrl-C, goes on, looks at a credential, and comes to the end.
func TestRunOnTheWholeScreen(t *testing.T) {
	g := newTeam(t)
	g.must(codeDone, "runbook", "publish", g.file("printer.md", printerRunbook))
	d := g.onDisplay(80, 24, nil, "run", "printer-down")
	d.until("READY", "\r")
	d.until("Answer:", "da\x03")
	d.until("\x1b[?1049l", "")
	d.end(codeWaiting)
	if !strings.Contains(d.whole(), "Paused.") {
		t.Errorf("%q", d.whole())
	}

	d = g.onDisplay(100, 30, []string{"NO_COLOR=1"}, "run", "--resume")
	d.until("Answer:", "dark\r")
	d.until("understood", "understood\r")
	d.until("1/1", "r")
	d.until("not-a-real-one", " ")
	d.until("1/1", "\r")
	d.until("Yes", "\x1b[B\x1b[B\r")
	d.until("1/1", "\r")
	d.until("\x1b[?1049l", "")
	d.end(codeDone)
	_, after, _ := strings.Cut(d.whole(), "\x1b[?1049l")
	if !strings.Contains(after, "Done.") || strings.Contains(after, "not-a-real-one") {
		t.Errorf("afterwards: %q", after)
	}
}

// TestRunLineByLine: too small, too simple a terminal, and whoever asks for it.
func TestRunLineByLine(t *testing.T) {
	g := newTeam(t)
	g.must(codeDone, "runbook", "publish", g.file("printer.md", printerRunbook))
	for name, tt := range map[string]struct {
		columns, rows uint16
		env, words    []string
	}{
		"narrow": {59, 24, nil, nil}, "low": {80, 17, nil, nil}, "dumb": {80, 24, []string{"TERM=dumb"}, nil}, "asked for": {80, 24, nil, []string{"--plain"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := g.onDisplay(tt.columns, tt.rows, tt.env, append([]string{"run", "printer-down", "--new"}, tt.words...)...)
			d.until("Keys:", "q\n")
			d.end(codeWaiting)
			if strings.Contains(d.whole(), "\x1b[") {
				t.Errorf("%q", d.whole())
			}
		})
	}
}

// TestTheTerminalHangsUp: the run can be gone on with.
func TestTheTerminalHangsUp(t *testing.T) {
	g := newTeam(t)
	g.must(codeDone, "runbook", "publish", g.file("printer.md", printerRunbook))
	d := g.onDisplay(80, 24, nil, "run", "printer-down")
	d.until("READY", "")
	d.terminal.Close()
	done := make(chan error, 1)
	go func() { done <- d.command.Wait() }()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		d.command.Process.Kill()
		t.Fatal("it goes on without anybody")
	}
	g.must(codeDone, "runs", "--json")
	if !strings.Contains(g.out.String(), `"printer-down"`) {
		t.Error(g.out.String())
	}
}
