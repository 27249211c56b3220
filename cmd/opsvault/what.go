package main

import (
	"context"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"opsvault/policy"
	"opsvault/vault"
)

type whatOptions struct{}

func newWhatCommand(e *env, run runFunc[whatOptions]) *cli.Command {
	o := &whatOptions{}
	return e.command(&cli.Command{Name: "what", ArgsUsage: "MEMBER"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

type whatInfo struct {
	Path  string              `json:"path"`
	Caps  []policy.Capability `json:"caps"`
	Via   string              `json:"via"`
	Until string              `json:"until,omitempty"` // of a grant
}

// runWhat lists what a member may do with which credentials. A safe without entries is listed with a slash at its end.
func runWhat(ctx context.Context, c *call, _ *whatOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		member := c.args[0]
		if err := knownMemberOf(v, member); err != nil {
			return err
		}
		rows, err := v.List("")
		if err != nil {
			return err
		}
		list := []whatInfo{}
		for _, h := range v.Policy().What(member, c.Now()) {
			if strings.HasPrefix(h.Safe, "@") {
				continue
			}
			any := false
			for _, r := range rows {
				if safeOf(r.Path) == h.Safe {
					list = append(list, whatInfo{r.Path, h.Caps, h.Via, ""})
					any = true
				}
			}
			if !any {
				list = append(list, whatInfo{h.Safe + "/", h.Caps, h.Via, ""})
			}
		}
		running, err := c.grantsOn(v, "", member)
		if err != nil {
			return err
		}
		for _, g := range running {
			for _, path := range g.Paths() {
				list = append(list, whatInfo{path, []policy.Capability{policy.Read}, c.viaGrant(g), g.Until.Format(time.RFC3339)})
			}
		}
		if c.json {
			return c.document(list)
		}
		table := make([][]string, len(list))
		for i, w := range list {
			table[i] = []string{w.Path, capWords(w.Caps), w.Via}
		}
		return c.table([]string{c.text("ls.path"), c.text("who.caps"), c.text("who.via")}, table)
	})
}
