package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/term"
)

type demoOptions struct{ dir string }

func newDemoCommand(e *env, run runFunc[demoOptions]) *cli.Command {
	o := &demoOptions{}
	return e.command(&cli.Command{Name: "demo", Flags: []cli.Flag{
		&cli.StringFlag{Name: "dir", Destination: &o.dir},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runDemo plays the main job in a directory of its own, with the commands that everybody uses, and leaves the vault behind.
func runDemo(ctx context.Context, c *call, o *demoOptions) error {
	dir := o.dir
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "opsvault-demo-"); err != nil {
			return err
		}
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	s := newStage(c, dir)
	for _, scene := range []func(context.Context) error{
		s.makeVault, s.addCredentials, s.look, s.open, s.outage,
		s.stick, s.invite, s.admit, s.refused, s.granted, s.apart, s.together, s.leaver, s.checkLog, s.cutLog,
	} {
		if err := scene(ctx); err != nil {
			return err
		}
		if err := c.out.Flush(); err != nil {
			return err
		}
	}
	return s.farewell()
}

// A stage is where the demo plays: people with a copy of the vault and a state of their own, and the program's commands
// on them.
type stage struct {
	c           *call
	dir         string
	maria, ivan *actor
	now         *actor // who types
	scene       int
	printed     strings.Builder // by the last command
}

// An actor is somebody at a machine of their own.
type actor struct{ name, home, vault string }

func newStage(c *call, dir string) *stage {
	s := &stage{c: c, dir: dir,
		maria: &actor{c.text("demo.person"), filepath.Join(dir, "maria"), filepath.Join(dir, "team")},
		ivan:  &actor{c.text("demo.second"), filepath.Join(dir, "ivan"), filepath.Join(dir, "ivans-copy")},
	}
	s.now = s.maria
	return s
}

// tell begins a scene, in plain words.
func (s *stage) tell(key textKey, args ...any) {
	s.scene++
	style := s.c.style(s.c.OutEscapes)
	fmt.Fprintf(s.c.out, "\n%s\n", style.Bold(term.Wrap(fmt.Sprintf("%d. %s", s.scene, s.c.text(key, args...)), demoWidth)))
}

func (s *stage) remark(key textKey, args ...any) {
	fmt.Fprintf(s.c.out, "\n%s\n", term.Wrap(s.c.text(key, args...), demoWidth))
}

const demoWidth = 78

// do shows a command and runs it; it must end with the code that is expected.
func (s *stage) do(ctx context.Context, stdin string, want int, words ...string) error {
	shown := make([]string, len(words))
	for i, w := range words {
		shown[i] = shellWord(w)
	}
	fmt.Fprintf(s.c.out, "\n  %s $ opsvault %s\n", s.now.name, strings.Join(shown, " "))
	for line := range strings.Lines(stdin) {
		fmt.Fprintf(s.c.out, "  < %s", line)
	}
	s.printed.Reset()
	out := io.MultiWriter(&indented{to: s.c.out, indent: "    "}, &s.printed)
	code := runGroups(ctx, append([]string{"opsvault"}, words...), s.env(stdin, out), groups())
	if code != want {
		return fail(codeUnexpected, "demo.failed", "command", strings.Join(shown, " "), "code", code, "want", want)
	}
	return nil
}

// env is the person's, with the demo's vault and state, and with no terminal but the one that a scene brings.
func (s *stage) env(stdin string, out io.Writer) *env {
	e := *s.c.env
	no := func() bool { return false }
	e.In, e.Out, e.Err = strings.NewReader(stdin), out, out
	e.InTerminal, e.OutTerminal, e.ErrTerminal, e.OutEscapes, e.ErrEscapes = no, no, no, no, no
	e.Columns = func() int { return demoWidth }
	e.Terminal = term.New(func() (term.Device, error) { return nil, term.ErrNoTerminal })
	e.WorkDir = s.dir
	e.Getenv = func(name string) string {
		switch name {
		case "OPSVAULT_HOME":
			return s.now.home
		case "OPSVAULT_DIR":
			return s.now.vault
		case "OPSVAULT_LANG":
			return string(s.c.lang)
		case "OPSVAULT_ME", "OPSVAULT_PASSPHRASE_FILE":
			return ""
		}
		return s.c.Getenv(name)
	}
	return &e
}

func (s *stage) makeVault(ctx context.Context) error {
	s.remark("demo.intro", "dir", s.dir)
	s.tell("demo.vault")
	return s.do(ctx, "", codeDone, "init", s.maria.vault, "--name", s.c.text("demo.team"), "--member", "maria",
		"--person", s.maria.name, "--no-passphrase")
}

func (s *stage) addCredentials(ctx context.Context) error {
	s.tell("demo.insert")
	trunk := "title: " + s.c.text("demo.trunk") + "\nurl: https://cabinet.sip.example\nusername: trunk-7\npassword: correct horse battery\n"
	if err := s.do(ctx, trunk, codeDone, "insert", "telephony/sip-trunk", "--kind", "sip", "--from", "-"); err != nil {
		return err
	}
	s.remark("demo.generate")
	return s.do(ctx, "", codeDone, "generate", "office/lte-router", "--kind", "system")
}

func (s *stage) look(ctx context.Context) error {
	s.tell("demo.look")
	if err := s.do(ctx, "", codeDone, "ls"); err != nil {
		return err
	}
	return s.do(ctx, "", codeDone, "show", "telephony/sip-trunk")
}

func (s *stage) open(ctx context.Context) error {
	s.tell("demo.open")
	err := s.do(ctx, "", codeDone, "show", "-f", "password", "telephony/sip-trunk", "--reason", s.c.text("demo.reason"))
	if err != nil {
		return err
	}
	s.tell("demo.rights")
	if err := s.do(ctx, "", codeDone, "role", "give", "maria", "agent"); err != nil {
		return err
	}
	return s.do(ctx, "", codeDone, "who", "telephony/sip-trunk")
}

// outage publishes the shipped runbook, and walks through it as a person at a terminal would.
func (s *stage) outage(ctx context.Context) error {
	s.tell("demo.runbook")
	file := filepath.Join(s.dir, "no-internet.md")
	if err := s.do(ctx, "", codeDone, "runbook", "new", "--from", "no-internet", "--lang", string(s.c.lang), "-o", file); err != nil {
		return err
	}
	if err := s.sign(file); err != nil {
		return err
	}
	if err := s.do(ctx, "", codeDone, "runbook", "publish", file); err != nil {
		return err
	}
	s.tell("demo.run")
	if err := s.walk(ctx, "no-internet"); err != nil {
		return err
	}
	s.tell("demo.report")
	return s.do(ctx, "", codeDone, "runs", "report", "-o", filepath.Join(s.dir, "report.html"))
}

// sign puts Maria's name on the runbook, as its text asks.
func (s *stage) sign(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	s.remark("demo.owner")
	return os.WriteFile(file, []byte(strings.Replace(string(text), "owner: duty:on-call", "owner: member:maria", 1)), 0o600)
}

func (s *stage) farewell() error {
	s.remark("demo.end", "dir", s.maria.vault)
	fmt.Fprintf(s.c.out, "\n  export OPSVAULT_HOME=%s OPSVAULT_DIR=%s\n", shellWord(s.maria.home), shellWord(s.maria.vault))
	for _, line := range []string{"opsvault show -p telephony/sip-trunk", "opsvault run no-internet", "opsvault audit"} {
		fmt.Fprintf(s.c.out, "  %s\n", line)
	}
	return nil
}

// indented writes lines with an indent before each.
type indented struct {
	to     io.Writer
	indent string
	inLine bool
}

func (w *indented) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		if !w.inLine {
			if _, err := io.WriteString(w.to, w.indent); err != nil {
				return 0, err
			}
		}
		if _, err := io.WriteString(w.to, line); err != nil {
			return 0, err
		}
		w.inLine = !strings.HasSuffix(line, "\n")
	}
	return len(p), nil
}
