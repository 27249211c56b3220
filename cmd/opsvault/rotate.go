package main

import (
	"context"
	"slices"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/text"
	"opsvault/vault"
	"opsvault/vault/entry"
)

type rotateListOptions struct {
	member string
	all    bool
}

func newRotateListCommand(e *env, run runFunc[rotateListOptions]) *cli.Command {
	o := &rotateListOptions{}
	return e.command(&cli.Command{Name: "list", Flags: []cli.Flag{
		&cli.StringFlag{Name: "member", Destination: &o.member},
		&cli.BoolFlag{Name: "all", Destination: &o.all},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

type rotationInfo struct {
	Path    string      `json:"path"`
	Why     string      `json:"why"`
	Risk    string      `json:"risk"`
	Member  string      `json:"member"`
	Since   string      `json:"since"`
	Kind    string      `json:"kind"`
	Opened  string      `json:"opened"`
	Device  string      `json:"device"`
	Deleted bool        `json:"deleted"`
	Changed uint64      `json:"changed"`
	Waived  *waiverInfo `json:"waived,omitempty"`
}

type waiverInfo struct {
	By     string `json:"by"`
	Reason string `json:"reason"`
	Time   string `json:"time"`
}

// runRotateList lists the credentials that should be changed because somebody knew them, or could have, who should not now.
func runRotateList(ctx context.Context, c *call, o *rotateListOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		if err := everMember(v, o.member); err != nil {
			return err
		}
		list, err := v.RotationList(o.member, o.all)
		if err != nil {
			return err
		}
		if c.json {
			return c.document(rotationInfos(list))
		}
		if len(list) == 0 {
			c.say("rotate.nothing")
			return nil
		}
		rows := make([][]string, len(list))
		for i := range list {
			rows[i] = c.rotationRow(&list[i])
		}
		header := []string{c.text("rotate.risk"), c.text("rotate.path"), c.text("rotate.member"), c.text("rotate.since"), c.text("rotate.why")}
		if err := c.table(header, rows, 0, 1); err != nil {
			return err
		}
		c.say("rotate.next")
		return nil
	})
}

func rotationInfos(list []vault.Rotation) []rotationInfo {
	infos := []rotationInfo{}
	for _, r := range list {
		info := rotationInfo{r.Path, r.Why, r.Risk, r.Member, stamp(r.Since), r.Kind, stamp(r.Opened), r.Device, r.Deleted, r.Changed, nil}
		if w := r.Waived; w != nil {
			info.Waived = &waiverInfo{w.Member, w.Reason, stamp(w.Time)}
		}
		infos = append(infos, info)
	}
	return infos
}

func (c *call) rotationRow(r *vault.Rotation) []string {
	since := ""
	if !r.Since.IsZero() {
		since = c.tr.Date(r.Since)
	}
	return []string{c.text(text.Key("rotate.risk-" + r.Risk)), r.Path, r.Member, since, c.rotationWhy(r)}
}

// rotationWhy says in words why a credential is on the list, and how far it has come.
func (c *call) rotationWhy(r *vault.Rotation) string {
	why := c.text("rotate.openable")
	if r.Why == vault.RotateOpened {
		why = c.text("rotate.opened", "time", r.Opened)
	}
	for _, more := range []struct {
		when bool
		key  text.Key
	}{{r.Device != "", "rotate.by-device"}, {r.Deleted, "rotate.deleted"}, {r.Changed > 0 && !r.Deleted && r.Waived == nil, "rotate.changed"}} {
		if more.when {
			why += "; " + c.text(more.key, "device", r.Device, "version", r.Changed)
		}
	}
	if w := r.Waived; w != nil {
		why += "; " + c.text("rotate.waived", "member", w.Member, "reason", w.Reason)
	}
	return why
}

// everMember refuses a name that nobody in this vault has, or had; empty is everybody.
func everMember(v *vault.Vault, member string) error {
	known := v.EverMembers()
	if member == "" || slices.Contains(known, member) {
		return nil
	}
	missing := &vault.NotFoundError{What: "member", Name: member}
	if one := nearest(member, known); one != "" {
		missing.Near = []string{one}
	}
	return missing
}

type rotateDoneOptions struct{ member string }

func newRotateDoneCommand(e *env, run runFunc[rotateDoneOptions]) *cli.Command {
	o := &rotateDoneOptions{}
	return e.command(&cli.Command{Name: "done", ArgsUsage: "PATH", Flags: []cli.Flag{
		&cli.StringFlag{Name: "member", Destination: &o.member},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

func runRotateDone(ctx context.Context, c *call, o *rotateDoneOptions) error {
	return c.acknowledge(ctx, o.member, "rotate.done-said", func(v *vault.Vault, path entry.Path) ([]vault.Rotation, error) {
		return v.RotateDone(path, o.member)
	})
}

type rotateWaiveOptions struct{ member, reason string }

func newRotateWaiveCommand(e *env, run runFunc[rotateWaiveOptions]) *cli.Command {
	o := &rotateWaiveOptions{}
	return e.command(&cli.Command{Name: "waive", ArgsUsage: "PATH", Flags: []cli.Flag{
		&cli.StringFlag{Name: "member", Destination: &o.member},
		&cli.StringFlag{Name: "reason", Destination: &o.reason},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

func runRotateWaive(ctx context.Context, c *call, o *rotateWaiveOptions) error {
	if o.reason == "" {
		return usage("rotate.needs-reason").withHint("rotate.needs-reason-hint", "word", shellWord(c.args[0]))
	}
	return c.acknowledge(ctx, o.member, "rotate.waive-said", func(v *vault.Vault, path entry.Path) ([]vault.Rotation, error) {
		return v.RotateWaive(path, o.member, o.reason)
	})
}

// acknowledge marks the rows of a path, and says whose they were.
func (c *call) acknowledge(ctx context.Context, member string, said text.Key, mark func(*vault.Vault, entry.Path) ([]vault.Rotation, error)) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		if err := everMember(v, member); err != nil {
			return err
		}
		path, err := c.path(v, c.args[0])
		if err != nil {
			return err
		}
		rows, err := mark(v, path)
		if err != nil {
			return err
		}
		var members []string
		for _, r := range rows {
			members = append(members, r.Member)
		}
		c.say(said, "path", path.String(), "members", members)
		if c.json {
			return c.document(rotationInfos(rows))
		}
		return nil
	})
}

// notRotated matches a credential that can't be marked as changed.
func notRotated(why string) matcher {
	return func(err error) ([]any, bool) {
		var e *vault.NotRotatedError
		if !asError(err, &e) || e.Why != why {
			return nil, false
		}
		return []any{"path", e.Path, "member", e.Member, "version", e.Version, "word", shellWord(e.Path)}, true
	}
}
