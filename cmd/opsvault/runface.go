package main

import (
	"context"
	"fmt"
	"strings"

	"opsvault/cmd/opsvault/term"
	"opsvault/cmd/opsvault/text"
	"opsvault/runbooks"
	"opsvault/runbooks/plain"
)

// A runDesk is the terminal at which a person walks through a run: the plain face prints and asks there, and
// credentials appear on its alternate screen.
type runDesk struct {
	ctx     context.Context
	c       *call
	secrets *runSecrets
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
func (c *call) newFace(ctx context.Context, secrets *runSecrets) *plain.Face {
	desk := &runDesk{ctx, c, secrets}
	return &plain.Face{
		Term: desk, Screen: desk,
		Words:   func(key string, args ...any) string { return c.tr.Text(text.Key(key), args...) },
		Explain: c.inWords,
	}
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
	if err := d.ctx.Err(); err != nil {
		return err
	}
	columns, _ := d.c.Terminal.Size()
	if columns <= 0 {
		columns = helpWidth
	}
	_, err := fmt.Fprintln(d.c.Terminal, layOut(lead, body, max(narrowest, min(columns-1, widest))))
	return err
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

// Ask asks for one line.
func (d *runDesk) Ask(label string) (string, error) {
	return d.c.Terminal.Line(d.ctx, label, "")
}

// Show shows values on the alternate screen until Enter.
func (d *runDesk) Show(title string, values []runbooks.Value) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", title)
	for _, v := range values {
		value := string(v.Secret.Bytes())
		if strings.Contains(value, "\n") {
			value = "\n" + value
		}
		fmt.Fprintf(&b, "%s: %s\n", d.c.fieldLabel(d.secrets.kind, v.Field), value)
	}
	return d.c.showHidden(d.ctx, b.String())
}

// Copy shows the value instead: this version of opsvault reaches no clipboard.
func (d *runDesk) Copy(title string, value runbooks.Value) error {
	return d.Show(d.c.text("runs.no-clipboard")+"\n\n"+title, []runbooks.Value{value})
}
