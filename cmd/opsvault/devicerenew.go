package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"opsvault/vault"
)

func newDeviceRenewCommand(e *env, run runFunc[joinOptions]) *cli.Command {
	o := &joinOptions{renew: true}
	return e.command(&cli.Command{Name: "renew", ArgsUsage: "[INVITE]", Flags: o.deviceFlags()},
		func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runDeviceRenew gives this machine new keys in a vault, as a new device of the same member: for one whose state was put
// back to an older one, or whose disk was copied to a second machine. It takes an invitation, as every device does.
func runDeviceRenew(ctx context.Context, c *call, o *joinOptions) error {
	opts, err := c.optionsHere(ctx)
	if err != nil {
		return err
	}
	c.vaultDir = opts.Dir
	if len(c.args) > 0 {
		return c.joinWith(ctx, o, c.args[0])
	}
	v, err := vault.Open(opts)
	if err != nil {
		return err
	}
	defer v.Close()
	return fail(codeWaiting, "device.renew-needs-invitation").withHint("device.renew-hint", "member", v.Me().Member)
}
