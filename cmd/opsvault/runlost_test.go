//go:build unix

package main

import (
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"opsvault/runbooks"
)

// onTerminal starts a run on a terminal of its own.
func onTerminal(t *testing.T, g *team, words ...string) (*exec.Cmd, *os.File) {
	t.Helper()
	command := exec.Command("opsvault", words...)
	command.Dir = g.WorkDir
	command.Env = []string{"OPSVAULT_HOME=" + g.vars["OPSVAULT_HOME"], "OPSVAULT_LANG=en", "NO_COLOR=1", "PATH=" + os.Getenv("PATH")}
	terminal, err := pty.Start(command)
	if err != nil {
		t.Fatal(err)
	}
	return command, terminal
}

// stateOf replays a run's journal.
func stateOf(t *testing.T, g *team, run string) runbooks.State {
	t.Helper()
	j, info, err := g.open().ResumeRun(run)
	if err != nil {
		t.Fatal(err)
	}
	events, err := journalEvents(j)
	if err != nil {
		t.Fatal(err)
	}
	book, _ := runbooks.Parse(info.Text)
	state, err := runbooks.Replay(book, events)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// TestLostTerminal takes the terminal away, or hangs up, between the press and the answer, in the middle of an answer, and while
// a credential shows. The program ends, what was answered is there, and the run goes on where it was.
func TestLostTerminal(t *testing.T) {
	tests := []struct {
		name, typed, shown string
		hangUp             bool
		inputs             int
	}{
		{"at the first question", "", "READY", false, 0},
		{"behind an answer", "\n", "Answer: ", false, 0},
		{"in the middle of an answer", "\n", "Answer: ", false, 0},
		{"on the alternate screen", "\npaper jam\nunderstood\nr\n", "not-a-real-one", false, 1},
		{"by a signal", "\npaper jam\n", "understood", true, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := newTeam(t)
			g.must(codeDone, "runbook", "publish", g.file("printer.md", printerRunbook))
			command, terminal := onTerminal(t, g, "run", "printer-down")
			io.WriteString(terminal, tt.typed)
			readUntil(t, terminal, tt.shown)
			if tt.name == "in the middle of an answer" {
				io.WriteString(terminal, "paper ja")
			}
			if tt.hangUp {
				command.Process.Signal(syscall.SIGHUP)
				go io.Copy(io.Discard, terminal)
				defer terminal.Close()
			} else {
				terminal.Close()
			}
			ended := make(chan error, 1)
			go func() { ended <- command.Wait() }()
			select {
			case <-ended:
			case <-time.After(time.Minute):
				command.Process.Kill()
				t.Fatal("it goes on without a terminal")
			}
			state := stateOf(t, g, liveRun(t, g))
			if len(state.Inputs) != tt.inputs || state.Over() {
				t.Errorf("%+v", state)
			}
			if code := g.do("run", "printer-down", "--answers", g.file("answers.yaml", printerAnswers)); code != codeDone {
				t.Errorf("exit code %d: %s", code, &g.err)
			}
			if strings.Contains(g.out.String()+g.err.String(), "not-a-real-one") {
				t.Error("the credential came out")
			}
		})
	}
}
