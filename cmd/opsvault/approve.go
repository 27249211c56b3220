package main

import (
	"context"
	"slices"

	"github.com/urfave/cli/v2"

	"opsvault/vault"
)

type approveOptions struct{}

func newApproveCommand(e *env, run runFunc[approveOptions]) *cli.Command {
	o := &approveOptions{}
	return e.command(&cli.Command{Name: "approve", ArgsUsage: "[ID]"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runApprove approves a request; without an id it lists what waits for this member.
func runApprove(ctx context.Context, c *call, _ *approveOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		if len(c.args) == 0 {
			return c.listWaiting(v)
		}
		g, err := v.Approve(c.args[0])
		if err != nil {
			return err
		}
		return c.result(infoOf(v, g), func() { c.tellState(v, g) })
	})
}

// listWaiting lists what this member can approve and has not.
func (c *call) listWaiting(v *vault.Vault) error {
	all, err := v.Grants(vault.GrantFilter{Open: true})
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(g *vault.GrantState) bool {
		mine := g.Phase == vault.PhaseWaiting && slices.Contains(g.Wants, v.Me().Member)
		return !mine && (g.Phase != vault.PhaseApproved || !v.MayAnswer(g))
	})
	if len(all) == 0 && !c.json {
		c.say("approve.none")
		return nil
	}
	if err := c.tableOfGrants(v, all); err != nil || c.json {
		return err
	}
	c.say("approve.how", "id", grantID(all[0]))
	return nil
}

// tableOfGrants lists requests and grants: what approve and grants have in common.
func (c *call) tableOfGrants(v *vault.Vault, all []*vault.GrantState) error {
	if c.json {
		list := []grantInfo{}
		for _, g := range all {
			list = append(list, infoOf(v, g))
		}
		return c.document(list)
	}
	rows := make([][]string, len(all))
	for i, g := range all {
		rows[i] = []string{grantID(g), g.Member, pathWords(g), c.spanWords(g.Span), c.stateWords(g), whyWords(g)}
	}
	return c.table([]string{c.text("grants.id"), c.text("who.member"), c.text("grants.what"), c.text("grants.for"),
		c.text("grants.state"), c.text("grants.why")}, rows)
}
