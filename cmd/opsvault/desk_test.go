package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"opsvault/cmd/opsvault/term"
	"opsvault/cmd/opsvault/text"
	"opsvault/runbooks"
)

// A board is a clipboard of a test.
type board struct {
	value   []byte
	cleared int
	broken  error
}

func (b *board) Write(value []byte) error { b.value = bytes.Clone(value); return b.broken }
func (b *board) Read() ([]byte, error)    { return b.value, b.broken }
func (b *board) Clear() error             { b.value = nil; b.cleared++; return nil }

// desk gives a team a clipboard, and collects the children that outlive it, with what they read.
func (g *team) desk() (*board, *[]string) {
	b, orders := &board{}, &[]string{}
	g.Clipboard = func() (term.Clipboard, error) { return b, nil }
	g.Detach = func(cmd *exec.Cmd) error {
		data, err := io.ReadAll(cmd.Stdin)
		*orders = append(*orders, strings.Join(cmd.Args, " ")+" < "+string(data))
		return err
	}
	return b, orders
}

const deskRunbook = `---
opsvault: runbook/v1
id: desk
title: At the desk
lang: en
owner: member:maria
review_by: 2099-06-30
use_when: always
done_when: done
roles: [lead]
---

# At the desk

## One {#one}

### 1. Log in {#login}

Take the [bank](vault:office/bank).

- [ ] Logged in

### 2. Run it {#run}

The [printer](vault:office/printer) wants its password.

` + "```sh run timeout=20s secret=PRINTER:office/printer#password\nCOMMAND\n```" + `

- [ ] Do it by hand
`

// deskTeam is a team with a runbook that has credentials, codes and a command.
func deskTeam(t *testing.T, command string) *team {
	t.Helper()
	g := newTeam(t)
	g.Environ = os.Environ
	g.env.In = strings.NewReader("title: Bank\nusername: maria\npassword: hunter2-bank\notp: GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n")
	g.must(codeDone, "insert", "office/bank", "--kind", "cabinet", "--from", "-")
	g.must(codeDone, "runbook", "publish", g.file("desk.md", strings.Replace(deskRunbook, "COMMAND", command, 1)))
	g.env.ServeBlock = func() error { return errors.New("it is another process's work") }
	return g
}

func TestCopyingInARun(t *testing.T) {
	g := deskTeam(t, "echo a")
	b, orders := g.desk()
	k := g.sit(80, "/c password", "q")
	g.must(codeWaiting, "run", "desk")
	if string(b.value) != "hunter2-bank" || !strings.Contains(k.shown.String(), "Password: copied. The clipboard is cleared in 45 s.") {
		t.Errorf("clipboard %q\n%s", b.value, k.shown.String())
	}
	if len(*orders) != 1 || !strings.HasPrefix((*orders)[0], "opsvault __clear-clipboard < {") || strings.Contains((*orders)[0], "hunter2") {
		t.Errorf("the child: %q", *orders)
	}
	if strings.Contains(k.shown.String(), "hunter2") {
		t.Error("the value was shown")
	}
	k = g.sit(80, "/c otp", "q")
	g.must(codeWaiting, "run", "--resume")
	if len(b.value) != 6 || !strings.Contains(k.shown.String(), "The code is copied. It counts for ") {
		t.Errorf("clipboard %q\n%s", b.value, k.shown.String())
	}
	for _, said := range []string{k.shown.String(), g.out.String(), g.err.String()} {
		if strings.Contains(said, "GEZD") {
			t.Error("the key was shown")
		}
	}
}

func TestCopyingWithShow(t *testing.T) {
	g := deskTeam(t, "echo a")
	b, orders := g.desk()
	g.must(codeDone, "show", "-c", "office/bank")
	if string(b.value) != "hunter2-bank" || len(*orders) != 1 || g.out.Len() > 0 || !strings.Contains(g.err.String(), "Password: copied.") {
		t.Errorf("clipboard %q, children %q\n%s%s", b.value, *orders, &g.out, &g.err)
	}
	g.must(codeDone, "show", "-c", "-f", "username", "office/bank", "--json")
	if string(b.value) != "maria" || !strings.Contains(g.out.String(), `"copied": true`) {
		t.Errorf("clipboard %q\n%s", b.value, &g.out)
	}
	g.must(codeDone, "otp", "-c", "office/bank")
	if len(b.value) != 6 || !strings.Contains(g.err.String(), "The code is copied. It counts for ") {
		t.Errorf("clipboard %q\n%s", b.value, &g.err)
	}
}

