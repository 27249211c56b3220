package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"opsvault/policy"
	"opsvault/vault"
)

type memberLsOptions struct{}

func newMemberLsCommand(e *env, run runFunc[memberLsOptions]) *cli.Command {
	o := &memberLsOptions{}
	return e.command(&cli.Command{Name: "ls"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

type memberInfo struct {
	Member  string        `json:"member"`
	Name    string        `json:"name"`
	Roles   []string      `json:"roles"`
	Devices []ownedDevice `json:"devices"`
	Governs bool          `json:"governs"`
	Audits  bool          `json:"audits"`
	Note    string        `json:"note,omitempty"`
}

type ownedDevice struct {
	Device string `json:"device"`
	Label  string `json:"label"`
	Member string `json:"member"`
	This   bool   `json:"this"` // the one that this command runs on
}

func infoOfMember(v *vault.Vault, id string) memberInfo {
	doc := v.Policy()
	m := doc.Members[id]
	info := memberInfo{Member: id, Name: m.Name, Roles: listOf(m.Roles), Devices: []ownedDevice{}, Note: m.Note,
		Governs: doc.Allows(id, policy.CanGovern, ""), Audits: doc.Allows(id, policy.CanAudit, "")}
	for _, device := range sortedDevices(m.Devices) {
		info.Devices = append(info.Devices, ownedDevice{device, m.Devices[device].Label, id, device == v.Me().Device})
	}
	return info
}

func sortedDevices(devices map[string]policy.Device) []string { return sortedIDs(devices) }

func runMemberLs(ctx context.Context, c *call, _ *memberLsOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		list := []memberInfo{}
		for _, id := range sortedIDs(v.Policy().Members) {
			list = append(list, infoOfMember(v, id))
		}
		if c.json {
			return c.document(list)
		}
		rows := make([][]string, len(list))
		for i, m := range list {
			rows[i] = []string{m.Member, m.Name, strings.Join(m.Roles, ", "), c.deviceLabels(m.Devices)}
		}
		return c.table([]string{c.text("who.member"), c.text("member.name"), c.text("member.roles"), c.text("member.devices")}, rows)
	})
}

func (c *call) deviceLabels(devices []ownedDevice) string {
	if len(devices) == 0 {
		return c.text("member.no-device")
	}
	labels := make([]string, len(devices))
	for i, d := range devices {
		labels[i] = orDefault(d.Label, d.Device)
	}
	return strings.Join(labels, ", ")
}

type memberShowOptions struct{}

func newMemberShowCommand(e *env, run runFunc[memberShowOptions]) *cli.Command {
	o := &memberShowOptions{}
	return e.command(&cli.Command{Name: "show", ArgsUsage: "MEMBER"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

type memberDetails struct {
	memberInfo
	Safes  []safeHolding `json:"safes"`
	Duties []string      `json:"duties"`
}

type safeHolding struct {
	Safe string              `json:"safe"`
	Caps []policy.Capability `json:"caps"`
	Via  string              `json:"via"`
}

func runMemberShow(ctx context.Context, c *call, _ *memberShowOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		id := c.args[0]
		if err := knownMemberOf(v, id); err != nil {
			return err
		}
		info := memberDetails{infoOfMember(v, id), []safeHolding{}, []string{}}
		for _, h := range v.Policy().What(id, c.Now()) {
			if !strings.HasPrefix(h.Safe, "@") {
				info.Safes = append(info.Safes, safeHolding{h.Safe, h.Caps, h.Via})
			}
		}
		for _, duty := range sortedIDs(v.Policy().Duties) {
			if v.Policy().Duties[duty].Holder == id {
				info.Duties = append(info.Duties, duty)
			}
		}
		return c.result(info, func() { c.printMember(info) })
	})
}

func (c *call) printMember(m memberDetails) {
	fmt.Fprintf(c.out, "%s  %s\n", m.Member, m.Name)
	fmt.Fprintf(c.out, "  %s: %s\n", c.text("member.roles-are"), orDash(strings.Join(m.Roles, ", ")))
	for _, d := range m.Devices {
		fmt.Fprintf(c.out, "  %s: %s  %s\n", c.text("member.device-is"), orDefault(d.Label, "-"), d.Device)
	}
	if len(m.Devices) == 0 {
		fmt.Fprintf(c.out, "  %s\n", c.text("member.no-device"))
	}
	for _, h := range m.Safes {
		fmt.Fprintf(c.out, "  %s/ %s  (%s)\n", h.Safe, capWords(h.Caps), h.Via)
	}
	if m.Governs {
		fmt.Fprintln(c.out, "  "+c.text("member.governs"))
	}
	if m.Audits {
		fmt.Fprintln(c.out, "  "+c.text("member.audits"))
	}
	for _, duty := range m.Duties {
		fmt.Fprintln(c.out, "  "+c.text("member.duty", "duty", duty))
	}
}
