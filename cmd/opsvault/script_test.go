package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/term"
)

// TestMain lets this test binary be the programs that the scripts call.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"opsvault": func() { os.Exit(linger(run(interruptible(), os.Args, systemEnv()))) },
		"asker":    func() { os.Exit(linger(runAsker())) },
	})
}

// TestScripts runs testdata/script/*.txtar: sessions of a person or a script with the whole program. Each has a home
// and a working directory of its own, English, and no colours. A script can type at a terminal (ttyin) and look at it
// (ttyout).
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Files:               scripts(t),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			home := filepath.Join(e.WorkDir, ".home")
			e.Setenv("HOME", home)
			e.Setenv("OPSVAULT_HOME", filepath.Join(home, "opsvault"))
			e.Setenv("OPSVAULT_LANG", "en")
			e.Setenv("NO_COLOR", "1")
			e.Setenv("TZ", "UTC")
			return os.MkdirAll(home, 0o700)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": scriptCode, "flip": scriptFlip, "grab": scriptGrab, "say": scriptSay, "team": scriptTeam, "idof": scriptIDOf,
			"older": scriptOlder,
		},
	})
}

// scripts lists what TestScripts runs.
func scripts(t *testing.T) []string {
	all, err := filepath.Glob(filepath.Join("testdata", "script", "*.txtar"))
	if err != nil || len(all) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	var some []string
	for i := 0; i < len(all); i += scriptStride {
		some = append(some, all[i])
	}
	return some
}

// scriptCode is the script command "code N command…": like exec, but the command must end with exit code N.
func scriptCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N command [argument…]")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

// linger holds a program up that was started at the head of a session, as ttyin does. When such a process ends, the
// kernel throws away what its terminal has not passed on yet, and the script would miss the end of what was shown.
func linger(code int) int {
	if term.New(term.OpenDevice).Present() && headsSession() {
		time.Sleep(100 * time.Millisecond)
	}
	return code
}

// runAsker is a program with one command, which asks every sort of question.
func runAsker() int {
	ask := func(e *env) *cli.Command {
		return e.command(&cli.Command{Name: "ask", ArgsUsage: "KIND"}, askAnything)
	}
	return runGroups(interruptible(), os.Args, systemEnv(), []group{{"group.start", []constructor{ask}}})
}

func askAnything(ctx context.Context, c *call) (err error) {
	var answer any
	switch c.args[0] {
	case "line":
		answer, err = c.askLine(ctx, "maria", "Name")
	case "secret":
		var secret []byte
		secret, err = c.askSecret(ctx, "Passphrase")
		answer = len(secret)
	case "yes":
		answer, err = c.askYes(ctx, true, "Go on?")
	case "choice":
		answer, err = c.askChoice(ctx, []string{"telephony", "billing"}, -1, "Which safe")
	case "wait":
		fmt.Fprintln(c.Out, "waiting")
		<-ctx.Done()
		err = ctx.Err()
	case "deaf":
		c.say("waiting")
		<-ctx.Done()
		c.say("not yet")
		time.Sleep(time.Hour)
	case "hidden":
		err = c.showHidden(ctx, "password: correct horse")
	}
	if err != nil {
		return err
	}
	c.say("answered")
	return c.result(answer, func() { fmt.Fprintf(c.out, "%s\n", fmt.Sprint(answer)) })
}