func TestShowingCodesInARun(t *testing.T) {
	g := deskTeam(t, "echo a")
	k := g.sit(80, "/r", "", "q")
	g.must(codeWaiting, "run", "desk")
	shown := k.shown.String()
	if !strings.Contains(shown, "Password: hunter2-bank") || strings.Contains(shown, "GEZD") {
		t.Errorf("shown: %q", shown)
	}
	i := strings.Index(shown, "One-time code: ")
	if i < 0 || !strings.Contains(shown[i:], " s)") || !strings.Contains(shown[i:], "\x1b7\x1b[H") {
		t.Errorf("no code that lives: %q", shown)
	}
	g.env.In = strings.NewReader("otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=1\n")
	g.must(codeDone, "edit", "office/bank", "--field", "otp", "--stdin")
	if !strings.Contains(g.err.String(), "going by the clock") {
		t.Errorf("no warning when it is stored: %s", &g.err)
	}
	k = g.sit(80, "/r", "", "/c otp", "q")
	g.must(codeWaiting, "run", "--resume")
	if shown := k.shown.String(); strings.Count(shown, "hotp") < 2 || !strings.Contains(shown, "Password: hunter2-bank") || strings.Contains(shown, "GEZD") {
		t.Errorf("a key that counts: %q", shown)
	}
}

func TestWithoutAClipboard(t *testing.T) {
	g := deskTeam(t, "echo a")
	g.sit(80, "q")
	g.must(codeWaiting, "run", "desk")
	self := g.Self
	for _, tt := range []struct {
		name, want string
		set        func(*team, *board)
	}{
		{"no desktop", "Not copied. There is no desktop", func(g *team, _ *board) {
			g.Clipboard = func() (term.Clipboard, error) { return nil, &term.NoClipboardError{} }
		}},
		{"no program", "one of these would do: wl-copy, xclip", func(g *team, _ *board) {
			g.Clipboard = func() (term.Clipboard, error) {
				return nil, &term.NoClipboardError{Want: []string{"wl-copy", "xclip"}}
			}
		}},
		{"it fails", "can't be reached: no display", func(_ *team, b *board) { b.broken = errors.New("no display") }},
		{"nobody would clear it", "nothing would clear the clipboard again", func(g *team, _ *board) {
			g.Detach = func(*exec.Cmd) error { return errors.New("no processes") }
		}},
		{"this program is gone", "nothing would clear the clipboard again", func(g *team, _ *board) {
			g.Self = func() (string, error) { return "", os.ErrNotExist }
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g.Self = self
			b, _ := g.desk()
			tt.set(g, b)
			k := g.sit(80, "/c password", "", "q")
			g.must(codeWaiting, "run", "--resume")
			if shown := strings.Join(strings.Fields(k.shown.String()), " "); !strings.Contains(shown, tt.want) || !strings.Contains(shown, "Password: hunter2-bank") {
				t.Errorf("shown: %q", shown)
			}
			if b.broken == nil && b.value != nil {
				t.Errorf("it stays on the clipboard: %q", b.value)
			}
		})
	}
}

