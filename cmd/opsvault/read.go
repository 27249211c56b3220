package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"opsvault/vault"
	"opsvault/vault/entry"
)

type readOptions struct {
	reason, ticket string
	by             string
	noNewline      bool
}

func newReadCommand(e *env, run runFunc[readOptions]) *cli.Command {
	o := &readOptions{}
	return e.command(&cli.Command{Name: "read", ArgsUsage: "PATH#FIELD", Flags: []cli.Flag{
		&cli.StringFlag{Name: "reason", Destination: &o.reason},
		&cli.StringFlag{Name: "ticket", Destination: &o.ticket},
		&cli.StringFlag{Name: "by", Destination: &o.by},
		&cli.BoolFlag{Name: "no-newline", Aliases: []string{"n"}, Destination: &o.noNewline},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runRead puts out one value for a script.
func runRead(ctx context.Context, c *call, o *readOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		where, field, err := cutField(c.args[0])
		if err != nil {
			return err
		}
		path, err := c.path(v, where)
		if err != nil {
			return err
		}
		e, siblings, err := v.Show(path, false)
		if err != nil {
			return err
		}
		if o.by != "" || v.ReadableEntry(path).Allowed { // whoever may not open it is told so, and not of sides
			if e, err = c.sideOf(v, path, e, siblings, o.by); err != nil {
				return err
			}
		}
		if e.Deleted {
			return gone(e)
		}
		if field, err = c.wantedField(e, field); err != nil {
			return err
		}
		p := vault.Purpose{Fields: []string{field}, Reason: o.reason, Ticket: o.ticket}
		if o.by != "" {
			p.Hash = e.Hash
		}
		got, err := c.reveal(ctx, v, path, p)
		if err != nil {
			return err
		}
		defer got.Fields.Wipe()
		if c.json {
			return c.documentOfValues(got)
		}
		if !o.noNewline {
			return c.putOut(ctx, got.Fields[0].Value)
		}
		_, err = c.out.Write(got.Fields[0].Value.Reveal())
		return err
	})
}

// cutField takes PATH#FIELD apart.
func cutField(ref string) (path, field string, err error) {
	for i := len(ref) - 1; i > 0; i-- {
		if ref[i] == '#' {
			field, err = entry.FieldName(ref[i+1:])
			return ref[:i], field, err
		}
	}
	return "", "", usage("read.no-field", "ref", ref).withHint("read.form")
}
