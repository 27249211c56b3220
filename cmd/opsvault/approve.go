package main

import (
	"context"
	"os"
	"slices"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/term"
	"opsvault/vault"
)

type approveOptions struct {
	parcelOptions
	yes bool
}

func newApproveCommand(e *env, run runFunc[approveOptions]) *cli.Command {
	o := &approveOptions{}
	return e.command(&cli.Command{Name: "approve", ArgsUsage: "[ID]", Flags: []cli.Flag{
		&cli.BoolFlag{Name: "text", Destination: &o.text},
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Destination: &o.out},
		&cli.BoolFlag{Name: "yes", Destination: &o.yes},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runApprove approves a request; without an id it lists what waits for this member. With --text it reads a request that
// somebody sent, from the file that is named in place of the id, from stdin or pasted, and prints the answer.
func runApprove(ctx context.Context, c *call, o *approveOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		id := ""
		switch {
		case o.text && (len(c.args) == 0 || isFile(c.args[0])):
			var err error
			if id, err = c.requestIn(ctx, v, o); err != nil {
				return err
			}
		case len(c.args) == 0:
			return c.listWaiting(v)
		default:
			id = c.args[0]
		}
		g, err := v.Approve(id)
		if err != nil {
			return err
		}
		return c.tellAnswer(v, g, &o.parcelOptions)
	})
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return name == "-" || err == nil && info.Mode().IsRegular()
}

// requestIn takes in a text, shows the request in it, and asks whether it is to be approved.
func (c *call) requestIn(ctx context.Context, v *vault.Vault, o *approveOptions) (string, error) {
	data, err := c.pasted(ctx)
	if err != nil {
		return "", err
	}
	if _, err := v.TakeIn(data); err != nil {
		return "", parcelFailure(err)
	}
	found, err := v.GrantsIn(data)
	if err != nil {
		return "", parcelFailure(err)
	}
	if len(found) != 1 {
		return "", fail(codeNotFound, "approve.no-request").withHint("approve.no-request-hint")
	}
	g := found[0]
	c.say("approve.asked", "member", memberName(v, g.Member), "paths", pathWords(g), "for", c.spanWords(g.Span), "why", whyWords(g),
		"have", len(g.Approvals), "needs", g.Needs)
	if o.yes {
		return g.ID.String(), nil
	}
	if !c.Terminal.Present() || c.json {
		return "", usage("approve.ask-terminal").withHint("approve.ask-terminal-hint", "id", grantID(g))
	}
	yes, err := c.askYes(ctx, false, "approve.ask")
	if err == nil && !yes {
		err = term.ErrCancelled
	}
	return g.ID.String(), err
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
		c.text("grants.state"), c.text("grants.why")}, rows, 0, 4)
}
