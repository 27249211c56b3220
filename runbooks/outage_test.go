package runbooks_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"opsvault/runbooks"
)

// in brings a run of the outage book to a step.
func in(t *testing.T, d runbooks.Deps, id string) *runbooks.Runner {
	t.Helper()
	r, err := runbooks.Start(outage(t), d)
	must(t, err)
	for n := 0; r.State().Step != id; n++ {
		if p := r.Next(); p.Kind == runbooks.PromptDecision && id == "cable" {
			err = r.Decide("No")
		} else if p.Kind == runbooks.PromptDecision && p.Step.ID == "notes" {
			err = r.Decide("No")
		} else {
			err = deed(r, 0)
		}
		if err != nil || n > 50 {
			t.Fatalf("on the way to %s: %v", id, err)
		}
	}
	return r
}

func finishWith(t *testing.T, r *runbooks.Runner, choice int) {
	t.Helper()
	for n := 0; !r.State().Over(); n++ {
		if p := r.Next(); p.Kind == runbooks.PromptDecision {
			must(t, r.Decide("No"))
			continue
		}
		if err := deed(r, choice); err != nil || n > 100 {
			t.Fatalf("%v at %+v", err, r.Next())
		}
	}
}

func TestARunClosesBeforeItEnds(t *testing.T) {
	d, j := deps()
	r := in(t, d, "forms")
	must(t, r.Tick(1))
	if s := r.State(); s.Status != runbooks.StatusClosing || s.Closing.Target != "#end" || r.Outcome().Waiting != true {
		t.Fatalf("%+v", s)
	}
	p := r.Next()
	if p.Kind != runbooks.PromptUndo || p.Step.ID != "forward-back" || p.Of.ID != "forward" {
		t.Fatalf("next is %+v", p)
	}
	must(t, r.Undo("forward-back"))
	if s := r.State(); s.Step != "forward-back" || s.Undoing == nil || s.Status != runbooks.StatusClosing {
		t.Fatalf("%+v", s)
	}
	finishWith(t, r, 0)
	s := r.State()
	if s.Status != runbooks.StatusDone || s.Target != "#end" || s.Steps["forward"].Status != runbooks.StepUndone || s.Steps["hotline"].Status != runbooks.StepDone {
		t.Errorf("%+v", s)
	}
	if last := j.events[len(j.events)-1]; last.Kind != runbooks.EventDone {
		t.Errorf("%+v", last)
	}
}

func TestTheNewestIsTakenBackFirst(t *testing.T) {
	d, _ := deps()
	d.Clock = &set{now()} // which stands still
	r := in(t, d, "cable")
	must(t, r.Tick(1))
	must(t, r.Second("anna"))
	must(t, r.Abort("the line is back"))
	undos := r.State().Undos()
	if len(undos) != 2 || undos[0].Step != "cable-back" || undos[1].Step != "forward-back" || undos[1].Of[0] != "forward" {
		t.Fatalf("%+v", undos)
	}
	must(t, r.WaiveUndo("cable-back", "it is better there"))
	must(t, r.WaiveUndo("forward-back", "nobody calls at night"))
	s := r.State()
	if s.Status != runbooks.StatusAborted || s.Reason != "the line is back" || s.Step != "notes" {
		t.Errorf("%+v", s)
	}
	if st := s.Steps["forward"]; st.Status != runbooks.StepDone || st.Undo != runbooks.UndoWaived || st.Waived != "nobody calls at night" {
		t.Errorf("%+v", st)
	}
}

func TestHalfAStepIsTakenBackToo(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(r *runbooks.Runner) error
		want string
	}{
		{"untouched", func(r *runbooks.Runner) error { return r.Abort("enough") }, "aborted"},
		{"ticked", func(r *runbooks.Runner) error { return errors.Join(r.Tick(1), r.Abort("enough")) }, "closing"},
		{"skipped untouched", func(r *runbooks.Runner) error { return errors.Join(r.Skip("no"), r.Decide("Stop")) }, "aborted"},
		{"failed when ticked", func(r *runbooks.Runner) error { return errors.Join(r.Tick(1), r.Fail("no"), r.Decide("Stop")) }, "closing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, _ := deps()
			r := in(t, d, "forward")
			must(t, test.do(r))
			if got := string(r.State().Status); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
			if test.want == "closing" {
				if err := r.Abort("again"); !errors.Is(err, runbooks.ErrPending) && !r.State().Over() {
					t.Errorf("aborted twice: %v", err)
				}
				finishWith(t, r, 0)
				if s := r.State(); s.Status != runbooks.StatusAborted || s.Steps["forward"].Undo != runbooks.UndoDone {
					t.Errorf("%+v", s)
				}
			}
		})
	}
}

