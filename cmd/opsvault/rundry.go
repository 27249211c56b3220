package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"opsvault/cmd/opsvault/text"
	"opsvault/runbooks"
	"opsvault/runbooks/face"
	"opsvault/runbooks/shell"
	"opsvault/vault"
)

// A dryStep is a step as scripts see it that only look.
type dryStep struct {
	Step     string    `json:"step"`
	Number   int       `json:"number"`
	Title    string    `json:"title"`
	Rollback bool      `json:"rollback,omitempty"`
	Roles    []string  `json:"roles"`
	Ways     []dryWay  `json:"ways"`
	Needs    []dryNeed `json:"needs,omitempty"`
}

type dryWay struct {
	Answer string `json:"answer,omitempty"`
	Target string `json:"target"`
}

type dryNeed struct {
	Path    string   `json:"path"`
	Role    string   `json:"role"`
	Missing bool     `json:"missing,omitempty"`
	Denied  []string `json:"denied,omitempty"`
}

// A dryGap is something that would stop somebody.
type dryGap struct {
	Step   string   `json:"step"`
	Number int      `json:"number"`
	Code   string   `json:"code"` // credential-missing, credential-denied, people-none, or a code of lint
	What   string   `json:"what"`
	Path   string   `json:"path,omitempty"`
	Denied []string `json:"denied,omitempty"`
}

// A dryRun walks through every branch of a runbook and looks at who would do it and what they could open. It opens, writes
// and logs nothing.
type dryRun struct {
	c     *call
	v     *vault.Vault
	book  *runbooks.Runbook
	steps []dryStep
	gaps  []dryGap
}

// runDry is "run --dry-run".
func runDry(ctx context.Context, c *call) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		slug, err := c.chooseSlug(ctx, v)
		if err != nil {
			return err
		}
		b, err := c.bookToRun(v, c.inMyLanguage(v, slug))
		if err != nil {
			return err
		}
		book, err := c.soundBook(versionName(b), b.Text)
		if err != nil {
			return err
		}
		world, err := newLintWorld(v, c.Now(), b.Text)
		if err != nil {
			return err
		}
		d := &dryRun{c: c, v: v, book: book, steps: []dryStep{}, gaps: []dryGap{}}
		d.walk(runbooks.Walk(book, world), world)
		d.lint(b.Text, world)
		if err := d.tell(versionName(b)); err != nil {
			return err
		}
		if len(d.gaps) > 0 {
			return exitStatus(codeFindings)
		}
		return nil
	})
}

func (d *dryRun) walk(visits []runbooks.Visit, world runbooks.World) {
	for _, visit := range visits {
		step := dryStep{Step: visit.Step.ID, Number: visit.Step.Number, Title: visit.Step.Title, Rollback: visit.Rollback, Roles: listOf(visit.Roles)}
		for _, way := range visit.Ways {
			step.Ways = append(step.Ways, dryWay{way.Answer, way.Target})
		}
		for _, need := range visit.Needs {
			step.Needs = append(step.Needs, dryNeed{need.Link.Target.Value, need.Role, need.Missing, need.Denied})
			d.need(visit.Step, need)
		}
		d.people(visit, world)
		d.steps = append(d.steps, step)
	}
}

// need is a gap where a credential is missing, or where somebody who would do the step can't open it.
func (d *dryRun) need(step *runbooks.Step, need runbooks.Need) {
	path := need.Link.Target.Value
	gap := dryGap{Step: step.ID, Number: step.Number, Path: path}
	switch {
	case need.Missing:
		gap.Code, gap.What = "credential-missing", d.c.text("rundry.missing", "path", path)
	case len(need.Denied) > 0:
		gap.Code, gap.Denied = "credential-denied", need.Denied
		gap.What = d.c.text("rundry.denied", "path", path, "members", need.Denied)
	default:
		return
	}
	for _, known := range d.gaps {
		if known.Step == gap.Step && known.What == gap.What {
			return
		}
	}
	d.gaps = append(d.gaps, gap)
}

