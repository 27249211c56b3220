package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"opsvault/runbooks"
	"opsvault/runbooks/shell"
	"opsvault/vault"
)

// chooseWalk finds what to run: a new run of an approved text, or one that is under way.
func (c *call) chooseWalk(ctx context.Context, v *vault.Vault, o *runOptions) (*walk, error) {
	if o.resume {
		info, err := c.chooseLive(ctx, v)
		if err != nil {
			return nil, err
		}
		return c.goOn(v, o, info)
	}
	slug, err := c.chooseSlug(ctx, v)
	if err != nil {
		return nil, err
	}
	named := slug
	if o.answers == "" { // answers are in the words of the text that they were written for
		slug = c.inMyLanguage(v, named)
	}
	for _, one := range slices.Compact([]string{named, slug}) {
		if o.fresh {
			break
		}
		info, err := c.underWay(ctx, v, o, one)
		if err != nil {
			return nil, err
		}
		if info != nil {
			return c.goOn(v, o, info)
		}
	}
	c.tellBeside(v, slug, o.drill)
	return c.begin(v, o, slug)
}

// begin prepares a new run of the newest text that counts.
func (c *call) begin(v *vault.Vault, o *runOptions, slug string) (*walk, error) {
	b, err := c.bookToRun(v, slug)
	if err != nil {
		return nil, err
	}
	book, err := c.soundBook(versionName(b), b.Text)
	if err != nil {
		return nil, err
	}
	if err := c.warnOfWorld(v, versionName(b), b.Text); err != nil {
		return nil, err
	}
	return &walk{c: c, v: v, o: o, book: book, text: b}, nil
}

// warnOfWorld tells what has changed in the vault since the text was published, such as a credential that is gone. It
// stops nobody: in an outage a runbook with a gap is better than none.
func (c *call) warnOfWorld(v *vault.Vault, name string, data []byte) error {
	world, err := newLintWorld(v, c.Now(), data)
	if err != nil {
		return err
	}
	found := onlyErrors(runbooks.Lint(data, runbooks.Options{World: world, Commands: shell.Rules{}}).Problems)
	for _, p := range found {
		sentence, _ := problemText(c.tr, p)
		c.warn("run.gap", "name", name, "line", p.Line, "problem", sentence)
	}
	return nil
}

// goOn prepares to go on with a run, in the text that it began with.
func (c *call) goOn(v *vault.Vault, o *runOptions, info *vault.RunInfo) (*walk, error) {
	if info.Ended {
		return nil, c.endedError(info)
	}
	j, info, err := v.ResumeRun(info.Run)
	if err != nil {
		return nil, err
	}
	book, err := c.soundBook(fmt.Sprintf("%s@%d", info.Slug, info.Version), info.Text)
	if err != nil {
		return nil, err
	}
	if b, err := v.Book(info.Slug); err == nil && b.Version > info.Version {
		c.say("run.newer", "slug", info.Slug, "version", b.Version, "old", info.Version)
	}
	return &walk{c: c, v: v, o: o, book: book, info: info, journal: j}, nil
}

func (c *call) endedError(info *vault.RunInfo) error {
	return usage("run.ended", "run", info.Run).withHint("run.ended-hint", "slug", info.Slug)
}

// chooseSlug is the runbook that was named, or the one that the person chooses.
func (c *call) chooseSlug(ctx context.Context, v *vault.Vault) (string, error) {
	if len(c.args) > 0 {
		return c.args[0], nil
	}
	books, err := v.Books()
	if err != nil {
		return "", err
	}
	switch {
	case len(books) == 0:
		return "", fail(codeNotFound, "runbook.empty").withHint("runbook.none")
	case c.json || !c.Terminal.Present():
		return "", usage("run.which").withHint("runbook.missing-hint", "slugs", slugsOf(books))
	}
	titles := make([]string, len(books))
	for i, b := range books {
		titles[i] = titleOf(b.Text, b.Slug) + " (" + b.Slug + ")"
	}
	i, err := c.askChoice(ctx, titles, -1, "run.ask-which")
	if err != nil {
		return "", err
	}
	return books[i].Slug, nil
}

