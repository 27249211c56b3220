package main

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/text"
	"opsvault/vault"
)

type conflictsOptions struct{}

func newConflictsCommand(e *env, run runFunc[conflictsOptions]) *cli.Command {
	o := &conflictsOptions{}
	return e.command(&cli.Command{Name: "conflicts"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

type conflictsInfo struct {
	Entries []conflictInfo `json:"entries"`
	Others  []waitingInfo  `json:"others"` // acts and runbooks that wait
}

type conflictInfo struct {
	Path     string          `json:"path"`
	Versions []waitingInfo   `json:"versions"`
	Missing  []announcedInfo `json:"missing"`
}

// A waitingInfo is one version of several, or something else that waits. Its state is standing, late, in-transit or
// overtaken.
type waitingInfo struct {
	What    string `json:"what"`
	Name    string `json:"name"`
	Version uint64 `json:"version,omitempty"`
	State   string `json:"state"`
	By      string `json:"by"`
	Device  string `json:"device"`
	Time    string `json:"time"`
	Deleted bool   `json:"deleted,omitempty"`
	Hash    string `json:"hash"`
	Why     string `json:"why,omitempty"`

	at time.Time
}

type announcedInfo struct {
	Version uint64 `json:"version"`
	By      string `json:"by"`
	Device  string `json:"device"`
}

func runConflicts(ctx context.Context, c *call, _ *conflictsOptions) error {
	c.told = aboutConflicts()
	return c.withVault(ctx, func(v *vault.Vault) error {
		list, err := v.Conflicts()
		if err != nil {
			return err
		}
		all, err := v.Waiting()
		if err != nil {
			return err
		}
		info := conflictsInfo{mapped(list, infoOfConflict), []waitingInfo{}}
		for _, w := range all {
			if w.What != "entry" {
				info.Others = append(info.Others, infoOfWaiting(w))
			}
		}
		if err := c.result(info, func() { c.printConflicts(info) }); err != nil || !info.undecided() {
			return err
		}
		return exitStatus(codeConflict)
	})
}

// undecided reports that something waits for a person, and not for a copy to arrive.
func (i conflictsInfo) undecided() bool {
	for _, f := range i.Entries {
		standing := 0
		for _, w := range f.Versions {
			switch vault.WaitReason(w.State) {
			case stateStanding:
				standing++
			case vault.InTransit:
			default:
				return true
			}
		}
		if standing > 1 {
			return true
		}
	}
	return false
}

// aboutConflicts are the warnings that say no more than a list of conflicts does.
func aboutConflicts() []string {
	return []string{"version-late", "entry-announced", "act-in-transit"}
}

const stateStanding = "standing"

func infoOfConflict(f *vault.Conflict) conflictInfo {
	info := conflictInfo{Path: f.Path.String(), Versions: []waitingInfo{}, Missing: []announcedInfo{}}
	for _, e := range f.Standing {
		info.Versions = append(info.Versions, waitingInfo{What: "entry", Name: e.Path.String(), Version: e.Version, State: stateStanding,
			By: e.Author, Device: e.Device, Time: e.Time.Format(time.RFC3339), Deleted: e.Deleted, Hash: e.Hash.String(), at: e.Time})
	}
	for _, w := range f.Waiting {
		info.Versions = append(info.Versions, infoOfWaiting(w))
	}
	for _, a := range f.Missing {
		info.Missing = append(info.Missing, announcedInfo{a.Version, a.Member, a.Device})
	}
	return info
}

func infoOfWaiting(w *vault.Waiting) waitingInfo {
	info := waitingInfo{What: w.What, Name: w.Name, Version: w.Version, State: string(w.Why), By: w.Author, Device: w.Device,
		Time: w.Time.Format(time.RFC3339), Deleted: w.Deleted, Hash: w.Hash.String(), at: w.Time}
	if w.Err != nil {
		info.Why = w.Err.Error()
	}
	return info
}

func (c *call) printConflicts(info conflictsInfo) {
	if len(info.Entries)+len(info.Others) == 0 {
		c.say("conflicts.none")
		return
	}
	var rows [][]string
	for _, f := range info.Entries {
		name := f.Path
		for _, w := range f.Versions {
			rows = append(rows, []string{name, fmt.Sprint(w.Version), w.By, c.tr.Moment(w.at), c.waitWords(w)})
			name = ""
		}
		for _, a := range f.Missing {
			rows = append(rows, []string{name, fmt.Sprint(a.Version), a.By, "", c.text("conflicts.missing")})
			name = ""
		}
	}
	for _, w := range info.Others {
		version := ""
		if w.Version > 0 {
			version = fmt.Sprint(w.Version)
		}
		rows = append(rows, []string{c.text(text.Key("conflicts.what-"+w.What), "name", w.Name), version, w.By, c.tr.Moment(w.at), c.waitWords(w)})
	}
	_ = c.table([]string{c.text("ls.path"), c.text("history.version"), c.text("history.by"), c.text("history.time"), ""}, rows)
	if len(info.Entries) > 0 {
		c.say("conflicts.next", "word", shellWord(info.Entries[0].Path))
	}
}

// waitWords says why a version is on the list.
func (c *call) waitWords(w waitingInfo) string {
	words := c.text(text.Key("conflicts.state-" + w.State))
	if w.Deleted {
		words = c.text("conflicts.deletes") + "; " + words
	}
	return words
}
