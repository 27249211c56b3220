package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/term"
)

// clearClipboardName is the command that clears the clipboard. This program starts itself with it.
const clearClipboardName = "__clear-clipboard"

// keepOnClipboard is how long a copied value may stay there.
const keepOnClipboard = 45 * time.Second

// copySecret puts a value into the clipboard, and sees to it that it is cleared. A clipboard that nobody would clear is
// cleared at once, and the error says why.
func (c *call) copySecret(value []byte) error {
	board, err := c.clipboard()
	if err != nil {
		return err
	}
	if err := board.Write(value); err != nil {
		return fail(codeIO, "clipboard.failed", "why", err).because(err)
	}
	if err := c.clearLater(term.TraceOf(value)); err != nil {
		_ = board.Clear()
		return fail(codeIO, "clipboard.no-clearing", "why", err).because(err)
	}
	return nil
}

// clipboard is the clipboard of the desktop, or an error in words.
func (c *call) clipboard() (term.Clipboard, error) {
	if c.Clipboard == nil {
		return nil, fail(codeNotFound, "clipboard.none")
	}
	board, err := c.Clipboard()
	var none *term.NoClipboardError
	switch {
	case !errors.As(err, &none):
		return board, err
	case len(none.Want) == 0:
		return nil, fail(codeNotFound, "clipboard.none").because(err)
	}
	return nil, fail(codeNotFound, "clipboard.no-program", "programs", none.Want).because(err)
}

// clearLater starts a process that clears the clipboard after a while, if it still holds the same. It is told how to recognise
// the value, not the value.
func (c *call) clearLater(trace term.Trace) error {
	program, err := c.Self()
	if err != nil {
		return err
	}
	order, err := json.Marshal(trace)
	if err != nil {
		return err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	if _, err = w.Write(order); err == nil { // it is short: the pipe holds it
		err = w.Close()
	}
	if err != nil {
		return err
	}
	cmd := &exec.Cmd{Path: program, Args: []string{"opsvault", clearClipboardName}, Env: c.Environ(), Stdin: r}
	return c.Detach(cmd)
}

type clearClipboardOptions struct{}

func newClearClipboardCommand(e *env, run runFunc[clearClipboardOptions]) *cli.Command {
	o := &clearClipboardOptions{}
	return e.command(&cli.Command{Name: clearClipboardName, Hidden: true}, func(ctx context.Context, c *call) error {
		return run(ctx, c, o)
	})
}

// runClearClipboard waits, looks whether the clipboard still holds what it was told of, and clears it then.
func runClearClipboard(ctx context.Context, c *call, _ *clearClipboardOptions) error {
	var trace term.Trace
	if err := json.NewDecoder(io.LimitReader(c.In, 4096)).Decode(&trace); err != nil {
		return err
	}
	select {
	case <-c.After(keepOnClipboard):
	case <-ctx.Done(): // the person logs out or the machine goes down: now is the last chance
	}
	board, err := c.clipboard()
	if err != nil {
		return err
	}
	value, err := board.Read()
	if err != nil || !trace.Is(value) {
		return err
	}
	return board.Clear()
}
