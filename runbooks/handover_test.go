package runbooks_test

import (
	"errors"
	"testing"
	"time"

	"opsvault/runbooks"
)

func TestARunChangesHands(t *testing.T) {
	d, j := deps()
	r := in(t, d, "forward")
	anna := d
	anna.Actor = "anna"
	accept := func() (*runbooks.Runner, error) { return runbooks.Accept(r.Book(), anna, j.events, "desk-1:9") }
	if _, err := runbooks.Resume(r.Book(), anna, j.events); !errors.Is(err, runbooks.ErrNotOwner) {
		t.Errorf("somebody else goes on with it: %v", err)
	}
	if _, err := accept(); !errors.Is(err, runbooks.ErrNotOffered) {
		t.Errorf("accepted without an offer: %v", err)
	}
	if err := r.Withdraw(); !errors.Is(err, runbooks.ErrNotOffered) {
		t.Errorf("withdrawn without an offer: %v", err)
	}
	if err := r.Offer("ivan", ""); !errors.Is(err, runbooks.ErrOwner) {
		t.Errorf("offered to oneself: %v", err)
	}
	must(t, r.Offer("olga", ""))
	if _, err := accept(); !errors.Is(err, runbooks.ErrNotOffered) {
		t.Errorf("accepted what was offered to olga: %v", err)
	}
	if err := r.Offer("anna", ""); !errors.Is(err, runbooks.ErrOffered) {
		t.Errorf("offered twice: %v", err)
	}
	must(t, errors.Join(r.Withdraw(), r.Offer("anna", "the hotline calls back at noon"), r.Pause("going home")))
	next, err := accept()
	must(t, err)
	s := next.State()
	if s.Owner != "anna" || s.Offer != nil || s.Status != runbooks.StatusPaused || len(s.Handovers) != 1 || s.Handovers[0].Text != "the hotline calls back at noon" || s.Handovers[0].Signed != "desk-1:9" {
		t.Errorf("%+v", s)
	}
	if _, err := runbooks.Resume(r.Book(), d, j.events); !errors.Is(err, runbooks.ErrNotOwner) {
		t.Errorf("the former owner goes on with it: %v", err)
	}
	must(t, next.Continue())
	must(t, next.Tick(1))
	back, err := runbooks.Take(r.Book(), d, j.events, "anna can't be reached", "desk-2:3")
	must(t, err)
	if h := back.State().Handovers; len(h) != 2 || !h[1].Taken || h[1].From != "anna" || h[1].To != "ivan" {
		t.Errorf("%+v", h)
	}
	if err := next.Tick(2); err == nil {
		t.Error("a check that is not there")
	}
	if _, err := runbooks.Take(r.Book(), d, j.events, "", ""); !errors.Is(err, runbooks.ErrEmpty) {
		t.Errorf("taken without a reason: %v", err)
	}
}

func TestASecondPersonSigns(t *testing.T) {
	d, _ := deps()
	r := in(t, d, "cable")
	must(t, r.Tick(1))
	s := r.State()
	theirs := runbooks.Event{Kind: runbooks.EventSeconded, Step: "cable", Actor: "anna", Name: "ivan", Time: now()}
	if _, err := s.Apply(r.Book(), theirs); !errors.Is(err, runbooks.ErrNotOwner) {
		t.Errorf("without a signature: %v", err)
	}
	theirs.Signed = "desk-1:5"
	next, err := s.Apply(r.Book(), theirs)
	must(t, err)
	if st := next.Steps["cable"]; st.Second != "anna" || st.SecondSigned != "desk-1:5" {
		t.Errorf("%+v", st)
	}
	if err := r.SecondSigned("Ivan", "desk-1:5"); !errors.Is(err, runbooks.ErrSamePerson) {
		t.Errorf("one person twice: %v", err)
	}
	must(t, r.SecondSigned("anna", "desk-1:5"))
	if st := r.State().Steps["cable"]; st.SecondSigned != "desk-1:5" || st.Status != runbooks.StepDone {
		t.Errorf("%+v", st)
	}
}

