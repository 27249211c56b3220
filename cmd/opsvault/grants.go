package main

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"opsvault/vault"
)

type grantsOptions struct{ all bool }

func newGrantsCommand(e *env, run runFunc[grantsOptions]) *cli.Command {
	o := &grantsOptions{}
	return e.command(&cli.Command{Name: "grants", Flags: []cli.Flag{
		&cli.BoolFlag{Name: "all", Destination: &o.all},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// recentGrants is how long what is over stays in the list.
const recentGrants = 30 * 24 * time.Hour

// runGrants lists what waits, what runs and what is over: this member's own and, for those who may grant, others'.
func runGrants(ctx context.Context, c *call, o *grantsOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		all, err := v.Grants(vault.GrantFilter{})
		if err != nil {
			return err
		}
		all = slices.DeleteFunc(all, func(g *vault.GrantState) bool {
			if g.Member != v.Me().Member && g.Author != v.Me().Member && !v.MayAnswer(g) {
				return true
			}
			return !o.all && !c.json && !g.Phase.Open() && c.Now().Sub(latest(g)) > recentGrants
		})
		slices.SortStableFunc(all, func(a, b *vault.GrantState) int { return cmp.Compare(grantOrder(a), grantOrder(b)) })
		if len(all) == 0 && !c.json {
			c.say("grants.none")
			return nil
		}
		return c.tableOfGrants(v, all)
	})
}

// latest is when something was last heard of a grant.
func latest(g *vault.GrantState) time.Time {
	switch {
	case g.Closed != nil:
		return g.Closed.Time
	case !g.Until.IsZero():
		return g.Until
	}
	return g.Made
}

// grantOrder puts what waits before what runs, and that before what is over.
func grantOrder(g *vault.GrantState) int {
	switch {
	case g.Phase == vault.PhaseWaiting:
		return 0
	case g.Phase.Running():
		return 1
	}
	return 2
}