func slugsOf(books []*vault.Book) []string {
	slugs := make([]string, len(books))
	for i, b := range books {
		slugs[i] = b.Slug
	}
	return slugs
}

// chooseLive is the run that --resume means: the one that was named, by its id or the beginning of it, the only live one,
// or the one that the person chooses.
func (c *call) chooseLive(ctx context.Context, v *vault.Vault) (*vault.RunInfo, error) {
	if len(c.args) > 0 {
		return c.namedRun(v, c.args[0])
	}
	infos, err := ownRuns(v)
	if err != nil {
		return nil, err
	}
	var fitting []*vault.RunInfo
	for _, info := range infos {
		if !info.Ended {
			fitting = append(fitting, info)
		}
	}
	switch len(fitting) {
	case 1:
		return fitting[0], nil
	case 0:
		return nil, fail(codeNotFound, "run.none-live").withHint("run.missing-hint")
	}
	return c.oneOf(ctx, v, fitting)
}

func isMissing(err error) bool {
	var none *vault.NotFoundError
	return errors.As(err, &none)
}

// oneOf lets the person choose among live runs; a script has to name one.
func (c *call) oneOf(ctx context.Context, v *vault.Vault, infos []*vault.RunInfo) (*vault.RunInfo, error) {
	ids, items := make([]string, len(infos)), make([]string, len(infos))
	for i, info := range infos {
		s, err := c.summaryOf(v, info)
		if err != nil {
			return nil, err
		}
		ids[i], items[i] = info.Run, c.where(s, info)
	}
	if c.json || !c.Terminal.Present() {
		return nil, usage("run.several", "runs", ids).withHint("run.several-hint")
	}
	i, err := c.askChoice(ctx, items, -1, "run.ask-resume")
	if err != nil {
		return nil, err
	}
	return infos[i], nil
}

// where says in a line which run it is and how far it has come.
func (c *call) where(s runSummary, info *vault.RunInfo) string {
	if s.StepNumber == 0 {
		return c.text("run.where-start", "title", s.Title, "run", s.Run, "time", info.Started)
	}
	return c.text("run.where", "title", s.Title, "run", s.Run, "time", info.Started, "number", s.StepNumber, "step", s.StepTitle)
}

// underWay finds a live run of the runbook. The person is asked whether to go on with it; a script, which is told to run the
// same command again, goes on. Damaged journals of other runs stop nobody.
func (c *call) underWay(ctx context.Context, v *vault.Vault, o *runOptions, slug string) (*vault.RunInfo, error) {
	infos, err := ownRuns(v)
	var damaged *vault.IntegrityError
	if errors.As(err, &damaged) {
		c.warn("run.journal-damaged", "why", err)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var live []*vault.RunInfo
	for _, info := range infos {
		if info.Slug != slug || info.Ended {
			continue
		}
		s, err := c.summaryOf(v, info)
		if err != nil {
			return nil, err
		}
		if s.Drill == o.drill { // nobody goes on with a drill in an outage, nor the other way round
			live = append(live, info)
		}
	}
	if len(live) == 0 {
		return nil, nil
	}
	if c.json || o.answers != "" || !c.Terminal.Present() {
		if len(live) > 1 {
			return c.oneOf(ctx, v, live)
		}
		c.say("run.goes-on", "run", live[0].Run)
		return live[0], nil
	}
	s, err := c.summaryOf(v, live[0])
	if err != nil {
		return nil, err
	}
	if err := (&runDesk{ctx: ctx, c: c}).Print("", c.where(s, live[0])); err != nil {
		return nil, err
	}
	yes, err := c.askYes(ctx, true, "run.ask-go-on")
	if err != nil || !yes {
		return nil, err
	}
	return live[0], nil
}
