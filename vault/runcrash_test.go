package vault_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"opsvault/vault"
	"opsvault/vault/audit"
	"opsvault/vault/store"
	"opsvault/vault/vaulttest"
)

// keystrokes begins a run and appends events to it, held as a run under way is. It returns how many it was told are on the disk.
func keystrokes(b *bench, n int) (told int, err error) {
	v, err := b.vault()
	if err != nil {
		return 0, err
	}
	book, err := v.Book(vaulttest.Book)
	if err != nil {
		return 0, err
	}
	j, err := v.StartRun(book)
	if err != nil {
		return 0, err
	}
	release, err := j.Hold()
	if err != nil {
		return 0, err
	}
	defer release()
	for i := range n {
		if err := j.Append("run.ticked", "step-1", map[string]any{"n": i}); err != nil {
			if again := j.Append("run.ticked", "step-1", map[string]any{"n": i}); again == nil {
				return told, errors.New("after a failed write the same event is written once more")
			}
			return told, err
		}
		told++
	}
	return told, nil
}

// Every write of a run fails in every way. What was said to be on the disk is there, in its order and once; what wasn't is
// there as a whole or not at all; and the run goes on.
func TestEveryStepOfARun(t *testing.T) {
	t.Parallel()
	b, files := preparedBench(t)
	told := 0
	everyNth(t, 2*stride, b, files, func(b *bench) (err error) {
		told, err = keystrokes(b, 3)
		return err
	}, func(t *testing.T, b *bench, failed error) {
		clean(t, b, false)
		v, err := b.vault()
		if err != nil {
			t.Fatal(err)
		}
		runs, err := v.Runs()
		if err != nil || len(runs) > 1 || len(runs) == 0 && told > 0 {
			t.Fatalf("after %v: %d runs, %v", failed, len(runs), err)
		}
		if len(runs) == 0 {
			return
		}
		goesOn(t, b, runs[0].Run, told)
	})
}

// goesOn demands that a run holds at least so many events, each once, and takes another.
func goesOn(t *testing.T, b *bench, run string, told int) {
	t.Helper()
	v, err := b.vault()
	if err != nil {
		t.Fatal(err)
	}
	j, _, err := v.ResumeRun(run)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Append("run.noted", "-", nil); err != nil {
		t.Fatal(err)
	}
	info, err := j.Info()
	if err != nil || info.Damage != nil {
		t.Fatalf("%v, %v", err, info.Damage)
	}
	var ops []string
	n := 0
	for _, l := range info.Strands[0].Lines {
		ops = append(ops, l.Op)
		if l.Op == "run.ticked" {
			if fmt.Sprint(l.Details["n"]) != fmt.Sprint(n) {
				t.Errorf("event %d is %v", n, l.Details)
			}
			n++
		}
	}
	if n < told || n > told+1 {
		t.Errorf("%d events, %d were acknowledged: %s", n, told, strings.Join(ops, " "))
	}
	if ops[0] != vault.RunStart || ops[len(ops)-1] != "run.noted" {
		t.Errorf("%v", ops)
	}
}

// Every write of somebody who takes a run over fails in every way. They have it afterwards, or not; the log tells of it first.
func TestEveryStepOfATake(t *testing.T) {
	t.Parallel()
	b, _ := preparedBench(t)
	if _, err := keystrokes(b, 1); err != nil {
		t.Fatal(err)
	}
	files := b.disk.Files()
	everyNth(t, 2*stride, b, files, func(b *bench) error { return take(b) }, func(t *testing.T, b *bench, failed error) {
		clean(t, b, false)
		v, err := b.vault()
		if err != nil {
			t.Fatal(err)
		}
		runs, err := v.Runs()
		if err != nil || len(runs) != 1 {
			t.Fatalf("%v, %v", runs, err)
		}
		taken := strings.Contains(strandsOf(runs[0]), "run.taken")
		if failed == nil && !taken {
			t.Fatal("it was acknowledged, and is not there")
		}
		if taken && logged(t, v, "run.take") == 0 {
			t.Error("it was taken, and the log doesn't tell")
		}
		if err := take(b); err != nil {
			t.Fatalf("the next one, after %v: %v", failed, err)
		}
	})
}