func TestAnUndoReturnsToWhereTheRunWas(t *testing.T) {
	d, _ := deps()
	clock := &set{now()}
	d.Clock = clock
	r := in(t, d, "notes")
	must(t, r.Tick(1))
	must(t, r.Undo("forward-back"))
	if err := r.Undo("forward-back"); !errors.Is(err, runbooks.ErrNotNow) {
		t.Errorf("an Undo in an Undo: %v", err)
	}
	clock.at = clock.at.Add(time.Hour)
	must(t, r.Tick(1))
	must(t, r.Set("off_at", "12:00"))
	must(t, r.Decide("Yes")) // once more
	if r.State().Steps["forward-back"].Visits != 2 {
		t.Errorf("%+v", r.State().Steps["forward-back"])
	}
	must(t, r.Fail("the cabinet is down"))
	must(t, r.Decide("No"))
	must(t, r.Tick(1))
	s := r.State()
	if s.Step != "notes" || !s.Steps["notes"].Ticked[1] || s.Status != runbooks.StatusActive || s.Undoing != nil {
		t.Fatalf("%+v", s)
	}
	if got := s.Steps["notes"].Elapsed(clock.at); got != 0 {
		t.Errorf("the step took %v", got)
	}
	if st := s.Steps["forward"]; st.Undo != runbooks.UndoWaived || st.Waived != "the cabinet is down" || st.Status != runbooks.StepDone {
		t.Errorf("what failed counts as taken back: %+v", st)
	}
	if err := r.Undo("forward-back"); !errors.Is(err, runbooks.ErrNoUndo) {
		t.Errorf("nothing is pending: %v", err)
	}
}

// TestOldJournalsAreReplayed reads what an older version wrote: it ended with an Undo that it only showed.
func TestOldJournalsAreReplayed(t *testing.T) {
	book := outage(t)
	d, j := deps()
	old := runbooks.Event{Kind: runbooks.EventStarted, Time: now(), Actor: "ivan", Runbook: book.Meta.ID, Digest: book.Digest}
	r, err := runbooks.Resume(book, d, []runbooks.Event{old})
	must(t, err)
	finishWith(t, r, 0)
	if s := r.State(); s.Status != runbooks.StatusDone || s.Rules != 0 || s.Steps["forward"].Undo != "" {
		t.Errorf("%+v", s)
	}
	for _, e := range j.events {
		switch e.Kind {
		case runbooks.EventByHand, runbooks.EventClosing, runbooks.EventUndoBegun:
			t.Errorf("%+v in an old run", e)
		}
	}
	future := old
	future.Rules = 99
	if _, err := runbooks.Replay(book, []runbooks.Event{future}); !errors.Is(err, runbooks.ErrUnknown) {
		t.Errorf("rules of the future: %v", err)
	}
}

func TestTimersOutliveTheirStep(t *testing.T) {
	d, _ := deps()
	clock := &set{now()}
	d.Clock = clock
	r := in(t, d, "forward")
	if got := r.State().Timers; len(got) != 2 || got[0].Text != "10 minutes" || !got[0].Due.Equal(now().Add(10*time.Minute)) || got[1].Number != 2 {
		t.Fatalf("%+v", got)
	}
	if err := r.TimerRang("alarm", 1); !errors.Is(err, runbooks.ErrNotNow) || len(r.Due()) > 0 {
		t.Errorf("too early: %v", err)
	}
	clock.at = now().Add(11 * time.Minute)
	if due := r.Due(); len(due) != 1 || due[0].Number != 1 {
		t.Fatalf("%+v", due)
	}
	must(t, r.TimerRang("alarm", 1))
	must(t, r.TimerOff("alarm", 2, ""))
	if err := r.TimerOff("alarm", 2, ""); !errors.Is(err, runbooks.ErrNoTimer) || len(r.State().Timers) > 0 {
		t.Errorf("%v, %+v", err, r.State().Timers)
	}
	last := r.Last(1)[0]
	if last.Kind != runbooks.EventTimerOff || last.Due == nil || !last.Due.Equal(now().Add(time.Hour)) {
		t.Errorf("%+v", last)
	}
}

