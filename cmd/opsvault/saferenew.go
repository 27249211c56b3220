package main

import (
	"context"
	"strings"

	"github.com/urfave/cli/v2"

	"opsvault/vault"
)

type safeRenewOptions struct{}

func newSafeRenewCommand(e *env, run runFunc[safeRenewOptions]) *cli.Command {
	o := &safeRenewOptions{}
	return e.command(&cli.Command{Name: "renew", ArgsUsage: "SAFE"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runSafeRenew makes the next key of a safe, by somebody who holds the present one.
func runSafeRenew(ctx context.Context, c *call, _ *safeRenewOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		safe, err := c.safe(v, c.args[0])
		if err != nil {
			return err
		}
		change, err := v.RenewSafe(safe)
		if err != nil {
			return err
		}
		return c.result(c.infoOfChange(change), func() {
			if change.Pending != nil {
				c.tellUnsigned(change)
				return
			}
			c.say("safe.renewed", "safe", safe, "generation", v.Policy().Current(safe).Gen)
		})
	})
}

// tellRenew names the safes that nobody writes to until a holder made their next key.
func (c *call) tellRenew(v *vault.Vault) {
	for _, safe := range v.Policy().SafeIDs() {
		if v.Policy().Renewing(safe) && safe != "@audit" {
			c.warn("safe.must-renew", "safe", safe, "holders", strings.Join(v.Policy().Readers(safe), ", "))
		}
	}
}
