package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/term"
	"opsvault/cmd/opsvault/text"
	"opsvault/runbooks"
	runreport "opsvault/runbooks/report"
	"opsvault/vault"
)

type runsReportOptions struct{ format, output string }

func newRunsReportCommand(e *env, run runFunc[runsReportOptions]) *cli.Command {
	o := &runsReportOptions{}
	return e.command(&cli.Command{Name: "report", ArgsUsage: "[RUN]", Flags: []cli.Flag{
		&cli.StringFlag{Name: "format", Destination: &o.format},
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Destination: &o.output},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// The forms of a report.
const (
	formMarkdown = "md"
	formHTML     = "html"
	formJSON     = "json"
)

// runRunsReport tells what happened in a run: the one that is named, or the newest.
func runRunsReport(ctx context.Context, c *call, o *runsReportOptions) error {
	form, err := c.reportForm(o)
	if err != nil {
		return err
	}
	return c.withVault(ctx, func(v *vault.Vault) error {
		r, err := c.runNamed(v)
		if err != nil {
			return err
		}
		src := c.reportSource(r)
		data, err := c.writtenReport(v, runreport.Build(src), src.Book, form)
		if err != nil {
			return err
		}
		if o.output == "" || o.output == "-" {
			_, err := c.out.Write(data)
			return err
		}
		if err := writeNew(o.output, data); err != nil {
			return err
		}
		if c.json {
			return c.document(struct {
				Run  string `json:"run"`
				File string `json:"file"`
			}{src.Run, o.output})
		}
		c.say("report.written", "run", src.Run, "file", o.output)
		return nil
	})
}

// reportForm is what --format says, or --json, or the name of the file.
func (c *call) reportForm(o *runsReportOptions) (string, error) {
	form := strings.ToLower(o.format)
	if form == "" {
		form = formMarkdown
		switch name := strings.ToLower(o.output); {
		case c.json && name == "":
			form = formJSON
		case strings.HasSuffix(name, ".html"), strings.HasSuffix(name, ".htm"):
			form = formHTML
		case strings.HasSuffix(name, ".json"):
			form = formJSON
		}
	}
	switch form {
	case formMarkdown, formHTML, formJSON:
		return form, nil
	case "markdown":
		return formMarkdown, nil
	}
	return "", usage("report.form", "form", o.format).withHint("report.form-hint")
}

// runNamed is the run that the first argument names by its id or the beginning of it; without one the newest.
func (c *call) runNamed(v *vault.Vault) (*sharedRun, error) {
	if len(c.args) > 0 {
		return c.sharedRun(v, c.args[0])
	}
	runs, err := c.sharedRuns(v)
	if err != nil {
		return nil, err
	}
	if len(runs) == 0 {
		return nil, fail(codeNotFound, "report.none").withHint("report.none-hint")
	}
	return runs[0], nil
}

// reportSource is what is known of a run. A report also tells of a run whose text is not here, or that is damaged.
func (c *call) reportSource(r *sharedRun) runreport.Source {
	src := runreport.Source{Run: r.info.Run, Slug: r.info.Slug, Version: r.info.Version, Digest: r.info.Digest.String(), Woven: r.woven, Now: c.Now()}
	if r.info.Text != nil {
		src.Book = r.book
	}
	if r.info.Damage != nil {
		src.Damage = append(src.Damage, explain(r.info.Damage, c.tr, false).Error)
	}
	return src
}

func (c *call) writtenReport(v *vault.Vault, r runreport.Report, book *runbooks.Runbook, form string) ([]byte, error) {
	words := reportWords{c.tr, v}
	switch form {
	case formJSON:
		var document bytes.Buffer
		encoder := json.NewEncoder(&document)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		err := encoder.Encode(r)
		return escapeHidden(document.Bytes()), err
	case formHTML:
		var page bytes.Buffer
		err := runreport.HTML(&page, r, book, words, c.langID())
		return page.Bytes(), err
	}
	return []byte(runreport.Markdown(r, book, words)), nil
}

// reportWords are the words of a report in the person's language.
type reportWords struct {
	tr *text.Translator
	v  *vault.Vault
}

var _ runreport.Words = reportWords{}

// Text is a message; what a newer opsvault wrote has none.
func (w reportWords) Text(key string, args ...any) string {
	if !w.tr.Has(text.Key(key)) {
		return key[strings.LastIndexByte(key, '.')+1:]
	}
	return w.tr.Text(text.Key(key), args...)
}

// Moment is a day and the time of day.
func (w reportWords) Moment(at time.Time) string { return w.tr.Moment(at) }

// Member is an id with the name, as lists have it.
func (w reportWords) Member(id string) string { return memberName(w.v, id) }

// Clean makes text safe to show.
func (w reportWords) Clean(s string) string { return term.Clean(s) }

// Size is a size in units.
func (w reportWords) Size(n int64) string { return w.tr.Bytes(n) }

// Span is how long something took, in hours and minutes.
func (w reportWords) Span(d time.Duration) string {
	if d < time.Minute {
		return w.tr.Text("report.seconds", "n", int(d/time.Second))
	}
	minutes := int(d / time.Minute)
	if minutes < 60 {
		return w.tr.Text("report.minutes", "n", minutes)
	}
	return w.tr.Text("report.hours", "hours", minutes/60, "minutes", minutes%60)
}
