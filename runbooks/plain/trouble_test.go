package plain_test

import (
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"opsvault/runbooks"
)

// fillable is a journal on a disk that is full behind some events.
type fillable struct {
	*tape
	room int
}

func (j *fillable) Append(e runbooks.Event) error {
	if len(j.events) >= j.room {
		return syscall.ENOSPC
	}
	return j.tape.Append(e)
}

// TestADiskThatIsFull ends the face with the journal's error at every event, and what was on the disk is gone on with.
func TestADiskThatIsFull(t *testing.T) {
	typed := []string{"INC-7", "", "dead", "g", "all", "", "understood", "m", "", "", "Zoya", "", "2", "", "1"}
	for room := 1; room < 18; room++ {
		d := newDesk(t, "en", typed...)
		j := &fillable{d.tape, room}
		d.deps.Journal = j
		r, err := runbooks.Start(d.book, d.deps)
		if err == nil {
			_, err = d.face.Run(t.Context(), r)
		}
		var journal *runbooks.JournalError
		if !errors.As(err, &journal) || !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("room for %d: %v", room, err)
		}
		j.room = 1000
		d.typed = nil
		if r, err = runbooks.Resume(d.book, d.deps, j.events); err != nil {
			t.Fatalf("room for %d: %v", room, err)
		}
		if want := runbooks.Next(d.book, r.State()); r.Next().Kind != want.Kind || r.State().Over() {
			t.Errorf("room for %d: %+v", room, want)
		}
	}
}

var errDark = errors.New("dark")

// TestPowerGoesDuringACommand: it is not started again by itself; the person says whether it finished, in a word.
func TestPowerGoesDuringACommand(t *testing.T) {
	for name, tt := range map[string]struct {
		answer string
		status runbooks.CommandStatus
	}{"finished": {"д", runbooks.CommandFinished}, "not finished": {"n", runbooks.CommandNotFinished}} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "en", "INC-7", "", "dead", "", "understood", "")
			d.machine.outcomes = []runbooks.Result{{Outcome: runbooks.AnswerOK}}
			dark := &fillable{d.tape, 1000}
			d.deps.Journal = journalUntil{dark, runbooks.EventCommandEnded}
			r := d.start(t)
			if _, err := d.face.Run(t.Context(), r); !errors.Is(err, errDark) {
				t.Fatal(err)
			}
			d.deps.Journal = d.tape
			r, err := runbooks.Resume(d.book, d.deps, d.tape.events)
			if err != nil {
				t.Fatal(err)
			}
			d.out.Reset()
			d.typed = []string{"", "what?", tt.answer, "q"}
			if _, err := d.face.Run(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			if got := r.State().Steps["forward"].Commands[1].Status; got != tt.status || len(d.machine.ran) != 1 {
				t.Errorf("%s, ran %d times\n%s", got, len(d.machine.ran), d.out.String())
			}
			if name == "finished" {
				golden(t, "testdata/unsettled.en.txt", d.out.String())
			}
		})
	}
}

// journalUntil writes until an event of a kind comes.
type journalUntil struct {
	*fillable
	kind runbooks.EventKind
}

func (j journalUntil) Append(e runbooks.Event) error {
	if e.Kind == j.kind {
		return errDark
	}
	return j.fillable.Append(e)
}

// TestTwentyColumns has nothing wider than the terminal but words that are longer themselves, and what is copied.
func TestTwentyColumns(t *testing.T) {
	d := newDesk(t, "ru", "INC-7", "?", "н", "", "гудков нет", "i", "", "понятно", "m", "", "w", "", "s", "некому", "q")
	d.paper.width = 20
	if _, err := d.face.Run(t.Context(), d.start(t)); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(d.out.String()) {
		words := strings.Fields(line)
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 24 && len(words) > 2 && !strings.Contains(line, ": ") && !strings.Contains(line, "= ") {
			t.Errorf("%d columns: %q", n, line)
		}
	}
	golden(t, "testdata/narrow.ru.txt", d.out.String())
}