func TestClearingTheClipboard(t *testing.T) {
	trace, err := json.Marshal(term.TraceOf([]byte("hunter2")))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, order, value string
		broken             error
		code, cleared      int
	}{
		{"unchanged", string(trace), "hunter2", nil, codeDone, 1},
		{"with a line end", string(trace), "hunter2\n", nil, codeDone, 1},
		{"changed by the person", string(trace), "a shopping list", nil, codeDone, 0},
		{"emptied", string(trace), "", nil, codeDone, 0},
		{"out of reach", string(trace), "hunter2", errors.New("no display"), codeUnexpected, 0},
		{"no order", "", "hunter2", nil, codeUnexpected, 0},
		{"a false order", `{"salt":"","hash":""}`, "", nil, codeDone, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			b := &board{value: []byte(tt.value), broken: tt.broken}
			waited := time.Duration(0)
			w.env.In, w.env.Clipboard = strings.NewReader(tt.order), func() (term.Clipboard, error) { return b, nil }
			w.env.After = func(d time.Duration) <-chan time.Time {
				waited = d
				c := make(chan time.Time, 1)
				c <- time.Time{}
				return c
			}
			if code := run(t.Context(), []string{"opsvault", clearClipboardName}, w.env); code != tt.code || b.cleared != tt.cleared {
				t.Errorf("code %d, cleared %d times\n%s", code, b.cleared, &w.err)
			}
			if waited != keepOnClipboard && tt.order != "" {
				t.Errorf("it waited %v", waited)
			}
		})
	}
}

// TestCommandsInARun presses Enter at a command: it runs in another process, which is this test program under its own name.
func TestCommandsInARun(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the commands are those of Unix")
	}
	for _, tt := range []struct {
		name, command, want, not string
		code                     int
	}{
		{"that goes well", `echo "it says $PRINTER"; pwd`, "it says ••••••••", "not-a-real-one", codeDone},
		{"that reads the vault", "cat <VAULT/opsvault.yaml", "reached into the directory of the vault", "vault_id", codeWaiting},
		{"with the password in an argument", `printf-it "$PRINTER"`, "as an argument, where everybody", "not-a-real-one", codeWaiting},
		{"that is carried", "c=./curl; $c example.net", "named by a relative path", "", codeWaiting},
		{"that fails", "exit 9", "9", "", codeWaiting},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := deskTeam(t, "echo placeholder")
			g.must(codeDone, "runbook", "publish", g.file("desk.md",
				strings.Replace(deskRunbook, "COMMAND", strings.ReplaceAll(tt.command, "VAULT", g.WorkDir), 1)))
			k := g.sit(96, "", "", "q")
			g.must(tt.code, "run", "desk")
			shown := strings.Join(strings.Fields(k.shown.String()), " ")
			if !strings.Contains(shown, tt.want) || tt.not != "" && strings.Contains(shown, tt.not) {
				t.Errorf("shown: %s\n%s", k.shown.String(), &g.err)
			}
			if journals, _ := filepath.Glob(filepath.Join(g.WorkDir, "runs", "*", "*", "*.jsonl")); len(journals) == 0 {
				t.Error("no journal")
			}
		})
	}
}

// TestCommandsOfATextThatNoLongerCounts asks for an approval, or takes a credential away, while a run is under way.
func TestCommandsOfATextThatNoLongerCounts(t *testing.T) {
	g := deskTeam(t, "echo the command ran")
	g.sit(96, "", "q")
	g.must(codeWaiting, "run", "desk")
	v := g.open()
	b, err := v.Book("desk")
	if err != nil {
		t.Fatal(err)
	}
	c := &call{env: g.env, tr: text.New(text.English, nil)}
	sound := &runCommands{c: c, v: v, slug: "desk", text: b.Text}
	job := runbooks.Job{Text: "echo a", Timeout: 10 * time.Second}
	if r, err := sound.Run(context.Background(), job); err != nil || string(r.Output) != "a\n" {
		t.Errorf("%+v, %v", r, err)
	}
	other := &runCommands{c: c, v: v, slug: "desk", text: append(bytes.Clone(b.Text), "\nmore\n"...)}
	if _, err := other.Run(context.Background(), job); err == nil || explain(err, c.tr, false).Code != codeWaiting {
		t.Errorf("a text that nobody published: %v", err)
	}
	g.must(codeDone, "mv", "office/printer", "office/old-printer")
	v = g.open()
	linted := &runCommands{c: c, v: v, slug: "desk", text: b.Text}
	if _, err := linted.Run(context.Background(), job); err == nil || explain(err, c.tr, false).Code != codeFindings {
		t.Errorf("a credential that is gone: %v", err)
	}
}
