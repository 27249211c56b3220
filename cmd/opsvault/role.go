package main

import (
	"context"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"opsvault/policy"
	"opsvault/vault"
)

type roleAddOptions struct{ title string }

func newRoleAddCommand(e *env, run runFunc[roleAddOptions]) *cli.Command {
	o := &roleAddOptions{}
	return e.command(&cli.Command{Name: "add", ArgsUsage: "ROLE", Flags: []cli.Flag{
		&cli.StringFlag{Name: "title", Destination: &o.title},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

func runRoleAdd(ctx context.Context, c *call, o *roleAddOptions) error {
	return c.changePolicy(ctx, func(_ *vault.Vault, doc *policy.Document) error {
		id := c.args[0]
		if !policy.IsID(id) {
			return usage("usage.role-id", "role", id).withHint("hint.id")
		}
		if doc.Roles[id] != nil {
			return &vault.ExistsError{What: "role", Name: id}
		}
		doc.Roles[id] = &policy.Role{Title: policy.Plain(orDefault(o.title, id))}
		return nil
	})
}

type roleRmOptions struct{}

func newRoleRmCommand(e *env, run runFunc[roleRmOptions]) *cli.Command {
	o := &roleRmOptions{}
	return e.command(&cli.Command{Name: "rm", ArgsUsage: "ROLE"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

func runRoleRm(ctx context.Context, c *call, _ *roleRmOptions) error {
	return c.changePolicy(ctx, func(_ *vault.Vault, doc *policy.Document) error {
		if err := knownRole(doc, c.args[0]); err != nil {
			return err
		}
		doc.RemoveRole(c.args[0])
		return nil
	})
}

type roleSetOptions struct{ take bool }

func newRoleGiveCommand(e *env, run runFunc[roleSetOptions]) *cli.Command {
	o := &roleSetOptions{}
	return e.command(&cli.Command{Name: "give", ArgsUsage: "MEMBER ROLE"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

func newRoleTakeCommand(e *env, run runFunc[roleSetOptions]) *cli.Command {
	o := &roleSetOptions{take: true}
	return e.command(&cli.Command{Name: "take", ArgsUsage: "MEMBER ROLE"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runRoleSet gives a member a role, or takes it.
func runRoleSet(ctx context.Context, c *call, o *roleSetOptions) error {
	return c.changePolicy(ctx, func(v *vault.Vault, doc *policy.Document) error {
		member, role := c.args[0], c.args[1]
		if err := knownMemberOf(v, member); err != nil {
			return err
		}
		if err := knownRole(doc, role); err != nil {
			return err
		}
		roles := slices.Clone(doc.Members[member].Roles)
		at := slices.Index(roles, role)
		switch {
		case o.take && at >= 0:
			roles = slices.Delete(roles, at, at+1)
		case !o.take && at < 0:
			roles = append(roles, role)
		default:
			return vault.ErrUnchanged
		}
		doc.SetRoles(member, roles)
		return nil
	})
}

func knownRole(doc *policy.Document, role string) error {
	if doc.Roles[role] != nil {
		return nil
	}
	return &vault.NotFoundError{What: "role", Name: role, Near: near(role, doc.Roles)}
}

type roleLsOptions struct{}

func newRoleLsCommand(e *env, run runFunc[roleLsOptions]) *cli.Command {
	o := &roleLsOptions{}
	return e.command(&cli.Command{Name: "ls"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

type roleInfo struct {
	Role    string   `json:"role"`
	Title   string   `json:"title"`
	Members []string `json:"members"`
}

func runRoleLs(ctx context.Context, c *call, _ *roleLsOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		doc := v.Policy()
		list := []roleInfo{}
		for _, id := range sortedIDs(doc.Roles) {
			info := roleInfo{Role: id, Title: doc.Roles[id].Title.In(c.langID()), Members: []string{}}
			for _, member := range sortedIDs(doc.Members) {
				if slices.Contains(doc.Members[member].Roles, id) {
					info.Members = append(info.Members, member)
				}
			}
			list = append(list, info)
		}
		if c.json {
			return c.document(list)
		}
		rows := make([][]string, len(list))
		for i, r := range list {
			rows[i] = []string{r.Role, r.Title, strings.Join(r.Members, ", ")}
		}
		return c.table([]string{c.text("role.column"), c.text("ls.title"), c.text("role.members")}, rows)
	})
}

func sortedIDs[V any](m map[string]V) []string {
	ids := make([]string, 0, len(m))
	for id := range m {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
