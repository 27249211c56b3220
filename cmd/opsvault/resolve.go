package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/text"
	"opsvault/vault"
	"opsvault/vault/entry"
)

type resolveOptions struct {
	take         string
	fields       cli.StringSlice
	late, refuse bool
	reason       string
}

func newResolveCommand(e *env, run runFunc[resolveOptions]) *cli.Command {
	o := &resolveOptions{}
	return e.command(&cli.Command{Name: "resolve", ArgsUsage: "PATH", Flags: []cli.Flag{
		&cli.StringFlag{Name: "take", Destination: &o.take},
		&cli.StringSliceFlag{Name: "field", Aliases: []string{"f"}, Destination: &o.fields},
		&cli.BoolFlag{Name: "late", Destination: &o.late},
		&cli.BoolFlag{Name: "refuse", Destination: &o.refuse},
		&cli.StringFlag{Name: "reason", Destination: &o.reason},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

type resolvedInfo struct {
	Path     string `json:"path"`
	Version  uint64 `json:"version"`
	Resolved bool   `json:"resolved"` // false: nothing was undecided
	Deleted  bool   `json:"deleted"`
}

func runResolve(ctx context.Context, c *call, o *resolveOptions) error {
	r, err := o.resolution()
	if err != nil {
		return err
	}
	c.told = aboutConflicts()
	return c.withVault(ctx, func(v *vault.Vault) error {
		path, err := c.path(v, c.args[0])
		if err != nil {
			return err
		}
		conflict, err := v.Conflict(path)
		if err != nil {
			return err
		}
		if !r.Late && !r.Refuse {
			if err := c.askLate(ctx, conflict, &r); err != nil {
				return err
			}
		}
		e, err := c.resolveAsking(ctx, v, path, r, o.reason)
		if errors.Is(err, vault.ErrSettled) && len(conflict.Standing) > 0 {
			now := conflict.Standing[0]
			return c.result(resolvedInfo{path.String(), now.Version, false, now.Deleted}, func() { c.say("resolve.settled", "path", path.String()) })
		}
		if errors.Is(err, vault.ErrUndecided) {
			return hinted(err, "hint.undecided", "word", shellWord(path.String()))
		}
		if err != nil {
			return err
		}
		return c.result(resolvedInfo{path.String(), e.Version, true, e.Deleted}, func() {
			c.say("resolve.done", "path", path.String(), "version", e.Version)
			if e.Deleted {
				c.say("show.deleted", "path", path.String(), "word", shellWord(path.String()))
			}
		})
	})
}

func (o *resolveOptions) resolution() (vault.Resolution, error) {
	r := vault.Resolution{Take: o.take, Late: o.late, Refuse: o.refuse, Fields: map[string]string{}}
	if o.late && o.refuse {
		return r, usage("resolve.both").withHint("hint.undecided", "word", "PATH")
	}
	for _, choice := range o.fields.Value() {
		name, side, ok := strings.Cut(choice, "=")
		if !ok || name == "" || side == "" {
			return r, usage("resolve.field-form", "value", choice).withHint("resolve.field-hint")
		}
		r.Fields[name] = side
	}
	return r, nil
}

// askLate offers what came too late to be brought back or refused.
func (c *call) askLate(ctx context.Context, f *vault.Conflict, r *vault.Resolution) error {
	late := slices.ContainsFunc(f.Waiting, func(w *vault.Waiting) bool { return w.Why == vault.Late })
	if !late || !c.Terminal.Present() || c.json {
		return nil
	}
	for _, w := range f.Waiting {
		if w.Why == vault.Late {
			c.say("resolve.late", "version", w.Version, "by", w.Author, "time", w.Time)
		}
	}
	items := []string{c.text("resolve.bring-back"), c.text("resolve.refuse"), c.text("resolve.leave")}
	at, err := c.askChoice(ctx, items, -1, "resolve.ask-late")
	r.Late, r.Refuse = at == 0, at == 1
	return err
}

// resolveAsking resolves, and asks on a terminal for each field that both sides changed.
func (c *call) resolveAsking(ctx context.Context, v *vault.Vault, path entry.Path, r vault.Resolution, reason string) (*vault.Entry, error) {
	for {
		e, err := v.Resolve(path, r)
		var clash *vault.ClashError
		if !asError(err, &clash) || !c.Terminal.Present() || c.json {
			return e, c.hintSides(err)
		}
		for _, one := range clash.Clashes {
			side, err := c.askClash(ctx, v, path, one, reason)
			if err != nil {
				return nil, err
			}
			r.Fields[one.Name] = side.Hash.String()
		}
	}
}

// hintSides adds to a clash that nobody could be asked about which sides there are.
func (c *call) hintSides(err error) error {
	var clash *vault.ClashError
	if !asError(err, &clash) || len(clash.Clashes) == 0 {
		return err
	}
	sides := clash.Clashes[0].Sides
	names := make([]string, len(sides))
	for i, e := range sides {
		names[i] = vault.SideName(sides, e)
	}
	return hinted(err, "hint.clash", "word", shellWord(clash.Path), "side", names[0], "sides", names,
		"field", strings.TrimPrefix(clash.Clashes[0].Name, "@"))
}

// askClash asks which side counts for a field. The values stay hidden until the person wants to see them.
func (c *call) askClash(ctx context.Context, v *vault.Vault, path entry.Path, clash vault.Clash, reason string) (*vault.Entry, error) {
	line, public := strings.CutPrefix(clash.Name, "@")
	items := make([]string, len(clash.Sides))
	for i, e := range clash.Sides {
		value := "••••••••"
		switch {
		case clash.Name == vault.Existence && e.Deleted:
			value = c.text("resolve.deleted")
		case clash.Name == vault.Existence:
			value = c.text("resolve.kept")
		case public:
			value = orDefault(cardLine(e, line), c.text("resolve.empty"))
		case !slices.Contains(e.Card.Fields, clash.Name):
			value = c.text("resolve.no-field")
		}
		items[i] = c.text("resolve.side", "by", e.Author, "time", e.Time, "version", e.Version, "value", value)
	}
	if !public {
		items = append(items, c.text("resolve.show"))
	}
	for {
		at, err := c.askChoice(ctx, items, -1, "resolve.ask-side", "field", c.sideLabel(clash, line))
		if err != nil {
			return nil, err
		}
		if at < len(clash.Sides) {
			return clash.Sides[at], nil
		}
		if err := c.showSides(ctx, v, path, clash, reason); err != nil {
			return nil, err
		}
	}
}

// sideLabel is what a clash is about as a person calls it.
func (c *call) sideLabel(clash vault.Clash, line string) string {
	switch line {
	case "title", "kind", "url", "owner", "tags", "due":
		if line != clash.Name {
			return c.text(text.Key("card." + line))
		}
	}
	return c.fieldLabel(clash.Sides[0].Card.Kind, line)
}

// showSides opens a field of all sides, each of which is logged, and shows them on the alternate screen.
func (c *call) showSides(ctx context.Context, v *vault.Vault, path entry.Path, clash vault.Clash, reason string) error {
	var b strings.Builder
	for _, e := range clash.Sides {
		if !slices.Contains(e.Card.Fields, clash.Name) {
			continue
		}
		got, err := c.reveal(ctx, v, path, vault.Purpose{Fields: []string{clash.Name}, Hash: e.Hash, Reason: orDefault(reason, c.text("resolve.reason"))})
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s, %s: %s\n", e.Author, c.tr.Moment(e.Time), got.Fields[0].Value.Reveal())
		got.Fields.Wipe()
	}
	return c.showHidden(ctx, b.String())
}

// cardLine is a line of a card by its name.
func cardLine(e *vault.Entry, name string) string {
	return map[string]string{"title": e.Card.Title, "kind": e.Card.Kind, "url": e.Card.URL, "owner": e.Card.Owner,
		"tags": strings.Join(e.Card.Tags, ", "), "due": e.Card.Due, "note": e.Card.Note}[name]
}