func TestTheRunWaits(t *testing.T) {
	d, _ := able(&runner{outcome: runbooks.AnswerOK})
	d.Network = func(context.Context) bool { return false }
	d.Clock = &set{now()}
	r := in(t, d, "alarm")
	waits := func(want string) {
		t.Helper()
		if got := r.State().Waiting(r.Book(), r.Now()); got != want {
			t.Errorf("waits for %q, want %q", got, want)
		}
	}
	waits(runbooks.WaitsTimer)
	must(t, r.Pause(""))
	waits(runbooks.WaitsPerson)
	must(t, r.Continue())
	must(t, errors.Join(r.Tick(1), r.Set("began_at", "now")))
	waits(runbooks.WaitsPerson)
	if _, err := r.Command(t.Context(), 1); !errors.Is(err, runbooks.ErrNoNetwork) {
		t.Fatalf("%v", err)
	}
	waits(runbooks.WaitsNetwork)
	if _, err := r.Command(t.Context(), 1); !errors.Is(err, runbooks.ErrNoNetwork) {
		t.Fatalf("still: %v", err)
	}
	must(t, errors.Join(r.Tick(1), r.ByHand(2, runbooks.ByHandAsked), r.Set("ticket", "1"), r.Decide("No"), r.Tick(1)))
	waits(runbooks.WaitsSecond)
	must(t, r.Second("anna"))
	for r.State().Step != "" || !r.State().Over() {
		if r.State().Over() {
			break
		}
		if err := r.Abort("enough"); err != nil {
			must(t, deed(r, 2))
		}
	}
	waits(runbooks.WaitsNot)
}

func TestCommandsGetWhatTheyNeed(t *testing.T) {
	x := &runner{outcome: runbooks.AnswerFailed}
	d, j := able(x)
	r := in(t, d, "forward")
	result, err := r.Command(t.Context(), 1)
	must(t, err)
	job := x.jobs[0]
	if result.Exit != 1 || string(result.Output) != "out" || job.Text != "curl example.net\n" || job.Timeout != 20*time.Second {
		t.Errorf("%+v %+v", result, job)
	}
	if len(job.Env) != 1 || job.Env[0] != (runbooks.Var{Name: "began_at", Value: "value 0"}) {
		t.Errorf("%v", job.Env)
	}
	if len(job.Secrets) != 2 || job.Secrets[0].Var != "TRUNK" || job.Secrets[1].Var != "" || string(job.Secrets[0].Secret.Bytes()) != "password-value" {
		t.Errorf("%v", job.Secrets)
	}
	for _, e := range j.events {
		if e.Kind == runbooks.EventCommandStarted && e.Digest == "" || strings.Contains(e.Value+e.Text+e.Reason, "password-value") {
			t.Errorf("%+v", e)
		}
	}
	if c := r.State().Steps["forward"].Commands[1]; c.Status != runbooks.CommandFailed || c.Tries != 1 || c.Exit != 1 {
		t.Errorf("%+v", c)
	}
	if p := r.Next(); p.Kind != runbooks.PromptCheck || p.Fence == nil {
		t.Errorf("next is %+v", p)
	}
	if err := r.Note("password-value"); !errors.Is(err, runbooks.ErrRevealedValue) {
		t.Errorf("a credential went into the journal: %v", err)
	}
	x.outcome = runbooks.AnswerOK
	if _, err = r.Command(t.Context(), 1); err != nil { // once more, because the person asks for it
		t.Fatal(err)
	}
	if p := r.Next(); p.Kind != runbooks.PromptCommand || p.Fence.Number != 2 {
		t.Errorf("the check was not done: %+v", p)
	}
	if _, err = r.Command(t.Context(), 1); !errors.Is(err, runbooks.ErrNotNow) || len(x.jobs) != 2 {
		t.Errorf("what is done runs again: %v", err)
	}
	x.err = errDisk
	if _, err = r.Command(t.Context(), 2); !errors.Is(err, errDisk) || r.State().Steps["forward"].Commands[2].Status != runbooks.CommandNotStarted {
		t.Errorf("%v", err)
	}
}

func TestACommandWithoutItsCredentialIsNotStarted(t *testing.T) {
	x := &runner{outcome: runbooks.AnswerOK}
	d, j := able(x)
	d.Secrets = safe{denied: true}
	r := in(t, d, "forward")
	written := len(j.events)
	if _, err := r.Command(t.Context(), 1); !errors.Is(err, errDenied) || len(x.jobs) > 0 || len(j.events) != written {
		t.Errorf("%v, %d jobs", err, len(x.jobs))
	}
	must(t, r.Tick(1))
	if p := r.Next(); p.Kind != runbooks.PromptCommand || p.Fence.Number != 2 {
		t.Errorf("next is %+v", p)
	}
}

// picky refuses the commands of this run, as where the text is not an approved one.
type picky struct{ *runner }

