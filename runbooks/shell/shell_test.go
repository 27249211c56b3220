package shell

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"opsvault/runbooks"
)

// serveHere makes this test program do what the program's hidden command does.
const serveHere = "serve-a-block"

func TestMain(m *testing.M) {
	if slices.Contains(os.Args, serveHere) {
		if err := Serve(os.Stdin, os.Stdout, os.Stderr); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	if len(os.Args) == 5 && os.Args[1] == orphanHere {
		orphan(os.Args[2], os.Args[3], os.Args[4])
		return
	}
	os.Exit(m.Run())
}

// orphanHere makes this test program run a block that goes on until somebody kills the program.
const orphanHere = "orphan-a-block"

func orphan(vault, temp, text string) {
	self, _ := os.Executable()
	x := &Executor{Program: self, Args: []string{self, serveHere}, Environ: os.Environ(), Vault: vault, Temp: temp}
	_, _ = x.Run(context.Background(), runbooks.Job{Text: text})
}

// newExecutor makes an executor with a vault that blocks are kept out of.
func newExecutor(t *testing.T) *Executor {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	vault := t.TempDir()
	if err := os.WriteFile(filepath.Join(vault, "opsvault.yaml"), []byte("secret of the vault\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return &Executor{Program: self, Args: []string{self, serveHere}, Environ: os.Environ(), Vault: vault, Temp: t.TempDir()}
}

// run runs a block that has to begin.
func run(t *testing.T, x *Executor, job runbooks.Job) runbooks.Result {
	t.Helper()
	if job.Timeout == 0 {
		job.Timeout = 20 * time.Second
	}
	r, err := x.Run(context.Background(), job)
	if err != nil {
		t.Fatalf("not started: %v", err)
	}
	if left, _ := os.ReadDir(x.Temp); len(left) > 0 {
		t.Errorf("the private directory is still there: %v", left)
	}
	return r
}

func TestBlocks(t *testing.T) {
	t.Parallel()
	for i, tt := range []struct {
		name, text, expect string
		exit               int
		outcome, why       string
		output             string // all of it
	}{
		{"nothing", "", "", 0, "ok", "", ""},
		{"words", "echo hello; echo there >&2", "", 0, "ok", "", "hello\nthere\n"},
		{"its own exit code", "exit 7", "", 7, "failed", "", ""},
		{"the exit code of a program", "sh -c 'exit 9'", "", 9, "failed", "", ""},
		{"of the last command", "false; true", "", 0, "ok", "", ""},
		{"of a pipe", "false | cat", "", 0, "ok", "", ""},
		{"with errexit", "set -e; false; echo not seen", "", 1, "failed", "", ""},
		{"of a signal", "sh -c 'kill -9 $$'", "", 137, "failed", "", ""},
		{"as expected", "echo 200 OK", "200 OK", 0, "ok", "", "200 OK\n"},
		{"not as expected", "echo 500", "200 OK", 0, "failed", "expect", "500\n"},
		{"expected and failed", "echo 200 OK; exit 3", "200 OK", 3, "failed", "", "200 OK\n"},
		{"an input is no code", `echo "$note"; printf '%s\n' $note`, "", 0, "ok", "", "$(id); `id`\n$(id);\n`id`\n"},
		{"a program gets inputs", `sh -c 'echo "$ticket"'`, "", 0, "ok", "", "INC-7\n"},
		{"a function", "f() { echo \"got $1\"; }; f it", "", 0, "ok", "", "got it\n"},
		{"a here-document", "cat <<END\n$ticket\nEND", "", 0, "ok", "", "INC-7\n"},
		{"a quoted one", "cat <<'END'\n$ticket\nEND", "", 0, "ok", "", "$ticket\n"},
		{"a loop and arithmetic", "n=0; while [ $n -lt 3 ]; do n=$((n + 1)); done; echo $n", "", 0, "ok", "", "3\n"},
		{"a directory of its own", "ls -A; touch a; ls; cd ..; test \"$PWD\" != \"$OLDPWD\"", "", 0, "ok", "", "a\n"},
		{"nothing to read", "cat; read x || echo end", "", 0, "ok", "", "end\n"},
		{"no terminal", "sh -c 'exec 3</dev/tty' 2>/dev/null || echo none", "", 0, "ok", "", "none\n"},
		{"exec", "exec sh -c 'exit 4'; echo not seen", "", 4, "failed", "", ""},
		{"what is not there", "no-such-program", "", 127, "failed", "", ""},
		{"no PATH at all", "PATH=; ls", "", 127, "failed", "", "ls: not found\n"},
		{"the streams by name", "echo a >/dev/stderr; echo b >/dev/stdout; cat </dev/stdin >/dev/null", "", 0, "ok", "", "a\nb\n"},
		{"substitution of processes", "cat <(echo a) <(echo b)", "", 0, "ok", "", "a\nb\n"},
		{"a trap of a function", `bye() { echo "bye $ticket"; }; trap bye EXIT; trap - ERR; trap "" ERR`, "", 0, "ok", "", "bye INC-7\n"},
		{"an EXIT trap", "trap 'echo bye' EXIT; exit 5", "", 5, "failed", "", "bye\n"},
		{"escape sequences", `printf '\033]52;c;aGk=\007\033[31mred\033[0m\r\nover\rwritten\b\x00\n'`, "", 0, "ok", "", "red\nover\nwritten\n"},
	} {
		if i%every != 0 {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := run(t, newExecutor(t), runbooks.Job{Text: tt.text, Expect: tt.expect, Env: []runbooks.Var{
				{Name: "ticket", Value: "INC-7"}, {Name: "note", Value: "$(id); `id`"},
			}})
			if r.Exit != tt.exit || r.Outcome != tt.outcome || r.Why != tt.why {
				t.Errorf("exit %d, %s, %q (%s), want %d, %s, %q\n%s", r.Exit, r.Outcome, r.Why, r.What, tt.exit, tt.outcome, tt.why, r.Output)
			}
			if got := string(r.Output); got != tt.output && tt.exit != 127 {
				t.Errorf("output %q, want %q", got, tt.output)
			}
		})
	}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	x := newExecutor(t)
	x.Environ = append([]string{"LD_PRELOAD=/x", "BASH_ENV=/x", "OPSVAULT_PASSPHRASE_FILE=/x", "LC_ALL=C", "https_proxy=p", "X=1\n2"}, x.Environ...)
	r := run(t, x, runbooks.Job{Text: "env", Env: []runbooks.Var{{Name: "ticket", Value: "7"}}})
	got := string(r.Output)
	for _, want := range []string{"ticket=7", "LC_ALL=C", "https_proxy=p", "HOME=", "TMPDIR="} {
		if !strings.Contains("\n"+got, "\n"+want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	for _, bad := range []string{"LD_PRELOAD", "BASH_ENV", "OPSVAULT", "X=1"} {
		if strings.Contains(got, bad) {
			t.Errorf("%s in\n%s", bad, got)
		}
	}
}

func TestNamesOfVariables(t *testing.T) {
	for name, want := range map[string]bool{
		"ticket": true, "SIP_PASSWORD": true, "_x1": true, "": false, "1x": false, "a-b": false, "a b": false, "путь": false, "path": false,
		"PATH": false, "Home": false, "ld_preload": false, "bash_env": false, "ifs": false, "ps4": false, "temp": false, "pathext": false, "ComSpec": false,
		"lc_all": false, "git_dir": false, "opsvault_dir": false, "https_proxy": false, strings.Repeat("a", 65): false,
	} {
		if got := Settable(name); got != want {
			t.Errorf("%q: %t", name, got)
		}
	}
}
