package face

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"opsvault/runbooks"
)

type tape struct{}

func (tape) Append(runbooks.Event) error { return nil }
func (tape) Run(context.Context, runbooks.Job) (runbooks.Result, error) {
	return runbooks.Result{}, nil
}

type clock struct{ at time.Time }

func (c *clock) Now() time.Time { return c.at }

// said is a voice that names the messages and their arguments.
func said(key string, args ...any) string {
	return strings.TrimSpace(key + " " + fmt.Sprintln(args...))
}

// walked begins a run of the test's runbook and does some things in it.
func walked(t *testing.T, do func(*runbooks.Runner) error) (*runbooks.Runner, *clock) {
	t.Helper()
	text, err := os.ReadFile("../plain/testdata/line-down.en.md")
	if err != nil {
		t.Fatal(err)
	}
	book, _ := runbooks.Parse(text)
	c := &clock{time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)}
	r, err := runbooks.Start(book, runbooks.Deps{Journal: tape{}, Executor: tape{}, Clock: c, Actor: "ivan"})
	if err == nil {
		err = do(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r, c
}

func to(step string) func(*runbooks.Runner) error {
	return func(r *runbooks.Runner) error {
		if err := r.Set("ticket", "INC-7"); err != nil {
			return err
		}
		for r.State().Step != step {
			if err := r.Skip("on the way"); err != nil {
				return err
			}
		}
		return nil
	}
}

// TestWhatIsOffered: only what makes sense now.
func TestWhatIsOffered(t *testing.T) {
	tests := []struct {
		name string
		do   func(*runbooks.Runner) error
		want string
	}{
		{"before the first step", func(*runbooks.Runner) error { return nil }, "dwhziqx?"},
		{"somebody is to be called", to("alarm"), "vdwsfhziqx?"},
		{"a notice and a step for others", to("tell"), "cgbdwsfhziqx?"},
		{"a caution, credentials, evidence", to("forward"), "rcedwsfhziqx?"},
		{"a command", func(r *runbooks.Runner) error {
			if err := to("forward")(r); err != nil {
				return err
			}
			return r.Acknowledge()
		}, "rcmedwsfhziqx?"},
		{"a question", func(r *runbooks.Runner) error {
			if err := to("wait")(r); err != nil {
				return err
			}
			return r.Tick(1)
		}, "vdwhziqx?"},
		{"paused", func(r *runbooks.Runner) error { return r.Pause("") }, "whiqx?"},
		{"on paper", func(r *runbooks.Runner) error { return r.ToPaper("no power") }, "i?"},
		{"stopped for good", func(r *runbooks.Runner) error { return r.Abort("a mistake") }, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, _ := walked(t, tt.do)
			if got := string(Of(r).Keys); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// TestWhatWaits comes in the order in which it is due, then what has no time.
func TestWhatWaits(t *testing.T) {
	r, c := walked(t, func(r *runbooks.Runner) error {
		if err := to("tell")(r); err != nil {
			return err
		}
		if err := r.Beside("phones", "Zoya"); err != nil {
			return err
		}
		if err := r.Tick(1); err != nil {
			return err
		}
		if err := r.Skip("no"); err != nil {
			return err
		}
		return r.Offer("maria", "the provider calls back")
	})
	var kinds []ItemKind
	for _, item := range Of(r).Items {
		kinds = append(kinds, item.Kind)
	}
	if got := fmt.Sprint(kinds); got != fmt.Sprint([]ItemKind{Reminder, Timer, Aside, Offer}) && got != fmt.Sprint([]ItemKind{Timer, Reminder, Aside, Offer}) {
		t.Errorf("%v", got)
	}
	if got := Alarm(Of(r).Items, c.at); got != 20*time.Minute {
		t.Errorf("the first rings in %v", got)
	}
	c.at = c.at.Add(21 * time.Minute)
	voice := VoiceOf(said, r)
	for _, item := range Of(r).Items {
		line := voice.Item(item, c.at)
		if now := strings.Contains(line, "-now"); now != (item.Kind == Timer || item.Kind == Reminder) {
			t.Errorf("after 21 minutes: %s", line)
		}
	}
	if got := Alarm(Of(r).Items, c.at); got != 0 {
		t.Errorf("when everything has rung: %v", got)
	}
}

func TestSpans(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Hour: "run.span-s s 0", 0: "run.span-s s 0", 59 * time.Second: "run.span-s s 59", time.Minute: "run.span-m m 1", 59*time.Minute + 59*time.Second: "run.span-m m 59",
		time.Hour: "run.span-h h 1", 2*time.Hour + 50*time.Minute: "run.span-hm h 2 m 50", 24*time.Hour + 30*time.Second: "run.span-h h 24",
	} {
		if got := (Voice{Words: said}).Span(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
