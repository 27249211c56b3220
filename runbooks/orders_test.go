package runbooks_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsvault/runbooks"
)

// runner is an executor that counts, and ends as it is told.
type runner struct {
	jobs    []runbooks.Job
	outcome string
	err     error
	kill    bool
}

var errKilled = errors.New("killed")

func (x *runner) Run(_ context.Context, job runbooks.Job) (runbooks.Result, error) {
	job.Secrets = slices.Clone(job.Secrets)
	for i, s := range job.Secrets { // they are wiped when this returns
		job.Secrets[i].Secret = runbooks.NewSecret([]byte(string(s.Secret.Bytes())))
	}
	x.jobs = append(x.jobs, job)
	if x.kill {
		panic(errKilled)
	}
	return runbooks.Result{Exit: len(x.jobs), Outcome: x.outcome, Output: []byte("out")}, x.err
}

func able(x *runner) (runbooks.Deps, *tape) {
	d, j := deps()
	d.Executor = x
	return d, j
}

const fileDigest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// more does one of the things that a step does not ask for, if it may be done now, and reports whether it did.
func more(r *runbooks.Runner, choice int) (bool, error) {
	s := r.State()
	step := r.Book().Step(s.Step)
	if s.Status == runbooks.StatusPaused || s.Status == runbooks.StatusPaper || s.Over() {
		return false, nil
	}
	switch choice % 40 {
	case 20:
		return true, r.ToPaper("battery")
	case 21:
		if s.Offer == nil {
			return true, r.Offer("anna", "the line is down")
		}
		return true, r.Withdraw()
	case 22:
		if len(s.Timers) > 0 {
			return true, r.TimerOff(s.Timers[0].Step, s.Timers[0].Number, "")
		}
	case 23:
		for _, due := range r.Due() {
			return true, r.TimerRang(due.Step, due.Number)
		}
	case 24:
		if undos := s.Undos(); len(undos) > 0 && s.Undoing == nil {
			return true, r.Undo(undos[0].Step)
		}
	case 25:
		if open := s.Open(); len(open) > 0 {
			return true, r.BesideDone(open[0].Step, "olga")
		}
	case 26:
		if k := r.Next().Kind; (k == runbooks.PromptCheck || k == runbooks.PromptInput) && !r.Next().Unsettled {
			return true, r.Fail("does not work")
		}
	case 27:
		if s.Closing == nil {
			return true, r.Abort("enough")
		}
	}
	if step == nil || step.ID != "alarm" || r.Next().Kind == runbooks.PromptBeside {
		return false, nil
	}
	switch choice % 40 {
	case 30:
		return true, r.Called(step.Links[3].Target, runbooks.AnswerReached, "Maria")
	case 31:
		return true, r.Evidence("photo", fileDigest, "/home/ivan/a.jpg", 3)
	case 32:
		return true, r.NoticeSent(1, "site")
	case 33:
		if len(s.Besides) == 0 {
			return true, r.Beside("forms", "olga")
		}
	}
	return false, nil
}

// TestEveryPrefixGoesOn drives random runs through all that there is, and resumes each prefix of their journals: it is in the
// state in which the run was, and asks for the same next thing.
func TestEveryPrefixGoesOn(t *testing.T) {
	book := outage(t)
	rapid.Check(t, func(t *rapid.T) {
		d, j := able(&runner{outcome: runbooks.AnswerFailed})
		r, err := runbooks.Start(book, d)
		if err != nil {
			t.Fatal(err)
		}
		states := map[int]runbooks.State{len(j.events): r.State()}
		for _, choice := range rapid.SliceOfN(rapid.IntRange(0, 1000), 1, 60).Draw(t, "choices") {
			if r.State().Over() {
				break
			}
			did, err := more(r, choice)
			if err == nil && !did {
				err = deed(r, choice)
			}
			if err != nil {
				t.Fatalf("choice %d: %v at %+v", choice, err, r.Next())
			}
			states[len(j.events)] = r.State()
		}
		for n := 1; n <= len(j.events); n++ {
			events := reread(t, j.events[:n])
			got, err := runbooks.Replay(book, events)
			if err != nil {
				t.Fatalf("replay of %d events: %v", n, err)
			}
			want, settled := states[n]
			if settled && !reflect.DeepEqual(got, want) {
				t.Fatalf("after %d events:\n%+v, want\n%+v", n, got, want)
			}
			if got.Over() {
				continue
			}
			d, j := able(nil)
			d.Executor = &runner{}
			again, err := runbooks.Resume(book, d, events)
			if err != nil {
				t.Fatalf("resume after %d events: %v", n, err)
			}
			pausing := want.Status == runbooks.StatusPaused
			if p := again.Next(); settled && !pausing && p != runbooks.Next(book, want) || p.Kind == runbooks.PromptNone && !again.State().Over() {
				t.Fatalf("after %d events and %v next is %+v", n, kinds(j.events, false), p)
			}
		}
	})
}

