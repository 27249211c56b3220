package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"opsvault/runbooks"
	"opsvault/runbooks/paper"
	"opsvault/vault"
)

type runToPaperOptions struct{ output, reason string }

func newRunToPaperCommand(e *env, run runFunc[runToPaperOptions]) *cli.Command {
	o := &runToPaperOptions{}
	return e.command(&cli.Command{Name: "to-paper", ArgsUsage: "[RUN]", Flags: []cli.Flag{
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Destination: &o.output},
		&cli.StringFlag{Name: "reason", Destination: &o.reason},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runRunToPaper makes the page of a live run, and then notes that the run goes on there. Of a run that is on paper already
// it makes the page again.
func runRunToPaper(ctx context.Context, c *call, o *runToPaperOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		w, release, err := c.paperWalk(ctx, v)
		if err != nil {
			return err
		}
		defer release()
		w.silent = true
		r, err := w.open(ctx)
		if err != nil {
			return w.broken(ctx, err)
		}
		state := r.State()
		out, err := c.writePage(c.pageOfRun(w, state), o.output, "run-"+w.info.Run+".html")
		if err != nil {
			return err
		}
		out.Run = w.info.Run
		if state.Status != runbooks.StatusPaper {
			if err := r.ToPaper(orDefault(o.reason, c.text("topaper.no-reason"))); err != nil {
				return w.broken(ctx, err)
			}
		}
		if err := c.printed(out); err != nil {
			return err
		}
		c.say("topaper.done", "run", w.info.Run)
		return nil
	})
}

// paperWalk finds the run that is meant, and keeps other processes off it.
func (c *call) paperWalk(ctx context.Context, v *vault.Vault) (*walk, func(), error) {
	info, err := c.chooseLive(ctx, v)
	if err != nil {
		return nil, nil, err
	}
	w, err := c.goOn(v, &runOptions{}, info)
	if err != nil {
		return nil, nil, err
	}
	release, err := w.take()
	return w, release, err
}

// pageOfRun is the page on which a run goes on.
func (c *call) pageOfRun(w *walk, state runbooks.State) *paper.Page {
	sheet := c.sheet(w.book, w.info.Slug)
	sheet.Version, sheet.Copies = w.info.Version, 0
	sheet.Run = &paper.Run{ID: w.info.Run, State: state, Owner: memberName(w.v, orDefault(state.Owner, w.info.Member))}
	page := c.newPage(w.v, c.paperLang(w.book))
	page.Sheets = []paper.Sheet{sheet}
	return page
}
