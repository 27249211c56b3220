package plain_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"opsvault/runbooks"
)

// TestSessions are whole sessions as people see them, in testdata: what is typed, and all that is shown.
func TestSessions(t *testing.T) {
	tests := []struct {
		name  string
		lang  string
		typed []string
		tries []runbooks.Result
		want  runbooks.Status
	}{
		{
			"outage", "en",
			[]string{
				"INC-7",
				"?", "n", "v", "1", "r", "", "=s", // calls; the letter alone is a key, with = before it a text
				"c", "g", "all", "b", "1", "Zoya", "", // a notice, and somebody beside
				"", "understood", "", "", "r", "1", "c 1 password", "r 2", "e", "/home/ivan/shot.png", "", "s3cret-password", "ivan", "Zoya",
				"@21m", "d", "", "v", "Oleg", "it takes too long", "h", "1", "the provider has ticket 118", "h", "n", "2",
				"", "i", "1",
				"b", "1", "",
				"", "", "",
			},
			[]runbooks.Result{
				{Exit: 7, Outcome: runbooks.AnswerFailed, Output: []byte(strings.Repeat("line\n", 20) + "no route to host\n")},
				{Outcome: runbooks.AnswerOK, Output: []byte("200 OK\n")},
			},
			runbooks.StatusDone,
		},
		{
			"outage", "ru",
			[]string{
				"INC-7", "", "гудков нет", "w", "провайдер не отвечает", "п", "*", "",
				"", "понятно", "ь", "н", "", "к", "2", "f", "не пускает", "@12m", "z",
				"@10m", "й",
			},
			nil, runbooks.StatusPaused,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name+"."+tt.lang, func(t *testing.T) {
			d := newDesk(t, tt.lang, tt.typed...)
			d.machine.outcomes = tt.tries
			out, err := d.face.Run(t.Context(), d.start(t))
			if err != nil {
				d.out.WriteString("ERROR " + err.Error() + "\n")
			}
			if out.Status != tt.want || err != nil || len(d.typed) > 0 {
				t.Errorf("%v, %s at %q, not typed: %q", err, out.Status, out.Step, d.typed)
			}
			golden(t, "testdata/"+tt.name+"."+tt.lang+".txt", d.out.String())
			if strings.Contains(d.out.String(), "MISSING") {
				t.Error("a message is missing")
			}
			for _, e := range d.tape.events {
				if strings.Contains(e.Text+e.Value+e.Reason+e.Name, "s3cret") {
					t.Errorf("the journal holds a credential: %+v", e)
				}
			}
		})
	}
}

// TestThePersonComesBack leaves by the end of input in the middle, and goes on where it was.
func TestThePersonComesBack(t *testing.T) {
	d := newDesk(t, "en", "INC-7", "", "dead")
	r := d.start(t)
	if out, err := d.face.Run(t.Context(), r); !errors.Is(err, io.EOF) || !out.Waiting || out.Step != "tell" {
		t.Fatalf("%v, %+v", err, out)
	}
	r, err := runbooks.Resume(d.book, d.deps, d.tape.events)
	if err != nil {
		t.Fatal(err)
	}
	d.out.Reset()
	d.typed = []string{"@1h", "", "x", "", "x", "false alarm"}
	if err := d.face.Recall(r); err != nil {
		t.Fatal(err)
	}
	if out, err := d.face.Run(t.Context(), r); err != nil || out.Status != runbooks.StatusAborted {
		t.Fatalf("%v, %+v", err, out)
	}
	golden(t, "testdata/resumed.en.txt", d.out.String())
}
