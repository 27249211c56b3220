package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"opsvault/cmd/opsvault/term"
	"opsvault/cmd/opsvault/text"
	"opsvault/runbooks"
	"opsvault/runbooks/face"
)

// words are the messages for what the faces of a run say.
func (c *call) words() face.Words {
	return func(key string, args ...any) string { return c.tr.Text(text.Key(key), args...) }
}

// told shows an event that is on the disk: as JSON, or, where no person is asked, in words.
func (w *walk) told(e runbooks.Event) {
	if w.silent {
		return
	}
	if w.c.json {
		w.c.line(struct {
			Run string `json:"run"`
			runbooks.Event
		}{w.info.Run, e})
		return
	}
	if w.answers == nil || w.c.quiet {
		return
	}
	voice := face.Voice{Words: w.c.words(), Book: w.book}
	fmt.Fprintf(w.c.Err, "%s  %s\n", w.c.tr.Clock(e.When()), voice.Event(e))
}

// line writes v to stdout as JSON on one line, at once: scripts follow a run as it goes.
func (c *call) line(v any) error {
	encoder := json.NewEncoder(c.out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return err
	}
	return c.out.Flush()
}

// over ends a run that has come to its end in the vault, too, and sums it up.
func (w *walk) over(r *runbooks.Runner, err error) error {
	if endErr := w.journal.End(w.info.Slug, w.info.Version); endErr != nil {
		return endErr
	}
	if tellErr := w.tell(r); tellErr != nil {
		return tellErr
	}
	if r.State().Status == runbooks.StatusAborted {
		return exitStatus(codeRunFailed)
	}
	if slug, leads := strings.CutPrefix(r.State().Target, runbooks.SchemeRunbook+":"); leads {
		w.then = slug
	}
	return err
}

// waits says where a run stands that needs a person. Who has paused it knows; others get it as an error.
func (w *walk) waits(r *runbooks.Runner) error {
	if w.c.json {
		if err := w.tell(r); err != nil {
			return err
		}
	}
	if w.asks() {
		w.c.say("run.go-on-with", "run", w.info.Run)
		return exitStatus(codeWaiting)
	}
	key := text.Key("run.waits")
	number, title := 0, ""
	if p := r.Next(); p.Step != nil {
		number, title = p.Step.Number, p.Step.Title
	} else {
		key = "run.waits-start"
	}
	return fail(codeWaiting, key, "number", number, "title", title).withHint("run.go-on", "run", w.info.Run)
}

// broken says how to go on with a run that something has ended early: an interrupt, the end of input, a full disk.
func (w *walk) broken(ctx context.Context, err error) error {
	var lost *lostRun
	switch {
	case errors.As(err, &lost):
		return err // it is not theirs to go on with
	case ctx.Err() != nil:
		return fail(codeInterrupted, "run.interrupted").withHint("run.go-on", "run", w.info.Run).because(err)
	case errors.Is(err, term.ErrCancelled):
		w.c.say("run.go-on-with", "run", w.info.Run)
		return exitStatus(codeWaiting)
	}
	w.c.say("run.go-on-with", "run", w.info.Run)
	return err
}

// tell sums a run up.
func (w *walk) tell(r *runbooks.Runner) error {
	s := summarize(w.info, w.book, r.State(), w.c.Now())
	if w.c.json {
		return w.c.line(struct {
			Kind string `json:"kind"`
			runSummary
		}{"summary", s})
	}
	w.sumUp(s, r.State().Elapsed(w.c.Now()))
	return nil
}

// sumUp prints a summary. How the run ended has been said to a person already.
func (w *walk) sumUp(s runSummary, elapsed time.Duration) {
	c := w.c
	line := func(key text.Key, args ...any) { fmt.Fprintln(c.out, c.text(key, args...)) }
	if !w.asks() {
		line(text.Key("run.sum-"+s.State), "title", s.Title, "time", elapsed, "reason", s.Reason)
	}
	if s.StepNumber > 0 {
		line("run.sum-at", "number", s.StepNumber, "title", s.StepTitle)
	}
	if est := w.book.Meta.Est; est > 0 {
		line("run.sum-estimate", "time", est)
	}
	line("run.sum-steps", "done", s.Done, "skipped", len(s.Skipped), "not", s.NotTaken)
	for _, step := range s.Skipped {
		line("run.sum-skipped", "number", step.Number, "title", step.Title, "reason", step.Reason)
	}
	for _, step := range s.Failed {
		line("run.sum-failed", "number", step.Number, "title", step.Title, "reason", step.Reason)
	}
	line("run.sum-run", "run", s.Run)
}
