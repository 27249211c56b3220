package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/text/unicode/norm"

	"opsvault/cmd/opsvault/term"
	"opsvault/vault"
	"opsvault/vault/entry"
)

type showOptions struct {
	field          string
	main, unmask   bool
	copy           bool
	stale          bool
	version        uint64
	by             string
	reason, ticket string
}

func newShowCommand(e *env, run runFunc[showOptions]) *cli.Command {
	o := &showOptions{}
	return e.command(&cli.Command{Name: "show", ArgsUsage: "PATH", Flags: []cli.Flag{
		&cli.StringFlag{Name: "field", Aliases: []string{"f"}, Destination: &o.field},
		&cli.BoolFlag{Name: "password", Aliases: []string{"p"}, Destination: &o.main},
		&cli.BoolFlag{Name: "unmask", Destination: &o.unmask},
		&cli.BoolFlag{Name: "copy", Aliases: []string{"c"}, Destination: &o.copy},
		&cli.Uint64Flag{Name: "version", Destination: &o.version},
		&cli.StringFlag{Name: "by", Destination: &o.by},
		&cli.BoolFlag{Name: "stale", Destination: &o.stale},
		&cli.StringFlag{Name: "reason", Destination: &o.reason},
		&cli.StringFlag{Name: "ticket", Destination: &o.ticket},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

func runShow(ctx context.Context, c *call, o *showOptions) error {
	if o.copy && o.unmask {
		return usage("show.copy-one").withHint("show.unmask-hint")
	}
	return c.withVault(ctx, func(v *vault.Vault) error {
		path, err := c.path(v, c.args[0])
		if err != nil {
			return err
		}
		e, siblings, err := showVersion(v, path, o)
		if err != nil {
			return err
		}
		opens := o.field != "" || o.main || o.unmask || o.copy
		if o.by != "" || opens && v.ReadableEntry(path).Allowed { // whoever may not open it is told so, and not of sides
			one, err := c.sideOf(v, path, e, siblings, o.by)
			if err != nil {
				return err
			}
			if one.Hash != e.Hash || o.by != "" {
				siblings = nil
			}
			e = one
		}
		if !opens {
			return c.showCard(v, e, siblings)
		}
		if e.Deleted {
			return gone(e)
		}
		p := vault.Purpose{Reason: o.reason, Ticket: o.ticket, Version: o.version, Stale: o.stale}
		if o.by != "" {
			p.Hash = e.Hash
		}
		if !o.unmask {
			name, err := c.wantedField(e, o.field)
			if err != nil {
				return err
			}
			p.Fields = []string{name}
		} else if !c.json && !c.Terminal.Present() {
			return usage("show.unmask-terminal").withHint("show.unmask-hint")
		}
		if err := c.canCopy(o.copy, "show.no-copy-hint", path); err != nil {
			return err
		}
		got, err := c.reveal(ctx, v, path, p)
		if err != nil {
			return err
		}
		defer got.Fields.Wipe()
		switch {
		case o.copy:
			return c.copyShown(got)
		case c.json:
			return c.documentOfValues(got)
		case o.unmask:
			return c.showUnmasked(ctx, got)
		}
		return c.putOut(ctx, got.Fields[0].Value)
	})
}

// showVersion is the entry that is looked at: the newest version, or the one of --version.
func showVersion(v *vault.Vault, path entry.Path, o *showOptions) (*vault.Entry, []*vault.Entry, error) {
	if o.version > 0 {
		e, err := v.At(path, o.version)
		return e, nil, err
	}
	return v.Show(path, o.stale)
}

// gone is the error about an entry that was deleted or moved away.
func gone(e *vault.Entry) error {
	if e.Card.MovedTo != "" {
		return fail(codeNotFound, "error.moved", "path", e.Path.String(), "to", e.Card.MovedTo).withHint("hint.moved", "word", shellWord(e.Card.MovedTo))
	}
	return fail(codeNotFound, "error.deleted", "path", e.Path.String()).withHint("hint.deleted", "word", shellWord(e.Path.String()))
}

// goneOr is the error about an entry that isn't there, or the one about an entry that was deleted.
func goneOr(v *vault.Vault, path entry.Path, err error) error {
	var none *vault.NotFoundError
	if !asError(err, &none) || none.What != "entry" {
		return err
	}
	e, _, showErr := v.Show(path, true)
	if showErr == nil && e.Deleted {
		return gone(e)
	}
	if asError(showErr, &none) {
		return showErr // it knows what is near
	}
	return err
}

// wantedField is the field that -f names, in any spelling or by its label; without a name it is the one that -p shows.
func (c *call) wantedField(e *vault.Entry, name string) (string, error) {
	if name != "" {
		if own, ok := c.ownField(e, name); ok {
			return own, nil
		}
		return "", &vault.NotFoundError{What: "field", Name: name, Near: e.Card.Fields}
	}
	kind, _ := entry.KindByID(e.Card.Kind)
	if main, ok := kind.MainField(e.Card.Fields); ok {
		return main, nil
	}
	return "", usage("show.no-main", "path", e.Path.String()).withHint("show.no-main-hint", "fields", e.Card.Fields)
}

// ownField finds a field of an entry by its name in any case, or by its label. It gives the name back where there is none.
func (c *call) ownField(e *vault.Entry, name string) (own string, ok bool) {
	for _, field := range e.Card.Fields {
		if strings.EqualFold(field, norm.NFC.String(name)) || strings.EqualFold(c.fieldLabel(e.Card.Kind, field), name) {
			return field, true
		}
	}
	return name, false
}

// reveal opens a secret; where the safe asks for a reason and none was given, the person is asked.
func (c *call) reveal(ctx context.Context, v *vault.Vault, path entry.Path, p vault.Purpose) (*vault.Revealed, error) {
	got, err := v.Reveal(path, p)
	var need *vault.ReasonError
	if !asError(err, &need) || !c.Terminal.Present() {
		return got, err
	}
	if need.Need == "ticket" {
		p.Ticket, err = c.askLine(ctx, "", "show.ask-ticket", "path", path.String())
	} else {
		p.Reason, err = c.askLine(ctx, "", "show.ask-reason", "path", path.String())
	}
	if err != nil {
		return nil, err
	}
	return v.Reveal(path, p)
}

// putOut writes one value and a line end to stdout. On a terminal it is shown on the alternate screen instead: what stays
// in the scrollback is read by the next person at the desk.
func (c *call) putOut(ctx context.Context, value entry.Value) error {
	if c.OutTerminal() && c.Terminal.Present() {
		return c.showHidden(ctx, string(value.Reveal()))
	}
	if _, err := c.out.Write(value.Reveal()); err != nil {
		return err
	}
	return c.out.WriteByte('\n')
}

func (c *call) showUnmasked(ctx context.Context, got *vault.Revealed) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", got.Entry.Path)
	for _, f := range got.Fields {
		value := string(f.Value.Reveal())
		if strings.Contains(value, "\n") {
			value = "\n" + value
		}
		fmt.Fprintf(&b, "%s: %s\n", c.fieldLabel(got.Entry.Card.Kind, f.Name), value)
	}
	return c.showHidden(ctx, b.String())
}

type valuesInfo struct {
	Path    string            `json:"path"`
	Kind    string            `json:"kind"`
	Version uint64            `json:"version"`
	Values  map[string]string `json:"values"`
}

// documentOfValues puts out what was opened as JSON.
func (c *call) documentOfValues(got *vault.Revealed) error {
	info := valuesInfo{got.Entry.Path.String(), got.Entry.Card.Kind, got.Entry.Version, map[string]string{}}
	for _, f := range got.Fields {
		info.Values[f.Name] = string(f.Value.Reveal())
	}
	return c.document(info)
}

func (c *call) fieldLabel(kindID, name string) string {
	if kind, ok := entry.KindByID(kindID); ok {
		if field, known := kind.Field(name); known {
			return field.Label[c.langID()]
		}
	}
	return name
}

type cardInfo struct {
	Path     string      `json:"path"`
	Kind     string      `json:"kind"`
	Version  uint64      `json:"version"`
	Card     cardDetails `json:"card"`
	Fields   []string    `json:"fields"`
	By       string      `json:"by"`
	Updated  string      `json:"updated"`
	Deleted  bool        `json:"deleted,omitempty"`
	Conflict int         `json:"conflict,omitempty"` // other versions of the same number
}

type cardDetails struct {
	Title     string   `json:"title"`
	URL       string   `json:"url,omitempty"`
	Owner     string   `json:"owner,omitempty"`
	Tags      []string `json:"tags,omitempty"`
	Due       string   `json:"due,omitempty"`
	Note      string   `json:"note,omitempty"`
	MovedFrom string   `json:"moved_from,omitempty"`
	MovedTo   string   `json:"moved_to,omitempty"`
}

// showCard shows what every member may know, and the names of the fields. It opens no secret, so nothing is logged.
func (c *call) showCard(v *vault.Vault, e *vault.Entry, siblings []*vault.Entry) error {
	info := cardInfo{
		Path: e.Path.String(), Kind: e.Card.Kind, Version: e.Version, By: e.Author, Updated: e.Time.Format(time.RFC3339),
		Fields: append([]string{}, e.Card.Fields...), Deleted: e.Deleted, Conflict: len(siblings),
		Card: cardDetails{e.Card.Title, e.Card.URL, e.Card.Owner, e.Card.Tags, e.Card.Due, e.Card.Note, e.Card.MovedFrom, e.Card.MovedTo},
	}
	return c.result(info, func() {
		c.tellSiblings(e.Path, e, siblings)
		c.printCard(v, e)
	})
}

// labelWidth is the usual width of the labels of a card; longer ones make room for themselves.
const labelWidth = 16

func (c *call) printCard(v *vault.Vault, e *vault.Entry) {
	width := labelWidth
	for _, name := range e.Card.Fields {
		width = max(width, min(term.Width(c.fieldLabel(e.Card.Kind, name))+1, 2*labelWidth))
	}
	line := func(key textKey, value string) {
		if value != "" {
			fmt.Fprintf(c.out, "%s %s\n", term.Pad(c.text(key)+":", width), term.Clean(value))
		}
	}
	style := c.style(c.OutEscapes)
	fmt.Fprintf(c.out, "%s\n", style.Bold(term.Clean(e.Path.String())))
	line("card.title", e.Card.Title)
	line("card.kind", c.kindTitle(e.Card.Kind))
	line("card.url", e.Card.URL)
	line("card.owner", e.Card.Owner)
	line("card.tags", strings.Join(e.Card.Tags, ", "))
	line("card.due", e.Card.Due)
	line("card.moved-to", e.Card.MovedTo)
	line("card.version", c.text("card.version-by", "version", e.Version, "time", e.Time, "by", e.Author))
	if e.Card.Note != "" {
		fmt.Fprintf(c.out, "\n%s\n", term.CleanLines(e.Card.Note))
	}
	if e.Deleted && e.Card.MovedTo == "" {
		c.say("show.deleted", "path", e.Path.String(), "word", shellWord(e.Path.String()))
	}
	if e.Deleted {
		return
	}
	fmt.Fprintln(c.out)
	for _, name := range e.Card.Fields {
		fmt.Fprintf(c.out, "%s ••••••••\n", term.Pad(term.Clean(c.fieldLabel(e.Card.Kind, name))+":", width))
	}
	c.tellHowToShow(v, e)
}

// tellHowToShow ends with the next step: how to see a value, or whom to ask.
func (c *call) tellHowToShow(v *vault.Vault, e *vault.Entry) {
	d := v.ReadableEntry(e.Path)
	switch {
	case !d.Allowed && d.Request && len(d.Ask) > 0:
		c.say("show.may-ask", "word", shellWord(e.Path.String()), "ask", d.Ask)
		return
	case !d.Allowed:
		c.say("show.not-readable", "safe", e.Path.Safe(), "ask", d.Ask)
		return
	}
	kind, _ := entry.KindByID(e.Card.Kind)
	name, ok := kind.MainField(e.Card.Fields)
	switch {
	case len(e.Card.Fields) == 0:
		c.say("show.no-fields", "word", shellWord(e.Path.String()))
	case ok:
		c.say("show.hidden-main", "field", c.fieldLabel(e.Card.Kind, name))
	default:
		c.say("show.hidden", "field", shellWord(e.Card.Fields[0]))
	}
}

// kindTitle is what a kind is called. Each is looked up once: a listing has thousands of rows.
func (c *call) kindTitle(id string) string {
	if title, ok := c.kinds[id]; ok {
		return title
	}
	title := id
	if kind, ok := entry.KindByID(id); ok {
		title = kind.Title[c.langID()]
	}
	if c.kinds == nil {
		c.kinds = map[string]string{}
	}
	c.kinds[id] = title
	return title
}

// tellSiblings warns of versions that stand side by side: in an outage either may be the one that works.
func (c *call) tellSiblings(path entry.Path, e *vault.Entry, siblings []*vault.Entry) {
	if len(siblings) == 0 {
		return
	}
	c.warn("show.conflict", "path", path.String(), "count", len(siblings)+1)
	for _, s := range append([]*vault.Entry{e}, siblings...) {
		c.warn("show.sibling", "version", s.Version, "by", s.Author, "time", s.Time)
	}
}
