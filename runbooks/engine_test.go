package runbooks_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsvault/runbooks"
)

// tape is a journal in memory that fails at one event, if it is told to.
type tape struct {
	events []runbooks.Event
	failAt int // 1: the first; 0: never
}

var errDisk = errors.New("disk full")

func (j *tape) Append(e runbooks.Event) error {
	if len(j.events)+1 == j.failAt {
		return errDisk
	}
	j.events = append(j.events, e)
	return nil
}

// ticking is a clock that goes on by a minute whenever somebody looks.
type ticking struct{ at time.Time }

func (c *ticking) Now() time.Time {
	c.at = c.at.Add(time.Minute)
	return c.at
}

// safe is a vault with one credential of two fields.
type safe struct{ denied bool }

var errDenied = errors.New("denied by policy")

func (safe) Fields(string) ([]string, error) { return []string{"username", "password"}, nil }

func (s safe) Reveal(path, field, step string) (runbooks.Secret, error) {
	if s.denied {
		return runbooks.Secret{}, errDenied
	}
	return runbooks.NewSecret([]byte(field + "-value")), nil
}

func deps() (runbooks.Deps, *tape) {
	j := &tape{}
	return runbooks.Deps{Journal: j, Secrets: safe{}, Clock: &ticking{now()}, Actor: "ivan"}, j
}

// engineBook has every construct that a run knows.
func engineBook(t testing.TB) *runbooks.Runbook {
	t.Helper()
	text, err := os.ReadFile("testdata/engine.md")
	if err != nil {
		t.Fatal(err)
	}
	book, problems := runbooks.Parse(text)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return book
}

func start(t testing.TB, book *runbooks.Runbook) (*runbooks.Runner, *tape) {
	t.Helper()
	d, j := deps()
	r, err := runbooks.Start(book, d)
	if err != nil {
		t.Fatal(err)
	}
	return r, j
}

// deed does one allowed thing, chosen by a number.
func deed(r *runbooks.Runner, choice int) error {
	switch choice % 20 {
	case 13:
		return r.Note("a note")
	case 14:
		if status := r.State().Status; status != runbooks.StatusPaused && status != runbooks.StatusPaper {
			return r.Pause("")
		}
	case 15:
		if links := credentials(r); len(links) > 0 {
			_, err := r.Reveal(links[0], "password")
			return err
		}
	case 16:
		if kind := r.Next().Kind; kind == runbooks.PromptCheck || kind == runbooks.PromptCaution {
			return r.Skip("not needed")
		}
	case 17:
		if due := r.State().Reminders(r.Book()); len(due) > 0 && r.State().Status == runbooks.StatusActive {
			return r.Repeated(due[0].Step.ID)
		}
	}
	p := r.Next()
	switch p.Kind {
	case runbooks.PromptResume:
		return r.Continue()
	case runbooks.PromptCaution:
		return r.Acknowledge()
	case runbooks.PromptInput:
		return r.Set(p.Input, fmt.Sprint("value ", choice))
	case runbooks.PromptCheck:
		return r.Tick(p.Check.Number)
	case runbooks.PromptSecond:
		return r.Second("anna")
	case runbooks.PromptDecision:
		return r.Decide(p.Step.Decision.Answers[choice%len(p.Step.Decision.Answers)].Text)
	case runbooks.PromptConfirm:
		return r.Confirm()
	case runbooks.PromptUndo:
		if choice%3 == 2 {
			return r.WaiveUndo(p.Step.ID, "stays so")
		}
		return r.Undo(p.Step.ID)
	case runbooks.PromptBeside:
		if choice%3 == 2 {
			return r.BesideDrop(p.Step.ID, "nobody has time")
		}
		return r.BesideDone(p.Step.ID, "anna")
	case runbooks.PromptPaper:
		return r.FromPaper("anna")
	case runbooks.PromptCommand:
		switch {
		case p.Unsettled:
			return r.Settle(p.Fence.Number, choice%2 == 0)
		case choice%3 == 2:
			return r.ByHand(p.Fence.Number, runbooks.ByHandAsked)
		}
		if _, err := r.Command(context.Background(), p.Fence.Number); !errors.Is(err, runbooks.ErrNoNetwork) {
			return err
		}
		return nil
	}
	return fmt.Errorf("nothing to do at %+v", p)
}

func credentials(r *runbooks.Runner) []runbooks.Link {
	step := r.Book().Step(r.State().Step)
	if step == nil || r.State().Status != runbooks.StatusActive {
		return nil
	}
	return step.Credentials()
}

// TestReplayGivesTheSameState replays every prefix of a random run, from the events and from their JSON, and compares
// with what the runner had at that point.
func TestReplayGivesTheSameState(t *testing.T) {
	book := engineBook(t)
	rapid.Check(t, func(t *rapid.T) {
		choices := rapid.SliceOfN(rapid.IntRange(0, 1000), 1, 60).Draw(t, "choices")
		d, j := deps()
		r, err := runbooks.Start(book, d)
		if err != nil {
			t.Fatal(err)
		}
		states := map[int]runbooks.State{len(j.events): r.State()}
		for _, choice := range choices {
			if r.State().Over() {
				break
			}
			if err := deed(r, choice); err != nil {
				t.Fatalf("choice %d: %v", choice, err)
			}
			states[len(j.events)] = r.State()
		}
		for n := range len(j.events) + 1 {
			got, err := runbooks.Replay(book, reread(t, j.events[:n]))
			if err != nil {
				t.Fatalf("replay of %d events: %v", n, err)
			}
			if want, ok := states[n]; ok && !reflect.DeepEqual(got, want) {
				t.Fatalf("after %d events:\n%+v, want\n%+v", n, got, want)
			}
		}
	})
}

