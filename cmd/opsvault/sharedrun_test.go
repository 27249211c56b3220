package main

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"opsvault/cmd/opsvault/text"
	"opsvault/policy"
	"opsvault/runbooks"
	"opsvault/vault"
	"opsvault/vault/vaulttest"
)

// stopped is a run that waits for a person, and its journal.
func stopped(t *testing.T) (*team, *vault.Journal) {
	t.Helper()
	g := newTeam(t)
	g.must(codeDone, "runbook", "publish", g.file("printer.md", printerRunbook))
	g.must(codeWaiting, "run", "printer-down", "--answers", g.file("none.yaml", "answers: {look: {checks: [1]}}\n"))
	run := liveRun(t, g)
	j, _, err := g.open().ResumeRun(run)
	if err != nil {
		t.Fatal(err)
	}
	return g, j
}

// says demands that everything is in what was printed.
func (g *team) says(words ...string) {
	g.t.Helper()
	for _, w := range words {
		if said := g.out.String() + g.err.String(); !strings.Contains(said, w) {
			g.t.Errorf("%q is not said in:\n%s", w, said)
		}
	}
}

// A run that a newer opsvault had a part in is shown, with the name of what isn't known, and nobody goes on with it.
func TestRunOfANewerOpsvault(t *testing.T) {
	for name, line := range map[string]struct {
		op      string
		details map[string]any
	}{
		"a kind":  {"run.teleported", map[string]any{"kind": "teleported", "time": "2026-11-22T10:00:00Z", "actor": "maria", "step": "look"}},
		"a field": {"run.noted", map[string]any{"kind": "noted", "time": "2026-11-22T10:00:00Z", "actor": "maria", "step": "look", "mood": "calm"}},
	} {
		t.Run(name, func(t *testing.T) {
			g, j := stopped(t)
			if err := j.Append(line.op, "look", line.details); err != nil {
				t.Fatal(err)
			}
			g.must(codeDone, "runs")
			g.says("printer-down@1")
			g.must(codeDone, "runs", "show", j.Run())
			g.says("A newer opsvault had a part in it")
			g.must(codeDone, "run", "watch", j.Run(), "--once")
			g.says("an event of a newer opsvault: " + strings.TrimPrefix(line.op, "run."))
			g.must(codeUnexpected, "run", "--resume", j.Run())
			g.says("a newer opsvault had a part in this run", "install the newer opsvault")
			g.must(codeUnexpected, "run", "handover", j.Run(), "--to", "maria")
		})
	}
}

// A line that nobody's opsvault wrote is put aside; of the own journal it is damage.
func TestRunWithALineThatIsNone(t *testing.T) {
	g, j := stopped(t)
	if err := j.Append("run.ticked", "look", map[string]any{"kind": "aborted", "time": "2026-11-22T10:00:00Z", "actor": "maria", "reason": "x"}); err != nil {
		t.Fatal(err)
	}
	g.must(codeDone, "runs", "show", j.Run())
	g.says("1 event stands beside the run", "it does not fit what came before")
	g.must(codeIntegrity, "run", "--resume", j.Run())
}

