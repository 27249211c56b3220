package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"opsvault/cmd/opsvault/term"
	"opsvault/runbooks"
	"opsvault/runbooks/plain"
	"opsvault/runbooks/screen"
)

// lead leads a person through a run: on the whole screen where there is one, else line by line.
func (w *walk) lead(ctx context.Context, r *runbooks.Runner, goesOn bool) error {
	face := w.newFace(ctx)
	in, out, ok := w.c.wholeScreen()
	if !ok || w.o.plain {
		return led(ctx, face, r, goesOn)
	}
	return w.onScreen(ctx, face, in, out, func(ctx context.Context) error { return led(ctx, face, r, goesOn) })
}

func led(ctx context.Context, face *plain.Face, r *runbooks.Runner, goesOn bool) error {
	if goesOn {
		if err := face.Recall(r); err != nil {
			return err
		}
	}
	_, err := face.Run(ctx, r)
	return err
}

// wholeScreen is the terminal, if it is large enough and a cursor can be moved on it.
func (e *env) wholeScreen() (in, out *os.File, ok bool) {
	name := e.Getenv("TERM")
	if name == "dumb" || name == "" && e.GOOS != "windows" {
		return nil, nil, false
	}
	if columns, rows := e.Terminal.Size(); columns < screen.MinColumns || rows < screen.MinRows {
		return nil, nil, false
	}
	in, out, ok = e.Terminal.Files()
	return in, out, ok && term.Escapes(out)
}

// onScreen lets a face talk on the whole screen. What was said last is said again where it stays: how to come back, or how the
// run ended.
func (w *walk) onScreen(ctx context.Context, face *plain.Face, in, out *os.File, talk func(context.Context) error) error {
	c, desk := w.c, face.Term.(*runDesk)
	s := screen.New(screen.Options{
		In: in, Out: out, Environ: c.Environ(), LayOut: layOut, Clean: term.Clean,
		AnyKey: c.text("screen.any-key"), WithEnter: c.text("screen.with-enter"), Unstyled: c.Getenv("NO_COLOR") != "",
	})
	face.Term, desk.screen, w.secrets.screen = s, s, s
	stderr := c.Err
	c.Err = &saying{screen: s}
	err := s.Run(ctx, talk)
	c.Err, desk.screen, w.secrets.screen = stderr, nil, nil
	for _, line := range s.Said() {
		_ = desk.Print(line.Lead, line.Text) // a terminal that is gone shows nothing
	}
	if errors.Is(err, screen.ErrLost) || errors.Is(err, context.Canceled) && ctx.Err() == nil { // Ctrl-C while a command ran
		err = fmt.Errorf("%w: %w", term.ErrCancelled, err)
	}
	return err
}

// saying shows on the screen, line by line, what is meant for stderr: written there it would stand in the middle of everything.
type saying struct {
	screen *screen.Screen
	rest   []byte
}

// Write shows the lines that are whole.
func (s *saying) Write(p []byte) (int, error) {
	s.rest = append(s.rest, p...)
	for {
		line, rest, whole := bytes.Cut(s.rest, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		s.rest = rest
		if err := s.screen.Print("", strings.TrimSpace(string(line))); err != nil {
			return 0, err
		}
	}
}
