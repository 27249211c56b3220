package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/term"
	"opsvault/vault"
	"opsvault/vault/entry"
)

type insertOptions struct {
	kind, from, field string
	stdin             bool
}

func newInsertCommand(e *env, run runFunc[insertOptions]) *cli.Command {
	o := &insertOptions{}
	return e.command(&cli.Command{Name: "insert", ArgsUsage: "PATH", Flags: []cli.Flag{
		&cli.StringFlag{Name: "kind", Aliases: []string{"k"}, Destination: &o.kind},
		&cli.StringFlag{Name: "from", Destination: &o.from},
		&cli.StringFlag{Name: "field", Aliases: []string{"f"}, Destination: &o.field},
		&cli.BoolFlag{Name: "stdin", Destination: &o.stdin},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

func runInsert(ctx context.Context, c *call, o *insertOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		path, err := c.path(v, c.args[0])
		if err != nil {
			return err
		}
		if err := v.Vacant(path); err != nil {
			return err
		}
		draft, err := c.newDraft(ctx, path, o)
		if err != nil {
			return err
		}
		defer draft.Fields.Wipe()
		c.warnOfCodes(draft.Fields)
		e, err := v.Insert(path, draft)
		if err != nil {
			return err
		}
		return c.tellWritten(e, "insert.done")
	})
}

// newDraft takes the entry from where the options say: a YAML map, one value, or questions.
func (c *call) newDraft(ctx context.Context, path entry.Path, o *insertOptions) (entry.Draft, error) {
	if o.kind != "" {
		if _, ok := entry.KindByID(o.kind); !ok {
			return entry.Draft{}, unknownKind(o.kind)
		}
	}
	switch {
	case o.from != "" && (o.field != "" || o.stdin):
		return entry.Draft{}, usage("insert.from-or-field").withHint("insert.from-or-field-hint")
	case o.from != "":
		data, err := c.input(o.from, entry.MaxPlaintext)
		if err != nil {
			return entry.Draft{}, err
		}
		defer clear(data)
		d, err := entry.ParseInput(data, o.kind)
		if err == nil && len(d.Fields) == 0 {
			err = usage("insert.no-fields").withHint("insert.no-fields-hint")
		}
		return d, err
	case o.stdin || o.field != "":
		return c.oneField(ctx, o)
	}
	return c.askDraft(ctx, path, o.kind)
}

// unknownKind is the error about a kind that there is not.
func unknownKind(id string) error {
	return usage("usage.kind", "kind", id).withHint("hint.among", "near", entry.KindIDs())
}

// oneField makes a draft with one value, read from stdin or asked for.
func (c *call) oneField(ctx context.Context, o *insertOptions) (entry.Draft, error) {
	name, err := c.fieldName(o.field, o.kind)
	if err != nil {
		return entry.Draft{}, err
	}
	value, err := c.fieldValue(ctx, c.fieldLabel(orDefault(o.kind, entry.DefaultKind), name), o.stdin)
	if err != nil {
		return entry.Draft{}, err
	}
	return entry.Draft{Kind: o.kind, Fields: entry.Fields{{Name: name, Value: value}}}, nil
}

// fieldName checks the name of a field; without one it is the kind's main secret. A field may be called by its label.
func (c *call) fieldName(name, kindID string) (string, error) {
	kind, _ := entry.KindByID(orDefault(kindID, entry.DefaultKind))
	for _, f := range kind.Fields {
		if name == "" && f.Main || strings.EqualFold(name, f.ID) || strings.EqualFold(name, f.Label[c.langID()]) {
			return f.ID, nil
		}
	}
	if entry.IsCardKey(name) {
		return "", usage("insert.card-key", "name", name).withHint("insert.card-key-hint", "name", name)
	}
	return entry.FieldName(orDefault(name, "password"))
}

func orDefault(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

// fieldValue reads a value from stdin, less one line end, or asks for it twice on the terminal.
func (c *call) fieldValue(ctx context.Context, label string, stdin bool) (entry.Value, error) {
	if !stdin {
		value, err := c.askTwice(ctx, "insert.ask-one", label)
		if err == nil && value.Len() == 0 {
			err = usage("insert.nothing").withHint("insert.no-fields-hint")
		}
		return value, err
	}
	data, err := c.input("-", entry.MaxPlaintext)
	if err != nil {
		return entry.Value{}, err
	}
	data = bytes.TrimSuffix(data, []byte("\n"))
	data = bytes.TrimSuffix(data, []byte("\r"))
	if len(data) == 0 {
		return entry.Value{}, usage("insert.empty-stdin", "field", label).withHint("insert.empty-stdin-hint")
	}
	return entry.NewValue(data), nil
}

// askTwice asks for a secret and once more for the same. What Enter alone means stands in the question.
func (c *call) askTwice(ctx context.Context, question textKey, label string) (entry.Value, error) {
	for {
		first, err := c.askSecret(ctx, question, "field", label)
		if err != nil {
			return entry.Value{}, err
		}
		if len(first) == 0 {
			return entry.NewValue(nil), nil
		}
		second, err := c.askSecret(ctx, "insert.ask-again", "field", label)
		if err != nil {
			return entry.Value{}, err
		}
		same := bytes.Equal(first, second)
		clear(second)
		if same {
			return entry.NewValue(first), nil
		}
		clear(first)
		c.warn("insert.differs")
	}
}

// askDraft asks for what the kind is made of, one thing at a time. Enter leaves out what isn't known.
func (c *call) askDraft(ctx context.Context, path entry.Path, kindID string) (entry.Draft, error) {
	kind, err := c.askKind(ctx, kindID)
	if err != nil {
		return entry.Draft{}, err
	}
	d := entry.Draft{Kind: kind.ID}
	if d.Title, err = c.askLine(ctx, path.Name(), "insert.ask-title"); err != nil {
		return d, err
	}
	if d.URL, err = c.askURL(ctx, "", "insert.ask-url"); err != nil {
		return d, err
	}
	for _, f := range kind.Fields {
		if f.Rare {
			continue
		}
		value, err := c.askField(ctx, f)
		if err != nil {
			return d, err
		}
		if value.Len() > 0 {
			d.Fields = d.Fields.Set(f.ID, value)
		}
	}
	if len(d.Fields) == 0 {
		return d, usage("insert.nothing").withHint("insert.no-fields-hint")
	}
	return d, nil
}

// askURL asks until it gets an address. One without a scheme is a place in the web.
func (c *call) askURL(ctx context.Context, def string, key textKey) (string, error) {
	for {
		line, err := c.askLine(ctx, def, key)
		if err != nil {
			return "", err
		}
		if entry.CheckURL(line) != nil && strings.Contains(line, ".") && entry.CheckURL("https://"+line) == nil {
			line = "https://" + line
		}
		var bad *entry.TextError
		if !errors.As(entry.CheckURL(line), &bad) {
			return line, nil
		}
		c.warn("insert.bad-text", "why", c.textWhy(bad))
	}
}

// kindMargin is the room for the number in front of a kind.
const kindMargin = 6

func (c *call) askKind(ctx context.Context, id string) (entry.Kind, error) {
	if id != "" {
		kind, _ := entry.KindByID(id)
		return kind, nil
	}
	kinds := entry.Kinds()
	items := make([]string, len(kinds))
	def := 0
	columns, _ := c.Terminal.Size()
	for i, k := range kinds {
		items[i] = fmt.Sprintf("%s – %s", k.Title[c.langID()], k.Hint[c.langID()])
		if columns > kindMargin && term.Width(items[i]) > columns-kindMargin {
			items[i] = k.Title[c.langID()] // one line each, or the numbers are not found
		}
		if k.ID == entry.DefaultKind {
			def = i
		}
	}
	i, err := c.askChoice(ctx, items, def, "insert.ask-kind")
	if err != nil {
		return entry.Kind{}, err
	}
	return kinds[i], nil
}

func (c *call) askField(ctx context.Context, f entry.KindField) (entry.Value, error) {
	label := orDefault(f.Label[c.langID()], f.ID)
	if f.Secret {
		return c.askTwice(ctx, "insert.ask-secret", label)
	}
	line, err := c.askLine(ctx, "", "insert.ask-field", "field", label)
	return entry.NewValue([]byte(line)), err
}

type writtenInfo struct {
	Path    string `json:"path"`
	Version uint64 `json:"version"`
}

// tellWritten says which version of which entry was written.
func (c *call) tellWritten(e *vault.Entry, key textKey) error {
	return c.result(writtenInfo{e.Path.String(), e.Version}, func() {
		c.say(key, "path", e.Path.String(), "version", e.Version)
	})
}
