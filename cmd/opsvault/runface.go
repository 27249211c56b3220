package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"opsvault/cmd/opsvault/term"
	"opsvault/cmd/opsvault/text"
	"opsvault/policy"
	"opsvault/runbooks/plain"
	"opsvault/runbooks/screen"
	"opsvault/vault"
)

// A runDesk is the terminal at which a person walks through a run: the plain face prints and asks there, and
// credentials appear on its alternate screen.
type runDesk struct {
	ctx     context.Context
	c       *call
	secrets *runSecrets
	label   string         // of the question that stands there now, "" where none does
	screen  *screen.Screen // that the run fills; nil: line by line
}

var (
	_ plain.Terminal = (*runDesk)(nil)
	_ plain.Screen   = (*runDesk)(nil)
)

// The widths between which a text is wrapped: below, words are cut; above, lines are hard to read.
const (
	narrowest = 20
	widest    = 96
)

// newFace makes the plain face for the person at the terminal.
func (w *walk) newFace(ctx context.Context) *plain.Face {
	c := w.c
	desk := &runDesk{ctx: ctx, c: c, secrets: w.secrets}
	directory := runDirectory{c, w.v}
	return &plain.Face{
		Term: desk, Screen: desk,
		Words:   c.words(),
		Explain: func(err error) string { return w.explainStep(directory, err) },
		Machine: plain.Machine{
			Run: w.info.Run, Digest: c.digestFile, People: directory.everybody, Low: c.batteryLow, Signed: w.signed,
			Label: func(path, field string) string { return c.fieldLabel(w.secrets.kinds[path], field) },
		},
	}
}

// explainStep is an error in one line. A credential that is closed to the person names who opens it, how they are reached, and
// the command that asks them.
func (w *walk) explainStep(directory runDirectory, err error) string {
	var denied *vault.DeniedError
	if !errors.As(err, &denied) || denied.Capability != policy.Read || len(denied.Decision.Ask) == 0 {
		return w.c.inWords(err)
	}
	var ask []string
	for _, member := range denied.Decision.Ask {
		contact := directory.contact(member, "")
		ask = append(ask, strings.TrimSpace(contact.Name+" "+contact.Phone))
	}
	key := text.Key("runface.closed")
	if denied.Decision.Request {
		key = "runface.closed-request"
	}
	return w.c.text(key, "ask", ask, "path", shellWord(denied.On), "reason", shellWord(w.info.Slug))
}

// inWords is an error with what to do about it, in one line.
func (c *call) inWords(err error) string {
	r := explain(err, c.tr, false)
	if r.Hint == "" {
		return r.Error
	}
	return c.text("runs.why", "error", r.Error, "hint", r.Hint)
}

// Print shows a paragraph, wrapped, its lines below one another behind the lead.
func (d *runDesk) Print(lead, body string) error {
	if d.screen != nil {
		return d.screen.Print(lead, body)
	}
	if err := d.ctx.Err(); err != nil {
		return err
	}
	shown := layOut(lead, body, d.width())
	if d.label != "" { // the cursor stands behind a question, which is shown again
		shown = "\n" + shown
		d.label = ""
	}
	_, err := fmt.Fprintln(d.c.Terminal, shown)
	return err
}

func (d *runDesk) width() int {
	columns, _ := d.c.Terminal.Size()
	if columns <= 0 {
		columns = helpWidth
	}
	return max(narrowest, min(columns-1, widest))
}

// layOut cleans a text and wraps it behind its lead. A lead that takes more than half of the line indents less.
func layOut(lead, body string, width int) string {
	lead = term.Clean(lead)
	indent := strings.Repeat(" ", min(term.Width(lead), width/2))
	lines := strings.Split(term.Wrap(term.CleanLines(body), width-len(indent)), "\n")
	for i := range lines {
		if i > 0 {
			lines[i] = indent + lines[i]
		}
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.TrimRight(lead+strings.Join(lines, "\n"), " ")
}

// Ask asks for one line. What wake prints meanwhile stands below the question, which is then put again.
func (d *runDesk) Ask(label string, wake func() (time.Duration, error)) (string, error) {
	label = d.wrapLabel(label)
	d.label = label
	defer func() { d.label = "" }()
	return d.c.Terminal.LineWhile(d.ctx, label, "", func() (time.Duration, error) {
		next, err := wake()
		if err == nil && d.label == "" {
			d.label = label
			_, err = fmt.Fprint(d.c.Terminal, label+" ")
		}
		return next, err
	})
}

// wrapLabel breaks a question between words where the terminal is narrow.
func (d *runDesk) wrapLabel(label string) string {
	return term.Wrap(term.Clean(label), d.width()-1)
}

// Ring makes a sound.
func (d *runDesk) Ring() { _, _ = fmt.Fprint(d.c.Terminal, "\a") }
