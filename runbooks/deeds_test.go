package runbooks_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"opsvault/runbooks"
)

// at brings a run to a step.
func at(t *testing.T, id string) (*runbooks.Runner, *tape) {
	t.Helper()
	r, j := start(t, engineBook(t))
	for n := 0; r.State().Step != id; n++ {
		if err := deed(r, 0); err != nil || n > 50 {
			t.Fatalf("on the way to %s: %v", id, err)
		}
	}
	return r, j
}

func TestWhatIsOutOfOrderIsRefused(t *testing.T) {
	for _, test := range []struct {
		name, at string
		do       func(r *runbooks.Runner) error
		want     error
	}{
		{"tick before the front matter's inputs", "", func(r *runbooks.Runner) error { return r.Tick(1) }, runbooks.ErrWrongStep},
		{"an input that nobody asks for", "", func(r *runbooks.Runner) error { return r.Set("name", "x") }, runbooks.ErrNoInput},
		{"a check that is not there", "first", func(r *runbooks.Runner) error { return r.Tick(4) }, runbooks.ErrNoCheck},
		{"a check with a blank", "first", func(r *runbooks.Runner) error { return r.Tick(2) }, runbooks.ErrNoCheck},
		{"an input of another step", "first", func(r *runbooks.Runner) error { return r.Set("ticket", "x") }, runbooks.ErrNoInput},
		{"nothing typed", "first", func(r *runbooks.Runner) error { return r.Set("name", "  ") }, runbooks.ErrEmpty},
		{"too much", "first", func(r *runbooks.Runner) error { return r.Set("name", strings.Repeat("x", 2001)) }, runbooks.ErrTextTooLong},
		{"an escape sequence", "first", func(r *runbooks.Runner) error { return r.Note("\x1b[2J") }, runbooks.ErrTextUnsafe},
		{"done too early", "first", func(r *runbooks.Runner) error { return r.Confirm() }, runbooks.ErrNotNow},
		{"a decision too early", "second", func(r *runbooks.Runner) error { return r.Decide("On") }, runbooks.ErrNotNow},
		{"a check before the caution", "second", func(r *runbooks.Runner) error { return r.Tick(1) }, runbooks.ErrNotNow},
		{"a second person too early", "second", func(r *runbooks.Runner) error { return r.Second("anna") }, runbooks.ErrNotNow},
		{"a caution twice", "second", func(r *runbooks.Runner) error { return errors.Join(r.Acknowledge(), r.Acknowledge()) }, runbooks.ErrNotNow},
		{"an answer that is not there", "third", func(r *runbooks.Runner) error { return r.Decide("On") }, runbooks.ErrNotNow},
		{"a reminder that is over", "fourth", func(r *runbooks.Runner) error { return r.Repeated("first") }, runbooks.ErrNoReminder},
		{"a reminder of no step", "third", func(r *runbooks.Runner) error { return r.Repeated("nine") }, runbooks.ErrUnknownStep},
		{"go on without a pause", "third", func(r *runbooks.Runner) error { return r.Continue() }, runbooks.ErrNotPaused},
		{"anything in a pause", "third", func(r *runbooks.Runner) error { return errors.Join(r.Pause("tea"), r.Confirm()) }, runbooks.ErrPaused},
		{"anything after the end", "third", func(r *runbooks.Runner) error { return errors.Join(r.Abort("no"), r.Confirm()) }, runbooks.ErrEnded},
		{"an abort without a reason", "third", func(r *runbooks.Runner) error { return r.Abort("") }, runbooks.ErrEmpty},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, j := at(t, test.at)
			written := len(j.events)
			if err := test.do(r); !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
			if r.State().Events != len(j.events) {
				t.Errorf("%d events in the state, %d in the journal (before: %d)", r.State().Events, len(j.events), written)
			}
		})
	}
}

func TestTheSecondPersonIsSomebodyElse(t *testing.T) {
	r, _ := at(t, "second")
	must(t, r.Acknowledge())
	must(t, r.Tick(1))
	if err := r.Second("ivan"); !errors.Is(err, runbooks.ErrSamePerson) {
		t.Errorf("%v", err)
	}
	must(t, r.Second("anna"))
	if err := r.Decide("Perhaps"); !errors.Is(err, runbooks.ErrNoAnswer) {
		t.Errorf("%v", err)
	}
	must(t, r.Decide("Other"))
	if out := r.Outcome(); out.Status != runbooks.StatusDone || out.Target != "runbook:other" || out.Waiting {
		t.Errorf("%+v", out)
	}
}

func TestASkippedStepKeepsItsQuestion(t *testing.T) {
	r, _ := at(t, "second")
	must(t, r.Skip("no time"))
	if kind := r.Next().Kind; kind != runbooks.PromptDecision {
		t.Fatalf("next is %v", kind)
	}
	if err := r.Skip("again"); !errors.Is(err, runbooks.ErrNotNow) {
		t.Errorf("%v", err)
	}
	must(t, r.Decide("On"))
	if st := r.State().Steps["second"]; st.Status != runbooks.StepSkipped || st.Reason != "no time" {
		t.Errorf("%+v", st)
	}
	if r.State().Step != "third" {
		t.Errorf("at %s", r.State().Step)
	}
}