// TestHostileOrdersChangeNothing throws events of every kind at a run, in any order: what is refused leaves the state as it
// was, and what is taken never breaks what is promised.
func TestHostileOrdersChangeNothing(t *testing.T) {
	book := outage(t)
	all := []runbooks.EventKind{
		runbooks.EventEntered, runbooks.EventInput, runbooks.EventTicked, runbooks.EventSeconded, runbooks.EventSkipped, runbooks.EventFailed,
		runbooks.EventDecided, runbooks.EventStepDone, runbooks.EventRepeated, runbooks.EventNoted, runbooks.EventRevealed, runbooks.EventPaused,
		runbooks.EventResumed, runbooks.EventDone, runbooks.EventAborted, runbooks.EventTimerRang, runbooks.EventTimerOff, runbooks.EventCalled,
		runbooks.EventEscalated, runbooks.EventEvidence, runbooks.EventNoticeSent, runbooks.EventCommandStarted, runbooks.EventCommandEnded,
		runbooks.EventCommandSettled, runbooks.EventByHand, runbooks.EventBeside, runbooks.EventBesideDone, runbooks.EventBesideDropped,
		runbooks.EventClosing, runbooks.EventUndoBegun, runbooks.EventUndoWaived, runbooks.EventOffered, runbooks.EventWithdrawn,
		runbooks.EventAccepted, runbooks.EventTaken, runbooks.EventToPaper, runbooks.EventFromPaper, runbooks.EventStarted, "unheard-of",
	}
	rapid.Check(t, func(t *rapid.T) {
		r, j := startFor(t, book, rapid.Bool().Draw(t, "drill"))
		for range rapid.IntRange(0, 25).Draw(t, "steps") {
			if !r.State().Over() {
				if err := deed(r, rapid.IntRange(0, 1000).Draw(t, "choice")); err != nil && !errors.Is(err, runbooks.ErrDrill) {
					t.Fatal(err)
				}
			}
		}
		s, events := r.State(), j.events
		for range rapid.IntRange(1, 30).Draw(t, "events") {
			e := hostile(t, all, book, s)
			before, err := runbooks.Replay(book, events)
			if err != nil {
				t.Fatal(err)
			}
			next, err := s.Apply(book, e)
			if !reflect.DeepEqual(s, before) {
				t.Fatalf("%+v changed the state that it was applied to", e)
			}
			if err != nil {
				if !reflect.DeepEqual(next, s) {
					t.Fatalf("%v, and yet the state changed", err)
				}
				continue
			}
			promised(t, book, s, next, e)
			s, events = next, append(events, e)
		}
	})
}

func startFor(t *rapid.T, book *runbooks.Runbook, drill bool) (*runbooks.Runner, *tape) {
	d, j := able(&runner{outcome: runbooks.AnswerOK})
	d.Drill = drill
	r, err := runbooks.Start(book, d)
	if err != nil {
		t.Fatal(err)
	}
	return r, j
}

