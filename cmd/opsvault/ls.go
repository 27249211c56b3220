package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"opsvault/vault"
)

type lsOptions struct{ deleted bool }

func newLsCommand(e *env, run runFunc[lsOptions]) *cli.Command {
	o := &lsOptions{}
	return e.command(&cli.Command{Name: "ls", Aliases: []string{"list"}, ArgsUsage: "[SAFE]", Flags: []cli.Flag{
		&cli.BoolFlag{Name: "deleted", Destination: &o.deleted},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

func runLs(ctx context.Context, c *call, o *lsOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		safe := ""
		if len(c.args) > 0 {
			var err error
			if safe, err = c.safe(v, c.args[0]); err != nil {
				return err
			}
		}
		rows, err := rowsOf(v, safe, o.deleted)
		if err != nil {
			return err
		}
		if len(rows) == 0 && !c.json {
			c.tellEmpty(v, safe, o.deleted)
			return nil
		}
		return c.listRows(v, rows)
	})
}

// rowsOf are the entries, or the deleted ones, of a safe or of all.
func rowsOf(v *vault.Vault, safe string, deleted bool) ([]vault.Row, error) {
	if !deleted {
		return v.List(safe)
	}
	rows, err := v.Deleted()
	return slices.DeleteFunc(rows, func(r vault.Row) bool { return safe != "" && safeOf(r.Path) != safe }), err
}

// tellEmpty says that there is nothing, and how something comes there.
func (c *call) tellEmpty(v *vault.Vault, safe string, deleted bool) {
	if ids := safeIDs(v); safe == "" && len(ids) > 0 {
		safe = ids[0]
	}
	switch {
	case deleted:
		c.say("ls.none-deleted")
	case safe == "" || strings.HasPrefix(safe, "@"):
		c.say("ls.empty")
	default:
		c.say("ls.empty-insert", "safe", safe)
	}
}

type rowInfo struct {
	Path     string `json:"path"`
	Kind     string `json:"kind"`
	Title    string `json:"title"`
	Readable bool   `json:"readable"`
	Version  uint64 `json:"version"`
	Updated  string `json:"updated"`
	By       string `json:"by"`
	Conflict bool   `json:"conflict,omitempty"`
}

// listRows prints entries: what ls and find have in common.
func (c *call) listRows(v *vault.Vault, rows []vault.Row) error {
	readable := readableRows(v, rows)
	if c.json {
		list := make([]rowInfo, len(rows))
		for i, r := range rows {
			list[i] = rowInfo{r.Path, r.Kind, r.Title, readable(r), r.Version, r.Updated.Format(time.RFC3339), r.Author, r.Clash}
		}
		return c.document(list)
	}
	table := make([][]string, len(rows))
	for i, r := range rows {
		mark := ""
		switch {
		case r.Clash:
			mark = c.text("ls.conflict")
		case !readable(r):
			mark = c.text("ls.not-readable")
		}
		table[i] = []string{r.Path, r.Title, c.kindTitle(r.Kind), c.tr.Date(r.Updated), mark}
	}
	return c.table([]string{c.text("ls.path"), c.text("ls.title"), c.text("ls.kind"), c.text("ls.updated"), ""}, table)
}

// readableRows says which entries this member can open: by the policy, or by a grant that runs.
func readableRows(v *vault.Vault, rows []vault.Row) func(vault.Row) bool {
	safes, closed := map[string]bool{}, false
	for _, r := range rows {
		safe := safeOf(r.Path)
		if _, known := safes[safe]; !known {
			safes[safe] = v.Readable(safe).Allowed
			closed = closed || !safes[safe]
		}
	}
	if !closed {
		return func(vault.Row) bool { return true }
	}
	granted := v.GrantedNow()
	return func(r vault.Row) bool {
		_, ok := granted[r.ID]
		return ok || safes[safeOf(r.Path)]
	}
}
