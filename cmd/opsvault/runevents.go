package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"opsvault/runbooks"
	"opsvault/vault"
)

// eventOps begin the operations of a journal that are events of the engine; others belong to the journal's frame.
const eventOps = "run."

// A runJournal keeps the engine's events in a journal of the vault: the kind as the operation, everything in the sealed
// details.
type runJournal struct {
	ctx  context.Context
	to   *vault.Journal
	told func(runbooks.Event) // of events that are on the disk; may be nil
}

var _ runbooks.Journal = (*runJournal)(nil)

// Append refuses after an interrupt, so that nothing more happens, and once somebody else has accepted or taken the run.
func (j *runJournal) Append(e runbooks.Event) error {
	if err := j.ctx.Err(); err != nil {
		return err
	}
	if j.to.Grown() {
		if _, err := journalEvents(j.to); err != nil {
			return err
		}
	}
	details, err := eventDetails(e)
	if err != nil {
		return err
	}
	if err := j.to.Append(eventOps+string(e.Kind), e.Step, details); err != nil {
		return err
	}
	if j.told != nil {
		j.told(e)
	}
	return nil
}

func eventDetails(e runbooks.Event) (map[string]any, error) {
	data, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode an event: %w", err)
	}
	var details map[string]any
	return details, json.Unmarshal(data, &details)
}

// journalEvents reads the events of a run that this device goes on with: those of its own journal, behind those of whoever had
// the run before. A run that is somebody else's is a [lostRun]; a line that can't be one is an *vault.IntegrityError.
func journalEvents(j *vault.Journal) ([]runbooks.Event, error) {
	info, err := j.Info()
	if err != nil {
		return nil, err
	}
	r, err := weaveRun(info)
	if err != nil {
		return nil, err
	}
	if err := r.usable(j.Device()); err != nil {
		return nil, err
	}
	return r.woven.Events(), nil
}

// linesOf are the engine's events in a journal. Lines that begin with another word than eventOps belong to the journal's frame.
func linesOf(s *vault.RunStrand) []runbooks.Line {
	var lines []runbooks.Line
	for _, l := range s.Lines {
		kind, found := strings.CutPrefix(l.Op, eventOps)
		if !found || l.Op == vault.RunStart {
			continue
		}
		e, err := eventOf(l)
		if err != nil {
			e = runbooks.Event{Kind: runbooks.EventKind(kind), Time: l.Time.Local(), Actor: l.Member}
			if errors.Is(err, errOtherLine) {
				e.Actor = "" // the engine refuses it
			}
		}
		lines = append(lines, runbooks.Line{Event: e, Seq: l.Seq, Late: l.Late, Unlogged: l.Unlogged, Newer: err != nil})
	}
	return lines
}

// errOtherLine: nobody's opsvault wrote that.
var errOtherLine = errors.New("a line and its details differ")

// eventOf refuses what this version can't read whole: an unknown field may change what the others mean.
func eventOf(line vault.RunEvent) (runbooks.Event, error) {
	data, err := json.Marshal(line.Details)
	if err != nil {
		return runbooks.Event{}, err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var e runbooks.Event
	if err := decoder.Decode(&e); err != nil {
		return runbooks.Event{}, err
	}
	if eventOps+string(e.Kind) != line.Op || e.Actor != line.Member {
		return runbooks.Event{}, errOtherLine
	}
	e.Time = e.Time.Local() // people read it
	return e, nil
}

// A runClock is the clock of the engine.
type runClock func() time.Time

// Now is the time.
func (f runClock) Now() time.Time { return f() }

// A runGate knows the roles of whoever is at this machine.
type runGate struct {
	v   *vault.Vault
	now func() time.Time
}

var _ runbooks.Gate = runGate{}

// Mine reports whether the person has one of the roles, also by acting for somebody.
func (g runGate) Mine(roles []string) bool {
	mine := rolesAt(g.v.Policy(), g.v.Me().Member, g.now())
	return slices.ContainsFunc(roles, func(r string) bool { return slices.Contains(mine, r) })
}
