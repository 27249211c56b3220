package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"opsvault/vault"
)

type policyDigitsOptions struct{}

func newPolicyDigitsCommand(e *env, run runFunc[policyDigitsOptions]) *cli.Command {
	o := &policyDigitsOptions{}
	return e.command(&cli.Command{Name: "digits", ArgsUsage: "[HASH]"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

type digitsInfo struct {
	Version uint64 `json:"version"`
	Hash    string `json:"hash"`
	Digits  string `json:"digits"`
}

// runPolicyDigits shows the digits of a version, to be read out to somebody who adopts it.
func runPolicyDigits(ctx context.Context, c *call, _ *policyDigitsOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		ref, digits, err := v.PolicyDigitsOf(firstArg(c))
		if err != nil {
			return err
		}
		return c.result(digitsInfo{ref.Number, ref.Hash.String(), digits}, func() {
			fmt.Fprintln(c.out, c.text("policy.digits.of", "version", ref.Number, "hash", ref.Hash.Short()))
			fmt.Fprintf(c.out, "\n  %s\n\n", grouped(digits))
		})
	})
}

func firstArg(c *call) string {
	if len(c.args) == 0 {
		return ""
	}
	return c.args[0]
}

type policyAdoptOptions struct{ digits string }

func newPolicyAdoptCommand(e *env, run runFunc[policyAdoptOptions]) *cli.Command {
	o := &policyAdoptOptions{}
	return e.command(&cli.Command{Name: "adopt", ArgsUsage: "HASH", Flags: []cli.Flag{
		&cli.StringFlag{Name: "digits", Destination: &o.digits},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runPolicyAdopt makes this device follow one branch of the policy for good. The digits come from somebody who is there,
// by voice; they are never shown here.
func runPolicyAdopt(ctx context.Context, c *call, o *policyAdoptOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		if _, _, err := v.PolicyDigitsOf(c.args[0]); err != nil {
			return err
		}
		for attempt := 0; ; attempt++ {
			typed := o.digits
			if typed == "" {
				if attempt == 0 {
					c.say("policy.adopt.read", "hash", c.args[0])
				}
				var err error
				if typed, err = c.askLine(ctx, "", "admit.ask-digits"); err != nil {
					return err
				}
			}
			ref, err := v.AdoptPolicy(c.args[0], typed)
			var differ *vault.DigitsError
			if errors.As(err, &differ) && o.digits == "" && attempt+1 < maxAttempts {
				c.warn("admit.differ", "n", maxAttempts-attempt-1)
				continue
			}
			if err != nil {
				return err
			}
			return c.result(adoptInfo{ref.Number, ref.Hash.String(), v.PolicyRef().Number}, func() {
				c.say("policy.adopt.done", "version", ref.Number, "hash", ref.Hash.Short())
			})
		}
	})
}

type adoptInfo struct {
	Version uint64 `json:"version"`
	Hash    string `json:"hash"`
	Newest  uint64 `json:"newest"` // of its branch
}
