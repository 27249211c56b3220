package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"opsvault/policy"
	"opsvault/vault"
)

type policyMergeOptions struct {
	remove cli.StringSlice
	yes    bool
}

func newPolicyMergeCommand(e *env, run runFunc[policyMergeOptions]) *cli.Command {
	o := &policyMergeOptions{}
	return e.command(&cli.Command{Name: "merge", Flags: []cli.Flag{
		&cli.StringSliceFlag{Name: "remove", Destination: &o.remove},
		&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Destination: &o.yes},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runPolicyMerge joins the two heads of a fork: it shows what both changed and what the result takes, asks, and signs.
func runPolicyMerge(ctx context.Context, c *call, o *policyMergeOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		var clashes []policy.Clash
		remove := func(doc *policy.Document) error {
			for _, member := range o.remove.Value() {
				if doc.Members[member] == nil {
					return &vault.NotFoundError{What: "member", Name: member, Near: near(member, doc.Members)}
				}
				doc.RemoveMember(member)
			}
			return nil
		}
		change, err := v.MergePolicies(remove, func(m *vault.Merging) error {
			clashes = m.Clashes
			return c.confirmMerge(ctx, v, m, o.yes)
		})
		if err != nil {
			return err
		}
		return c.tellMerge(v, change, clashes)
	})
}

func (c *call) confirmMerge(ctx context.Context, v *vault.Vault, m *vault.Merging, yes bool) error {
	if !c.json {
		for i, head := range m.Heads {
			fmt.Fprintln(c.Err, c.text("policy.merge.head", "version", head.Number, "hash", head.Hash.Short()))
			c.printEffectTo(c.Err, m.Effects[i])
		}
		c.printClashes(m.Clashes)
	}
	if yes || !c.Terminal.Present() {
		return nil
	}
	ok, err := c.askYes(ctx, false, "policy.sign")
	if err == nil && !ok {
		return fail(codeCancelled, "error.cancelled")
	}
	return err
}

func (c *call) printClashes(clashes []policy.Clash) {
	if len(clashes) == 0 {
		return
	}
	fmt.Fprintln(c.Err, c.text("policy.merge.clashes"))
	for _, x := range clashes {
		fmt.Fprintln(c.Err, "  "+c.text("policy.merge.clash", "path", x.Path, "a", orDash(x.A), "b", orDash(x.B), "taken", orDash(x.Taken)))
	}
}

type mergeInfo struct {
	changeInfo
	Clashes []clashInfo `json:"clashes"`
}

type clashInfo struct {
	Path  string `json:"path"`
	A     string `json:"a"`
	B     string `json:"b"`
	Taken string `json:"taken"`
}

func (c *call) tellMerge(v *vault.Vault, change *vault.Change, clashes []policy.Clash) error {
	info := mergeInfo{c.infoOfChange(change), mapped(clashes, func(x policy.Clash) clashInfo { return clashInfo(x) })}
	return c.result(info, func() {
		if change.Pending != nil {
			c.tellUnsigned(change)
			return
		}
		c.say("policy.merge.done", "version", change.Number)
		c.tellRenew(v)
	})
}
