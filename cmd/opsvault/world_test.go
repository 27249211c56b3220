package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/term"
)

// A world is an env of a test: nothing of the machine shows through it.
type world struct {
	*env
	out, err bytes.Buffer
	vars     map[string]string
}

// newWorld makes a world with the given variables ("NAME=value"), no terminal, and a clock that stands.
func newWorld(t *testing.T, vars ...string) *world {
	t.Helper()
	w := &world{vars: map[string]string{"HOME": t.TempDir()}}
	for _, variable := range vars {
		name, value, _ := strings.Cut(variable, "=")
		w.vars[name] = value
	}
	no := func() bool { return false }
	w.env = &env{
		In: strings.NewReader(""), Out: &w.out, Err: &w.err,
		Terminal:   term.New(func() (term.Device, error) { return nil, term.ErrNoTerminal }),
		InTerminal: no, OutTerminal: no, ErrTerminal: no, OutEscapes: no, ErrEscapes: no,
		Columns:   func() int { return 0 },
		Getenv:    func(name string) string { return w.vars[name] },
		Environ:   func() []string { return vars },
		Languages: func() []string { return nil },
		GOOS:      "linux",
		Now:       func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) },
		Rand:      zeros{},
		Run:       func(*exec.Cmd) error { return exec.ErrNotFound },
		LookPath:  func(string) (string, error) { return "", exec.ErrNotFound },
		Self:      os.Executable,
		TempDir:   t.TempDir,
		WorkDir:   t.TempDir(),
	}
	return w
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

var _ io.Reader = zeros{}

// parsed gives a command line to a command's constructor and returns the options and the call that its work would get.
func parsed[O any](t *testing.T, construct func(*env, runFunc[O]) *cli.Command, words ...string) (O, *call, error) {
	t.Helper()
	var options O
	var got *call
	w := newWorld(t)
	work := func(_ context.Context, c *call, o *O) error {
		options, got = *o, c
		return nil
	}
	app := newApp(w.env, []group{{"group.start", []constructor{verb(construct, work)}}})
	line, err := order(rootOf(app), words)
	if err == nil {
		err = app.RunContext(t.Context(), append([]string{app.Name}, line.args...))
	}
	return options, got, err
}