func TestALoopBeginsAnew(t *testing.T) {
	r, _ := at(t, "second")
	must(t, r.Skip("x"))
	must(t, r.Decide("Again"))
	st := r.State().Steps["first"]
	if st.Visits != 2 || len(st.Ticked) > 0 || r.Next().Check.Number != 1 {
		t.Errorf("%+v", st)
	}
	if got := runbooks.Fill("for {{name}} and {{nobody}}", r.State().Inputs); got != "for value 0 and ____" {
		t.Error(got)
	}
}

func TestRemindersComeAndGo(t *testing.T) {
	clock := &set{now()}
	r, err := runbooks.Start(engineBook(t), runbooks.Deps{Journal: &tape{}, Clock: clock, Actor: "ivan"})
	must(t, err)
	clock.at = now().Add(4 * time.Minute)
	if due := r.Overdue(); len(due) > 0 {
		t.Errorf("due after 4 minutes: %v", due)
	}
	clock.at = now().Add(5 * time.Minute)
	if due := r.Overdue(); len(due) != 1 || due[0].Step.ID != "first" {
		t.Fatalf("due after 5 minutes: %v", due)
	}
	for r.State().Step != "second" {
		must(t, deed(r, 0))
	}
	if due := r.State().Reminders(r.Book()); len(due) != 1 || !due[0].Due.Equal(clock.at.Add(20*time.Minute)) {
		t.Fatalf("%v", due)
	}
	clock.at = clock.at.Add(25 * time.Minute)
	must(t, r.Repeated("first"))
	if due := r.Overdue(); len(due) > 0 {
		t.Errorf("due again at once: %v", due)
	}
	for r.State().Step != "fourth" {
		must(t, deed(r, 0))
	}
	if due := r.State().Reminders(r.Book()); len(due) > 0 {
		t.Errorf("still there: %v", due)
	}
}

func TestACredentialIsJournaledBeforeItIsHandedOut(t *testing.T) {
	r, j := at(t, "second")
	trunk := credentials(r)[0]
	j.failAt = len(j.events) + 1
	values, err := r.Reveal(trunk, "password")
	var journal *runbooks.JournalError
	if !errors.As(err, &journal) || values != nil {
		t.Fatalf("%v, %v", values, err)
	}
	j.failAt = 0
	values, err = r.Reveal(trunk, "username", "password")
	must(t, err)
	if string(values[1].Secret.Bytes()) != "password-value" {
		t.Errorf("%q", values[1].Secret.Bytes())
	}
	last := j.events[len(j.events)-1]
	if last.Kind != runbooks.EventRevealed || last.Path != "telephony/sip-trunk" || len(last.Fields) != 2 || last.Step != "second" {
		t.Errorf("%+v", last)
	}
	if err := r.Note("password-value"); !errors.Is(err, runbooks.ErrRevealedValue) {
		t.Errorf("a credential went into the journal: %v", err)
	}
}

func TestACredentialOfAnotherStepStaysClosed(t *testing.T) {
	r, _ := at(t, "second")
	links := credentials(r)
	if fields, err := r.FieldsOf(links[1]); err != nil || len(fields) != 1 || fields[0] != "pin" {
		t.Errorf("%v, %v", fields, err)
	}
	if _, err := r.Reveal(links[1], "number"); !errors.Is(err, runbooks.ErrNotLinked) {
		t.Errorf("another field: %v", err)
	}
	must(t, r.Skip("x"))
	must(t, r.Decide("On"))
	if _, err := r.Reveal(links[0], "password"); !errors.Is(err, runbooks.ErrNotLinked) {
		t.Errorf("another step: %v", err)
	}
	d, _ := deps()
	d.Secrets = safe{denied: true}
	r, err := runbooks.Start(engineBook(t), d)
	must(t, err)
	for r.State().Step != "second" {
		must(t, deed(r, 0))
	}
	if _, err := r.Reveal(links[0], "password"); !errors.Is(err, errDenied) {
		t.Errorf("denied: %v", err)
	}
}

func TestASecretDoesNotPrintItself(t *testing.T) {
	s := runbooks.NewSecret([]byte("hunter2"))
	data, err := json.Marshal(map[string]any{"s": s, "v": runbooks.Value{Field: "f", Secret: s}})
	must(t, err)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s)
	for _, shown := range []string{fmt.Sprint(s), fmt.Sprintf("%s %q %x %d %#v %+v", s, s, s, s, s, s), fmt.Sprintf("%+v", []runbooks.Secret{s}), string(data), log.String()} {
		if strings.Contains(shown, "hunter2") || strings.Contains(shown, "68756e") || strings.Contains(shown, "104 117") {
			t.Errorf("shown: %s", shown)
		}
	}
	s.Wipe()
	if string(s.Bytes()) == "hunter2" {
		t.Error("not wiped")
	}
}
