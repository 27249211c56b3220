package main

import (
	"context"
	"fmt"
	"slices"
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
		p, err := c.versionArg(v, 0, 0)
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

// versionArg is the policy version that an argument names, by its number or the beginning of its hash; without an argument
// the newest, or the one that many before it.
func (c *call) versionArg(v *vault.Vault, i int, back uint64) (vault.PolicyVersion, error) {
	versions, err := v.PolicyVersions()
	if err != nil {
		return vault.PolicyVersion{}, err
	}
	if i >= len(c.args) {
		return c.versionBack(v, versions, back), nil
	}
	name := strings.ToLower(c.args[i])
	number, err := strconv.ParseUint(name, 10, 32)
	if err != nil && (len(name) < 4 || strings.Trim(name, "0123456789abcdef") != "") {
		return vault.PolicyVersion{}, usage("policy.number", "value", c.args[i]).withHint("policy.versions-hint")
	}
	var found []vault.PolicyVersion
	var hashes []string
	for _, p := range versions {
		if err == nil && p.Number == number || len(name) >= 4 && strings.HasPrefix(p.Hash.String(), name) {
			found, hashes = append(found, p), append(hashes, p.Hash.Short())
		}
	}
	switch len(found) {
	case 0:
		return vault.PolicyVersion{}, fail(codeNotFound, "policy.no-version", "version", c.args[i]).withHint("policy.versions-hint")
	case 1:
		return found[0], nil
	}
	return vault.PolicyVersion{}, usage("policy.two-versions", "version", c.args[i]).withHint("policy.two-versions-hint", "hashes", hashes)
}

// versionBack is the newest version that this device follows, or the one that its parents lead to.
func (c *call) versionBack(v *vault.Vault, versions []vault.PolicyVersion, back uint64) vault.PolicyVersion {
	hash := v.PolicyRef().Hash.String()
	for {
		i := slices.IndexFunc(versions, func(p vault.PolicyVersion) bool { return p.Hash.String() == hash })
		if back == 0 || len(versions[i].Doc.Prev) == 0 {
			return versions[i]
		}
		hash, back = versions[i].Doc.Prev[0], back-1
	}
}

type policyDiffOptions struct{}

func newPolicyDiffCommand(e *env, run runFunc[policyDiffOptions]) *cli.Command {
	o := &policyDiffOptions{}
	return e.command(&cli.Command{Name: "diff", ArgsUsage: "[OLD] [NEW]"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runPolicyDiff says what changed for people between two versions: the last two, or OLD and the newest, or OLD and NEW.
func runPolicyDiff(ctx context.Context, c *call, _ *policyDiffOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		old, err := c.versionArg(v, 0, 1)
		if err != nil {
			return err
		}
		recent, err := c.versionArg(v, 1, 0)
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
	Prev    []string `json:"prev"`
	Head    bool     `json:"head"` // nothing follows it
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
	return policyRow{p.Number, p.Hash.String(), p.Doc.Issued.Format(time.RFC3339), listOf(p.Signers), listOf(p.Doc.Prev), p.Head}
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