func reread(t *rapid.T, events []runbooks.Event) []runbooks.Event {
	data, err := json.Marshal(events)
	if err != nil {
		t.Fatal(err)
	}
	var back []runbooks.Event
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

// TestKilledAnywhereGoesOn lets the journal fail at each event of a run, resumes, and expects the rest of the run to ask for the
// same things, no event lost or done twice.
func TestKilledAnywhereGoesOn(t *testing.T) {
	book := engineBook(t)
	whole, want := start(t, book)
	finish(t, whole)
	for at := 2; at <= len(want.events); at++ {
		d, j := deps()
		j.failAt = at
		r, err := runbooks.Start(book, d)
		for err == nil && !r.State().Over() {
			err = deed(r, 0)
		}
		var journal *runbooks.JournalError
		if !errors.As(err, &journal) || !errors.Is(err, errDisk) {
			t.Fatalf("event %d: %v, want a journal error", at, err)
		}
		if r != nil && r.State().Events != at-1 {
			t.Fatalf("event %d happened without being written", at)
		}
		j.failAt = 0
		r, err = runbooks.Resume(book, d, j.events)
		if err != nil {
			t.Fatalf("resume after %d events: %v", at-1, err)
		}
		finish(t, r)
		if got := kinds(j.events, true); !reflect.DeepEqual(got, kinds(want.events, true)) {
			t.Errorf("killed at %d:\n%v, want\n%v", at, got, kinds(want.events, true))
		}
	}
}

func finish(t *testing.T, r *runbooks.Runner) {
	t.Helper()
	for n := 0; !r.State().Over(); n++ {
		if err := deed(r, 0); err != nil || n > 200 {
			t.Fatalf("%v at %+v", err, r.Next())
		}
	}
}

func kinds(events []runbooks.Event, withoutResumed bool) []string {
	var list []string
	for _, e := range events {
		if e.Kind != runbooks.EventResumed || !withoutResumed {
			list = append(list, fmt.Sprintf("%s %s %d %s", e.Kind, e.Step, e.Check, e.Name))
		}
	}
	return list
}

func TestResumeRefuses(t *testing.T) {
	book := engineBook(t)
	r, j := start(t, book)
	other, _ := runbooks.Parse([]byte(step + "Do.\n"))
	d, _ := deps()
	if _, err := runbooks.Resume(other, d, j.events); !errors.Is(err, runbooks.ErrWrongBook) {
		t.Errorf("another text: %v", err)
	}
	if _, err := r.State().Apply(other, runbooks.Event{Kind: runbooks.EventNoted}); !errors.Is(err, runbooks.ErrWrongBook) {
		t.Errorf("another text in the middle: %v", err)
	}
	broken := append([]runbooks.Event{}, j.events...)
	broken = append(broken, runbooks.Event{Kind: runbooks.EventDone, Actor: "ivan", Target: "#end"})
	var order *runbooks.OrderError
	if _, err := runbooks.Resume(book, d, broken); !errors.As(err, &order) || !errors.Is(err, runbooks.ErrNotNow) {
		t.Errorf("an end out of order: %v", err)
	}
	if _, err := runbooks.Resume(book, d, nil); !errors.Is(err, runbooks.ErrNotStarted) {
		t.Errorf("an empty journal: %v", err)
	}
	if err := r.Abort("enough"); err != nil {
		t.Fatal(err)
	}
	if _, err := runbooks.Resume(book, d, j.events); !errors.Is(err, runbooks.ErrEnded) {
		t.Errorf("an aborted run: %v", err)
	}
}

func TestStartRefusesABrokenRunbook(t *testing.T) {
	d, j := deps()
	for _, text := range []string{
		front + "# X\n",
		step + "Then: [gone](#gone)\n",
		front + "# X\n\n## P {#p}\n\n### 1. No id\n",
	} {
		book, _ := runbooks.Parse([]byte(text))
		if _, err := runbooks.Start(book, d); !errors.Is(err, runbooks.ErrUnknownStep) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if len(j.events) > 0 {
		t.Error("something was written")
	}
}

func TestTimeIsMeasured(t *testing.T) {
	book := engineBook(t)
	clock := &set{now()}
	j := &tape{}
	r, err := runbooks.Start(book, runbooks.Deps{Journal: j, Clock: clock, Actor: "ivan"})
	if err != nil {
		t.Fatal(err)
	}
	must(t, r.Set("ticket", "INC-7"))
	clock.at = clock.at.Add(3 * time.Minute)
	must(t, r.Pause("lunch"))
	must(t, r.Note("while paused"))
	clock.at = clock.at.Add(30 * time.Minute)
	must(t, r.Continue())
	clock.at = clock.at.Add(-time.Hour) // the clock was set back
	must(t, r.Tick(1))
	st := r.State().Steps["first"]
	if got := st.Elapsed(r.State().Last); got != 3*time.Minute {
		t.Errorf("the step took %v, want 3m", got)
	}
	if got := r.State().Elapsed(r.State().Last); got != 33*time.Minute {
		t.Errorf("the run took %v, want 33m", got)
	}
	for i := 1; i < len(j.events); i++ {
		if j.events[i].Time.Before(j.events[i-1].Time) {
			t.Errorf("event %d is earlier than the one before", i)
		}
	}
}

type set struct{ at time.Time }

func (c *set) Now() time.Time { return c.at }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
