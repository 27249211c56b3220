package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/text"
	"opsvault/runbooks"
	"opsvault/runbooks/face"
	"opsvault/vault"
)

type runWatchOptions struct{ once bool }

func newRunWatchCommand(e *env, run runFunc[runWatchOptions]) *cli.Command {
	o := &runWatchOptions{}
	return e.command(&cli.Command{Name: "watch", ArgsUsage: "RUN", Flags: []cli.Flag{
		&cli.BoolFlag{Name: "once", Destination: &o.once},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// How often a run that is watched is looked at, and how often the remembered place is.
const (
	watchLook = time.Second
	watchSync = 10 * time.Second
)

// runRunWatch shows what happens in a run, as the copy grows.
func runRunWatch(ctx context.Context, c *call, o *runWatchOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		r, err := c.sharedRun(v, c.args[0])
		if err != nil {
			return err
		}
		w := &watcher{c: c, v: v, run: r.info.Run, told: map[string]runbooks.Why{}}
		if !o.once {
			w.sync()
		}
		for {
			over, err := w.look()
			if err != nil || over || o.once {
				return err
			}
			if err := w.wait(ctx); err != nil {
				return err
			}
		}
	})
}

// A watcher follows one run.
type watcher struct {
	c      *call
	v      *vault.Vault
	run    string
	stamp  string
	synced time.Time
	told   map[string]runbooks.Why // lines that were shown, and as what; "" for the main line
	begun  bool
	last   string // how it stood
}

// wait returns when something of the run has changed.
func (w *watcher) wait(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return fail(codeInterrupted, "error.interrupted").because(ctx.Err())
		case <-time.After(watchLook):
		}
		if w.c.Now().Sub(w.synced) >= watchSync {
			w.sync()
		}
		if w.v.RunStamp(w.run) != w.stamp {
			return nil
		}
	}
}

// sync meets the remembered place, if it is there: what happens elsewhere comes from it.
func (w *watcher) sync() {
	w.synced = w.c.Now()
	if w.v.SyncPlace() != "" {
		_, _ = w.v.SyncRemembered(syncWait) // what failed is tried again
	}
}

// look shows what is new. It reports whether the run has ended.
func (w *watcher) look() (bool, error) {
	w.stamp = w.v.RunStamp(w.run)
	info, err := w.v.Run(w.run)
	if err != nil {
		return false, err
	}
	r, err := weaveRun(info)
	if err != nil {
		return false, err
	}
	if !w.begun {
		w.begun = true
		w.c.say("together.watching", "title", r.title(), "name", fmt.Sprintf("%s@%d", info.Slug, info.Version), "run", info.Run)
	}
	for _, p := range r.woven.Lines {
		if err := w.tell(r, p, ""); err != nil {
			return false, err
		}
	}
	for _, p := range r.woven.Seconds {
		if err := w.tell(r, p, "second"); err != nil {
			return false, err
		}
	}
	for _, a := range r.woven.Asides {
		if err := w.tell(r, a.Placed, a.Why); err != nil {
			return false, err
		}
	}
	w.stands(r)
	return !r.live(), nil
}

// tell shows a line, unless it was shown so before. A line may lose its place when another journal comes.
func (w *watcher) tell(r *sharedRun, p runbooks.Placed, why runbooks.Why) error {
	if was, shown := w.told[p.At()]; shown && was == why {
		return nil
	}
	w.told[p.At()] = why
	if w.c.json {
		return w.c.line(watchedLine{r.info.Run, p.Device, p.Member, p.Seq, string(why), p.Event})
	}
	what := w.c.eventWords(r, p)
	if why != "" {
		what = w.c.text("together.aside", "what", what, "why", w.c.text(text.Key("together.why."+string(why))))
	}
	lead := w.c.tr.Clock(p.When()) + "  "
	what = memberName(w.v, p.Member) + "  " + what
	if columns := w.c.Columns(); columns > 0 {
		what = strings.TrimPrefix(layOut(lead, what, max(narrowest, columns-1)), lead)
	}
	if _, err := fmt.Fprintln(w.c.out, lead+what); err != nil {
		return err
	}
	return w.c.out.Flush()
}

type watchedLine struct {
	Run    string `json:"run"`
	Device string `json:"device"`
	Member string `json:"member"`
	Line   uint64 `json:"line"`
	Aside  string `json:"aside,omitempty"` // why it doesn't count; "second" for a second person's signature; "" for what counts
	runbooks.Event
}

// stands says how the run stands, when that has changed.
func (w *watcher) stands(r *sharedRun) {
	line := w.c.howItStands(w.v, r)
	if line != w.last {
		w.last = line
		w.c.say("together.stands", "how", line)
	}
	if r.info.Damage != nil {
		w.c.warn("together.damaged", "run", r.info.Run, "why", causeWords(r.info.Damage)(w.c.tr))
	}
	for _, g := range r.woven.Gaps {
		w.c.warn("together.gap-seen", "device", g.Device, "n", g.Want-g.Have)
	}
}

// howItStands is how a run stands, in a line.
func (c *call) howItStands(v *vault.Vault, r *sharedRun) string {
	state := c.text(text.Key("run.is-" + string(r.status())))
	if r.woven.Offer != nil && r.live() {
		state += ", " + c.text("together.offered-to", "who", memberName(v, r.woven.Offer.To))
	}
	if step := r.book.Step(r.woven.State.Step); step != nil && r.live() {
		return c.text("together.standing-at", "state", state, "who", r.ownedBy(v), "number", step.Number, "step", step.Title)
	}
	return c.text("together.standing", "state", state, "who", r.ownedBy(v))
}

// eventWords says what happened. What a newer opsvault knows is named as it is.
func (c *call) eventWords(r *sharedRun, p runbooks.Placed) string {
	if p.Newer || !p.Kind.Known() {
		return c.text("together.unknown-event", "kind", string(p.Kind))
	}
	return face.Voice{Words: c.words(), Book: r.book}.Event(p.Event)
}
