package vault_test

import (
	"errors"
	"os"
	"testing"

	"opsvault/vault"
	"opsvault/vault/vaulttest"
)

func TestRun(t *testing.T) {
	t.Parallel()
	w := world(t)
	v := openAs(t, w, w.Ivan)
	b, err := v.Book(vaulttest.Book)
	must(t, err)
	j, err := v.StartRun(b)
	must(t, err)
	must(t, j.Append("step.done", "step-1", map[string]any{"answer": "да"}))

	v = openAs(t, w, w.Ivan) // as after a crash
	again, info, err := v.ResumeRun(j.Run())
	if err != nil || info.Slug != vaulttest.Book || info.Version != 1 || string(info.Text) != vaulttest.BookText || info.Ended {
		t.Fatalf("%+v, %v", info, err)
	}
	must(t, again.Append("run.done", "-", nil))
	must(t, again.End(info.Slug, info.Version))
	events, err := again.Events()
	if err != nil || len(events) != 3 || events[1].Op != "step.done" || events[1].Object != "step-1" || events[1].Details["answer"] != "да" || events[1].Member != "ivan" {
		t.Errorf("%+v, %v", events, err)
	}
	runs, err := v.Runs()
	if err != nil || len(runs) != 2 || !runs[0].Ended || !runs[0].Own || runs[1].Own || runs[1].Member != "maria" || len(runs[1].Text) == 0 {
		t.Errorf("%+v, %v", runs, err)
	}
	if r, err := openAs(t, w, w.Maria).Verify(true); err != nil || !r.OK() {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestRunThatIsNone(t *testing.T) {
	t.Parallel()
	w := world(t)
	v := openAs(t, w, w.Maria)
	for _, run := range []string{"", "x", "../../keyring", "aaaaaaaaaaaaaaaa"} {
		_, _, err := v.ResumeRun(run)
		isA[*vault.NotFoundError](t, err)
	}
}

// The text that a run began with, and its journal, are held against one
// another each time.
func TestRunWasTouched(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"text.md", "000001.jsonl", "head"} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			w := world(t)
			runs, err := openAs(t, w, w.Maria).Runs()
			if err != nil || len(runs) != 1 {
				t.Fatalf("%v, %v", runs, err)
			}
			change(t, deviceFile(t, w, w.Maria, "runs/"+runs[0].Run+"/"+file), func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
			_, _, err = openAs(t, w, w.Maria).ResumeRun(runs[0].Run)
			isA[*vault.IntegrityError](t, err)
		})
	}
}

// Local state that can't be written begins no run.
func TestRunNeedsItsJournal(t *testing.T) {
	t.Parallel()
	b, files := preparedBench(t)
	d := twoDisks(b, files)
	v, err := vault.Open(d.options())
	must(t, err)
	book, err := v.Book(vaulttest.Book)
	must(t, err)
	d.home.ReadOnly(true)
	j, err := v.StartRun(book)
	isA[*vault.LogError](t, err)
	if j != nil {
		t.Error("there is a journal all the same")
	}
}

// The place of a vault is known: another vault there is refused, or, if it is
// one that this machine has joined, warned of once.
func TestPlaceTaken(t *testing.T) {
	t.Parallel()
	w := world(t)
	must(t, vaulttest.VaultSwappedForJoined(w))
	if v := openAs(t, w, w.Maria); !warned(v, "place-taken") {
		t.Errorf("warnings %v", v.Warnings())
	}
	if v := openAs(t, w, w.Maria); warned(v, "place-taken") {
		t.Error("it is warned of each time")
	}
	if _, err := w.Open(w.Ivan); !errors.Is(err, vault.ErrSwapped) {
		t.Errorf("%v", err)
	}
	must(t, os.Remove(w.Path(vault.MarkerName)))
	if _, err := w.Open(w.Maria); !errors.Is(err, vault.ErrNoVault) {
		t.Errorf("%v", err)
	}
}
