package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"opsvault/runbooks"
	"opsvault/vault"
	"opsvault/vault/store"
)

type runOptions struct {
	resume, fresh, plain bool
	drill, dry           bool
	answers              string
	reason, ticket       string
}

func newRunCommand(e *env, run runFunc[runOptions]) *cli.Command {
	o := &runOptions{}
	return e.command(&cli.Command{Name: "run", ArgsUsage: "[SLUG]", Subcommands: runSubcommands(e), Flags: []cli.Flag{
		&cli.BoolFlag{Name: "resume", Destination: &o.resume},
		&cli.BoolFlag{Name: "new", Destination: &o.fresh},
		&cli.BoolFlag{Name: "drill", Destination: &o.drill},
		&cli.BoolFlag{Name: "dry-run", Destination: &o.dry},
		&cli.StringFlag{Name: "answers", Destination: &o.answers},
		&cli.BoolFlag{Name: "plain", Destination: &o.plain},
		&cli.StringFlag{Name: "reason", Destination: &o.reason},
		&cli.StringFlag{Name: "ticket", Destination: &o.ticket},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runRun walks through a runbook: with the person at the terminal, with an answers file, or, where there is neither, up
// to the first step that needs a person.
func runRun(ctx context.Context, c *call, o *runOptions) error {
	switch {
	case o.resume && o.fresh, o.resume && o.drill, o.dry && (o.resume || o.answers != ""):
		return usage("run.contradiction").withHint("hint.help", "command", "opsvault run")
	case o.dry:
		return runDry(ctx, c)
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
		if err := w.walk(ctx); err != nil || w.then == "" || !w.asks() {
			return err
		}
		return c.runNext(ctx, v, w.then, o)
	})
}

// runNext goes on in the runbook to which a run has led, and in the one after that, as long as the person wants to.
func (c *call) runNext(ctx context.Context, v *vault.Vault, slug string, o *runOptions) error {
	for slug != "" {
		yes, err := c.askYes(ctx, true, "runface.ask-next", "slug", slug)
		if err != nil || !yes {
			return err
		}
		c.args = []string{slug}
		w, err := c.chooseWalk(ctx, v, &runOptions{plain: o.plain, drill: o.drill, reason: o.reason, ticket: o.ticket})
		if err != nil {
			return err
		}
		if err := w.walk(ctx); err != nil {
			return err
		}
		slug = w.then
	}
	return nil
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
	silent  bool   // events are not shown: the command's own answer says it all
	then    string // runbook in which it goes on, once it has ended
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
		err = w.script(r)
	case w.asks():
		err = w.lead(ctx, r, goesOn)
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
		Directory: runDirectory{w.c, w.v}, Drill: w.o.drill,
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
