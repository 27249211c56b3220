package main

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"opsvault/vault"
	"opsvault/vault/audit"
)

type auditListOptions struct {
	filter              audit.Filter
	since, until, safe  string
	format, path, entry string
}

func newAuditListCommand(e *env, run runFunc[auditListOptions]) *cli.Command {
	o := &auditListOptions{}
	return e.command(&cli.Command{Name: "list", Aliases: []string{"ls"}, Flags: []cli.Flag{
		&cli.StringFlag{Name: "member", Destination: &o.filter.Member},
		&cli.StringFlag{Name: "op", Destination: &o.filter.Op},
		&cli.StringFlag{Name: "path", Destination: &o.path},
		&cli.StringFlag{Name: "entry", Destination: &o.entry},
		&cli.StringFlag{Name: "safe", Destination: &o.safe},
		&cli.StringFlag{Name: "run", Destination: &o.filter.Run},
		&cli.StringFlag{Name: "grant", Destination: &o.filter.Grant},
		&cli.StringFlag{Name: "device", Destination: &o.filter.Device},
		&cli.StringFlag{Name: "result", Destination: &o.filter.Result},
		&cli.StringFlag{Name: "since", Destination: &o.since},
		&cli.StringFlag{Name: "until", Destination: &o.until},
		&cli.StringFlag{Name: "format", Destination: &o.format},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runAuditList puts out events as they are read, oldest first: a log may be long.
func runAuditList(ctx context.Context, c *call, o *auditListOptions) error {
	format, err := c.listFormat(o)
	if err != nil {
		return err
	}
	filter, err := c.listFilter(o)
	if err != nil {
		return err
	}
	return c.withVaultToVerify(ctx, func(v *vault.Vault) error {
		if o.path != "" {
			if filter.Path, err = c.pathPattern(v, o.path); err != nil {
				return err
			}
		}
		if o.safe != "" {
			if filter.Safe, err = c.safe(v, o.safe); err != nil {
				return err
			}
		}
		if !v.Auditor() {
			c.say("audit.own-details-only")
		}
		w := newEventWriter(c, format)
		w.whole = filter.Result != ""
		if err := w.begin(); err != nil {
			return err
		}
		err := v.Events(filter, func(e audit.Event) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return w.event(e)
		})
		w.fold.end()
		if err == nil && w.count == 0 {
			c.say("audit.nothing")
		}
		return err
	})
}

// listFormat is how events are put out: text, jsonl or csv. --json is jsonl.
func (c *call) listFormat(o *auditListOptions) (string, error) {
	switch {
	case o.format == "" && c.json:
		return "jsonl", nil
	case o.format == "":
		return "text", nil
	case c.json && o.format != "jsonl":
		return "", usage("audit.format-json", "format", o.format)
	case o.format == "text", o.format == "jsonl", o.format == "csv":
		return o.format, nil
	}
	return "", usage("audit.format", "format", o.format).withHint("audit.format-hint")
}

func (c *call) listFilter(o *auditListOptions) (audit.Filter, error) {
	f := o.filter
	f.Entry = o.entry
	var err error
	if f.Since, err = c.moment("since", o.since, false); err != nil {
		return f, err
	}
	f.Until, err = c.moment("until", o.until, true)
	return f, err
}

// moment reads a time of the command line: how long ago (7d, 12h, 30m), a day, or a moment of RFC 3339. A day is the one
// of this place; at its end where end says so.
func (c *call) moment(flag, s string, end bool) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if ago, ok := parseAgo(s); ok {
		return c.Now().Add(-ago), nil
	}
	if day, err := time.ParseInLocation(time.DateOnly, s, time.Local); err == nil {
		if end {
			day = day.AddDate(0, 0, 1)
		}
		return day, nil
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return at, usage("audit.moment", "flag", dashed(flag), "value", s).withHint("audit.moment-hint").because(err)
	}
	return at, nil
}

// parseAgo reads a number with a unit: 30m, 12h, 7d, 4w.
func parseAgo(s string) (time.Duration, bool) {
	units := map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}
	for suffix, unit := range units {
		if digits, ok := strings.CutSuffix(s, suffix); ok {
			n, err := strconv.ParseUint(digits, 10, 16)
			return time.Duration(n) * unit, err == nil
		}
	}
	return 0, false
}

// pathPattern is the path of an entry, or, with a slash at its end, of everything below.
func (c *call) pathPattern(v *vault.Vault, s string) (string, error) {
	below, found := strings.CutSuffix(s, "/")
	if !found {
		path, err := c.path(v, s)
		return path.String(), err
	}
	if !strings.Contains(below, "/") {
		safe, err := c.safe(v, below)
		return safe + "/", err
	}
	path, err := c.path(v, below)
	return path.String() + "/", err
}
