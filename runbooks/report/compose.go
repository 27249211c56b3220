package report

import (
	"fmt"
	"strings"
	"time"

	"opsvault/runbooks"
)

// Words are the words of the caller's language. Arguments come in pairs, a name and a value; strings among them are made
// safe to show on their way in.
type Words interface {
	Text(key string, args ...any) string
	Moment(time.Time) string // a day and the time of day
	Span(time.Duration) string
	Member(id string) string
	Clean(string) string // without what could touch a terminal or reorder text
	Size(int64) string
}

// A document is a report in words, before it takes a form.
type document struct {
	Lang     string
	Title    string
	Mark     string // of a drill
	Facts    []fact
	Sections []section
	Foot     string
}

type fact struct{ Name, Value string }

// A section has a list or a table.
type section struct {
	Title  string
	Grave  bool
	Intro  string
	List   []string
	Header []string
	Rows   [][]string
}

type composer struct {
	Report
	words Words
	book  *runbooks.Runbook
}

// compose puts a report into words. Sections that have nothing to say are left out.
func compose(r Report, book *runbooks.Runbook, words Words) document {
	c := &composer{r, words, book}
	d := document{Title: c.text("title", "title", r.Title), Facts: c.facts(), Foot: c.text("foot", "run", r.Run, "digest", r.Digest)}
	if r.Drill {
		d.Mark = c.text("drill")
	}
	for _, s := range []section{
		c.attention(), c.steps(), c.inputs(), c.credentials(), c.commands(), c.evidence(), c.calls(), c.notices(), c.handovers(), c.onPaper(),
		c.people(), c.timeline(), c.asides(),
	} {
		if len(s.List)+len(s.Rows) > 0 {
			d.Sections = append(d.Sections, s)
		}
	}
	d.clean(words.Clean)
	return d
}

// clean goes through everything: what came from a journal as much as what is ours.
func (d *document) clean(clean func(string) string) {
	d.Title, d.Mark, d.Foot = clean(d.Title), clean(d.Mark), clean(d.Foot)
	for i, f := range d.Facts {
		d.Facts[i] = fact{clean(f.Name), clean(f.Value)}
	}
	for i, s := range d.Sections {
		d.Sections[i].Title, d.Sections[i].Intro = clean(s.Title), clean(s.Intro)
		for _, cells := range append(s.Rows, s.Header, s.List) {
			for k, cell := range cells {
				cells[k] = clean(cell)
			}
		}
	}
}

func (c *composer) text(key string, args ...any) string { return c.words.Text("report."+key, args...) }

// who names a member; what is no id (a typed name, a device) stays what it is.
func (c *composer) who(id string) string {
	if id == "" {
		return ""
	}
	return c.words.Member(id)
}

func (c *composer) all(ids []string) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = c.who(id)
	}
	return strings.Join(names, ", ")
}

// flagged is whom a flag is about: of a gap it is a device.
func (c *composer) flagged(f Flag) string {
	if f.Code == FlagGap {
		return f.Who
	}
	return c.who(f.Who)
}

func (c *composer) moment(t *Time) string {
	if t == nil {
		return ""
	}
	return c.words.Moment(t.Time)
}

// stepName is "3. Title", or what is known of it.
func (c *composer) stepName(id string) string {
	if id == "" {
		return ""
	}
	if c.book != nil {
		if step := c.book.Step(id); step != nil {
			return fmt.Sprintf("%d. %s", step.Number, step.Title)
		}
	}
	return id
}

func (c *composer) span(secs int) string { return c.words.Span(time.Duration(secs) * time.Second) }

func (c *composer) facts() []fact {
	r := c.Report
	list := []fact{
		{c.text("fact.runbook"), fmt.Sprintf("%s@%d", r.Slug, r.Version)},
		{c.text("fact.state"), c.ending()},
		{c.text("fact.by"), c.who(r.By)},
	}
	if r.Owner != r.By {
		list = append(list, fact{c.text("fact.owner"), c.who(r.Owner)})
	}
	list = append(list, fact{c.text("fact.started"), c.moment(r.Started)})
	if r.Ended != nil {
		list = append(list, fact{c.text("fact.ended"), c.moment(r.Ended)})
	}
	time := c.span(r.Seconds)
	if r.Paused > 0 {
		time = c.text("time-paused", "time", time, "paused", c.span(r.Paused))
	}
	if r.Estimate > 0 {
		time = c.text("time-planned", "time", time, "planned", c.span(r.Estimate))
	}
	return append(list, fact{c.text("fact.time"), time})
}

func (c *composer) ending() string {
	state := c.text("state." + orWord(c.State, "open"))
	switch {
	case c.Reason != "":
		return c.text("state-reason", "state", state, "reason", c.Reason)
	case strings.HasPrefix(c.Target, runbooks.SchemeRunbook+":"):
		return c.text("state-on", "state", state, "slug", strings.TrimPrefix(c.Target, runbooks.SchemeRunbook+":"))
	}
	return state
}

func orWord(s, word string) string {
	if s == "" {
		return word
	}
	return s
}

func (c *composer) attention() section {
	s := section{Title: c.text("attention"), Grave: true}
	for _, f := range c.Attention {
		outcome := f.Text
		if f.Code == FlagCommand {
			outcome = c.text("outcome." + f.Text)
		}
		s.List = append(s.List, c.text("flag."+f.Code, "step", c.stepName(f.Step), "who", c.flagged(f), "text", outcome, "n", f.N, "time", c.moment(f.Time)))
	}
	return s
}

func (c *composer) steps() section {
	s := section{Title: c.text("steps"), Header: c.header("step", "state", "by", "time", "planned", "answer")}
	for _, step := range c.Steps {
		if step.State == "not-taken" {
			continue
		}
		planned, spent := "", ""
		if step.Estimate > 0 {
			planned = c.span(step.Estimate)
		}
		if step.Entered != nil {
			spent = c.span(step.Seconds)
		}
		if step.Visits > 1 {
			spent = c.text("visits", "time", spent, "n", step.Visits)
		}
		s.Rows = append(s.Rows, []string{c.stepName(step.Step), c.stepState(step), c.all(step.By), spent, planned, strings.Join(step.Answers, ", ")})
	}
	if n := c.notTaken(); n > 0 && c.Ended != nil {
		s.Intro = c.text("not-taken", "n", n)
	} else if n > 0 {
		s.Intro = c.text("not-yet", "n", n)
	}
	return s
}

func (c *composer) notTaken() int {
	n := 0
	for _, step := range c.Steps {
		if step.State == "not-taken" {
			n++
		}
	}
	return n
}

func (c *composer) stepState(s Step) string {
	parts := []string{c.text("step." + orWord(s.State, "active"))}
	if s.Reason != "" {
		parts[0] = c.text("state-reason", "state", parts[0], "reason", s.Reason)
	}
	if s.Checks > 0 && s.Done < s.Checks {
		parts = append(parts, c.text("checks", "done", s.Done, "n", s.Checks))
	}
	switch {
	case s.Second == "":
	case s.SecondSigned:
		parts = append(parts, c.text("second-signed", "name", c.who(s.Second)))
	default:
		parts = append(parts, c.text("second-unsigned", "name", s.Second))
	}
	if s.Undo != "" && s.State != string(runbooks.StepUndone) {
		parts = append(parts, c.text("undo."+s.Undo))
	}
	return strings.Join(parts, "; ")
}

// header are the heads of a table's columns.
func (c *composer) header(names ...string) []string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = c.text("column." + name)
	}
	return list
}
