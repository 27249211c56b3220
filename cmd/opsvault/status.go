package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/term"
	"opsvault/vault"
)

type statusOptions struct{}

func newStatusCommand(e *env, run runFunc[statusOptions]) *cli.Command {
	o := &statusOptions{}
	return e.command(&cli.Command{Name: "status"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

type statusInfo struct {
	VaultID  string        `json:"vault_id"`
	Name     string        `json:"name"`
	Dir      string        `json:"dir"`
	Member   string        `json:"member"`
	Device   string        `json:"device"`
	Policy   uint64        `json:"policy"`
	Safes    int           `json:"safes"`
	Entries  int           `json:"entries"`
	Runbooks int           `json:"runbooks"`
	Runs     []string      `json:"runs"` // live ones on this device
	Pending  []pendingInfo `json:"pending_policies"`
	Heads    []headInfo    `json:"heads"` // of the policy: two or more while it is forked
	Warnings []warningInfo `json:"warnings"`
}

type warningInfo struct {
	Code string            `json:"code"`
	Args map[string]string `json:"args,omitempty"`
}

type headInfo struct {
	Version uint64 `json:"version"`
	Hash    string `json:"hash"`
}

func runStatus(ctx context.Context, c *call, _ *statusOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		info, err := c.gatherStatus(v)
		if err != nil {
			return err
		}
		return c.result(info, func() { c.printStatus(v, info) })
	})
}

func (c *call) gatherStatus(v *vault.Vault) (statusInfo, error) {
	info := statusInfo{
		VaultID: v.ID().String(), Name: v.Name(), Dir: v.Dir(), Member: v.Me().Member, Device: v.Me().Device,
		Policy: v.PolicyRef().Number, Safes: len(safeIDs(v)), Runs: []string{}, Warnings: []warningInfo{}, Pending: []pendingInfo{}, Heads: []headInfo{},
	}
	for _, h := range v.Heads() {
		info.Heads = append(info.Heads, headInfo{h.Number, h.Hash.String()})
	}
	pending, err := v.PendingPolicies()
	if err != nil {
		return info, err
	}
	for _, p := range pending {
		if !p.Stale {
			info.Pending = append(info.Pending, infoOfPending(p))
		}
	}
	rows, err := v.List("")
	if err != nil {
		return info, err
	}
	info.Entries = len(rows)
	books, err := v.Books()
	if err != nil {
		return info, err
	}
	info.Runbooks = len(books)
	runs, err := ownRuns(v)
	if err != nil {
		return info, err
	}
	for _, r := range runs {
		if !r.Ended {
			info.Runs = append(info.Runs, r.Run)
		}
	}
	for _, w := range v.Warnings() {
		info.Warnings = append(info.Warnings, warningInfo{w.Code, w.Args})
	}
	return info, nil
}

func (c *call) printStatus(v *vault.Vault, info statusInfo) {
	me := v.Policy().Members[info.Member]
	roles := []string{}
	if me != nil {
		for _, id := range me.Roles {
			if role := v.Policy().Roles[id]; role != nil {
				roles = append(roles, orDefault(role.Title.In(c.langID()), id))
			}
		}
	}
	line := func(key textKey, value string) { fmt.Fprintf(c.out, "%s %s\n", term.Pad(c.text(key)+":", 14), value) }
	line("status.vault", term.Clean(info.Name)+" ("+info.VaultID[:16]+")")
	line("status.place", term.Clean(info.Dir))
	line("status.me", c.text("status.me-on", "member", info.Member, "roles", roles, "device", info.Device))
	line("status.policy", fmt.Sprint(info.Policy))
	if len(info.Heads) > 1 {
		line("status.fork", c.text("status.fork-line", "versions", headWords(info.Heads)))
	}
	for _, p := range info.Pending {
		line("status.waits", c.text("status.waits-line", "version", p.Version, "author", p.Author, "who", strings.Join(p.Missing, ", "), "hash", p.Hash[:16]))
	}
	line("status.holds", c.text("status.counts", "entries", info.Entries, "safes", info.Safes, "runbooks", info.Runbooks))
	for _, run := range info.Runs {
		line("status.run", c.text("status.resume", "run", run))
	}
	if len(info.Warnings) == 0 {
		c.say("status.fine")
	}
}

func headWords(heads []headInfo) string {
	words := make([]string, len(heads))
	for i, h := range heads {
		words[i] = fmt.Sprintf("%d (%s)", h.Version, h.Hash[:16])
	}
	return strings.Join(words, ", ")
}
