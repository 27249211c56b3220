package main

import (
	"os"

	"opsvault/cmd/opsvault/text"
	"opsvault/vault"
)

// parcelOptions are the flags of commands that print what they wrote as a text, for people without a network.
type parcelOptions struct {
	text bool
	out  string
}

// grantParcel is the text of a request or a grant; empty where none was asked for. With -o it goes to a file.
func (c *call) grantParcel(v *vault.Vault, g *vault.GrantState, o *parcelOptions) (string, error) {
	if !o.text && o.out == "" {
		return "", nil
	}
	to := g.Member
	if g.Phase == vault.PhaseWaiting {
		to = ""
		if len(g.Wants) == 1 {
			to = g.Wants[0]
		}
	}
	parcel, err := v.GrantParcel(g, to)
	if err != nil {
		return "", parcelFailure(err)
	}
	if o.out != "" {
		return string(parcel), os.WriteFile(o.out, parcel, 0o600)
	}
	return string(parcel), nil
}

// putParcel prints a text and says what to do with it.
func (c *call) putParcel(parcel string, o *parcelOptions, how text.Key, args ...any) {
	if parcel == "" {
		return
	}
	if o.out == "" {
		_, _ = c.out.WriteString(parcel)
	}
	c.say(how, append(args, "file", o.out)...)
}

// grantAnswer is a grant with the text of it.
type grantAnswer struct {
	grantInfo
	Parcel string `json:"parcel,omitempty"`
}

// tellAnswer ends a command that gave an answer: what has come of it, and the text for who waits.
func (c *call) tellAnswer(v *vault.Vault, g *vault.GrantState, o *parcelOptions) error {
	parcel, err := c.grantParcel(v, g, o)
	if err != nil {
		return err
	}
	return c.result(grantAnswer{infoOf(v, g), parcel}, func() {
		c.tellState(v, g)
		key, whom := text.Key("grants.parcel-answer"), []string{g.Member}
		if g.Phase == vault.PhaseWaiting {
			key, whom = "request.parcel", g.Wants
		}
		c.putParcel(parcel, o, key, "ask", whom)
	})
}
