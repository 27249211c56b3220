package main

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/text"
	"opsvault/runbooks"
	"opsvault/vault"
)

type runsOptions struct{ mine, all bool }

func newRunsCommand(e *env, run runFunc[runsOptions]) *cli.Command {
	o := &runsOptions{}
	return e.command(&cli.Command{Name: "runs", Subcommands: runsSubcommands(e), Flags: []cli.Flag{
		&cli.BoolFlag{Name: "mine", Destination: &o.mine},
		&cli.BoolFlag{Name: "all", Destination: &o.all},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runsSubcommands are the commands below runs.
func runsSubcommands(e *env) []*cli.Command {
	return build(e, []constructor{
		verb(newRunsReportCommand, runRunsReport),
		verb(newRunsShowCommand, runRunsShow),
	})
}

// runsDays is how many days a run that has ended is listed without --all.
const runsDays = 30

// runRuns lists runs, the newest first: those under way of everybody, and those that have ended lately.
func runRuns(ctx context.Context, c *call, o *runsOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		all, unreadable, err := c.readRuns(v)
		if err != nil {
			return err
		}
		runs, older := c.wantedRuns(v, all, o)
		list, table := []runSummary{}, [][]string{}
		for _, r := range runs {
			s := c.summaryOfShared(r)
			list, table = append(list, s), append(table, c.runRow(v, r, s))
		}
		if c.json {
			for _, info := range unreadable {
				list = append(list, runSummary{Run: info.Run, State: "damaged", Damaged: true, Skipped: []skippedStep{}})
			}
			return c.document(list)
		}
		switch {
		case len(list) > 0:
			err = c.table([]string{c.text("runs.run"), c.text("runs.runbook"), c.text("runs.state"), c.text("runs.who"), c.text("runs.step"),
				c.text("runs.started"), c.text("runs.time")}, table, 0)
		case len(unreadable) == 0:
			c.say("runs.none")
		}
		if older > 0 {
			c.say("runs.older", "n", older, "days", runsDays)
		}
		c.tellOffers(v, all)
		return err
	})
}

// wantedRuns are the runs that were asked for, and how many are too old.
func (c *call) wantedRuns(v *vault.Vault, all []*sharedRun, o *runsOptions) (list []*sharedRun, older int) {
	me, since := v.Me().Member, c.Now().AddDate(0, 0, -runsDays)
	for _, r := range all {
		switch {
		case o.mine && r.woven.Owner != me && !slices.Contains(r.tookPart(), me):
		case !o.all && !r.live() && r.info.Started.Before(since):
			older++
		default:
			list = append(list, r)
		}
	}
	return list, older
}

func (c *call) runRow(v *vault.Vault, r *sharedRun, s runSummary) []string {
	step := ""
	if s.StepNumber > 0 {
		step = strconv.Itoa(s.StepNumber) + ". " + s.StepTitle
	}
	state := c.text(text.Key("run.is-" + s.State))
	switch {
	case s.Offered == v.Me().Member:
		state += ", " + c.text("together.offered-you-short")
	case s.Offered != "":
		state += ", " + c.text("together.offered-to", "who", s.Offered)
	}
	if s.Drill {
		state += ", " + c.text("together.drill")
	}
	return []string{s.Run, s.Slug + "@" + strconv.FormatUint(s.Version, 10), state, r.woven.Owner, step,
		c.tr.Moment(r.info.Started), c.tr.Span(time.Duration(s.Seconds) * time.Second)}
}

// tellOffers says what others have offered to this member.
func (c *call) tellOffers(v *vault.Vault, runs []*sharedRun) {
	for _, r := range runs {
		if o := r.woven.Offer; o != nil && o.To == v.Me().Member && r.live() {
			c.say("together.offer", "who", r.ownedBy(v), "title", r.title(), "run", r.info.Run)
		}
	}
}

// A runSummary is a run as scripts see it.
type runSummary struct {
	Run        string        `json:"run"`
	Slug       string        `json:"slug"`
	Version    uint64        `json:"version"`
	Title      string        `json:"title"`
	Drill      bool          `json:"drill,omitempty"`
	State      string        `json:"state"` // open, active, paused, closing, paper, done, aborted; damaged: nothing of it can be read
	Step       string        `json:"step"`  // where it is, or was stopped; "" before the first step and when it is done
	StepNumber int           `json:"step_number,omitempty"`
	StepTitle  string        `json:"step_title,omitempty"`
	By         string        `json:"by"`                // who began it
	Owner      string        `json:"owner,omitempty"`   // who has it now, or had it last
	Offered    string        `json:"offered,omitempty"` // to whom
	Members    []string      `json:"members,omitempty"` // who had a part in it
	Aside      int           `json:"aside,omitempty"`   // events that don't count: see runs show
	Damaged    bool          `json:"damaged,omitempty"` // a journal of it was cut or changed in this copy
	Started    string        `json:"started"`
	Ended      string        `json:"ended,omitempty"`
	Seconds    int           `json:"seconds"` // up to its end, or up to now
	Done       int           `json:"steps_done"`
	NotTaken   int           `json:"steps_not_taken"`
	Skipped    []skippedStep `json:"steps_skipped"`
	Failed     []skippedStep `json:"steps_failed,omitempty"`
	Target     string        `json:"target,omitempty"` // what it ended with: #end, #abort, runbook:slug
	Reason     string        `json:"reason,omitempty"` // of an abort or a pause
}

type skippedStep struct {
	Step   string `json:"step"`
	Number int    `json:"number"`
	Title  string `json:"title"`
	Reason string `json:"reason"`
}

// summaryOf reads a run's journals.
func (c *call) summaryOf(_ *vault.Vault, info *vault.RunInfo) (runSummary, error) {
	r, err := weaveRun(info)
	if err != nil {
		return runSummary{}, err
	}
	return c.summaryOfShared(r), nil
}

func (c *call) summaryOfShared(r *sharedRun) runSummary {
	s := summarize(r.info, r.book, r.woven.State, c.Now())
	s.State, s.Owner, s.Members, s.Aside, s.Damaged = string(r.status()), r.woven.Owner, r.tookPart(), len(r.woven.Asides), r.info.Damage != nil
	if s.Title == "" {
		s.Title = s.Slug
	}
	if r.woven.Offer != nil && r.live() {
		s.Offered = r.woven.Offer.To
	}
	return s
}

func summarize(info *vault.RunInfo, book *runbooks.Runbook, state runbooks.State, now time.Time) runSummary {
	s := runSummary{
		Run: info.Run, Slug: info.Slug, Version: info.Version, Title: book.Title, State: string(state.Status), By: info.Member,
		Started: info.Started.Format(time.RFC3339), Seconds: int(state.Elapsed(now).Seconds()), Skipped: []skippedStep{},
		Target: state.Target, Reason: state.Reason, Drill: state.Drill, Owner: state.Owner,
	}
	if state.Status == runbooks.StatusNone {
		s.State = string(runbooks.StatusOpen) // killed before its first event
	}
	if state.Over() {
		s.Ended = state.Ended.Format(time.RFC3339)
	} else {
		s.Target = ""
	}
	if step := book.Step(state.Step); step != nil {
		s.Step, s.StepNumber, s.StepTitle = step.ID, step.Number, step.Title
	}
	for _, step := range book.Steps() {
		switch st := state.Steps[step.ID]; st.Status {
		case runbooks.StepDone, runbooks.StepUndone:
			s.Done++
		case runbooks.StepFailed:
			s.Failed = append(s.Failed, skippedStep{step.ID, step.Number, step.Title, st.Reason})
		case runbooks.StepSkipped:
			s.Skipped = append(s.Skipped, skippedStep{step.ID, step.Number, step.Title, st.Reason})
		case "":
			s.NotTaken++
		}
	}
	return s
}

// ownRuns are the runs that this device takes part in, the newest first; one that somebody else has now counts as ended here.
func ownRuns(v *vault.Vault) ([]*vault.RunInfo, error) {
	infos, err := v.Runs()
	if err != nil {
		return nil, err
	}
	var list []*vault.RunInfo
	for _, info := range infos {
		if !info.Own {
			continue
		}
		if info.Damage != nil {
			for _, s := range info.Strands {
				if s.Device == v.Me().Device && s.Damage != nil {
					return nil, s.Damage
				}
			}
		}
		if r, err := weaveRun(info); err == nil {
			info.Ended = !r.live() || r.woven.Device != v.Me().Device
			if len(r.woven.Lines) == 0 && info.Device == v.Me().Device {
				info.Ended = false // killed before its first event
			}
		}
		list = append(list, info)
	}
	return list, nil
}
