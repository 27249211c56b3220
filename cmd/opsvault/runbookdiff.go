package main

import (
	"context"
	"strconv"
	"strings"
	"unicode"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/term"
	"opsvault/cmd/opsvault/text"
	"opsvault/runbooks"
	"opsvault/vault"
)

type runbookDiffOptions struct{ lines bool }

func newRunbookDiffCommand(e *env, run runFunc[runbookDiffOptions]) *cli.Command {
	o := &runbookDiffOptions{}
	return e.command(&cli.Command{Name: "diff", ArgsUsage: "SLUG [OLD] [NEW]", Flags: []cli.Flag{
		&cli.BoolFlag{Name: "lines", Destination: &o.lines},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// A bookDiff is what differs between two versions, for scripts.
type bookDiff struct {
	Old     bookInfo          `json:"old"`
	New     bookInfo          `json:"new"`
	Changes []runbooks.Change `json:"changes"`
	Lines   string            `json:"lines"`           // in the unified form
	Whole   bool              `json:"whole,omitempty"` // one of the texts is no runbook: there are only lines
}

// runRunbookDiff compares two versions: the last two, or OLD and the newest, or OLD and NEW.
func runRunbookDiff(ctx context.Context, c *call, o *runbookDiffOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		older, newer, err := c.twoVersions(v)
		if err != nil {
			return err
		}
		d := bookDiff{Old: bookInfoOf(older), New: bookInfoOf(newer), Changes: []runbooks.Change{},
			Lines: term.CleanLines(runbooks.DiffLines(versionName(older), versionName(newer), older.Text, newer.Text))}
		was, _ := runbooks.Parse(older.Text)
		is, _ := runbooks.Parse(newer.Text)
		if d.Whole = was == nil || is == nil; !d.Whole {
			d.Changes = append(d.Changes, runbooks.Diff(was, is)...)
		}
		return c.result(d, func() { c.showDiff(d, o.lines) })
	})
}

// twoVersions are the versions that the arguments name, the older one first.
func (c *call) twoVersions(v *vault.Vault) (older, newer *vault.Book, err error) {
	all, err := c.versions(v, c.args[0])
	if err != nil {
		return nil, nil, err
	}
	numbers := []uint64{0, 0}
	for i, arg := range c.args[1:] {
		n, err := strconv.ParseUint(arg, 10, 32)
		if err != nil || n == 0 {
			return nil, nil, usage("runbook.bad-version", "version", arg)
		}
		numbers[i] = n
	}
	if newer, err = c.anyVersion(v, c.args[0], numbers[1]); err != nil {
		return nil, nil, err
	}
	if numbers[0] == 0 {
		for _, b := range all {
			if b.Version < newer.Version {
				return b, newer, nil
			}
		}
		return nil, nil, usage("bookdiff.only-one", "name", versionName(newer)).withHint("bookdiff.only-one-hint", "slug", newer.Slug)
	}
	older, err = c.anyVersion(v, c.args[0], numbers[0])
	return older, newer, err
}

func (c *call) showDiff(d bookDiff, lines bool) {
	style := c.style(c.OutEscapes)
	if lines || d.Whole {
		c.out.WriteString(c.diffLines(d.Lines, style))
		return
	}
	c.out.WriteString(c.text("bookdiff.between", "old", d.Old.Version, "new", d.New.Version, "slug", d.New.Slug, "oldby", d.Old.By,
		"newby", d.New.By) + "\n")
	c.printChanges(d.Changes, style)
	switch {
	case d.Lines == "":
		c.say("bookdiff.same")
	case len(d.Changes) == 0:
		c.say("bookdiff.only-looks", "slug", d.New.Slug, "old", d.Old.Version, "new", d.New.Version)
	}
}

// diffLines is a line-by-line difference; where the terminal can, its lines are set apart.
func (c *call) diffLines(s string, style term.Style) string {
	lines := strings.SplitAfter(s, "\n")
	for i, line := range lines {
		body, end := strings.TrimSuffix(line, "\n"), ""
		if body != line {
			end = "\n"
		}
		switch {
		case strings.HasPrefix(line, "@@"):
			lines[i] = style.Dim(body) + end
		case strings.HasPrefix(line, "+"), strings.HasPrefix(line, "-"):
			lines[i] = style.Bold(body) + end
		}
	}
	return strings.Join(lines, "")
}

// printChanges tells changes step by step. Steps that only have another number are told together.
func (c *call) printChanges(changes []runbooks.Change, style term.Style) {
	at := "\x00"
	for i := 0; i < len(changes); i++ {
		change := changes[i]
		if n := renumberedFrom(changes[i:]); n > 0 {
			c.out.WriteString("\n" + c.renumbered(changes[i], changes[i+n-1]) + "\n")
			i, at = i+n-1, "\x00"
			continue
		}
		if change.Step == "" {
			if at != "" {
				c.out.WriteString("\n" + style.Bold(c.text("bookdiff.whole")) + "\n")
			}
			at = ""
		} else if place := change.Step + "/" + strconv.Itoa(change.Number); place != at {
			c.out.WriteString("\n" + style.Bold(c.stepHeading(change)) + "\n")
			at = place
		}
		c.printChange(change)
	}
}

// renumberedFrom counts the changes at the beginning that are steps with another number and nothing else, moved by the same
// count.
func renumberedFrom(changes []runbooks.Change) int {
	n := 0
	for n < len(changes) && changes[n].Kind == runbooks.StepRenumbered && changes[n].Number-changes[n].Was == changes[0].Number-changes[0].Was {
		if n+1 < len(changes) && changes[n+1].Step == changes[n].Step && changes[n+1].Kind != runbooks.StepRenumbered {
			break
		}
		n++
	}
	return n
}

func (c *call) renumbered(first, last runbooks.Change) string {
	if first == last {
		return c.text("bookdiff.number", "number", first.Number, "was", first.Was, "title", first.Title)
	}
	return c.text("bookdiff.numbers", "first", first.Was, "last", last.Was, "newfirst", first.Number, "newlast", last.Number)
}

func (c *call) stepHeading(change runbooks.Change) string {
	if change.Kind == runbooks.StepRemoved {
		return c.text("bookdiff.step-was", "number", change.Was, "title", change.Title)
	}
	return c.text("bookdiff.step", "number", change.Number, "title", change.Title)
}

// printChange says in words what has changed, and shows what it was and is.
func (c *call) printChange(change runbooks.Change) {
	key := text.Key("bookdiff." + string(change.Kind))
	args := []any{"name", c.changedPart(change), "old", change.Old, "new", change.New, "was", change.Was, "number", change.Number}
	switch change.Kind {
	case runbooks.StepMoved:
		if change.Old == change.New {
			key = "bookdiff.step-moved-within"
		}
	case runbooks.Question:
		if change.Old == "" {
			key = "bookdiff.question-new"
		} else if change.New == "" {
			key = "bookdiff.question-gone"
		}
	case runbooks.LinkAdded, runbooks.LinkRemoved:
		if strings.HasPrefix(change.Old+change.New, runbooks.SchemeVault+":") {
			key += "-vault"
		}
	case runbooks.OrderChanged:
		if change.Name != "" {
			key = "bookdiff.order-answer"
		}
	}
	sentence := c.text(key, args...)
	c.printWrapped("  ", "  ", upperFirst(sentence))
	if shown(change.Kind) {
		c.printSide("- ", change.Old)
		c.printSide("+ ", change.New)
	}
}

// shown reports the kinds whose texts are too long for the sentence.
func shown(kind runbooks.ChangeKind) bool {
	switch kind {
	case runbooks.FrontChanged, runbooks.TitleChanged, runbooks.IntroChanged, runbooks.PhaseRenamed, runbooks.StepRenamed, runbooks.MetaChanged,
		runbooks.CheckAdded, runbooks.CheckRemoved, runbooks.CheckChanged, runbooks.TextAdded, runbooks.TextRemoved, runbooks.TextChanged,
		runbooks.FenceAdded, runbooks.FenceRemoved, runbooks.FenceChanged, runbooks.NoteAdded, runbooks.NoteRemoved, runbooks.NoteChanged,
		runbooks.Question:
		return true
	}
	return false
}

func (c *call) printSide(mark, s string) {
	if s == "" {
		return
	}
	for line := range strings.SplitSeq(term.CleanLines(s), "\n") {
		c.printWrapped("    "+mark, "      ", line)
	}
}

// printWrapped writes a line, broken between words where it does not fit on the terminal.
func (c *call) printWrapped(first, rest, line string) {
	if width := c.Columns() - len(first); c.OutTerminal() && width > 10 {
		line = term.Wrap(line, width)
	}
	c.out.WriteString(first + strings.ReplaceAll(line, "\n", "\n"+rest) + "\n")
}

// changedPart is the name of what has changed in the person's language, where it has one.
func (c *call) changedPart(change runbooks.Change) string {
	switch change.Kind {
	case runbooks.MetaChanged:
		return c.text(text.Key("bookdiff.line." + strings.ReplaceAll(strings.ToLower(change.Name), " ", "-")))
	case runbooks.FenceAdded, runbooks.FenceRemoved, runbooks.FenceChanged:
		return c.text(text.Key("bookdiff.fence." + change.Name))
	case runbooks.NoteAdded, runbooks.NoteRemoved, runbooks.NoteChanged:
		return c.text(text.Key("bookdiff.note." + change.Name))
	}
	return change.Name
}

func upperFirst(s string) string {
	for i, r := range s {
		return string(unicode.ToUpper(r)) + s[i+len(string(r)):]
	}
	return s
}
