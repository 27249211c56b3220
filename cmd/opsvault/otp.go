package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"opsvault/vault"
	"opsvault/vault/entry"
)

type otpOptions struct {
	field          string
	copy           bool
	reason, ticket string
}

func newOTPCommand(e *env, run runFunc[otpOptions]) *cli.Command {
	o := &otpOptions{}
	return e.command(&cli.Command{Name: "otp", ArgsUsage: "PATH", Flags: []cli.Flag{
		&cli.StringFlag{Name: "field", Aliases: []string{"f"}, Destination: &o.field},
		&cli.BoolFlag{Name: "copy", Aliases: []string{"c"}, Destination: &o.copy},
		&cli.StringFlag{Name: "reason", Destination: &o.reason},
		&cli.StringFlag{Name: "ticket", Destination: &o.ticket},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

type otpInfo struct {
	Code    string `json:"code"`
	Seconds int    `json:"seconds"` // that it still counts
}

type copiedInfo struct {
	Copied  bool `json:"copied"`
	Seconds int  `json:"seconds"` // until it is cleared, or the code counts no more
}

// runOTP shows the one-time code of now: as it changes on a terminal, once for a script.
func runOTP(ctx context.Context, c *call, o *otpOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		path, err := c.path(v, c.args[0])
		if err != nil {
			return err
		}
		e, siblings, err := v.Show(path, false)
		if err != nil {
			return err
		}
		if e.Deleted {
			return gone(e)
		}
		if v.ReadableEntry(path).Allowed {
			if e, err = c.sideOf(v, path, e, siblings, ""); err != nil {
				return err
			}
		}
		field, err := c.codeField(e, o.field)
		if err != nil {
			return err
		}
		if err := c.canCopy(o.copy, "otp.no-copy-hint", path); err != nil {
			return err
		}
		got, err := c.reveal(ctx, v, path, vault.Purpose{Fields: []string{field}, Reason: o.reason, Ticket: o.ticket})
		if err != nil {
			return err
		}
		defer got.Fields.Wipe()
		key, err := entry.ParseOTP(got.Fields[0].Value.Reveal())
		if err != nil {
			return fail(codeFindings, "otp.bad", "path", path.String(), "why", c.otpTrouble(err)).
				withHint("otp.bad-hint", "word", shellWord(path.String()), "field", field).because(err)
		}
		defer key.Wipe()
		return c.putOutCode(ctx, key, o.copy)
	})
}

// codeField is the field with the key: the one that was named, or the only one that is called so.
func (c *call) codeField(e *vault.Entry, name string) (string, error) {
	if name != "" {
		return c.wantedField(e, name)
	}
	for _, field := range e.Card.Fields {
		if entry.IsOTPField(field) {
			return field, nil
		}
	}
	return "", fail(codeNotFound, "otp.none", "path", e.Path.String()).withHint("otp.none-hint", "word", shellWord(e.Path.String()))
}

func (c *call) putOutCode(ctx context.Context, key *entry.OTP, copied bool) error {
	code, left, err := key.Code(c.Now())
	switch {
	case err != nil:
		return err
	case copied:
		if err := c.copySecret([]byte(code)); err != nil {
			return err
		}
		return c.result(copiedInfo{true, seconds(left)}, func() { c.say("clipboard.copied-code", "n", seconds(left)) })
	case c.json:
		return c.document(otpInfo{code, seconds(left)})
	case c.OutTerminal() && c.Terminal.Present():
		return c.Terminal.Live(ctx, func() string { return c.codeLine(key) }, c.text("ask.enter"))
	}
	_, err = fmt.Fprintln(c.out, code)
	return err
}

// codeLine is the code of now for a person.
func (c *call) codeLine(key *entry.OTP) string {
	code, left, err := key.Code(c.Now())
	if err != nil {
		return c.otpTrouble(err)
	}
	return c.text("otp.code", "code", halves(code), "left", fmt.Sprintf("%2d", seconds(left))) // as wide at 9 as at 10
}

// halves is a code in two halves, as people read it out.
func halves(code string) string { return code[:len(code)/2] + " " + code[len(code)/2:] }

// canCopy looks for the clipboard before a field is opened, which is logged. The hint says how to see what can't be copied.
func (c *call) canCopy(wanted bool, hint textKey, path entry.Path) error {
	if !wanted {
		return nil
	}
	_, err := c.clipboard()
	var none *failure
	if errors.As(err, &none) {
		return none.withHint(hint, "word", shellWord(path.String()))
	}
	return err
}

// copyShown copies what show opened, instead of showing it.
func (c *call) copyShown(got *vault.Revealed) error {
	field := got.Fields[0]
	if err := c.copySecret(field.Value.Reveal()); err != nil {
		return err
	}
	label := c.fieldLabel(got.Entry.Card.Kind, field.Name)
	return c.result(copiedInfo{true, seconds(keepOnClipboard)}, func() {
		c.say("clipboard.copied", "field", label, "seconds", seconds(keepOnClipboard))
	})
}