func TestARunGoesOnOnPaper(t *testing.T) {
	d, j := deps()
	clock := &set{now()}
	d.Clock = clock
	r := in(t, d, "alarm")
	if err := r.Transcribe(now(), "olga"); !errors.Is(err, runbooks.ErrNotOnPaper) {
		t.Errorf("it was never on paper: %v", err)
	}
	must(t, r.ToPaper("battery at 10 %"))
	for name, err := range map[string]error{"tick": r.Tick(1), "abort": r.Abort("x"), "pause": r.Pause(""), "paper": r.ToPaper("x"), "bring back": r.Transcribe(now(), "olga")} {
		if !errors.Is(err, runbooks.ErrOnPaper) && !errors.Is(err, runbooks.ErrNotOnPaper) {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, r.Note("the battery is charging"))
	r, err := runbooks.Resume(r.Book(), d, j.events)
	must(t, err)
	if p := r.Next(); p.Kind != runbooks.PromptPaper || r.State().Status != runbooks.StatusPaper {
		t.Fatalf("next is %+v", p)
	}
	clock.at = now().Add(2 * time.Hour)
	must(t, r.FromPaper("olga"))
	must(t, r.Transcribe(now().Add(10*time.Minute), "olga"))
	must(t, r.Tick(1))
	must(t, r.Transcribe(now().Add(12*time.Minute), "olga"))
	must(t, r.Set("began_at", "12:00"))
	if err := r.Transcribe(now().Add(11*time.Minute), "olga"); !errors.Is(err, runbooks.ErrHappened) {
		t.Errorf("earlier than what is known: %v", err)
	}
	if err := r.Transcribe(now().Add(3*time.Hour), "olga"); !errors.Is(err, runbooks.ErrHappened) {
		t.Errorf("in the future: %v", err)
	}
	must(t, r.Transcribe(now().Add(20*time.Minute), "olga"))
	must(t, r.Tick(1))
	r.Live()
	must(t, r.Set("ticket", "T-1"))
	s := r.State()
	if got := s.Steps["alarm"].Elapsed(clock.at); got != 12*time.Minute || s.Step != "forward" || !s.Last.Equal(clock.at) {
		t.Errorf("the step took %v, %+v", got, s)
	}
	if s.Paper.Witness != "olga" || !s.Paper.Last.Equal(now().Add(20*time.Minute)) || !s.Paper.Until.Equal(clock.at) {
		t.Errorf("%+v", s.Paper)
	}
	for _, e := range j.events {
		if (e.HappenedAt != nil) != (e.Witness != "" && e.Kind != runbooks.EventFromPaper) {
			t.Errorf("%+v", e)
		}
	}
	if last := r.Last(1)[0]; last.HappenedAt != nil {
		t.Errorf("%+v", last)
	}
}

func TestSomebodyElseDoesAStepMeanwhile(t *testing.T) {
	for _, test := range []struct {
		name string
		when string // forms or alarm: when it is done
		drop bool
	}{{"before the route comes there", "alarm", false}, {"when the route is there", "notes", false}, {"never", "notes", true}} {
		t.Run(test.name, func(t *testing.T) {
			d, _ := deps()
			r := in(t, d, "alarm")
			if err := r.Beside("cable", "olga"); !errors.Is(err, runbooks.ErrNotBeside) {
				t.Errorf("a step that nobody names: %v", err)
			}
			if err := r.Beside("alarm", "olga"); !errors.Is(err, runbooks.ErrNotNow) {
				t.Errorf("the step that the run is in: %v", err)
			}
			must(t, r.Beside("notes", "olga"))
			if err := r.Beside("notes", "anna"); !errors.Is(err, runbooks.ErrNotNow) {
				t.Errorf("twice: %v", err)
			}
			if test.when == "alarm" {
				must(t, r.BesideDone("notes", "olga"))
				if st := r.State().Steps["notes"]; st.Status != runbooks.StepDone || st.Beside != "olga" {
					t.Errorf("%+v", st)
				}
			}
			must(t, errors.Join(r.Tick(1), r.Set("began_at", "now"), r.Tick(1), r.Set("ticket", "1"), r.Decide("Yes")))
			if test.when == "notes" {
				if p := r.Next(); p.Kind != runbooks.PromptBeside || p.Name != "olga" || p.Step.ID != "notes" {
					t.Fatalf("next is %+v", p)
				}
				if err := r.Tick(1); !errors.Is(err, runbooks.ErrBeside) {
					t.Errorf("ticked what olga does: %v", err)
				}
			}
			if test.drop {
				must(t, r.BesideDrop("notes", "she had to leave"))
				must(t, r.Tick(1))
			} else if test.when == "notes" {
				must(t, r.BesideDone("notes", "olga"))
			}
			if p := r.Next(); p.Kind != runbooks.PromptInput || p.Input != "noted_by" {
				t.Fatalf("next is %+v", p)
			}
			must(t, errors.Join(r.Set("noted_by", "olga"), r.Decide("Yes")))
			must(t, errors.Join(r.Tick(1), r.Set("ticket", "2"), r.Decide("Yes")))
			if p := r.Next(); p.Kind != runbooks.PromptCheck {
				t.Errorf("what was done beside counts twice: %+v", p)
			}
		})
	}
}

func TestARunDoesNotEndWhileSomebodyIsAtWork(t *testing.T) {
	d, _ := deps()
	r := in(t, d, "alarm")
	must(t, r.Beside("forms", "olga"))
	must(t, r.Abort("false alarm"))
	p := r.Next()
	if r.State().Status != runbooks.StatusClosing || p.Kind != runbooks.PromptBeside || p.Name != "olga" {
		t.Fatalf("next is %+v", p)
	}
	must(t, r.BesideDrop("forms", "false alarm"))
	if s := r.State(); s.Status != runbooks.StatusAborted || s.Reason != "false alarm" || s.Step != "alarm" {
		t.Errorf("%+v", s)
	}
}

func TestWhatAStepNotesIsItsOwn(t *testing.T) {
	d, _ := deps()
	r := in(t, d, "alarm")
	links := r.Book().Step("alarm").Links
	lead, hotline, escalate := links[3].Target, links[4].Target, links[5].Target
	for name, test := range map[string]struct{ err, want error }{
		"a call to nobody":        {r.Called(escalate, runbooks.AnswerReached, ""), runbooks.ErrNoLink},
		"a call without an end":   {r.Called(lead, "", ""), runbooks.ErrNoAnswer},
		"no reason to escalate":   {r.Escalate(escalate, " ", ""), runbooks.ErrEmpty},
		"evidence of nothing":     {r.Evidence("video", fileDigest, "a.jpg", 1), runbooks.ErrNoLink},
		"evidence without digest": {r.Evidence("photo", "abc", "a.jpg", 1), runbooks.ErrEvidence},
		"evidence without a file": {r.Evidence("photo", fileDigest, "", 1), runbooks.ErrEmpty},
		"a negative file":         {r.Evidence("photo", fileDigest, "a.jpg", -1), runbooks.ErrEvidence},
		"a file name that hides":  {r.Evidence("photo", fileDigest, "a\u202egpj.exe", 1), runbooks.ErrTextUnsafe},
		"another channel":         {r.NoticeSent(1, "radio"), runbooks.ErrNoNotice},
		"another notice":          {r.NoticeSent(2, "site"), runbooks.ErrNoNotice},
		"another command":         {r.ByHand(1, runbooks.ByHandAsked), runbooks.ErrNoCommand},
	} {
		if !errors.Is(test.err, test.want) {
			t.Errorf("%s: %v, want %v", name, test.err, test.want)
		}
	}
	must(t, errors.Join(
		r.Called(lead, runbooks.AnswerNoAnswer, "Maria"), r.Called(lead, runbooks.AnswerReached, "Maria"), r.Called(hotline, runbooks.AnswerReached, ""),
		r.Escalate(escalate, "3 minutes are over", "Maria"), r.Evidence("photo", fileDigest, `C:\photos\router.jpg`, 7), r.NoticeSent(1, "site"), r.NoticeSent(1, "ivr"),
	))
	st := r.State().Steps["alarm"]
	if len(st.Calls) != 4 || st.Calls[0].Reached || !st.Calls[1].Reached || st.Calls[3].Reason == "" || len(st.Sent[1]) != 2 || st.Evidence[0].File != "router.jpg" || st.Evidence[0].Size != 7 {
		t.Errorf("%+v", st)
	}
}
