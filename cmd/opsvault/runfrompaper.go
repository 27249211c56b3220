package main

import (
	"context"
	"errors"
	"time"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/term"
	"opsvault/runbooks"
	"opsvault/vault"
)

type runFromPaperOptions struct{ witness, answers, at string }

func newRunFromPaperCommand(e *env, run runFunc[runFromPaperOptions]) *cli.Command {
	o := &runFromPaperOptions{}
	return e.command(&cli.Command{Name: "from-paper", ArgsUsage: "[RUN]", Flags: []cli.Flag{
		&cli.StringFlag{Name: "witness", Destination: &o.witness},
		&cli.StringFlag{Name: "answers", Destination: &o.answers},
		&cli.StringFlag{Name: "at", Destination: &o.at},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runRunFromPaper types a run back in that went on on paper: step by step with a person, or from a file.
func runRunFromPaper(ctx context.Context, c *call, o *runFromPaperOptions) error {
	var answers []byte
	switch {
	case o.answers == "" && o.at != "":
		return usage("frompaper.answers-at").withHint("frompaper.answers-at-hint")
	case o.answers == "" && (c.json || !c.Terminal.Present()):
		return usage("frompaper.no-terminal").withHint("frompaper.answers-at-hint")
	case o.answers != "":
		var err error
		if answers, err = c.input(o.answers, maxAnswersFile); err != nil {
			return err
		}
	}
	return c.withVault(ctx, func(v *vault.Vault) error {
		w, release, err := c.paperWalk(ctx, v)
		if err != nil {
			return err
		}
		defer release()
		if answers != nil {
			if w.answers, err = c.parseAnswers(o.answers, answers, w.book); err != nil {
				return err
			}
			if o.at == "" && !w.answers.Timed() {
				return usage("frompaper.answers-at").withHint("frompaper.answers-at-hint")
			}
		}
		return w.bringBack(ctx, o)
	})
}

// bringBack takes the run from paper, and then what stands on it. A run that came back before goes on being typed in.
func (w *walk) bringBack(ctx context.Context, o *runFromPaperOptions) error {
	r, err := w.open(ctx)
	if err != nil {
		return w.broken(ctx, err)
	}
	state := r.State()
	if state.Paper == nil {
		return fail(codeUsage, "frompaper.not-on-paper", "run", w.info.Run).withHint("run.go-on", "run", w.info.Run)
	}
	if state.Status != runbooks.StatusPaper && wentOnLive(r.Last(state.Events)) {
		return fail(codeUsage, "frompaper.live-again", "run", w.info.Run).withHint("run.go-on", "run", w.info.Run)
	}
	witness := orDefault(o.witness, state.Paper.Witness)
	if witness == "" {
		if witness, err = w.askWitness(ctx); err != nil {
			return err
		}
	}
	at, err := w.firstTime(o, state.Paper)
	if err != nil {
		return err
	}
	if state.Status == runbooks.StatusPaper {
		if err := r.FromPaper(witness); err != nil {
			return w.broken(ctx, err)
		}
	}
	if w.answers != nil {
		err = w.transcribeAnswers(r, at, witness)
	} else {
		err = (&transcriber{desk: &runDesk{ctx: ctx, c: w.c}, w: w, r: r, witness: witness}).run()
	}
	return w.back(ctx, r, err)
}

// wentOnLive reports a run in which something was done at the machine since it came back from paper: what is typed in now would
// stand before it in time and behind it in the journal.
func wentOnLive(events []runbooks.Event) bool {
	live := false
	for _, e := range events {
		switch e.Kind {
		case runbooks.EventFromPaper:
			live = false
		case runbooks.EventTicked, runbooks.EventInput, runbooks.EventDecided, runbooks.EventAcknowledged, runbooks.EventSeconded,
			runbooks.EventSkipped, runbooks.EventFailed, runbooks.EventStepDone, runbooks.EventCommandStarted, runbooks.EventUndoBegun:
			live = live || e.HappenedAt == nil
		}
	}
	return live
}

func (w *walk) askWitness(ctx context.Context) (string, error) {
	if w.answers != nil {
		return "", usage("frompaper.no-witness").withHint("frompaper.answers-at-hint")
	}
	for {
		name, err := w.c.askLine(ctx, "", "frompaper.ask-witness")
		if err != nil || name != "" {
			return name, err
		}
	}
}

// firstTime is the time of --at, before anything is written.
func (w *walk) firstTime(o *runFromPaperOptions, p *runbooks.OnPaper) (time.Time, error) {
	if o.at == "" {
		return time.Time{}, nil
	}
	return w.happened(o.at, p)
}

// lastKnown is when the newest thing happened that the journal has: nothing on paper is earlier.
func lastKnown(p *runbooks.OnPaper) time.Time {
	if p.Last.After(p.Since) {
		return p.Last
	}
	return p.Since
}

// transcribeAnswers takes everything from a file: each step at the time that the file has for it, else at that of --at, else
// at that of the step before.
func (w *walk) transcribeAnswers(r *runbooks.Runner, at time.Time, witness string) error {
	if at.IsZero() {
		at = lastKnown(r.State().Paper)
	}
	if err := r.Transcribe(at, witness); err != nil {
		return err
	}
	script := runbooks.NewScript(w.answers)
	script.Before = func(step *runbooks.Step, visit int) error {
		typed := w.answers.At(step.ID, visit)
		if typed == "" {
			return nil
		}
		at, err := w.happened(typed, r.State().Paper)
		if err != nil {
			return err
		}
		return r.Transcribe(at, witness)
	}
	_, err := script.Run(r)
	return err
}

// happened is a time that was written, if it can be.
func (w *walk) happened(typed string, p *runbooks.OnPaper) (time.Time, error) {
	now := w.c.Now()
	last := lastKnown(p).In(now.Location())
	at, err := happened(typed, now, last)
	if err != nil {
		return at, usage("frompaper.bad-time", "value", typed, "last", last, "now", now).because(err)
	}
	return at, nil
}

// back says where the run stands now that nothing more comes from paper.
func (w *walk) back(ctx context.Context, r *runbooks.Runner, err error) error {
	r.Live()
	switch {
	case r.State().Over():
		return w.over(r, err)
	case ctx.Err() != nil:
		return fail(codeInterrupted, "run.interrupted").withHint("frompaper.go-on", "run", w.info.Run).because(err)
	case errors.Is(err, term.ErrCancelled):
		w.c.say("frompaper.go-on", "run", w.info.Run)
		return exitStatus(codeWaiting)
	case err != nil:
		w.c.say("frompaper.go-on", "run", w.info.Run)
		return err
	}
	if w.c.json {
		return w.tell(r)
	}
	if p := r.Next(); p.Step != nil {
		w.c.say("frompaper.live-at", "number", p.Step.Number, "title", p.Step.Title)
	}
	w.c.say("run.go-on-with", "run", w.info.Run)
	return nil
}
