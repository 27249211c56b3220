package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"opsvault/vault"
)

type requestOptions struct{ wishOptions }

func newRequestCommand(e *env, run runFunc[requestOptions]) *cli.Command {
	o := &requestOptions{}
	return e.command(&cli.Command{Name: "request", ArgsUsage: "PATH…", Flags: wishFlags(&o.wishOptions)},
		func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

func wishFlags(o *wishOptions) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "for", Destination: &o.span},
		&cli.StringFlag{Name: "reason", Destination: &o.reason},
		&cli.StringFlag{Name: "ticket", Destination: &o.ticket},
		&cli.BoolFlag{Name: "text", Destination: &o.text},
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Destination: &o.out},
	}
}

type idInfo struct {
	ID     string `json:"id"`
	Parcel string `json:"parcel,omitempty"`
}

func runRequest(ctx context.Context, c *call, o *requestOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		w, err := c.wish(ctx, v, c.args, &o.wishOptions)
		if err != nil {
			return err
		}
		g, err := v.Request(w)
		if err != nil {
			return err
		}
		parcel, err := c.grantParcel(v, g, &o.parcelOptions)
		if err != nil {
			return err
		}
		return c.result(idInfo{g.Short(), parcel}, func() {
			c.say("request.done", "id", grantID(g), "paths", pathWords(g), "for", c.spanWords(g.Span), "needs", g.Needs, "ask", g.Wants)
			c.putParcel(parcel, &o.parcelOptions, "request.parcel", "ask", g.Wants)
		})
	})
}