func take(b *bench) error {
	v, err := b.vault()
	if err != nil {
		return err
	}
	runs, err := v.Runs()
	if err != nil {
		return err
	}
	j, err := v.JoinRun(runs[0])
	if err != nil {
		return err
	}
	if err := v.LogTake(runs[0], "maria", "for a test"); err != nil {
		return err
	}
	return j.Append("run.taken", "-", map[string]any{"reason": "for a test"})
}

// logged counts the lines of this device's log with an op.
func logged(t *testing.T, v *vault.Vault, op string) (n int) {
	t.Helper()
	err := v.Events(audit.Filter{Op: op}, func(audit.Event) error { n++; return nil })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// While a process holds a run, no other writes into its journal.
func TestRunIsHeld(t *testing.T) {
	t.Parallel()
	tm, run := runningTeam(t)
	j, _, err := openMate(t, tm, "maria").ResumeRun(run)
	must(t, err)
	release, err := j.Hold()
	must(t, err)
	must(t, j.Append("run.noted", "-", nil))
	opts := tm.Options(tm.Person("maria"))
	opts.Wait = 1
	other, err := vault.Open(opts)
	must(t, err)
	second, _, err := other.ResumeRun(run)
	must(t, err)
	if _, err := second.Hold(); !errors.Is(err, store.ErrBusy) {
		t.Errorf("held twice: %v", err)
	}
	if err := second.Append("run.noted", "-", nil); !errors.Is(err, store.ErrBusy) {
		t.Errorf("written beside: %v", err)
	}
	must(t, j.Append("run.noted", "-", nil))
	release()
	must(t, second.Append("run.noted", "-", nil))
	must(t, j.Append("run.noted", "-", nil))
	if got := strandsOf(runOf(t, tm, "maria", run)); got != "maria run.start run.started run.ticked run.noted run.noted run.noted run.noted" {
		t.Error(got)
	}
}

// A copy that grew shows it, and only then.
func TestRunHasGrown(t *testing.T) {
	t.Parallel()
	tm, run := runningTeam(t, "ivan")
	j, _, err := openMate(t, tm, "maria").ResumeRun(run)
	must(t, err)
	_, err = j.Info()
	must(t, err)
	must(t, j.Append("run.noted", "-", nil))
	if j.Grown() {
		t.Error("its own line is somebody else's")
	}
	ivan := openMate(t, tm, "ivan")
	info, err := ivan.Run(run)
	must(t, err)
	theirs, err := ivan.JoinRun(info)
	must(t, err)
	must(t, theirs.Append("run.taken", "-", nil))
	must(t, tm.CopyFiles(tm.Person("ivan"), tm.Person("maria")))
	if !j.Grown() {
		t.Error("somebody else's line is not seen")
	}
}

// BenchmarkKeystroke is an event of a run that is under way: on the disk, signed, and in the copy.
func BenchmarkKeystroke(b *testing.B) {
	d := benchDesk(b)
	v := d.open()
	book, err := v.PublishBook(vaulttest.Book, []byte(vaulttest.BookText))
	if err != nil {
		b.Fatal(err)
	}
	j, err := v.StartRun(book)
	if err != nil {
		b.Fatal(err)
	}
	release, err := j.Hold()
	if err != nil {
		b.Fatal(err)
	}
	defer release()
	for i := 0; b.Loop(); i++ {
		if j.Grown() { // asked before each event
			if _, err := j.Info(); err != nil {
				b.Fatal(err)
			}
		}
		if err := j.Append("run.ticked", "step-1", map[string]any{"n": i}); err != nil {
			b.Fatal(err)
		}
	}
}
