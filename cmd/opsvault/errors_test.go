package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"opsvault/cmd/opsvault/term"
	"opsvault/cmd/opsvault/text"
)

func TestExplain(t *testing.T) {
	_, missing := os.Open(filepath.Join(t.TempDir(), "a\x1b[2Jb"))
	denied := &fs.PathError{Op: "open", Path: "x", Err: syscall.EACCES}
	tests := []struct {
		name        string
		err         error
		interrupted bool
		code        int
		message     string // its beginning
		hint        bool
	}{
		{"unknown", errors.New("what is \x1b[2Jthis"), false, codeUnexpected, "what is �this", false},
		{"unknown after an interrupt", errors.New("signal: killed"), true, codeInterrupted, "interrupted;", false},
		{"an interrupt", fmt.Errorf("read: %w", context.Canceled), true, codeInterrupted, "interrupted;", false},
		{"Ctrl-C at a question", fmt.Errorf("%w: %w", term.ErrCancelled, context.Canceled), true, codeCancelled, "cancelled", false},
		{"no terminal", fmt.Errorf("ask: %w", term.ErrNoTerminal), false, codeUsage, "there is no terminal", true},
		{"disk full", fmt.Errorf("write: %w", syscall.ENOSPC), false, codeIO, "the disk is full: write: ", true},
		{"read-only", syscall.EROFS, false, codeIO, "this place can only be read: ", true},
		{"permission", denied, false, codeIO, "the system does not allow it: open x: ", true},
		{"permission after an interrupt", denied, true, codeIO, "the system does not allow it: ", true},
		{"a missing file", missing, false, codeIO, "there is no file " + filepath.Dir(missing.(*fs.PathError).Path) + string(filepath.Separator) + "a�b", true},
		{"a failure", fail(codeFindings, "usage.lang", "lang", "xx"), false, codeFindings, `opsvault does not speak "xx"`, false},
		{"a failure within", fmt.Errorf("open: %w", fail(codeLocked, "usage.lang", "lang", "xx")), false, codeLocked, `opsvault does not speak "xx"`, false},
		{"a failure that knows its cause", fail(codeDenied, "usage.other").because(denied), false, codeDenied, "wrong usage: open x: ", false},
		{"a failure with a hint", usage("usage.other").because(denied).withHint("hint.lang"), false, codeUsage, "wrong usage: ", true},
		{"an error with a better hint", hinted(denied, "hint.usage", "usage", "x"), false, codeIO, "the system does not allow it: open x: ", true},
		{"an unknown error with a hint", hinted(errors.New("odd"), "hint.lang"), false, codeUnexpected, "odd", true},
	}
	tr := text.New(text.English, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := explain(tt.err, tr, tt.interrupted)
			if got.Code != tt.code || (got.Hint != "") != tt.hint || len(got.Error) < len(tt.message) || got.Error[:len(tt.message)] != tt.message {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestExplainTakesTheBetterHint(t *testing.T) {
	err := hinted(syscall.EROFS, "hint.usage", "usage", "mount it")
	if got := explain(err, text.New(text.English, nil), false).Hint; got != "usage: mount it" {
		t.Errorf("got %q", got)
	}
}

func TestFailureIsAnError(t *testing.T) {
	cause := errors.New("cause")
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"message alone", fail(1, "usage.lang"), "usage.lang"},
		{"message and cause", fail(1, "usage.lang").because(cause), "usage.lang: cause"},
		{"hint and cause", hinted(cause, "hint.lang"), "cause"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.err.Error() != tt.want {
				t.Errorf("got %q, want %q", tt.err, tt.want)
			}
		})
	}
	if !errors.Is(fmt.Errorf("x: %w", hinted(cause, "hint.lang")), cause) {
		t.Error("the cause is lost")
	}
}

func TestReportIsPrinted(t *testing.T) {
	r := report{Error: "no <way>", Code: 11, Hint: "ask"}
	tests := []struct {
		name   string
		json   bool
		lang   text.Lang
		style  term.Style
		report report
		want   string
	}{
		{"words", false, text.English, term.Style{}, r, "opsvault: error: no <way>\nopsvault: hint: ask\n"},
		{"Russian", false, text.Russian, term.Style{}, report{Error: "x"}, "opsvault: ошибка: x\n"},
		{"bold", false, text.English, term.Style{On: true}, report{Error: "x"}, "opsvault: \x1b[1merror\x1b[0m: x\n"},
		{"JSON", true, text.Russian, term.Style{On: true}, r, `{"error":"no <way>","code":11,"hint":"ask"}` + "\n"},
		{"JSON without a hint", true, text.English, term.Style{}, report{Error: "x", Code: 1}, `{"error":"x","code":1,"hint":""}` + "\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			tt.report.print(&out, tt.json, text.New(tt.lang, nil), tt.style)
			if out.String() != tt.want {
				t.Errorf("got  %q\nwant %q", out.String(), tt.want)
			}
		})
	}
}

func TestRunEndsWithTheCode(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want int
	}{
		{"done", nil, 0},
		{"a child's code", exitStatus(42), 42},
		{"a child's code within", fmt.Errorf("x: %w", exitStatus(7)), 7},
		{"cancelled", term.ErrCancelled, 3},
		{"odd", errors.New("odd"), 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			work := func(context.Context, *call, *probe) error { return tt.err }
			groups := []group{{"group.start", []constructor{verb(newProbe("show"), work)}}}
			if got := runGroups(t.Context(), []string{"opsvault", "show"}, w.env, groups); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
			if _, silent := tt.err.(exitStatus); silent && w.err.Len() > 0 {
				t.Errorf("printed %q", w.err.String())
			}
		})
	}
}

func TestOutputThatCannotBeWritten(t *testing.T) {
	w := newWorld(t)
	w.Out = fullDisk{}
	if got := run(t.Context(), []string{"opsvault", "version"}, w.env); got != codeIO {
		t.Errorf("got %d, %s", got, w.err.String())
	}
	if got := run(t.Context(), []string{"opsvault", "--help"}, w.env); got != codeIO {
		t.Errorf("help: got %d, %s", got, w.err.String())
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, syscall.ENOSPC }
