package runbooks_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"opsvault/runbooks"
	"opsvault/runbooks/library"
)

func shipped(t testing.TB) []library.Book {
	t.Helper()
	books, err := library.Library()
	if err != nil || len(books) < 2 {
		t.Fatalf("%d shipped runbooks: %v", len(books), err)
	}
	return books
}

// complete is a vault that has what "init" offers, four safes, the billing closed to agents, and the shipped runbooks.
type complete struct{}

func (complete) Credential(path, role string) (bool, []string) {
	safe, _, _ := strings.Cut(path, "/")
	if safe == "billing" && role == "agent" {
		return true, []string{"the agents"}
	}
	return slices.Contains([]string{"telephony", "cabinets", "billing", "office"}, safe), nil
}

func (complete) Runbook(slug string) (runbooks.Book, bool) {
	_, err := library.Find(slug, "en")
	return runbooks.Book{LastDrill: written()}, err == nil
}

// People has one lead, as most teams do: a second person can't be another one.
func (complete) People(ref string) int {
	if ref == "role:lead" {
		return 1
	}
	return 2
}

func written() time.Time { return time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC) }

func TestShippedRunbooksAreClean(t *testing.T) {
	for _, book := range shipped(t) {
		for name, options := range map[string]runbooks.Options{
			"alone":   {Now: written()},
			"a vault": {Now: written(), World: complete{}},
		} {
			t.Run(book.Lang+"/"+book.Slug+"/"+name, func(t *testing.T) {
				report := runbooks.Lint(book.Text, options)
				if len(report.Problems) > 0 {
					t.Error(listed(report.Problems))
				}
				if m := report.Runbook.Meta; m.ID != book.Slug || m.Lang != book.Lang {
					t.Errorf("%s in %s", m.ID, m.Lang)
				}
			})
		}
	}
	if _, err := library.Find("no-such", "en"); !errors.Is(err, library.ErrUnknown) {
		t.Error(err)
	}
	if _, err := library.Find("../en/no-internet", "ru"); !errors.Is(err, library.ErrUnknown) {
		t.Error(err)
	}
}

// skeleton is what a translation must share with its original: everything but the words.
func skeleton(book *runbooks.Runbook) []string {
	m := book.Meta
	list := []string{fmt.Sprint(m.Owner, m.ReviewBy, m.Est, m.Drill, m.Paper, len(m.UseWhen), len(m.Inputs))}
	for _, role := range m.Roles {
		list = append(list, role.ID)
	}
	for _, phase := range book.Phases {
		list = append(list, "phase "+phase.ID)
		for _, s := range phase.Steps {
			list = append(list, fmt.Sprint(s.Number, " ", s.ID, s.Who, s.Time, s.Second, s.WithRole, bare(s.With...), bare(s.Then, s.Undo)))
			if s.Repeat != nil {
				list = append(list, fmt.Sprint("repeat ", s.Repeat.First, s.Repeat.Every, bare(s.Repeat.Until)))
			}
			for _, link := range s.Links {
				list = append(list, link.Target.String())
			}
			for _, block := range s.Blocks {
				list = append(list, "  "+bones(block))
			}
			if s.Decision != nil {
				for _, answer := range s.Decision.Answers {
					list = append(list, answer.Target.String())
				}
			}
		}
	}
	return list
}

// bare are targets without their places.
func bare[T runbooks.Target | *runbooks.Target](targets ...T) []string {
	list := make([]string, len(targets))
	for i, target := range targets {
		switch target := any(target).(type) {
		case runbooks.Target:
			list[i] = target.String()
		case *runbooks.Target:
			if target != nil {
				list[i] = target.String()
			}
		}
	}
	return list
}

// bones are the parts of a block that need no translation.
func bones(block runbooks.Block) string {
	switch {
	case block.Check != nil:
		text := fmt.Sprint("check ", block.Check.Response != "")
		for _, input := range block.Check.Inputs {
			text += " " + input.Name
		}
		return text
	case block.Fence != nil:
		f := block.Fence
		return fmt.Sprint("fence ", f.Kind, f.Needs, f.Timeout, f.Expect, f.Via, f.Drill)
	case block.Note != nil:
		return fmt.Sprint("note ", block.Note.Kind, block.Note.After)
	}
	return "text"
}

