package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"opsvault/policy"
	"opsvault/vault"
)

type memberRmOptions struct {
	reason string
	yes    bool
}

func newMemberRmCommand(e *env, run runFunc[memberRmOptions]) *cli.Command {
	o := &memberRmOptions{}
	return e.command(&cli.Command{Name: "rm", ArgsUsage: "MEMBER", Flags: []cli.Flag{
		&cli.StringFlag{Name: "reason", Destination: &o.reason},
		&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Destination: &o.yes},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runMemberRm takes a member out of the policy. It is never refused but for the last governor; what it means is shown first.
func runMemberRm(ctx context.Context, c *call, o *memberRmOptions) error {
	return c.withdraw(ctx, o.reason, o.yes, func(v *vault.Vault, doc *policy.Document) (leaver, []policy.Trace, error) {
		member := c.args[0]
		if err := knownMemberOf(v, member); err != nil {
			return leaver{}, nil, err
		}
		return leaver{member: member, self: member == v.Me().Member}, doc.RemoveMember(member), nil
	})
}
