package runbooks_test

import (
	"errors"
	"fmt"
	"reflect"
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

// complete is a vault that has all that a runbook needs.
type complete struct{}

func (complete) Credential(string, string) (bool, []string) { return true, nil }
func (complete) Runbook(string) (runbooks.Book, bool) {
	return runbooks.Book{LastDrill: written()}, true
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

// TestShippedRunbooksRunToEveryEnd takes every answer of every question, on routes that take no answer twice, and runs
// each route to its end.
func TestShippedRunbooksRunToEveryEnd(t *testing.T) {
	for _, book := range shipped(t) {
		t.Run(book.Lang+"/"+book.Slug, func(t *testing.T) {
			parsed, problems := runbooks.Parse(book.Text)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			x := &explorer{t: t, book: parsed, taken: map[string]bool{}, ends: map[string]int{}}
			x.explore(nil)
			for _, s := range parsed.Steps() {
				if s.Decision == nil {
					continue
				}
				for _, answer := range s.Decision.Answers {
					if !x.taken[s.ID+" "+answer.Text] {
						t.Errorf("nobody answered %q in %s", answer.Text, s.ID)
					}
				}
			}
			if x.ends["#end"] < 2 || x.ends["#abort"] < 1 || x.visited < len(parsed.Steps()) {
				t.Errorf("ends %v, %d steps visited", x.ends, x.visited)
			}
		})
	}
}

// An explorer goes depth first through the answers of a runbook.
type explorer struct {
	t       *testing.T
	book    *runbooks.Runbook
	taken   map[string]bool
	ends    map[string]int
	routes  int
	visited int
}

const maxRoutes = 5000

// explore runs the route of the given answers and branches at the question behind them.
func (x *explorer) explore(route []string) {
	if x.routes++; x.routes > maxRoutes {
		x.t.Fatal("too many routes")
	}
	r, _ := start(x.t, x.book)
	used := map[string]bool{}
	for n := 0; !r.State().Over(); n++ {
		p := r.Next()
		if p.Kind != runbooks.PromptDecision {
			must(x.t, deed(r, 0))
			continue
		}
		if len(used) == len(route) {
			x.branch(p.Step, route, used)
			return
		}
		answer := route[len(used)]
		used[answer] = true
		must(x.t, r.Decide(strings.TrimPrefix(answer, p.Step.ID+" ")))
	}
	x.ends[r.State().Target]++
	x.visited = max(x.visited, len(r.State().Steps)+x.missing(r))
}

// missing counts the steps that this route left out and that some route can't have together with it.
func (x *explorer) missing(r *runbooks.Runner) int {
	for id := range r.State().Steps {
		x.taken[id] = true
	}
	n := 0
	for _, s := range x.book.Steps() {
		if _, here := r.State().Steps[s.ID]; !here && x.taken[s.ID] {
			n++
		}
	}
	return n
}

func (x *explorer) branch(s *runbooks.Step, route []string, used map[string]bool) {
	for _, answer := range s.Decision.Answers {
		key := s.ID + " " + answer.Text
		x.taken[key] = true
		if !used[key] {
			x.explore(append(append([]string{}, route...), key))
		}
	}
}
