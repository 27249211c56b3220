package paper_test

import (
	"strings"
	"testing"
	"time"

	"opsvault/runbooks"
	"opsvault/runbooks/paper"
)

// memory is a journal that forgets with the test.
type memory struct{}

func (memory) Append(runbooks.Event) error { return nil }

// ticking is a clock that goes on a minute with each look.
type ticking struct{ now time.Time }

func (c *ticking) Now() time.Time {
	c.now = c.now.Add(time.Minute)
	return c.now
}

// liveRun drives the shipped runbook as far as the answers go.
func liveRun(t *testing.T, answers string) *paper.Page {
	t.Helper()
	book := outage(t)
	file, err := runbooks.ParseAnswers([]byte(answers), book)
	if err != nil {
		t.Fatal(err)
	}
	r, err := runbooks.Start(book, runbooks.Deps{Journal: memory{}, Clock: &ticking{printed().Add(-5 * time.Hour)}, Actor: "maria"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := runbooks.NewScript(file).Run(r); err != nil {
		t.Logf("the script stops: %v", err)
	}
	p := pageOf(t, book, "en")
	p.Sheets[0].Run = &paper.Run{ID: "abcdefghijklmnop", State: r.State(), Owner: "Мария <b>"}
	return p
}

const toPhones = `answers:
  confirm: {checks: all, inputs: {wan_light: "red </u>", began_at: "09:40"}, decision: "Everything"}
  alarm: {checks: all, inputs: {incident_lead: Ольга}}
  first-notice: {checks: all, inputs: {next_update: "10:10"}}
  phones: {checks: [1], inputs: {forward_to: "+7 900"}}
`

func TestRunGoesOnWhereItIs(t *testing.T) {
	p := liveRun(t, toPhones)
	page := write(t, p)
	checkMarkup(t, page)
	said := visible(page)
	for _, want := range []string{
		"This run goes on on paper", "led by Мария <b>", "Go on at step 5: Send the calls to mobile phones",
		"began_at 09:40", "wan_light red </u>", "1. Make sure that it is the internet Everything",
		"step 4, Tell the customers: due again at", "run abcdefghijklmnop",
		"Write a time at each step. Afterwards: opsvault run from-paper abcdefghijklmnop",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	parts := map[string]string{}
	for _, part := range strings.Split(page, `<section class="step`)[1:] {
		id := part[strings.Index(part, `id="`)+4:]
		parts[id[:strings.Index(id, `"`)]] = part
	}
	if s := parts["t1s5"]; !strings.HasPrefix(s, " here") || strings.Count(s, "box x") < 2 || strings.Count(s, "check d0 first") != 1 || !strings.Contains(s, "7 900</u>") {
		t.Errorf("step 5, where the run is: %s", s)
	}
	if s := parts["t1s1"]; !strings.HasPrefix(s, " gone") || strings.Contains(s, "rows") || !strings.Contains(s, "answer: Everything") {
		t.Errorf("step 1, which can't come again: %s", s)
	}
	if s := parts["t1s2"]; !strings.HasPrefix(s, " gone") || !strings.Contains(s, "not on the way any more") {
		t.Errorf("step 2, which was not taken: %s", s)
	}
	if s := parts["t1s4"]; strings.HasPrefix(s, " gone") || !strings.Contains(s, "cells") {
		t.Errorf("step 4, which is to be repeated: %s", s)
	}
	if s := parts["t1s22"]; s == "" || strings.HasPrefix(s, " gone") {
		t.Errorf("a step of the rollback phase can always come: %s", s)
	}
}

func TestLoopsArePrintedAnew(t *testing.T) {
	p := liveRun(t, toPhones)
	p.Sheets[0].Run.State.Step, p.Sheets[0].Run.State.Target = "", "#confirm"
	if said := visible(write(t, p)); !strings.Contains(said, "Go on at step 1") || !strings.Contains(said, "may come again, therefore printed anew") {
		t.Error("a run between two steps goes on at the next; what is done and can come again has empty boxes")
	}
}

func TestRunThatIsOnPaperAlready(t *testing.T) {
	p := liveRun(t, toPhones)
	before := write(t, p)
	p.Sheets[0].Run.State.Status = runbooks.StatusPaper
	if write(t, p) != before {
		t.Error("the page of a run that is on paper is the one that it went with")
	}
}

func TestTimersAndUndosOfARun(t *testing.T) {
	p := liveRun(t, toPhones)
	state := &p.Sheets[0].Run.State
	state.Timers = []runbooks.Timer{{Step: "wait", Number: 1, Text: "20 minutes", Due: printed().Add(7 * time.Minute)}}
	steps := map[string]runbooks.StepState{}
	for id, st := range state.Steps {
		steps[id] = st
	}
	st := steps["phones"]
	st.Undo, st.UndoStep, st.UndoSince = runbooks.UndoPending, "undo-forwarding", printed()
	steps["phones"], state.Steps = st, steps
	said := visible(write(t, p))
	for _, want := range []string{"20 minutes (step 12, Wait and watch): rings at 14:12", "Still to be taken back If step 5 was done: step 21, Take the forwarding off"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
}

func TestRunAtItsEnd(t *testing.T) {
	p := liveRun(t, toPhones)
	state := &p.Sheets[0].Run.State
	state.Step, state.Target, state.Drill = "", "#end", true
	state.Besides = []runbooks.Beside{{Step: "provider", Name: "Ivan", Since: printed()}}
	page := write(t, p)
	said := visible(page)
	for _, want := range []string{"Go on at the end: “Before you close it”", "step 8, Call the internet provider: Ivan, since 14:05", "DRILL: nothing of this is real"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	if !strings.Contains(page, `class="step" id="t1s8"`) || !strings.Contains(page, `class="step gone" id="t1s7"`) {
		t.Error("what another one is doing is printed whole, what can't come is not")
	}
}

func TestRunThatTakesSomethingBack(t *testing.T) {
	p := liveRun(t, toPhones)
	state := &p.Sheets[0].Run.State
	state.Step, state.Undoing = "undo-forwarding", &runbooks.Undoing{Step: "undo-forwarding", Back: "wait"}
	page := write(t, p)
	if !strings.Contains(page, `class="step here" id="t1s21"`) || !strings.Contains(page, `class="step" id="t1s12"`) || !strings.Contains(page, `class="step" id="t1s16"`) {
		t.Error("the run goes back to where it was")
	}
}