// hostile is an event that somebody could have written into a journal.
func hostile(t *rapid.T, all []runbooks.EventKind, book *runbooks.Runbook, s runbooks.State) runbooks.Event {
	steps := []string{s.Step, "", "forward-back", "cable-back", "forms", "nine"}
	for _, step := range book.Steps() {
		steps = append(steps, step.ID)
	}
	at := s.Last.Add(time.Duration(rapid.IntRange(-5, 60).Draw(t, "minutes")) * time.Minute)
	exit := rapid.IntRange(-1, 300).Draw(t, "exit")
	e := runbooks.Event{
		Kind: rapid.SampledFrom(all).Draw(t, "kind"), Time: at, Exit: &exit,
		Actor:  rapid.SampledFrom([]string{"ivan", "ivan", "ivan", "anna", ""}).Draw(t, "actor"),
		Step:   rapid.SampledFrom(steps).Draw(t, "step"),
		Check:  rapid.IntRange(-1, 4).Draw(t, "check"),
		Number: rapid.IntRange(-1, 3).Draw(t, "number"),
		Name:   rapid.SampledFrom([]string{"", "anna", "ivan", "began_at", "ticket", "photo", "site"}).Draw(t, "name"),
		Value:  rapid.SampledFrom([]string{"", "x", fileDigest}).Draw(t, "value"),
		Answer: rapid.SampledFrom([]string{"", "Yes", "No", "Stop", "ok", "failed", "finished", "reached"}).Draw(t, "answer"),
		Target: rapid.SampledFrom([]string{"", s.Target, "#end", "#abort", "#forms", "runbook:other", "call:role:lead"}).Draw(t, "target"),
		Reason: rapid.SampledFrom([]string{"", "because", "asked", "drill"}).Draw(t, "reason"),
		Text:   rapid.SampledFrom([]string{"", "a.jpg"}).Draw(t, "text"),
		Path:   rapid.SampledFrom([]string{"", "telephony/sip-trunk", "telephony/pbx"}).Draw(t, "path"),
		Signed: rapid.SampledFrom([]string{"", "device:7"}).Draw(t, "signed"),
	}
	if e.Witness = rapid.SampledFrom([]string{"", "", "olga"}).Draw(t, "witness"); e.Witness != "" {
		e.HappenedAt = &at
	}
	return e
}

// promised holds what no journal can break.
func promised(t *rapid.T, book *runbooks.Runbook, s, next runbooks.State, e runbooks.Event) {
	change := e.Kind == runbooks.EventAccepted || e.Kind == runbooks.EventTaken
	switch {
	case s.Over():
		t.Fatalf("%+v after the end", e)
	case s.Owner != next.Owner && !change:
		t.Fatalf("%+v changed the owner", e)
	case e.Actor != s.Owner && !change && (e.Kind != runbooks.EventSeconded || e.Signed == ""):
		t.Fatalf("%+v by somebody else", e)
	case next.Over() && len(next.Undos())+len(next.Open()) > 0:
		t.Fatalf("%+v ended it with something pending", e)
	case s.Drill && (e.Kind == runbooks.EventRevealed && e.Path != "telephony/pbx" || e.Kind == runbooks.EventNoticeSent):
		t.Fatalf("%+v in a drill", e)
	case e.Kind == runbooks.EventCommandStarted && s.Steps[s.Step].Commands[e.Number].Status != "" && !s.Steps[s.Step].Commands[e.Number].Again():
		t.Fatalf("%+v: started again", e)
	case s.Paper == nil && e.HappenedAt != nil:
		t.Fatalf("%+v brought back before it was on paper", e)
	}
	if p := runbooks.Next(book, next); p.Kind == runbooks.PromptNone && !next.Over() {
		t.Fatalf("nothing comes next after %+v: %+v", e, next)
	}
}