func (picky) Check() error { return errDisk }

func TestACommandThatIsRefusedOpensNothing(t *testing.T) {
	x := &runner{outcome: runbooks.AnswerOK}
	d, j := able(x)
	d.Executor = picky{x}
	r := in(t, d, "forward")
	written := len(j.events)
	for range 2 {
		if _, err := r.Command(t.Context(), 1); !errors.Is(err, errDisk) || len(x.jobs) > 0 {
			t.Fatalf("%v, %d jobs", err, len(x.jobs))
		}
	}
	if len(j.events) != written+1 || j.events[written].Kind != runbooks.EventByHand || j.events[written].Reason != runbooks.ByHandRefused {
		t.Errorf("%+v", j.events[written:])
	}
	if p := r.Next(); p.Kind != runbooks.PromptCheck {
		t.Errorf("next is %+v", p)
	}
}

func TestADrillDoesNothingByItself(t *testing.T) {
	x := &runner{outcome: runbooks.AnswerOK}
	d, _ := able(x)
	d.Drill = true
	r := in(t, d, "alarm")
	if err := r.NoticeSent(1, "site"); !errors.Is(err, runbooks.ErrDrill) {
		t.Errorf("a notice: %v", err)
	}
	must(t, errors.Join(r.Tick(1), r.Set("began_at", "now")))
	if c := r.State().Steps["forward"].Commands[1]; c.Status != runbooks.CommandByHand || c.Reason != runbooks.ByHandDrill {
		t.Errorf("%+v", c)
	}
	links := credentials(r)
	if _, err := r.Reveal(links[0], "password"); !errors.Is(err, runbooks.ErrDrill) {
		t.Errorf("a credential: %v", err)
	}
	if _, err := r.Reveal(links[1], "password"); err != nil {
		t.Errorf("one that says drill=ok: %v", err)
	}
	if _, err := r.Command(t.Context(), 1); !errors.Is(err, runbooks.ErrDrill) {
		t.Errorf("a command: %v", err)
	}
	must(t, r.Tick(1))
	if _, err := r.Command(t.Context(), 2); err != nil || len(x.jobs) != 1 {
		t.Errorf("one that says drill=ok: %v", err)
	}
	if !r.State().Drill || !slices.ContainsFunc(r.Last(100), func(e runbooks.Event) bool { return e.Mode == runbooks.ModeDrill }) {
		t.Error("nothing says that it is a drill")
	}
}

func TestTheNetworkComesBack(t *testing.T) {
	x := &runner{outcome: runbooks.AnswerOK}
	d, j := able(x)
	network := false
	d.Network = func(context.Context) bool { return network }
	r := in(t, d, "alarm")
	must(t, errors.Join(r.Tick(1), r.Set("began_at", "now")))
	if _, err := r.Command(t.Context(), 1); !errors.Is(err, runbooks.ErrNoNetwork) || len(x.jobs) > 0 {
		t.Fatalf("%v", err)
	}
	for _, e := range j.events {
		if e.Kind == runbooks.EventRevealed {
			t.Error("a credential was opened for nothing")
		}
	}
	if p := r.Next(); p.Kind != runbooks.PromptCheck || p.Fence == nil || p.Fence.Number != 1 {
		t.Fatalf("next is %+v", p)
	}
	network = true
	if _, err := r.Command(t.Context(), 1); err != nil || !r.State().Steps["forward"].Commands[1].Done() {
		t.Errorf("%v", err)
	}
	if err := r.ByHand(1, runbooks.ByHandAsked); !errors.Is(err, runbooks.ErrNotNow) {
		t.Errorf("what is done is left to be done by hand: %v", err)
	}
}

// TestAnUndoWhileSomebodyElseDoesTheStep begins an Undo where the run waits for somebody, and comes back.
func TestAnUndoWhileSomebodyElseDoesTheStep(t *testing.T) {
	d, _ := deps()
	r := in(t, d, "alarm")
	must(t, r.Beside("notes", "olga"))
	must(t, errors.Join(r.Tick(1), r.Set("began_at", "now"), r.Tick(1), r.Set("ticket", "1"), r.Decide("Yes")))
	must(t, r.Undo("forward-back"))
	must(t, r.BesideDone("notes", "olga"))
	must(t, errors.Join(r.Tick(1), r.Set("off_at", "now"), r.Decide("No"), r.Tick(1)))
	s := r.State()
	if s.Step != "notes" || len(s.Besides) != 0 || s.Steps["notes"].Status != runbooks.StepActive || s.Steps["notes"].Beside != "olga" {
		t.Errorf("%+v", s)
	}
}
