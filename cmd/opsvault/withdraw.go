package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"opsvault/policy"
	"opsvault/vault"
)

// A leaver is who loses access by a change of the policy.
type leaver struct {
	member string
	self   bool // it is who signs, on the very device
}

// withdraw takes access away: what it means is shown, and on a terminal asked about, before anything is signed.
func (c *call) withdraw(ctx context.Context, reason string, yes bool, edit func(*vault.Vault, *policy.Document) (leaver, []policy.Trace, error)) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		var traces []policy.Trace
		change, err := v.ChangePolicyBecause(reason, func(doc *policy.Document) error {
			who, found, err := edit(v, doc)
			if err != nil {
				return err
			}
			traces = found
			if len(doc.Governors()) == 0 {
				return nil // refused by the rules, with their words
			}
			return c.confirmWithdrawal(ctx, who, policy.Diff(v.Policy(), doc), traces, yes)
		})
		if err != nil {
			return err
		}
		return c.tellWithdrawal(v, change, traces)
	})
}

func (c *call) confirmWithdrawal(ctx context.Context, who leaver, effect policy.Effect, traces []policy.Trace, yes bool) error {
	if !c.json && !c.quiet {
		c.printEffectTo(c.Err, effect)
		c.printTraces(traces)
	}
	if who.self {
		c.warn("withdraw.self")
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

// printTraces says what else went from the policy, or has a gap now.
func (c *call) printTraces(traces []policy.Trace) {
	for _, t := range traces {
		if t.Was == "" {
			fmt.Fprintln(c.Err, "  "+c.text("withdraw.gone", "path", strings.Join(t.Path, ".")))
			continue
		}
		fmt.Fprintln(c.Err, "  "+c.text("withdraw.trace", "path", strings.Join(t.Path, "."), "was", t.Was))
	}
}

// A withdrawalInfo is a change of the policy that takes something away.
type withdrawalInfo struct {
	changeInfo
	Traces  []traceInfo `json:"traces"`
	Readers []string    `json:"without_readers"`
}

type traceInfo struct {
	Path string `json:"path"`
	Was  string `json:"was"`
}

// A rotateInfo is somebody who knows what they should not know any more.
type rotateInfo struct {
	Member      string `json:"member"`
	Credentials *int   `json:"credentials,omitempty"` // that they could open; left out where no listing is remembered
}

// tellWithdrawal says what is in force now, and what is left to do.
func (c *call) tellWithdrawal(v *vault.Vault, change *vault.Change, traces []policy.Trace) error {
	rotate := toRotate(v, change)
	base := c.infoOfChange(change)
	base.Rotate = rotate
	info := withdrawalInfo{base,
		mapped(traces, func(t policy.Trace) traceInfo { return traceInfo{strings.Join(t.Path, "."), t.Was} }),
		listOf(shut(v.Policy(), change.Effect))}
	return c.result(info, func() {
		if v.PolicyRef().Hash != change.Hash {
			c.tellUnsigned(change)
			return
		}
		c.say("policy.changed", "version", change.Number)
		c.tellOverrun(v, change)
		c.tellRenew(v)
		for _, safe := range info.Readers {
			c.warn("policy.no-readers", "safe", safe)
		}
		c.tellRotate(rotate)
	})
}

func (c *call) tellRotate(rotate []rotateInfo) {
	for _, r := range rotate {
		if r.Credentials == nil {
			c.say("withdraw.rotate", "member", r.Member, "word", shellWord(r.Member))
		} else if *r.Credentials > 0 {
			c.say("withdraw.rotate-count", "member", r.Member, "count", *r.Credentials, "word", shellWord(r.Member))
		}
	}
}

// toRotate counts what those who lost something could open. The rotation list itself reads every version that they knew,
// which would make a removal take as long as the vault is large.
func toRotate(v *vault.Vault, change *vault.Change) []rotateInfo {
	list := []rotateInfo{}
	if v.PolicyRef().Hash != change.Hash {
		return list
	}
	lost := losses(v.Policy(), change.Effect)
	for _, member := range sortedIDs(lost) {
		info := rotateInfo{Member: member}
		if count, ok := v.Remembered(lost[member]); ok {
			info.Credentials = &count
		}
		list = append(list, info)
	}
	return list
}

// losses are the members who can open less than before, or on fewer devices, with the safes that it is about.
func losses(doc *policy.Document, e policy.Effect) map[string][]string {
	lost := map[string][]string{}
	for _, a := range e.Access {
		if slices.Contains(a.Loses, policy.Read) && !strings.HasPrefix(a.Safe, "@") {
			lost[a.Member] = append(lost[a.Member], a.Safe)
		}
	}
	for _, d := range e.DevicesRemoved {
		for id := range doc.Safes {
			if doc.Allows(d.Member, policy.Read, id) {
				lost[d.Member] = append(lost[d.Member], id)
			}
		}
	}
	return lost
}
