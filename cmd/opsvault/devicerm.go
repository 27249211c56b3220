package main

import (
	"context"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"opsvault/policy"
	"opsvault/vault"
)

type deviceLsOptions struct{}

func newDeviceLsCommand(e *env, run runFunc[deviceLsOptions]) *cli.Command {
	o := &deviceLsOptions{}
	return e.command(&cli.Command{Name: "ls", ArgsUsage: "[MEMBER]"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

func runDeviceLs(ctx context.Context, c *call, _ *deviceLsOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		members := sortedIDs(v.Policy().Members)
		if len(c.args) > 0 {
			if err := knownMemberOf(v, c.args[0]); err != nil {
				return err
			}
			members = c.args[:1]
		}
		list := []ownedDevice{}
		for _, id := range members {
			list = append(list, infoOfMember(v, id).Devices...)
		}
		if c.json {
			return c.document(list)
		}
		rows := make([][]string, len(list))
		for i, d := range list {
			this := ""
			if d.This {
				this = c.text("device.this")
			}
			rows[i] = []string{d.Device, d.Member, d.Label, this}
		}
		return c.table([]string{c.text("device.column"), c.text("who.member"), c.text("device.label"), ""}, rows)
	})
}

type deviceRmOptions struct {
	reason string
	yes    bool
}

func newDeviceRmCommand(e *env, run runFunc[deviceRmOptions]) *cli.Command {
	o := &deviceRmOptions{}
	return e.command(&cli.Command{Name: "rm", ArgsUsage: "DEVICE", Flags: []cli.Flag{
		&cli.StringFlag{Name: "reason", Destination: &o.reason},
		&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Destination: &o.yes},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runDeviceRm takes a device from its member, who stays: a laptop was stolen, or is not used any more.
func runDeviceRm(ctx context.Context, c *call, o *deviceRmOptions) error {
	return c.withdraw(ctx, o.reason, o.yes, func(v *vault.Vault, doc *policy.Document) (leaver, []policy.Trace, error) {
		found, err := deviceOfArg(doc, c.args[0])
		if err != nil {
			return leaver{}, nil, err
		}
		doc.RemoveDevice(found.Device)
		if len(doc.Members[found.Member].Devices) == 0 {
			c.warn("device.last", "member", found.Member)
		}
		return leaver{member: found.Member, self: found.Device == v.Me().Device}, nil, nil
	})
}

// deviceOfArg is the device that is meant by its id, the first four or more characters of it, or its label.
func deviceOfArg(doc *policy.Document, arg string) (policy.DeviceOf, error) {
	var all, found []policy.DeviceOf
	for _, member := range sortedIDs(doc.Members) {
		for _, id := range sortedDevices(doc.Members[member].Devices) {
			all = append(all, policy.DeviceOf{Member: member, Device: id, Label: doc.Members[member].Devices[id].Label})
		}
	}
	for _, meant := range []func(policy.DeviceOf) bool{
		func(d policy.DeviceOf) bool { return d.Device == arg },
		func(d policy.DeviceOf) bool { return d.Label == arg || d.Member+"/"+d.Label == arg },
		func(d policy.DeviceOf) bool { return len(arg) >= 4 && strings.HasPrefix(d.Device, arg) },
	} {
		for _, d := range all {
			if meant(d) {
				found = append(found, d)
			}
		}
		if len(found) > 0 {
			break
		}
	}
	switch len(found) {
	case 0:
		return policy.DeviceOf{}, &vault.NotFoundError{What: "device", Name: arg}
	case 1:
		return found[0], nil
	}
	names := make([]string, len(found))
	for i, d := range found {
		names[i] = d.Member + "/" + orDefault(d.Label, d.Device) + " (" + d.Device + ")"
	}
	slices.Sort(names)
	return policy.DeviceOf{}, usage("device.several", "name", arg, "devices", names).withHint("device.several-hint")
}