// people are gaps where there is nobody to do a step, and where it wants somebody called behind whom there is nobody.
func (d *dryRun) people(visit runbooks.Visit, world runbooks.World) {
	step := visit.Step
	if !slices.ContainsFunc(visit.Roles, func(role string) bool { return world.People("role:"+role) > 0 }) {
		roles := face.Voice{Words: d.c.words(), Book: d.book}.Roles(visit.Roles)
		d.gaps = append(d.gaps, dryGap{Step: step.ID, Number: step.Number, Code: "role-empty", What: d.c.text("rundry.no-role", "roles", roles)})
	}
	directory := runDirectory{d.c, d.v}
	for _, link := range face.Calls(step) {
		if len(directory.Contacts(link.Target)) == 0 {
			d.gaps = append(d.gaps, dryGap{Step: step.ID, Number: step.Number, Code: "people-none", What: d.c.text("rundry.nobody", "who", link.Target.Value)})
		}
	}
}

// lint adds what lint finds wrong here and now and the walk does not see.
func (d *dryRun) lint(data []byte, world runbooks.World) {
	for _, p := range onlyErrors(runbooks.Lint(data, runbooks.Options{Now: d.c.Now(), World: world, Commands: shell.Rules{}}).Problems) {
		if strings.HasPrefix(string(p.Code), "credential-") {
			continue
		}
		sentence, _ := problemText(d.c.tr, p)
		d.gaps = append(d.gaps, dryGap{Code: string(p.Code), What: sentence})
	}
}

func (d *dryRun) tell(name string) error {
	return d.c.result(struct {
		Runbook string    `json:"runbook"`
		Steps   []dryStep `json:"steps"`
		Gaps    []dryGap  `json:"gaps"`
	}{name, d.steps, d.gaps}, func() { d.print(name) })
}

func (d *dryRun) print(name string) {
	c := d.c
	voice := face.Voice{Words: c.words(), Book: d.book}
	line := func(indent string, key text.Key, args ...any) {
		fmt.Fprintln(c.out, layOut(indent, c.text(key, args...), c.lineWidth()))
	}
	line("", "rundry.head", "title", d.book.Title, "name", name, "n", len(d.steps))
	for _, s := range d.steps {
		line("", "run.step-name", "number", s.Number, "title", s.Title)
		line("   ", "run.who", "roles", voice.Roles(s.Roles))
		for _, way := range s.Ways {
			if s.Rollback {
				line("   ", "rundry.back")
				continue
			}
			line("   ", "rundry.way", "answer", orDefault(way.Answer, c.text("rundry.then")), "where", voice.Where(targetOf(way.Target)))
		}
		for _, need := range s.Needs {
			line("   ", "rundry.need", "path", need.Path, "role", voice.Role(need.Role))
		}
	}
	if len(d.gaps) == 0 {
		line("", "rundry.clean")
		return
	}
	fmt.Fprintln(c.out)
	line("", "rundry.gaps", "n", len(d.gaps))
	for _, gap := range d.gaps {
		if gap.Number == 0 {
			line("  - ", "rundry.gap-any", "what", gap.What)
			continue
		}
		line("  - ", "rundry.gap", "number", gap.Number, "what", gap.What)
	}
}

// targetOf reads "#id" and "runbook:slug" back.
func targetOf(s string) runbooks.Target {
	if id, ok := strings.CutPrefix(s, "#"); ok {
		return runbooks.Target{Scheme: runbooks.SchemeJump, Value: id}
	}
	return runbooks.Target{Scheme: runbooks.SchemeRunbook, Value: strings.TrimPrefix(s, runbooks.SchemeRunbook+":")}
}

// lineWidth is how wide a paragraph on stdout is.
func (c *call) lineWidth() int {
	if columns := c.Columns(); columns > 0 {
		return max(narrowest, min(columns-1, widest))
	}
	return widest
}
