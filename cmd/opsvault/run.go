package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/term"
	"opsvault/cmd/opsvault/text"
	"opsvault/runbooks"
	"opsvault/vault"
	"opsvault/vault/store"
)

type runOptions struct {
	resume, fresh, plain bool
	answers              string
	reason, ticket       string
}

func newRunCommand(e *env, run runFunc[runOptions]) *cli.Command {
	o := &runOptions{}
	return e.command(&cli.Command{Name: "run", ArgsUsage: "[SLUG]", Flags: []cli.Flag{
		&cli.BoolFlag{Name: "resume", Destination: &o.resume},
		&cli.BoolFlag{Name: "new", Destination: &o.fresh},
		&cli.StringFlag{Name: "answers", Destination: &o.answers},
		&cli.BoolFlag{Name: "plain", Destination: &o.plain},
		&cli.StringFlag{Name: "reason", Destination: &o.reason},
		&cli.StringFlag{Name: "ticket", Destination: &o.ticket},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runRun walks through a runbook: with the person at the terminal, with an answers file, or, where there is neither, up
// to the first step that needs a person.
func runRun(ctx context.Context, c *call, o *runOptions) error {
	if o.resume && o.fresh {
		return usage("run.contradiction")
	}
	var answers []byte
	if o.answers != "" {
		var err error
		if answers, err = c.input(o.answers, maxAnswersFile); err != nil {
			return err
		}
	}
	return c.withVault(ctx, func(v *vault.Vault) error {
		w, err := c.chooseWalk(ctx, v, o)
		if err != nil {
			return err
		}
		if answers != nil {
			if w.answers, err = c.parseAnswers(o.answers, answers, w.book); err != nil {
				return err
			}
		}
		return w.walk(ctx)
	})
}

// maxAnswersFile is a little over what the parser takes, so that it is the one to complain.
const maxAnswersFile = 1 << 20

// parseAnswers refuses a file that doesn't fit the runbook, before anything is begun.
func (c *call) parseAnswers(name string, data []byte, book *runbooks.Runbook) (*runbooks.Answers, error) {
	answers, err := runbooks.ParseAnswers(data, book)
	var found runbooks.Problems
	if !errors.As(err, &found) {
		return answers, err
	}
	if !c.json {
		c.printProblems(c.Err, c.style(c.ErrEscapes), c.problemsIn(name, found))
	}
	return nil, usage("run.bad-answers", "name", name, "n", len(found)).because(err)
}

// A walk is a run that is to be begun or gone on with.
type walk struct {
	c       *call
	v       *vault.Vault
	o       *runOptions
	book    *runbooks.Runbook
	text    *vault.Book    // to begin with; nil to go on
	info    *vault.RunInfo // to go on with; of a new run once it is begun
	journal *vault.Journal
	secrets *runSecrets
	answers *runbooks.Answers
}

// asks reports whether a person is to be asked.
func (w *walk) asks() bool { return w.answers == nil && !w.c.json && w.c.Terminal.Present() }

// walk begins or goes on, drives the run as far as it comes, and says where it stands.
func (w *walk) walk(ctx context.Context) error {
	goesOn := w.text == nil
	release, err := w.take()
	if err != nil {
		return err
	}
	defer release()
	r, err := w.open(ctx)
	if err != nil {
		return w.broken(ctx, err)
	}
	switch {
	case w.answers != nil:
		_, err = runbooks.NewScript(w.answers).Run(r)
	case w.asks():
		face := w.c.newFace(ctx, w.secrets)
		if goesOn {
			err = face.Recall(r)
		}
		if err == nil {
			_, err = face.Run(r)
		}
	}
	if r.State().Over() {
		return w.over(r, err)
	}
	if err != nil {
		return w.broken(ctx, err)
	}
	return w.waits(r)
}

// take begins a new run in the vault, and keeps other processes off it.
func (w *walk) take() (release func(), err error) {
	if w.text != nil {
		if w.journal, err = w.v.StartRun(w.text); err != nil {
			return nil, err
		}
		w.info = &vault.RunInfo{
			Run: w.journal.Run(), Slug: w.text.Slug, Version: w.text.Version, Text: w.text.Text, Member: w.v.Me().Member, Started: w.c.Now(),
		}
	}
	release, err = w.journal.Hold()
	if errors.Is(err, store.ErrBusy) {
		err = fail(codeBusy, "run.busy", "run", w.info.Run).withHint("run.busy-hint", "slug", w.info.Slug).because(err)
	}
	return release, err
}

// open begins the run in the engine, or replays its journal.
func (w *walk) open(ctx context.Context) (*runbooks.Runner, error) {
	w.secrets = &runSecrets{ctx: ctx, c: w.c, v: w.v, run: w.info.Run, reason: w.o.reason, ticket: w.o.ticket}
	deps := runbooks.Deps{
		Journal: &runJournal{ctx, w.journal, w.told},
		Secrets: w.secrets,
		Gate:    runGate{w.v, w.c.Now}, Clock: runClock(w.c.Now), Actor: w.v.Me().Member,
		Executor: w.commands(), Network: w.c.network,
	}
	w.c.say("run.begun", "title", w.book.Title, "name", fmt.Sprintf("%s@%d", w.info.Slug, w.info.Version), "run", w.info.Run)
	events, err := journalEvents(w.journal)
	if err != nil {
		return nil, err
	}
	if len(events) == 0 { // a new run, or one that was killed before its first event
		return runbooks.Start(w.book, deps)
	}
	r, err := runbooks.Resume(w.book, deps, events)
	var order *runbooks.OrderError
	switch {
	case errors.Is(err, runbooks.ErrEnded):
		err = w.c.endedError(w.info)
	case errors.As(err, &order):
		err = &vault.IntegrityError{File: "runs/" + w.info.Run, Err: err}
	}
	return r, err
}

// told shows an event that is on the disk: as JSON, or, where no person is asked, in words.
func (w *walk) told(e runbooks.Event) {
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
	title := ""
	if step := w.book.Step(e.Step); step != nil {
		title = fmt.Sprintf("%d. %s", step.Number, step.Title)
	}
	words := w.c.text(text.Key("run.event."+string(e.Kind)), "step", title, "check", e.Check, "name", e.Name, "value", e.Value,
		"answer", e.Answer, "path", e.Path, "reason", e.Reason, "text", e.Text, "actor", e.Actor)
	fmt.Fprintf(w.c.Err, "%s  %s\n", w.c.tr.Clock(e.Time), words)
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
	switch {
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
	line("run.sum-run", "run", s.Run)
}
