package runbooks_test

import (
	"errors"
	"testing"
	"time"

	"opsvault/runbooks"
)

// TestALaterRoundDoesNotForgetTheUndo comes to a step again and leaves it out: what the first round did is still there.
func TestALaterRoundDoesNotForgetTheUndo(t *testing.T) {
	d, _ := deps()
	r := in(t, d, "notes")
	must(t, errors.Join(r.Tick(1), r.Set("noted_by", "me"), r.Decide("Yes")))
	if s := r.State(); s.Step != "forward" || s.Steps["forward"].Visits != 2 || len(s.Undos()) != 1 {
		t.Fatalf("%+v", s)
	}
	must(t, errors.Join(r.Skip("it is on"), r.Decide("Stop")))
	if p := r.Next(); p.Kind != runbooks.PromptUndo || p.Of.ID != "forward" {
		t.Fatalf("next is %+v", p)
	}
	must(t, r.WaiveUndo("forward-back", "it stays on"))
	if s := r.State(); s.Status != runbooks.StatusAborted || s.Steps["forward"].Status != runbooks.StepSkipped {
		t.Errorf("%+v", s)
	}
}

// TestARunIsStoppedInTheMiddleOfAnUndo: nothing is lost, the Undo is begun anew.
func TestARunIsStoppedInTheMiddleOfAnUndo(t *testing.T) {
	d, _ := deps()
	r := in(t, d, "notes")
	must(t, errors.Join(r.Undo("forward-back"), r.Tick(1), r.Abort("fire alarm")))
	s := r.State()
	if s.Status != runbooks.StatusClosing || s.Undoing != nil || s.Step != "" || s.Closing.Step != "notes" {
		t.Fatalf("%+v", s)
	}
	aborted := runbooks.Event{Kind: runbooks.EventAborted, Actor: "ivan", Time: s.Last}
	if _, err := s.Apply(r.Book(), aborted); !errors.Is(err, runbooks.ErrPending) {
		t.Errorf("ended with something pending: %v", err)
	}
	must(t, r.Undo("forward-back"))
	if st := r.State().Steps["forward-back"]; st.Visits != 2 || len(st.Ticked) > 0 {
		t.Errorf("%+v", st)
	}
	if err := r.Abort("again"); !errors.Is(err, runbooks.ErrPending) {
		t.Errorf("stopped twice: %v", err)
	}
	must(t, errors.Join(r.Skip("the cabinet is down"), r.Decide("No"), r.Skip("nobody answers")))
	if s := r.State(); s.Status != runbooks.StatusAborted || s.Reason != "fire alarm" || s.Step != "notes" || s.Steps["forward"].Waived == "" {
		t.Errorf("%+v", s)
	}
}

func TestAnAbortLooksAtHalfASteps(t *testing.T) {
	d, _ := deps()
	r := in(t, d, "forward")
	must(t, r.Tick(1))
	s := r.State()
	aborted := runbooks.Event{Kind: runbooks.EventAborted, Actor: "ivan", Time: s.Last, Reason: "enough"}
	if _, err := s.Apply(r.Book(), aborted); !errors.Is(err, runbooks.ErrPending) {
		t.Errorf("ended with half a step to be taken back: %v", err)
	}
	done := runbooks.Event{Kind: runbooks.EventClosing, Actor: "ivan", Time: s.Last, Target: "#end"}
	if _, err := s.Apply(r.Book(), done); !errors.Is(err, runbooks.ErrNotNow) {
		t.Errorf("closing toward an end to which the route does not lead: %v", err)
	}
}

func TestALaterRoundStartsItsTimersAnew(t *testing.T) {
	clock := &set{now()}
	r, err := runbooks.Start(engineBook(t), runbooks.Deps{Journal: &tape{}, Clock: clock, Actor: "ivan"})
	must(t, err)
	for r.State().Step != "second" {
		must(t, deed(r, 0))
	}
	clock.at = now().Add(4 * time.Minute)
	must(t, errors.Join(r.Skip("x"), r.Decide("Again"), r.Skip("x")))
	if timers := r.State().Timers; len(timers) != 1 || !timers[0].Due.Equal(now().Add(9*time.Minute)) {
		t.Errorf("%+v", timers)
	}
}
