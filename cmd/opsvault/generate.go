package main

import (
	"context"
	"errors"

	"github.com/urfave/cli/v2"

	"opsvault/vault"
	"opsvault/vault/entry"
)

type generateOptions struct {
	kind, field   string
	length, words int
	noSymbols     bool
	yes           bool
}

func newGenerateCommand(e *env, run runFunc[generateOptions]) *cli.Command {
	o := &generateOptions{}
	return e.command(&cli.Command{Name: "generate", ArgsUsage: "PATH", Flags: []cli.Flag{
		&cli.StringFlag{Name: "kind", Aliases: []string{"k"}, Destination: &o.kind},
		&cli.StringFlag{Name: "field", Aliases: []string{"f"}, Destination: &o.field},
		&cli.IntFlag{Name: "length", Aliases: []string{"n"}, Destination: &o.length},
		&cli.IntFlag{Name: "words", Destination: &o.words},
		&cli.BoolFlag{Name: "no-symbols", Destination: &o.noSymbols},
		&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Destination: &o.yes},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

func runGenerate(ctx context.Context, c *call, o *generateOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		path, err := c.path(v, c.args[0])
		if err != nil {
			return err
		}
		old, err := existing(v, path)
		if err != nil {
			return err
		}
		kindID := o.kind
		if old != nil {
			if o.kind != "" && o.kind != old.Card.Kind {
				return usage("generate.kind", "path", path.String(), "kind", old.Card.Kind).withHint("generate.kind-hint")
			}
			kindID = old.Card.Kind
		} else if _, ok := entry.KindByID(orDefault(kindID, entry.DefaultKind)); !ok {
			return unknownKind(kindID)
		}
		name, err := c.fieldName(o.field, kindID)
		if err != nil {
			return err
		}
		value, err := entry.Generate(c.Rand, o.recipe(kindID))
		if errors.Is(err, entry.ErrRecipe) || o.length < 0 || o.words < 0 {
			return usage("generate.recipe").withHint("generate.recipe-hint", "characters", entry.MaxGenerated, "words", entry.MaxWords)
		}
		if err != nil {
			return err
		}
		defer value.Wipe()
		if old == nil {
			e, err := v.Insert(path, entry.Draft{Kind: o.kind, Fields: entry.Fields{{Name: name, Value: value}}})
			if err != nil {
				return err
			}
			return c.tellWritten(e, "generate.done")
		}
		return c.regenerate(ctx, v, old, name, value, o.yes)
	})
}

// regenerate replaces a field of an entry, after asking: the old value stays in the history.
func (c *call) regenerate(ctx context.Context, v *vault.Vault, old *vault.Entry, name string, value entry.Value, yes bool) error {
	if !yes && c.Terminal.Present() {
		ok, err := c.askYes(ctx, false, "generate.replace", "field", c.fieldLabel(old.Card.Kind, name), "path", old.Path.String())
		if err != nil {
			return err
		}
		if !ok {
			return fail(codeCancelled, "error.cancelled")
		}
	}
	e, err := v.Edit(old.Path, func(d entry.Draft) (entry.Draft, error) {
		d.Fields = d.Fields.Set(name, value)
		return d, nil
	})
	if err != nil {
		return err
	}
	return c.tellWritten(e, "generate.done")
}

// recipe is the kind's, changed by the options.
func (o *generateOptions) recipe(kindID string) entry.Recipe {
	recipe := entry.StandardRecipe()
	if kind, ok := entry.KindByID(orDefault(kindID, entry.DefaultKind)); ok && kind.Generate != nil {
		recipe = *kind.Generate
	}
	if o.words > 0 {
		return entry.Recipe{Words: o.words}
	}
	if o.length > 0 {
		recipe.Length, recipe.Words = o.length, 0
		if len(recipe.Classes) == 0 {
			recipe.Classes = entry.StandardRecipe().Classes
		}
	}
	if o.noSymbols {
		recipe.Classes = []entry.Class{entry.Lower, entry.Upper, entry.Digits}
	}
	return recipe
}