// TestACommandIsNeverStartedTwice kills a run while a command runs, and at every write around it.
func TestACommandIsNeverStartedTwice(t *testing.T) {
	book := outage(t)
	script := script(t, book, `
answers:
  alarm: {checks: all, inputs: {began_at: now}}
  forward: {checks: all, inputs: {ticket: T1}, commands: run, decision: "No"}
  cable: {checks: all, second: anna}
  notes: {checks: all, inputs: {noted_by: me}, decision: "No"}
  forms: {checks: all}
  cable-back: {checks: all}
  tidy: {}
  forward-back: {waive: "stays"}
`)
	for at := 2; at < 40; at++ {
		x := &runner{outcome: runbooks.AnswerOK}
		d, j := able(x)
		j.failAt = at
		r, err := runbooks.Start(book, d)
		if err == nil {
			_, err = script.Run(r)
		}
		if err == nil {
			if at < 25 {
				t.Fatalf("the run had only %d events: %v", len(j.events), kinds(j.events, false))
			}
			break
		}
		j.failAt = 0
		if r, err = runbooks.Resume(book, d, j.events); err != nil {
			t.Fatal(err)
		}
		out, err := script.Run(r)
		must(t, err)
		if p := out.Prompt; out.Waiting && p.Kind == runbooks.PromptCommand && p.Unsettled {
			if _, err := r.Command(t.Context(), p.Fence.Number); !errors.Is(err, runbooks.ErrUnsettled) {
				t.Fatalf("started again: %v", err)
			}
			must(t, r.Settle(p.Fence.Number, at%2 == 0))
			out, err = script.Run(r)
			must(t, err)
		}
		ran := map[string]int{}
		for _, job := range x.jobs {
			ran[job.Text]++
		}
		if out.Status != runbooks.StatusDone || len(ran) != 2 || len(x.jobs) != 2 {
			t.Fatalf("killed at %d: %+v, commands %v\n%s", at, out, ran, strings.Join(kinds(j.events, false), "\n"))
		}
	}
}

// TestKilledInTheMiddleOfACommand never lets the executor return.
func TestKilledInTheMiddleOfACommand(t *testing.T) {
	x := &runner{kill: true}
	d, j := able(x)
	r, err := runbooks.Start(outage(t), d)
	must(t, err)
	for r.Next().Kind != runbooks.PromptCommand {
		must(t, deed(r, 0))
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = r.Command(t.Context(), 1)
	}()
	x.kill = false
	r, err = runbooks.Resume(r.Book(), d, j.events)
	must(t, err)
	p := r.Next()
	if p.Kind != runbooks.PromptCommand || !p.Unsettled || p.Fence.Number != 1 {
		t.Fatalf("next is %+v", p)
	}
	for name, err := range map[string]error{
		"again": fmt.Errorf("%w", second(r.Command(t.Context(), 1))), "tick": r.Tick(1), "skip": r.Skip("x"), "fail": r.Fail("x"),
		"by hand": r.ByHand(1, runbooks.ByHandAsked), "another": second(r.Command(t.Context(), 2)),
	} {
		if !errors.Is(err, runbooks.ErrUnsettled) {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, r.Settle(1, false))
	if _, err := r.Command(t.Context(), 1); !errors.Is(err, runbooks.ErrNotNow) || len(x.jobs) != 1 {
		t.Errorf("started again: %v", err)
	}
	if p := r.Next(); p.Kind != runbooks.PromptCheck || p.Check.Number != 1 {
		t.Errorf("next is %+v", p)
	}
}

func second(_ runbooks.Result, err error) error { return err }

// TestAScriptGoesOnWhereItWasKilled lets the journal fail at every event of every route through a runbook that has it all; the
// next process does the rest, and nothing twice.
func TestAScriptGoesOnWhereItWasKilled(t *testing.T) {
	book := outage(t)
	for _, answers := range runbooks.Cover(book) {
		whole, want := start(t, book)
		_, err := runbooks.NewScript(answers).Run(whole)
		must(t, err)
		for at := 2; at <= len(want.events); at++ {
			d, j := deps()
			j.failAt = at
			r, err := runbooks.Start(book, d)
			if err == nil {
				_, err = runbooks.NewScript(answers).Run(r)
			}
			if !errors.Is(err, errDisk) {
				t.Fatalf("event %d: %v", at, err)
			}
			j.failAt = 0
			r, err = runbooks.Resume(book, d, j.events)
			must(t, err)
			out, err := runbooks.NewScript(answers).Run(r)
			must(t, err)
			if got := kinds(j.events, true); !reflect.DeepEqual(got, kinds(want.events, true)) || out.Waiting {
				t.Fatalf("killed at %d:\n%v, want\n%v", at, got, kinds(want.events, true))
			}
		}
	}
}
