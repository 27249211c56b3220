package runbooks_test

import (
	"errors"
	"fmt"
	"reflect"
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

// complete is a vault that has what "init" offers: four safes, the billing closed to agents, and the shipped runbooks.
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

func (complete) People(string) int { return 2 }

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

// skeleton is what a translation must share with its original.
func skeleton(book *runbooks.Runbook) []string {
	var list []string
	for _, phase := range book.Phases {
		list = append(list, "phase "+phase.ID)
		for _, s := range phase.Steps {
			inputs := ""
			for _, check := range s.Checks {
				inputs += fmt.Sprint(check.Inputs != nil, check.Response != "")
				for _, input := range check.Inputs {
					inputs += input.Name
				}
			}
			list = append(list, fmt.Sprint(s.Number, s.ID, s.Who, s.Time, s.Second, s.Then != nil, s.Repeat != nil, s.Undo != nil, len(s.Links), inputs))
			if s.Decision != nil {
				for _, answer := range s.Decision.Answers {
					list = append(list, answer.Target.String())
				}
			}
		}
	}
	return list
}

func TestShippedTranslationsHaveTheSameSteps(t *testing.T) {
	first := map[string][]string{}
	for _, book := range shipped(t) {
		parsed, _ := runbooks.Parse(book.Text)
		got := skeleton(parsed)
		if want, ok := first[book.Slug]; ok && !reflect.DeepEqual(got, want) {
			t.Errorf("%s in %s:\n%s\nwant\n%s", book.Slug, book.Lang, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		first[book.Slug] = got
	}
}

// TestShippedRunbooksRunToEveryEnd takes every answer of every question, and from each of them runs to every end that can be
// reached behind it.
func TestShippedRunbooksRunToEveryEnd(t *testing.T) {
	for _, book := range shipped(t) {
		t.Run(book.Lang+"/"+book.Slug, func(t *testing.T) {
			t.Parallel()
			parsed, problems := runbooks.Parse(book.Text)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			m := mapOf(parsed)
			routes := m.routes()
			taken, entered := map[road]bool{}, map[string]bool{}
			for _, route := range routes {
				goes(t, parsed, route)
				for _, r := range route {
					taken[r], entered[r.from] = true, true
				}
			}
			for _, r := range m.roads() {
				if !taken[r] {
					t.Errorf("no route takes %q from %s to %s", r.answer, r.from, r.to)
				}
			}
			if len(entered) != len(parsed.Steps()) {
				t.Errorf("%d of %d steps were come to", len(entered), len(parsed.Steps()))
			}
		})
	}
}

// goes runs one route to its end, and sees that the run went that way and no other.
func goes(t *testing.T, book *runbooks.Runbook, route []road) {
	t.Helper()
	r, journal := start(t, book)
	answers := 0
	for n := 0; !r.State().Over(); n++ {
		if n > 50*len(route)+100 {
			t.Fatalf("no end in sight at %+v", r.Next())
		}
		p := r.Next()
		if p.Kind != runbooks.PromptDecision || p.Step.Phase.Rollback() {
			must(t, deed(r, 0))
			continue
		}
		for answers < len(route) && route[answers].answer == "" {
			answers++
		}
		if answers == len(route) || route[answers].from != p.Step.ID {
			t.Fatalf("asked in %s, on the route %v", p.Step.ID, route)
		}
		must(t, r.Decide(route[answers].answer))
		answers++
	}
	var way []string
	for _, e := range journal.events {
		if e.Kind == runbooks.EventEntered && !book.Step(e.Step).Phase.Rollback() {
			way = append(way, e.Step)
		}
	}
	for i, r := range route {
		if len(way) != len(route) || way[i] != r.from {
			t.Fatalf("went %v on the route %v", way, route)
		}
	}
	end := route[len(route)-1].to
	if s := r.State(); (s.Status == runbooks.StatusAborted) != (end == "#abort") || s.Target != end {
		t.Errorf("%s at %s, want %s", s.Status, s.Target, end)
	}
}
