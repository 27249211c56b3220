package main

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"opsvault/runbooks"
	"opsvault/vault/entry"
)

// Show shows values on the alternate screen until Enter, one-time codes as they change.
func (d *runDesk) Show(title string, values []runbooks.Value) error {
	if d.screen != nil {
		return d.screen.Reveal(func() string { return d.body(title, values) })
	}
	live := false
	for _, v := range values {
		live = live || d.secrets.codes[v.Field] != nil
	}
	if live {
		return d.c.Terminal.Live(d.ctx, func() string { return d.body(title, values) }, d.c.text("ask.enter"))
	}
	return d.c.showHidden(d.ctx, d.body(title, values))
}

func (d *runDesk) body(title string, values []runbooks.Value) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", title)
	for _, v := range values {
		value := string(v.Secret.Bytes())
		if source := d.secrets.codes[v.Field]; source != nil {
			value = d.codeNow(source)
		}
		if strings.Contains(value, "\n") {
			value = "\n" + value
		}
		fmt.Fprintf(&b, "%s: %s\n", d.fieldName(v.Field), value)
	}
	return b.String()
}

// fieldName is what a field is called: of one-time codes not the key, which isn't shown.
func (d *runDesk) fieldName(field string) string {
	if d.secrets.codes[field] != nil {
		return d.c.text("otp.label")
	}
	return d.c.fieldLabel(d.secrets.kind, field)
}

// codeNow is the code of now, or why there is none.
func (d *runDesk) codeNow(source *codeSource) string {
	if source.err != nil {
		return d.c.otpTrouble(source.err)
	}
	return d.c.codeLine(source.otp)
}

// seconds is a span in seconds, the begun one counted.
func seconds(left time.Duration) int { return int(math.Ceil(left.Seconds())) }

// otpTrouble says what is wrong with the key of one-time codes, and who mends it.
func (c *call) otpTrouble(err error) string {
	var bad *entry.OTPError
	if !errors.As(err, &bad) {
		return err.Error()
	}
	switch bad.Why {
	case "type":
		return c.text("otp.bad-type")
	case "scheme", "form", "secret":
		return c.text("otp.bad-key")
	}
	return c.text("otp.bad-parameter", "name", strings.TrimSpace(bad.Why+" "+bad.What))
}

// warnOfCodes says at once that a key will make no codes, and not in the outage. It is stored all the same: it may be of use
// to another program.
func (c *call) warnOfCodes(fields entry.Fields) {
	for _, f := range fields {
		if !entry.IsOTPField(f.Name) {
			continue
		}
		o, err := entry.ParseOTP(f.Value.Reveal())
		if err != nil {
			c.warn("otp.warning", "field", f.Name, "why", c.otpTrouble(err))
			continue
		}
		o.Wipe()
	}
}

// Copy puts a value into the clipboard. Where there is none the value is shown instead, with the reason.
func (d *runDesk) Copy(title string, value runbooks.Value) error {
	source := d.secrets.codes[value.Field]
	if source != nil && source.err != nil {
		return d.Print("! ", d.c.otpTrouble(source.err))
	}
	secret, left := value.Secret.Bytes(), time.Duration(0)
	if source != nil {
		code, rest, err := source.otp.Code(d.c.Now()) // of now: the person may have taken a while
		if err != nil {
			return d.Print("! ", d.c.otpTrouble(err))
		}
		secret, left = []byte(code), rest
	}
	if err := d.c.copySecret(secret); err != nil {
		return d.Show(d.c.text("clipboard.shown", "why", d.c.inWords(err))+"\n\n"+title, []runbooks.Value{value})
	}
	label := d.fieldName(value.Field)
	if source != nil {
		return d.Print("", d.c.text("clipboard.copied-code", "n", seconds(left)))
	}
	return d.Print("", d.c.text("clipboard.copied", "field", label, "seconds", seconds(keepOnClipboard)))
}

// CopyText puts a text that is no secret into the clipboard, where it stays. Without one the person copies it from the screen.
func (d *runDesk) CopyText(_, text string) error {
	board, err := d.c.clipboard()
	if err == nil {
		err = board.Write([]byte(text))
	}
	if err != nil {
		return d.Print("", d.c.text("clipboard.by-hand"))
	}
	return d.Print("", d.c.text("clipboard.copied-text"))
}