func TestShippedTranslationsHaveTheSameSteps(t *testing.T) {
	pairs := map[string][][]string{}
	for _, book := range shipped(t) {
		parsed, _ := runbooks.Parse(book.Text)
		pairs[book.Slug] = append(pairs[book.Slug], skeleton(parsed))
	}
	if len(pairs) < 10 {
		t.Errorf("%d runbooks", len(pairs))
	}
	for slug, pair := range pairs {
		if len(pair) != 2 {
			t.Errorf("%s is there in %d languages", slug, len(pair))
			continue
		}
		for i, line := range pair[0] {
			if i >= len(pair[1]) || pair[1][i] != line {
				t.Errorf("%s: %q in English, in Russian %q", slug, line, pair[1][i:min(i+1, len(pair[1]))])
				break
			}
		}
		if len(pair[1]) > len(pair[0]) {
			t.Errorf("%s: the Russian one has more", slug)
		}
	}
}

// TestShippedRunbooksRunToEveryEnd takes every answer of every question, and from each of them runs to every end that can be
// reached behind it: alone, with others who do steps beside it, and leaving as it is what could be taken back.
func TestShippedRunbooksRunToEveryEnd(t *testing.T) {
	for _, book := range shipped(t) {
		t.Run(book.Lang+"/"+book.Slug, func(t *testing.T) {
			t.Parallel()
			parsed, problems := runbooks.Parse(book.Text)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			m := mapOf(parsed)
			taken, entered := map[road]bool{}, map[string]bool{}
			for i, route := range m.routes() {
				j := &journey{t: t, book: parsed, route: route, beside: i%3 == 1, waive: i%3 == 2}
				j.run()
				for _, r := range route {
					taken[r] = true
				}
				for _, e := range j.journal.events {
					if e.Kind == runbooks.EventEntered || e.Kind == runbooks.EventUndoBegun {
						entered[e.Step] = true
					}
				}
			}
			for _, r := range m.roads() {
				if !taken[r] {
					t.Errorf("no route takes %q from %s to %s", r.answer, r.from, r.to)
				}
			}
			for _, phase := range parsed.Phases {
				for _, s := range phase.Steps {
					if !entered[s.ID] {
						t.Errorf("no run came to %s", s.ID)
					}
				}
			}
		})
	}
}

// A journey is one run along one route.
type journey struct {
	t             *testing.T
	book          *runbooks.Runbook
	route         []road
	beside, waive bool

	runner  *runbooks.Runner
	journal *tape
	answers int // that have been given, those of steps without a question included
}

// run goes to the end, and sees that the run went that way and no other.
func (j *journey) run() {
	j.t.Helper()
	j.runner, j.journal = start(j.t, j.book)
	for n := 0; !j.runner.State().Over(); n++ {
		if n > 50*len(j.route)+200 {
			j.t.Fatalf("no end in sight at %+v", j.runner.Next())
		}
		if j.beside {
			j.others()
		}
		p := j.runner.Next()
		switch {
		case p.Kind == runbooks.PromptDecision && !p.Step.Phase.Rollback():
			j.decide(p.Step.ID)
		case j.waive:
			must(j.t, deed(j.runner, 2))
		default:
			must(j.t, deed(j.runner, 0))
		}
	}
	j.arrived()
}

// others begin the steps that can be done beside the current one.
func (j *journey) others() {
	step := j.book.Step(j.runner.State().Step)
	if step == nil {
		return
	}
	for _, target := range step.With {
		if err := j.runner.Beside(target.Value, "anna"); err != nil && !errors.Is(err, runbooks.ErrNotNow) {
			j.t.Fatal(err)
		}
	}
}

func (j *journey) decide(step string) {
	for j.answers < len(j.route) && j.route[j.answers].answer == "" {
		j.answers++
	}
	if j.answers == len(j.route) || j.route[j.answers].from != step {
		j.t.Fatalf("asked in %s, on the route %v", step, j.route)
	}
	must(j.t, j.runner.Decide(j.route[j.answers].answer))
	j.answers++
}

// arrived compares the way and the end with the route, and looks whether everything that could be taken back was.
func (j *journey) arrived() {
	var way []string
	back := map[string]bool{}
	for _, e := range j.journal.events {
		switch {
		case e.Kind == runbooks.EventUndoBegun || e.Kind == runbooks.EventUndoWaived:
			back[e.Step] = true
		case e.Kind == runbooks.EventEntered && !j.book.Step(e.Step).Phase.Rollback():
			way = append(way, e.Step)
		}
	}
	for i, r := range j.route {
		if len(way) != len(j.route) || way[i] != r.from {
			j.t.Fatalf("went %v on the route %v", way, j.route)
		}
		if undo := j.book.Step(r.from).Undo; undo != nil && !back[undo.Value] {
			j.t.Errorf("%s was not taken back on the route %v", r.from, j.route)
		}
	}
	end := j.route[len(j.route)-1].to
	if s := j.runner.State(); (s.Status == runbooks.StatusAborted) != (end == "#abort") || s.Target != end {
		j.t.Errorf("%s at %s, want %s", s.Status, s.Target, end)
	}
}
