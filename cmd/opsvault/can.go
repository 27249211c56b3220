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

type canOptions struct{}

func newCanCommand(e *env, run runFunc[canOptions]) *cli.Command {
	o := &canOptions{}
	return e.command(&cli.Command{Name: "can", ArgsUsage: "MEMBER CAPABILITY [PATH]"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

type canInfo struct {
	Allowed bool     `json:"allowed"`
	Why     string   `json:"why"`
	Ask     []string `json:"ask"`
	Until   string   `json:"until,omitempty"` // of a grant
}

// runCan answers from the policy and from the grants that run: whether, by which line, and otherwise whom to ask. Both
// answers are exit code 0.
func runCan(ctx context.Context, c *call, _ *canOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		member, capability := c.args[0], policy.Capability(strings.ToLower(c.args[1]))
		if err := knownMemberOf(v, member); err != nil {
			return err
		}
		safe := ""
		switch {
		case capability.OnVault():
		case !capability.OnSafe():
			return usage("can.capability", "capability", c.args[1]).withHint("can.capability-hint")
		case len(c.args) < 3:
			return usage("can.path", "capability", c.args[1]).withHint("can.path-hint", "member", shellWord(member), "capability", c.args[1])
		default:
			var err error
			if safe, err = c.safeOfArg(v, c.args[2]); err != nil {
				return err
			}
		}
		d := v.Policy().DecideAt(member, capability, safe, c.Now())
		info := canInfo{Allowed: d.Allowed, Why: d.Why, Ask: append([]string{}, d.Ask...)}
		if !d.Allowed && capability == policy.Read && strings.Contains(c.args[2], "/") {
			running, err := c.grantsOn(v, c.args[2], member)
			if err != nil {
				return err
			}
			for _, g := range running {
				info = canInfo{Allowed: true, Why: c.viaGrant(g), Ask: []string{}, Until: g.Until.Format(time.RFC3339)}
			}
		}
		return c.result(info, func() {
			if info.Allowed {
				fmt.Fprintln(c.out, c.text("can.yes", "why", info.Why))
				return
			}
			fmt.Fprintln(c.out, c.text("can.no", "why", d.Why))
			if len(d.Ask) > 0 {
				fmt.Fprintln(c.out, c.text("can.ask", "ask", d.Ask))
			}
		})
	})
}

func knownMemberOf(v *vault.Vault, member string) error {
	if _, ok := v.Policy().Members[member]; ok {
		return nil
	}
	return &vault.NotFoundError{What: "member", Name: member, Near: near(member, v.Policy().Members)}
}

// safeOfArg is the safe of a path, or a safe itself.
func (c *call) safeOfArg(v *vault.Vault, arg string) (string, error) {
	name, _, _ := strings.Cut(arg, "/")
	return c.safe(v, name)
}
