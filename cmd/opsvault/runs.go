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

type runsOptions struct{}

func newRunsCommand(e *env, run runFunc[runsOptions]) *cli.Command {
	o := &runsOptions{}
	return e.command(&cli.Command{Name: "runs"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runRuns lists the runs that were begun on this device, the newest first.
func runRuns(ctx context.Context, c *call, _ *runsOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		infos, err := ownRuns(v)
		if err != nil {
			return err
		}
		list, table := make([]runSummary, len(infos)), make([][]string, len(infos))
		for i, info := range infos {
			if list[i], err = c.summaryOf(v, info); err != nil {
				return err
			}
			table[i] = c.runRow(list[i], info)
		}
		if c.json {
			return c.document(list)
		}
		if len(list) == 0 {
			c.say("runs.none")
			return nil
		}
		return c.table([]string{c.text("runs.run"), c.text("runs.runbook"), c.text("runs.state"), c.text("runs.step"),
			c.text("runs.started"), c.text("runs.time")}, table)
	})
}

func (c *call) runRow(s runSummary, info *vault.RunInfo) []string {
	step := ""
	if s.StepNumber > 0 {
		step = strconv.Itoa(s.StepNumber) + ". " + s.StepTitle
	}
	return []string{s.Run, s.Slug + "@" + strconv.FormatUint(s.Version, 10), c.text(text.Key("run.is-" + s.State)), step,
		c.tr.Moment(info.Started), c.tr.Span(time.Duration(s.Seconds) * time.Second)}
}

// A runSummary is a run as scripts see it.
type runSummary struct {
	Run        string        `json:"run"`
	Slug       string        `json:"slug"`
	Version    uint64        `json:"version"`
	Title      string        `json:"title"`
	Drill      bool          `json:"drill,omitempty"`
	State      string        `json:"state"` // open, active, paused, done, aborted
	Step       string        `json:"step"`  // where it is, or was stopped; "" before the first step and when it is done
	StepNumber int           `json:"step_number,omitempty"`
	StepTitle  string        `json:"step_title,omitempty"`
	By         string        `json:"by"`
	Started    string        `json:"started"`
	Ended      string        `json:"ended,omitempty"`
	Seconds    int           `json:"seconds"` // up to its end, or up to now
	Done       int           `json:"steps_done"`
	NotTaken   int           `json:"steps_not_taken"`
	Skipped    []skippedStep `json:"steps_skipped"`
	Target     string        `json:"target,omitempty"` // what it ended with: #end, #abort, runbook:slug
	Reason     string        `json:"reason,omitempty"` // of an abort or a pause
}

type skippedStep struct {
	Step   string `json:"step"`
	Number int    `json:"number"`
	Title  string `json:"title"`
	Reason string `json:"reason"`
}

// summaryOf reads a run's journal.
func (c *call) summaryOf(v *vault.Vault, info *vault.RunInfo) (runSummary, error) {
	book, _ := runbooks.Parse(info.Text)
	if book == nil {
		book = &runbooks.Runbook{Title: info.Slug}
	}
	j, info, err := v.ResumeRun(info.Run)
	if err != nil {
		return runSummary{}, err
	}
	events, err := journalEvents(j)
	if err != nil {
		return runSummary{}, err
	}
	state, err := runbooks.Replay(book, events)
	if err != nil {
		return runSummary{}, &vault.IntegrityError{File: "runs/" + info.Run, Err: err}
	}
	return summarize(info, book, state, c.Now()), nil
}

func summarize(info *vault.RunInfo, book *runbooks.Runbook, state runbooks.State, now time.Time) runSummary {
	s := runSummary{
		Run: info.Run, Slug: info.Slug, Version: info.Version, Title: book.Title, State: string(state.Status), By: info.Member,
		Started: info.Started.Format(time.RFC3339), Seconds: int(state.Elapsed(now).Seconds()), Skipped: []skippedStep{},
		Target: state.Target, Reason: state.Reason, Drill: state.Drill,
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
		case runbooks.StepDone:
			s.Done++
		case runbooks.StepSkipped:
			s.Skipped = append(s.Skipped, skippedStep{step.ID, step.Number, step.Title, st.Reason})
		case "":
			s.NotTaken++
		}
	}
	return s
}

// ownRuns are the runs that this device takes part in, the newest first.
func ownRuns(v *vault.Vault) ([]*vault.RunInfo, error) {
	infos, err := v.Runs()
	if err != nil {
		return nil, err
	}
	infos = slices.DeleteFunc(infos, func(info *vault.RunInfo) bool { return !info.Own })
	for _, info := range infos {
		if info.Damage != nil {
			return nil, info.Damage
		}
	}
	return infos, nil
}
