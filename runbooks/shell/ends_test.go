//go:build unix

package shell

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"opsvault/runbooks"
)

// gone waits until a process has ended, and reports false if it doesn't.
func gone(pid int) bool {
	for range 200 {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err == nil {
			if i := bytes.LastIndexByte(stat, ')'); i >= 0 && len(stat) > i+2 && stat[i+2] == 'Z' {
				return true
			}
		}
		if syscall.Kill(pid, 0) != nil {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

// pids reads process ids that a block wrote to a file, one a line.
func pids(t *testing.T, file string) []int {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []int
	for _, word := range strings.Fields(string(data)) {
		pid, err := strconv.Atoi(word)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, pid)
	}
	return list
}

// TestEndsWithEverything has blocks that would leave something running, or never end. PIDS is where they note what they start.
func TestEndsWithEverything(t *testing.T) {
	t.Parallel()
	for i, tt := range []struct {
		name, text string
		timeout    time.Duration
		outcome    string
		why        string
	}{
		{"a program that takes too long", "sleep 60", 300 * time.Millisecond, "timeout", ""},
		{"one that doesn't heed", `sh -c 'trap "" TERM INT; echo $$ >>PIDS; while :; do sleep 1; done'`, 300 * time.Millisecond, "timeout", ""},
		{"the shell itself", "while :; do :; done", 300 * time.Millisecond, "timeout", ""},
		{"a loop of programs", "while true; do sh -c 'exit 0'; done", 300 * time.Millisecond, "timeout", ""},
		{"a pipe that nobody writes to", "mkfifo p; read x <p", 300 * time.Millisecond, "timeout", ""},
		{"waiting for the background", "sleep 60 & wait", 300 * time.Millisecond, "timeout", ""},
		{"a program in the background", `sh -c 'echo $$ >>PIDS; exec sleep 60' & sleep 0.2`, 0, "ok", ""},
		{"one that is orphaned", `sh -c 'sh -c "echo \$\$ >>PIDS; exec sleep 60" & sleep 0.2'`, 0, "ok", ""},
		{"one with a session of its own", `setsid sh -c 'echo $$ >>PIDS; exec sleep 60' & sleep 0.2`, 0, "ok", ""},
		{"one that keeps the output open", `setsid sh -c 'echo $$ >>PIDS; exec sleep 60' </dev/null & sleep 0.2; echo done`, 0, "ok", ""},
		{"a daemon, when the time is over", `setsid sh -c 'setsid sh -c "echo \$\$ >>PIDS; trap \"\" TERM; sleep 60; sleep 60" &'; sleep 60`, 700 * time.Millisecond, "timeout", ""},
		{"a fork bomb", `cat >b <<'END'
#!/bin/sh
[ $1 -gt 6 ] && exec sleep 60
echo $$ >>PIDS
"$0" $(($1 + 1)) & "$0" $(($1 + 1)) & wait
END
chmod +x b; $PWD/b 1`, time.Second, "timeout", ""},
		{"a fork bomb of the shell", `f() { f | f & f; }; f`, time.Second, "failed", "*"},
		{"memory", `x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done`, 0, "failed", WhyMemory},
		{"a line without an end", `read x </dev/zero`, time.Second, "failed", "*"},
		{"recursion", `f() { f; }; f`, 0, "failed", "*"},
		{"what takes itself the right to be removed", "mkdir -p a/b; echo x >a/b/c; chmod 0 a/b a .", 0, "ok", ""},
		{"killing its shell", `sh -c 'kill -9 $PPID'; sleep 60`, 0, "failed", WhyBroken},
		{"killing its group", `sh -c 'kill -9 0'; sleep 60`, 0, "failed", WhyBroken},
	} {
		if i%every != 0 {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x := newExecutor(t)
			file := filepath.Join(t.TempDir(), "pids")
			noted := strings.Contains(tt.text, "PIDS")
			begun := time.Now()
			r := run(t, x, runbooks.Job{Text: strings.ReplaceAll(tt.text, "PIDS", file), Timeout: tt.timeout})
			if took := time.Since(begun); took > 15*time.Second {
				t.Errorf("it took %v", took)
			}
			if tt.why == "*" { // it depends on the machine what comes first
				if r.Outcome == runbooks.AnswerOK {
					t.Errorf("%+v", r)
				}
			} else if r.Outcome != tt.outcome || r.Why != tt.why {
				t.Errorf("%s, %q (%s), exit %d\n%.300s", r.Outcome, r.Why, r.What, r.Exit, r.Output)
			}
			if !noted {
				return
			}
			list := pids(t, file)
			if len(list) == 0 {
				t.Error("nothing was started")
			}
			for _, pid := range list {
				if !gone(pid) {
					t.Errorf("process %d is still there", pid)
					_ = syscall.Kill(pid, syscall.SIGKILL)
				}
			}
		})
	}
}

func TestMuchOutput(t *testing.T) {
	t.Parallel()
	x := newExecutor(t)
	text := `echo first; head -c 1073741824 /dev/zero; echo; echo the expected; head -c 1000000 /dev/zero | tr '\0' x; echo; echo last; exit 3`
	r := run(t, x, runbooks.Job{Text: text, Expect: "the expected", Timeout: time.Minute})
	got := string(r.Output)
	if r.Exit != 3 || r.Why != "" || len(got) > keptHead+keptTail {
		t.Errorf("exit %d, %s, %q, %d bytes", r.Exit, r.Outcome, r.Why, len(got))
	}
	if !strings.HasPrefix(got, "first\n") || !strings.HasSuffix(got, "x\nlast\n") || !strings.Contains(got, "\n…\n") {
		t.Errorf("%.50q … %q", got, got[max(0, len(got)-50):])
	}
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	x := newExecutor(t)
	file := filepath.Join(t.TempDir(), "pids")
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		for range 500 {
			if data, err := os.ReadFile(file); err == nil && len(data) > 0 {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		cancel()
	}()
	r, err := x.Run(ctx, runbooks.Job{Text: "sh -c 'echo $$ >" + file + "; exec sleep 60'"})
	if err != nil || r.Outcome != runbooks.AnswerFailed || r.Why != WhyInterrupted {
		t.Errorf("%s, %q, %v", r.Outcome, r.Why, err)
	}
	if !gone(pids(t, file)[0]) {
		t.Error("the program is still there")
	}
	if r, err := x.Run(ctx, runbooks.Job{Text: "echo a"}); err == nil {
		t.Errorf("begun after the interrupt: %v", r)
	}
}

func TestEndsWithItsExecutor(t *testing.T) {
	t.Parallel()
	temp, file := t.TempDir(), filepath.Join(t.TempDir(), "pids")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := exec.Command(self, orphanHere, t.TempDir(), temp, "setsid sh -c 'echo $$ $PPID >"+file+"; exec sleep 60'")
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	for range 500 {
		if data, err := os.ReadFile(file); err == nil && bytes.Count(data, []byte(" ")) > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	_ = program.Process.Kill()
	_ = program.Wait()
	for _, pid := range pids(t, file) {
		if !gone(pid) {
			t.Errorf("process %d is still there", pid)
		}
	}
	for range 200 {
		if left, _ := os.ReadDir(temp); len(left) == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the private directory is still there")
}

func TestNotStarted(t *testing.T) {
	t.Parallel()
	for _, x := range []*Executor{
		{Program: "/no/such/program", Args: []string{"x"}, Temp: t.TempDir()}, {Temp: t.TempDir()}, {Program: "/bin/true", Temp: "/no/such/directory"},
	} {
		if r, err := x.Run(context.Background(), runbooks.Job{Text: "echo a"}); err == nil {
			t.Errorf("%+v: %+v", x, r)
		}
	}
	x := newExecutor(t)
	x.Temp = x.Vault
	var refused *Refusal
	if _, err := x.Run(context.Background(), runbooks.Job{Text: "echo a"}); !errors.As(err, &refused) || refused.Why != WhyVault {
		t.Errorf("a private directory in the vault: %v", err)
	}
	for _, program := range []string{"/bin/true", "/bin/cat", "/bin/false"} { // they are no shells
		x := newExecutor(t)
		x.Program, x.Args = program, []string{program}
		if r, err := x.Run(context.Background(), runbooks.Job{Text: "echo a", Timeout: 200 * time.Millisecond}); err != nil || r.Outcome == runbooks.AnswerOK {
			t.Errorf("%s: %+v, %v", program, r, err)
		}
	}
}
