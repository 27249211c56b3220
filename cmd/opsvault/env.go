package main

import (
	"crypto/rand"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"opsvault/cmd/opsvault/term"
	"opsvault/cmd/opsvault/text"
	"opsvault/runbooks/shell"
)

// An env is everything of the world that commands touch. Tests make their own.
type env struct {
	In       io.Reader
	Out, Err io.Writer
	Terminal *term.Terminal // for questions; opened when the first is asked

	InTerminal, OutTerminal, ErrTerminal func() bool // is the stream a terminal
	OutEscapes, ErrEscapes               func() bool // does it understand escape sequences
	Columns                              func() int  // the width of Out; 0 when it is not a terminal

	Getenv    func(name string) string // "" when not set
	Environ   func() []string          // for children
	Languages func() []string          // what the system's user interface speaks, best first
	GOOS      string

	Now func() time.Time
	// Booted is when this machine was started; nil where the platform doesn't tell.
	Booted func() time.Time
	// Free is how many bytes the disk of a path has left; nil where the platform doesn't tell.
	Free func(path string) (uint64, error)
	Rand io.Reader

	Run      func(*exec.Cmd) error // starts a child and waits for it
	LookPath func(name string) (string, error)

	Self       func() (string, error) // this program's file
	ServeBlock func() error           // interprets a block of a runbook; see package runbooks/shell
	Network    func() bool            // is there a network, as far as this machine can tell; nil: take it that there is
	Power      func() Power           // what this machine runs on; nil: it doesn't tell
	TempDir    func() string          // for directories that are removed again

	Clipboard func() (term.Clipboard, error)       // a *term.NoClipboardError where there is none
	Detach    func(*exec.Cmd) error                // starts a child that outlives this process
	After     func(time.Duration) <-chan time.Time // a time from now

	WorkDir string // for finding the vault; "" when it can't be told
}

func systemEnv() *env {
	workDir, _ := os.Getwd() // "" is handled where a vault is looked for
	return &env{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Terminal:    term.New(term.OpenDevice),
		InTerminal:  func() bool { return term.IsTerminal(os.Stdin) },
		OutTerminal: func() bool { return term.IsTerminal(os.Stdout) },
		ErrTerminal: func() bool { return term.IsTerminal(os.Stderr) },
		OutEscapes:  func() bool { return term.Escapes(os.Stdout) },
		ErrEscapes:  func() bool { return term.Escapes(os.Stderr) },
		Columns:     func() int { return term.Columns(os.Stdout) },
		Getenv:      os.Getenv,
		Environ:     os.Environ,
		Languages:   systemLanguages,
		GOOS:        runtime.GOOS,
		Now:         time.Now,
		Booted:      systemBooted(),
		Free:        diskSpace,
		Rand:        rand.Reader,
		Run:         (*exec.Cmd).Run,
		LookPath:    exec.LookPath,
		Self:        os.Executable,
		ServeBlock:  func() error { return shell.Serve(os.Stdin, os.Stdout, os.Stderr) },
		Network:     networkUp,
		Power:       systemPower,
		TempDir:     os.TempDir,
		Clipboard: term.Desktop{
			GOOS: runtime.GOOS, Getenv: os.Getenv, Environ: os.Environ, LookPath: exec.LookPath, Run: (*exec.Cmd).Run,
		}.Clipboard,
		Detach:  detach,
		After:   time.After,
		WorkDir: workDir,
	}
}

// home is the directory of this machine's state: OPSVAULT_HOME, or the platform's place for it. It need not exist.
func (e *env) home() (string, error) {
	if dir := e.Getenv("OPSVAULT_HOME"); dir != "" {
		return filepath.Abs(dir)
	}
	switch e.GOOS {
	case "windows":
		if dir := e.Getenv("LocalAppData"); dir != "" {
			return filepath.Join(dir, "opsvault"), nil
		}
	case "darwin", "ios":
		if dir := e.Getenv("HOME"); dir != "" {
			return filepath.Join(dir, "Library", "Application Support", "opsvault"), nil
		}
	default:
		// The XDG specification has a relative path ignored.
		if dir := e.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
			return filepath.Join(dir, "opsvault"), nil
		}
		if dir := e.Getenv("HOME"); dir != "" {
			return filepath.Join(dir, ".local", "state", "opsvault"), nil
		}
	}
	return "", fail(codeUnexpected, "error.no-home").withHint("hint.no-home")
}

// chooseLang chooses the language: what was asked for with --lang, then OPSVAULT_LANG, then the locale of the messages in
// the order of POSIX, then the language of the system.
func (e *env) chooseLang(flag string) text.Lang {
	for _, wish := range []string{flag, e.Getenv("OPSVAULT_LANG")} {
		if lang, ok := text.ParseLang(wish); ok {
			return lang
		}
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if wish := e.Getenv(name); wish != "" {
			return text.Choose(wish)
		}
	}
	return text.Choose(e.Languages()...)
}

// style says whether a stream may carry bold and dim.
func (e *env) style(escapes func() bool) term.Style {
	return term.Style{On: e.Getenv("NO_COLOR") == "" && e.Getenv("TERM") != "dumb" && escapes()}
}