// TestADrill opens, sends and runs nothing, and says so on every step.
func TestADrill(t *testing.T) {
	d := newDesk(t, "ru", "INC-7", "", "гудков нет", "g", "все", "", "понятно", "к", "1", "", "", "Зоя", "", "1", "", "", "", "")
	d.deps.Drill = true
	r := d.start(t)
	if out, err := d.face.Run(t.Context(), r); err != nil || out.Status != runbooks.StatusDone {
		t.Errorf("%v, %+v", err, out)
	}
	shown := d.out.String()
	if steps, marks := strings.Count(shown, "ШАГ ")+strings.Count(shown, "КАК БЫЛО, шаг"), strings.Count(shown, "*** УЧЕНИЕ"); steps != marks || marks < 6 {
		t.Errorf("%d steps, %d marks\n%s", steps, marks, shown)
	}
	if strings.Contains(shown, "s3cret") || len(d.machine.ran) > 0 {
		t.Errorf("something real happened\n%s", shown)
	}
	for _, e := range d.tape.events {
		if e.Kind == runbooks.EventNoticeSent || e.Kind == runbooks.EventRevealed {
			t.Errorf("%+v", e)
		}
	}
}

// TestPaperIsSaidAndLeft: the key says how, and a run that is on paper asks for nothing.
func TestPaperIsSaidAndLeft(t *testing.T) {
	d := newDesk(t, "en", "INC-7", "z", "q")
	r := d.start(t)
	if _, err := d.face.Run(t.Context(), r); err != nil || !strings.Contains(inLine(d.out.String()), "opsvault run to-paper RUN") {
		t.Fatalf("%v\n%s", err, d.out.String())
	}
	if err := r.Continue(); err != nil {
		t.Fatal(err)
	}
	if err := r.ToPaper("the battery"); err != nil {
		t.Fatal(err)
	}
	d.out.Reset()
	if out, err := d.face.Run(t.Context(), r); err != nil || out.Status != runbooks.StatusPaper || !strings.Contains(inLine(d.out.String()), "opsvault run from-paper RUN") {
		t.Errorf("%v, %+v\n%s", err, out, d.out.String())
	}
}

// TestLowBattery says so once.
func TestLowBattery(t *testing.T) {
	d := newDesk(t, "en", "INC-7", "", "q")
	d.face.Machine.Low = func() (int, bool) { return 17, true }
	if _, err := d.face.Run(t.Context(), d.start(t)); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(d.out.String(), "The battery is at 17 %"); n != 1 {
		t.Errorf("said %d times\n%s", n, d.out.String())
	}
}

// TestASignatureComes while the name of the second person is asked for.
func TestASignatureComes(t *testing.T) {
	d := newDesk(t, "en", "INC-7", "", "dead", "", "understood", "m", "", "", "", "@25s", "", "q")
	asked := 0
	d.face.Machine.Signed = func(step string) (string, string) {
		if asked++; asked < 6 || step != "forward" {
			return "", ""
		}
		return "zoya", "k7q2m4x5c6v7b2n3:12"
	}
	r := d.start(t)
	if _, err := d.face.Run(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if st := r.State().Steps["forward"]; st.Second != "zoya" || st.SecondSigned == "" || !strings.Contains(d.out.String(), "zoya has signed. Press Enter.") {
		t.Errorf("%+v\n%s", st, d.out.String())
	}
}

// TestAPauseIsQuiet: a timer that is over during a pause rings once, when the run goes on.
func TestAPauseIsQuiet(t *testing.T) {
	d := newDesk(t, "en", "INC-7", "s", "no", "s", "no", "s", "no")
	r := d.start(t)
	if _, err := d.face.Run(t.Context(), r); !errors.Is(err, io.EOF) || r.State().Step != "wait" {
		t.Fatal(err)
	}
	if err := r.Pause(""); err != nil {
		t.Fatal(err)
	}
	d.clock.at = d.clock.at.Add(time.Hour)
	d.typed = []string{"w", "still waiting", "i", "", "q"}
	d.out.Reset()
	if _, err := d.face.Run(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	before, after, _ := strings.Cut(d.out.String(), "Enter = go on: \n")
	if strings.Contains(before, "IT RINGS") || strings.Count(d.out.String(), "IT RINGS") != 1 || !strings.Contains(after, "IT RINGS") {
		t.Errorf("%s", d.out.String())
	}
}

// inLine is a text without its line breaks.
func inLine(s string) string { return strings.Join(strings.Fields(s), " ") }
