package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/term"
	"opsvault/policy"
	"opsvault/vault"
)

type policyShowOptions struct{}

func newPolicyShowCommand(e *env, run runFunc[policyShowOptions]) *cli.Command {
	o := &policyShowOptions{}
	return e.command(&cli.Command{Name: "show", ArgsUsage: "[VERSION]"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runPolicyShow prints a version of the policy as it was signed, byte for byte.
func runPolicyShow(ctx context.Context, c *call, _ *policyShowOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		p, err := c.versionArg(v, 0, v.PolicyRef().Number)
		if err != nil {
			return err
		}
		data, err := v.PolicyText(p)
		if err != nil {
			return err
		}
		if c.json {
			return c.document(policyText{infoOfVersion(p), string(data)})
		}
		if c.OutTerminal() {
			data = []byte(term.CleanLines(string(data)))
		}
		_, err = c.out.Write(data)
		return err
	})
}

type policyText struct {
	policyRow
	Text string `json:"text"` // as it was signed
}

// versionArg is the policy version that an argument names; def where there is no argument.
func (c *call) versionArg(v *vault.Vault, i int, def uint64) (vault.PolicyVersion, error) {
	number := def
	if i < len(c.args) {
		n, err := strconv.ParseUint(c.args[i], 10, 32)
		if err != nil {
			return vault.PolicyVersion{}, usage("policy.number", "value", c.args[i]).withHint("policy.versions-hint")
		}
		number = n
	}
	versions, err := v.PolicyVersions()
	if err != nil {
		return vault.PolicyVersion{}, err
	}
	if number == 0 || number > uint64(len(versions)) {
		return vault.PolicyVersion{}, fail(codeNotFound, "policy.no-version", "version", number).withHint("policy.versions-hint")
	}
	return versions[number-1], nil
}

type policyDiffOptions struct{}

func newPolicyDiffCommand(e *env, run runFunc[policyDiffOptions]) *cli.Command {
	o := &policyDiffOptions{}
	return e.command(&cli.Command{Name: "diff", ArgsUsage: "[OLD] [NEW]"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runPolicyDiff says what changed for people between two versions: the last two, or OLD and the newest, or OLD and NEW.
func runPolicyDiff(ctx context.Context, c *call, _ *policyDiffOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		newest := v.PolicyRef().Number
		old, err := c.versionArg(v, 0, max(newest-1, 1))
		if err != nil {
			return err
		}
		recent, err := c.versionArg(v, 1, newest)
		if err != nil {
			return err
		}
		effect := policy.Diff(old.Doc, recent.Doc)
		return c.result(infoOfEffect(effect), func() { c.printEffectTo(c.out, effect) })
	})
}

type policyLogOptions struct{}

func newPolicyLogCommand(e *env, run runFunc[policyLogOptions]) *cli.Command {
	o := &policyLogOptions{}
	return e.command(&cli.Command{Name: "log"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

type policyRow struct {
	Version uint64   `json:"version"`
	Hash    string   `json:"hash"`
	Issued  string   `json:"issued"`
	Signers []string `json:"signers"`
}

func runPolicyLog(ctx context.Context, c *call, _ *policyLogOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		versions, err := v.PolicyVersions()
		if err != nil {
			return err
		}
		return c.listVersions(versions)
	})
}

func infoOfVersion(p vault.PolicyVersion) policyRow {
	return policyRow{p.Number, p.Hash.String(), p.Doc.Issued.Format(time.RFC3339), listOf(p.Signers)}
}

func (c *call) listVersions(versions []vault.PolicyVersion) error {
	rows := make([]policyRow, len(versions))
	table := make([][]string, len(versions))
	for i, p := range versions {
		rows[i] = infoOfVersion(p)
		table[i] = []string{fmt.Sprint(p.Number), p.Hash.Short(), c.tr.Moment(p.Doc.Issued), strings.Join(p.Signers, ", ")}
	}
	if c.json {
		return c.document(rows)
	}
	return c.table([]string{c.text("history.version"), c.text("policy.hash"), c.text("history.time"), c.text("policy.signers")}, table)
}

type policyVerifyOptions struct{}

func newPolicyVerifyCommand(e *env, run runFunc[policyVerifyOptions]) *cli.Command {
	o := &policyVerifyOptions{}
	return e.command(&cli.Command{Name: "verify"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runPolicyVerify verifies the whole chain from version 1, trusting nothing that was remembered.
func runPolicyVerify(ctx context.Context, c *call, _ *policyVerifyOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		versions, err := v.VerifyPolicy()
		if err != nil {
			return err
		}
		if err := c.listVersions(versions); err != nil {
			return err
		}
		c.say("policy.verified", "n", len(versions))
		return nil
	})
}