// A journal that was cut in this copy is said, and mended by what the machine itself has.
func TestOwnJournalWasCutInTheCopy(t *testing.T) {
	g, j := stopped(t)
	files, err := filepath.Glob(filepath.Join(g.WorkDir, "runs", j.Run(), "*", "000001.jsonl"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	if err := os.Truncate(files[0], 10); err != nil {
		t.Fatal(err)
	}
	g.must(codeWaiting, "run", "--resume", "--answers", g.file("half.yaml", "answers: {look: {checks: all, inputs: {message: x}}}\n"))
	g.must(codeDone, "audit", "verify", "--full")
}

// What was taken over while somebody was at it is refused at their next key, before anything is written.
func TestRunIsLostInTheMiddle(t *testing.T) {
	lost := &lostRun{run: "r", owner: "ivan", mine: true, taken: true, reason: "away", at: time.Now()}
	r := explain(&runbooks.JournalError{Err: lost}, text.New(text.English, nil), false)
	if r.Code != codeDenied || !strings.Contains(r.Error, "ivan has taken r over (away)") || !strings.Contains(r.Hint, "opsvault runs show r") {
		t.Errorf("%+v", r)
	}
}

// A run whose owner's journal was cut in this copy is listed, and not taken from what is left of it.
func TestTakeFromAJournalThatWasCut(t *testing.T) {
	tm, err := vaulttest.NewTeam(t.TempDir(), "ivan")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, "OPSVAULT_LANG=en", "NO_COLOR=1")
	w.env.Rand, w.env.Now = rand.Reader, time.Now
	g := &team{w, t}
	as := func(member string) {
		p := tm.Person(member)
		g.vars["OPSVAULT_HOME"], g.vars["OPSVAULT_DIR"] = p.Home, p.Dir
	}
	as("maria")
	g.must(codeDone, "runbook", "publish", g.file("printer.md", strings.ReplaceAll(printerRunbook, "office/printer", "telephony/sip-trunk")))
	none := g.file("none.yaml", "answers: {look: {checks: [1]}}\n")
	g.must(codeWaiting, "run", "printer-down", "--answers", none)
	if err := tm.Spread(); err != nil {
		t.Fatal(err)
	}
	as("ivan")
	g.must(codeDone, "runs", "--json")
	_, rest, _ := strings.Cut(g.out.String(), `"run": "`)
	run := rest[:16]
	files, err := filepath.Glob(filepath.Join(tm.Person("ivan").Dir, "runs", run, "*", "000001.jsonl"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	if err := os.Truncate(files[0], 900); err != nil {
		t.Fatal(err)
	}
	g.must(codeDone, "runs")
	g.says("run "+run+" is left out: ", "TRUNCATED")
	g.must(codeDone, "runs", "--json")
	g.says(`"state": "damaged"`, run)
	g.must(codeIntegrity, "run", "take", run, "--reason", "x")
	g.must(codeIntegrity, "runs", "show", run)
	g.must(codeDone, "sync", tm.Person("maria").Dir)
	g.must(codeDone, "run", "take", run, "--reason", "she is away")
}

// Who has not the role of a step's second person has not signed it, whatever their own program wrote.
func TestSignatureWithoutTheRole(t *testing.T) {
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	book, _ := runbooks.Parse([]byte(printerRunbook))
	step := book.Step("look")
	signs := func(device, member string) runbooks.Placed {
		e := runbooks.Event{Kind: runbooks.EventSeconded, Step: "look", Name: member, Actor: member, Time: at}
		return runbooks.Placed{Device: device, Member: member, Line: runbooks.Line{Event: e, Seq: 1}}
	}
	doc := &policy.Document{Members: map[string]*policy.Member{"maria": {}, "oleg": {Roles: []string{"agent"}}, "anna": {Roles: []string{"lead"}}}}
	for _, tt := range []struct {
		second, want string
		seconds      []runbooks.Placed
	}{
		{"lead", "anna a:1", []runbooks.Placed{signs("o", "oleg"), signs("a", "anna")}},
		{"lead", " ", []runbooks.Placed{signs("o", "oleg")}},
		{"lead", " ", []runbooks.Placed{signs("m", "maria")}},
		{"*", "oleg o:1", []runbooks.Placed{signs("o", "oleg")}},
		{"*", " ", []runbooks.Placed{signs("m", "maria")}},
	} {
		step.Second = tt.second
		r := &sharedRun{book: book, woven: runbooks.Woven{Owner: "maria", Seconds: tt.seconds}}
		if member, signed := r.signature(doc, "look"); member+" "+signed != tt.want {
			t.Errorf("%s: %s %s", tt.second, member, signed)
		}
	}
}
