package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"opsvault/vault"
	"opsvault/vault/entry"
)

type editOptions struct {
	field, from, remove                string
	title, kind, url, owner, due, note string
	tags                               cli.StringSlice
	stdin                              bool
	set                                map[string]bool // which of the card's flags were given: an empty one clears
}

func newEditCommand(e *env, run runFunc[editOptions]) *cli.Command {
	o := &editOptions{set: map[string]bool{}}
	command := &cli.Command{Name: "edit", ArgsUsage: "PATH", Flags: []cli.Flag{
		&cli.StringFlag{Name: "field", Aliases: []string{"f"}, Destination: &o.field},
		&cli.BoolFlag{Name: "stdin", Destination: &o.stdin},
		&cli.StringFlag{Name: "from", Destination: &o.from},
		&cli.StringFlag{Name: "remove-field", Destination: &o.remove},
		&cli.StringFlag{Name: "title", Destination: &o.title},
		&cli.StringFlag{Name: "kind", Aliases: []string{"k"}, Destination: &o.kind},
		&cli.StringFlag{Name: "url", Destination: &o.url},
		&cli.StringFlag{Name: "owner", Destination: &o.owner},
		&cli.StringFlag{Name: "due", Destination: &o.due},
		&cli.StringFlag{Name: "note", Destination: &o.note},
		&cli.StringSliceFlag{Name: "tag", Destination: &o.tags},
	}}
	return e.command(command, func(ctx context.Context, c *call) error {
		for _, name := range []string{"title", "kind", "url", "owner", "due", "note", "tag"} {
			o.set[name] = c.isSet(name)
		}
		return run(ctx, c, o)
	})
}

func runEdit(ctx context.Context, c *call, o *editOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		path, err := c.path(v, c.args[0])
		if err != nil {
			return err
		}
		old, _, err := v.Show(path, false)
		if err != nil {
			return err
		}
		if old.Deleted {
			return gone(old)
		}
		if _, known := entry.KindByID(o.kind); o.set["kind"] && !known {
			return unknownKind(o.kind)
		}
		change, err := c.collectChange(ctx, old, o)
		if err != nil {
			return err
		}
		e, err := v.Edit(path, change)
		if err != nil {
			return err
		}
		return c.tellWritten(e, "edit.done")
	})
}

// A draftChange is what an edit does to the present content. It is collected before the content is opened.
type draftChange = func(entry.Draft) (entry.Draft, error)

func (c *call) collectChange(ctx context.Context, old *vault.Entry, o *editOptions) (draftChange, error) {
	switch {
	case o.from != "":
		data, err := c.input(o.from, entry.MaxPlaintext)
		if err != nil {
			return nil, err
		}
		defer clear(data)
		draft, err := entry.ParseInput(data, old.Card.Kind)
		if err == nil && len(draft.Fields) == 0 {
			err = usage("insert.no-fields").withHint("insert.no-fields-hint")
		}
		c.warnOfCodes(draft.Fields)
		return func(entry.Draft) (entry.Draft, error) { return draft, nil }, err
	case o.field != "" || o.stdin:
		name, err := c.fieldName(o.field, old.Card.Kind)
		if err != nil {
			return nil, err
		}
		name, had := c.ownField(old, name)
		value, err := c.fieldValue(ctx, c.fieldLabel(old.Card.Kind, name), o.stdin)
		if err != nil {
			return nil, err
		}
		if !had {
			c.warn("edit.new-field", "field", name, "fields", old.Card.Fields)
		}
		c.warnOfCodes(entry.Fields{{Name: name, Value: value}})
		return o.onCard(setField(name, value)), nil
	case o.remove != "" || o.anySet():
		name, had := c.ownField(old, o.remove)
		if o.remove != "" && !had {
			return nil, &vault.NotFoundError{What: "field", Name: o.remove, Near: old.Card.Fields}
		}
		if o.remove != "" && len(old.Card.Fields) == 1 {
			return nil, usage("edit.last-field", "field", name).withHint("edit.last-field-hint", "word", shellWord(old.Path.String()))
		}
		return o.onCard(dropField(name)), nil
	}
	return c.askChanges(ctx, old)
}

func setField(name string, value entry.Value) draftChange {
	return func(d entry.Draft) (entry.Draft, error) {
		d.Fields = d.Fields.Set(name, value)
		return d, nil
	}
}

// dropField takes a field out; an empty name is none.
func dropField(name string) draftChange {
	return func(d entry.Draft) (entry.Draft, error) {
		d.Fields = d.Fields.Without(name)
		return d, nil
	}
}

func (o *editOptions) anySet() bool {
	for _, set := range o.set {
		if set {
			return true
		}
	}
	return false
}

// onCard adds the card's flags to a change.
func (o *editOptions) onCard(change draftChange) draftChange {
	return func(d entry.Draft) (entry.Draft, error) {
		d, err := change(d)
		if err != nil {
			return d, err
		}
		for name, place := range map[string]struct{ to, from *string }{
			"title": {&d.Title, &o.title}, "kind": {&d.Kind, &o.kind}, "url": {&d.URL, &o.url},
			"owner": {&d.Owner, &o.owner}, "due": {&d.Due, &o.due}, "note": {&d.Note, &o.note},
		} {
			if o.set[name] {
				*place.to = *place.from
			}
		}
		if o.set["tag"] {
			d.Tags = o.tags.Value()
		}
		return d, d.Check()
	}
}

// askNew asks for another value of a field; an empty one keeps what is there.
func (c *call) askNew(ctx context.Context, kind entry.Kind, name string) (entry.Value, error) {
	label := c.fieldLabel(kind.ID, name)
	if field, _ := kind.Field(name); field.Secret {
		return c.askTwice(ctx, "edit.ask-secret", label)
	}
	line, err := c.askLine(ctx, "", "edit.ask-field", "field", label)
	return entry.NewValue([]byte(line)), err
}

// askChanges goes through the entry: the card's lines with what they are now, then the fields, hidden. Enter keeps.
func (c *call) askChanges(ctx context.Context, old *vault.Entry) (draftChange, error) {
	c.say("edit.how")
	title, err := c.askLine(ctx, old.Card.Title, "insert.ask-title")
	if err != nil {
		return nil, err
	}
	url, err := c.askURL(ctx, old.Card.URL, "edit.ask-url")
	if err != nil {
		return nil, err
	}
	kind, _ := entry.KindByID(old.Card.Kind)
	changed := entry.Fields{}
	for _, name := range old.Card.Fields {
		value, err := c.askNew(ctx, kind, name)
		if err != nil {
			return nil, err
		}
		if value.Len() > 0 {
			changed = changed.Set(name, value)
		}
	}
	c.warnOfCodes(changed)
	return func(d entry.Draft) (entry.Draft, error) {
		d.Title, d.URL = title, url
		for _, f := range changed {
			d.Fields = d.Fields.Set(f.Name, f.Value)
		}
		return d, nil
	}, nil
}
