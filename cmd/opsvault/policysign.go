package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"opsvault/policy"
	"opsvault/vault"
)

type policySignOptions struct{ yes bool }

func newPolicySignCommand(e *env, run runFunc[policySignOptions]) *cli.Command {
	o := &policySignOptions{}
	return e.command(&cli.Command{Name: "sign", ArgsUsage: "[HASH]", Flags: []cli.Flag{
		&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Destination: &o.yes},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runPolicySign lists what waits for signatures or, with a hash, shows what it means for people, asks, and signs it.
func runPolicySign(ctx context.Context, c *call, o *policySignOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		pending, err := v.PendingPolicies()
		if err != nil {
			return err
		}
		if len(c.args) == 0 {
			return c.listPending(pending)
		}
		p, err := v.PendingPolicy(c.args[0])
		if err != nil {
			return err
		}
		if err := v.MaySign(p); err != nil {
			return err
		}
		if !c.json {
			c.printPending(*p)
		}
		if !o.yes && c.Terminal.Present() {
			ok, err := c.askYes(ctx, false, "policy.sign")
			if err == nil && !ok {
				err = fail(codeCancelled, "error.cancelled")
			}
			if err != nil {
				return err
			}
		}
		change, err := v.SignPolicy(p.Hash.String())
		if err != nil {
			return err
		}
		return c.tellChange(v, change, false)
	})
}

// A pendingInfo is a version that waits for signatures.
type pendingInfo struct {
	Version uint64     `json:"version"`
	Hash    string     `json:"hash"`
	Author  string     `json:"author"`
	Time    string     `json:"time"`
	Signers []string   `json:"signers"`
	Left    int        `json:"left"`    // how many must still sign
	Missing []string   `json:"missing"` // who can
	Stale   bool       `json:"stale"`   // another version has taken its place
	Merge   bool       `json:"merge"`
	Renewal bool       `json:"renewal"` // new keys and nothing else
	Effect  effectInfo `json:"effect"`
}

func infoOfPending(p vault.PendingPolicy) pendingInfo {
	left, who := p.Missing()
	return pendingInfo{Version: p.Number, Hash: p.Hash.String(), Author: p.Author, Time: p.Time.UTC().Format(time.RFC3339),
		Signers: listOf(p.Signers), Left: left, Missing: listOf(who), Stale: p.Stale, Merge: p.Merge, Renewal: p.Renewal, Effect: infoOfEffect(p.Effect)}
}

func (c *call) listPending(pending []vault.PendingPolicy) error {
	if c.json {
		return c.document(mapped(pending, infoOfPending))
	}
	if len(pending) == 0 {
		c.say("policy.sign.none")
		return nil
	}
	for _, p := range pending {
		c.printPending(p)
	}
	return nil
}

// printPending says who wants what, what it means for people, and whose signature is missing.
func (c *call) printPending(p vault.PendingPolicy) {
	w := c.out
	fmt.Fprintln(w, c.text("policy.sign.head", "version", p.Number, "hash", p.Hash.Short(), "author", p.Author, "time", c.tr.Moment(p.Time)))
	switch {
	case p.Merge:
		fmt.Fprintln(w, "  "+c.text("policy.sign.merge"))
	case p.Renewal:
		fmt.Fprintln(w, "  "+c.text("policy.sign.renewal", "safes", strings.Join(renewed(p.Effect), ", ")))
	}
	c.printEffectTo(w, p.Effect)
	fmt.Fprintln(w, "  "+c.text("policy.sign.signed", "signers", strings.Join(p.Signers, ", ")))
	if p.Stale {
		fmt.Fprintln(w, "  "+c.text("policy.sign.stale"))
		return
	}
	left, who := p.Missing()
	fmt.Fprintln(w, "  "+c.text("policy.sign.missing", "n", left, "who", strings.Join(who, ", "), "hash", p.Hash.Short()))
}

// renewed are the safes for which a version brings keys.
func renewed(e policy.Effect) []string {
	var safes []string
	for _, g := range e.Generations {
		if len(g.Added) > 0 {
			safes = append(safes, g.Safe)
		}
	}
	return safes
}

// tellUnsigned says that a change waits, and for whom.
func (c *call) tellUnsigned(change *vault.Change) {
	if change.Pending == nil {
		c.say("policy.waits", "version", change.Number)
		return
	}
	left, who := change.Pending.Missing()
	c.say("policy.waits-for", "version", change.Number, "n", left, "who", strings.Join(who, ", "), "hash", change.Hash.Short())
}
