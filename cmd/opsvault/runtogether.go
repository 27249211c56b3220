package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"opsvault/runbooks"
	"opsvault/vault"
	"opsvault/vault/store"
)

// runSubcommands are the commands below run for a run that several people share.
func runSubcommands(e *env) []*cli.Command {
	return build(e, []constructor{
		verb(newRunHandoverCommand, runRunHandover),
		verb(newRunWithdrawCommand, runRunWithdraw),
		verb(newRunAcceptCommand, runRunAccept),
		verb(newRunTakeCommand, runRunTake),
		verb(newRunSecondCommand, runRunSecond),
		verb(newRunWatchCommand, runRunWatch),
		verb(newRunToPaperCommand, runRunToPaper),
		verb(newRunFromPaperCommand, runRunFromPaper),
	})
}

// togetherRows are the rows of the table of errors about runs that several people share.
func togetherRows() []row {
	return []row{
		{lostTo(true, true), codeDenied, "together.lost-taken", "together.lost-hint"},
		{lostTo(true, false), codeDenied, "together.lost-accepted", "together.lost-hint"},
		{lostTo(false, false), codeDenied, "together.not-yours", "together.not-yours-hint"},
		{as(func(e *lostRun) []any { return lostArgs(e) }), codeDenied, "together.other-device", "together.other-device-hint"},
		{is(errNewerRun), codeUnexpected, "together.newer", "together.newer-hint"},
		{as(func(e *gapError) []any { return []any{"run", e.run, "device", e.device} }), codeIntegrity, "together.gap", "together.gap-hint"},
		{textMissing(true), codeDenied, "together.text-refused", "together.text-refused-hint"},
		{textMissing(false), codeNotFound, "together.text-missing", "together.text-missing-hint"},
		{is(runbooks.ErrEnded), codeUsage, "together.ended", "together.ended-hint"},
		{is(runbooks.ErrOffered), codeUsage, "together.offered", "together.offered-hint"},
		{is(runbooks.ErrNotOffered), codeDenied, "together.not-offered", "together.not-offered-hint"},
		{is(runbooks.ErrTextTooLong), codeUsage, "run.error.long", ""},
		{is(runbooks.ErrTextUnsafe), codeUsage, "run.error.unsafe", ""},
	}
}

// lostTo matches a run of another member: one that was theirs, and how it went, or one that never was.
func lostTo(mine, taken bool) matcher {
	return func(err error) ([]any, bool) {
		var e *lostRun
		if !errors.As(err, &e) || e.device || e.mine != mine || mine && e.taken != taken {
			return nil, false
		}
		return lostArgs(e), true
	}
}

func lostArgs(e *lostRun) []any {
	return []any{"run", e.run, "who", e.owner, "reason", e.reason, "time", e.at}
}

func textMissing(refused bool) matcher {
	return func(err error) ([]any, bool) {
		var e *vault.RunTextError
		if !errors.As(err, &e) || e.Refused != refused {
			return nil, false
		}
		return []any{"run", e.Run, "slug", e.Slug, "version", e.Version}, true
	}
}

// A signer is who puts one event into their own journal of a shared run.
type signer struct {
	c *call
	v *vault.Vault
	r *sharedRun
	j *vault.Journal
}

// signing opens this device's journal of a run for one event, keeps other processes off it, and reads the run once more.
func (c *call) signing(v *vault.Vault, r *sharedRun, joins bool) (*signer, func(), error) {
	j, err := v.OpenJournal(r.info)
	if err == nil && joins {
		j, err = v.JoinRun(r.info)
	}
	if err != nil {
		return nil, nil, err
	}
	release, err := j.Hold()
	if errors.Is(err, store.ErrBusy) {
		err = fail(codeBusy, "run.busy", "run", r.info.Run).withHint("together.busy-hint").because(err)
	}
	if err != nil {
		return nil, nil, err
	}
	info, err := v.Run(r.info.Run)
	if err == nil {
		r, err = weaveRun(info)
	}
	if err != nil {
		release()
		return nil, nil, err
	}
	return &signer{c, v, r, j}, release, nil
}

// put makes an event durable that fits the run as it stands.
func (s *signer) put(e runbooks.Event) (runbooks.Event, error) {
	e, err := s.r.woven.Stamp(s.r.book, e, s.v.Me().Member, s.c.Now())
	if err != nil {
		return e, err
	}
	return e, s.append(e)
}

func (s *signer) append(e runbooks.Event) error {
	details, err := eventDetails(e)
	if err != nil {
		return err
	}
	return s.j.Append(eventOps+string(e.Kind), e.Step, details)
}

// read names how far the owner's journal has been read.
func (s *signer) read() (string, error) {
	for i := range s.r.info.Strands {
		strand := &s.r.info.Strands[i]
		if strand.Device != s.r.woven.Device {
			continue
		}
		if strand.Damage != nil {
			return "", strand.Damage
		}
		return runbooks.Read(strand.Device, strand.Lines[len(strand.Lines)-1].Seq), nil
	}
	return "", &vault.NotFoundError{What: "run", Name: s.r.info.Run}
}

// takable refuses what nobody may accept or take.
func (r *sharedRun) takable() error {
	switch {
	case !r.live():
		return &runbooks.OrderError{Kind: runbooks.EventTaken, Err: runbooks.ErrEnded}
	case r.woven.Newer:
		return errNewerRun
	}
	return nil
}

// ownedBy is whoever has the run now, as people read it.
func (r *sharedRun) ownedBy(v *vault.Vault) string { return memberName(v, r.woven.Owner) }

// title is the runbook's.
func (r *sharedRun) title() string {
	if r.book.Title == "" {
		return r.info.Slug
	}
	return r.book.Title
}

// tellPending says what goes with a run: timers, what is to be taken back, what others do beside it.
func (c *call) tellPending(v *vault.Vault, r *sharedRun) {
	s := r.woven.State
	for _, t := range s.Timers {
		c.say("together.timer", "text", t.Text, "left", max(0, t.Due.Sub(c.Now())).Round(time.Second), "time", t.Due)
	}
	for _, u := range s.Undos() {
		c.say("together.undo", "step", r.stepTitle(u.Step))
	}
	for _, b := range s.Open() {
		c.say("together.beside", "step", r.stepTitle(b.Step), "name", b.Name)
	}
	for _, m := range s.Reminders(r.book) {
		c.say("together.reminder", "step", m.Step.Title, "time", m.Due)
	}
}

func (r *sharedRun) stepTitle(id string) string {
	if step := r.book.Step(id); step != nil {
		return fmt.Sprintf("%d. %s", step.Number, step.Title)
	}
	return id
}

// asksFirst asks on a terminal before something is signed, unless that was said already.
func (c *call) asksFirst(ctx context.Context, yes bool, ask func() (bool, error)) error {
	if yes || c.json || !c.Terminal.Present() {
		return nil
	}
	ok, err := ask()
	if err == nil && !ok {
		return fail(codeCancelled, "error.cancelled")
	}
	return err
}
