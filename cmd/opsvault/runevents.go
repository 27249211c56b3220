package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"opsvault/runbooks"
	"opsvault/vault"
)

// eventOps begin the operations of a journal that are events of the engine; others belong to the journal's frame.
const eventOps = "run."

// runStartOp is the frame's first line, which names the text.
const runStartOp = "run.start"

// A runJournal keeps the engine's events in a journal of the vault: the kind as the operation, everything in the sealed
// details.
type runJournal struct {
	ctx  context.Context
	to   *vault.Journal
	told func(runbooks.Event) // of events that are on the disk; may be nil
}

var _ runbooks.Journal = (*runJournal)(nil)

// Append refuses after an interrupt, so that nothing more happens.
func (j *runJournal) Append(e runbooks.Event) error {
	if err := j.ctx.Err(); err != nil {
		return err
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

// journalEvents reads the engine's events back. A line that can't be one is an *vault.IntegrityError.
func journalEvents(j *vault.Journal) ([]runbooks.Event, error) {
	lines, err := j.Events()
	if err != nil {
		return nil, err
	}
	var events []runbooks.Event
	for _, line := range lines {
		if line.Op == runStartOp || line.Op == "log.recovered" {
			continue
		}
		e, err := eventOf(line)
		if err != nil {
			return nil, &vault.IntegrityError{File: "runs/" + j.Run(), Err: err}
		}
		events = append(events, e)
	}
	return events, nil
}

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
		return runbooks.Event{}, errors.New("a line and its details differ")
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
