package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"opsvault/policy"
	"opsvault/runbooks"
	"opsvault/vault"
)

// errKilled stands for SIGKILL: nothing behind it is done.
var errKilled = errors.New("killed")

// begun begins or goes on with a run as the command does, and kills it behind an event.
func begun(t *testing.T, g *team, run string, killAfter int) (events []runbooks.Event, state runbooks.State) {
	t.Helper()
	v := g.open()
	var j *vault.Journal
	b, err := v.Book("printer-down")
	if err == nil && run == "" {
		j, err = v.StartRun(b)
	} else if err == nil {
		j, _, err = v.ResumeRun(run)
	}
	if err != nil {
		t.Fatal(err)
	}
	book, _ := runbooks.Parse(b.Text)
	if events, err = journalEvents(j); err != nil {
		t.Fatal(err)
	}
	before := len(events)
	deps := runbooks.Deps{Clock: runClock(g.Now), Actor: "maria", Journal: &runJournal{t.Context(), j, func(e runbooks.Event) {
		events = append(events, e)
		if len(events)-before == killAfter {
			panic(errKilled)
		}
	}}}
	defer func() {
		if r := recover(); r != nil && r != errKilled {
			panic(r)
		}
		if state, err = runbooks.Replay(book, events); err != nil {
			t.Fatal(err)
		}
	}()
	answers, err := runbooks.ParseAnswers([]byte(printerAnswers), book)
	if err != nil {
		t.Fatal(err)
	}
	var r *runbooks.Runner
	if len(events) == 0 {
		r, err = runbooks.Start(book, deps)
	} else {
		r, err = runbooks.Resume(book, deps, events)
	}
	if err == nil {
		_, err = runbooks.NewScript(answers).Run(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return events, state
}

func kinds(events []runbooks.Event, but runbooks.EventKind) string {
	var b strings.Builder
	for _, e := range events {
		if e.Kind != but {
			b.WriteString(string(e.Kind) + " " + e.Step + "\n")
		}
	}
	return b.String()
}

// TestKilledBehindEveryEvent kills a run behind each of its events; the next process goes on as if nothing had happened.
func TestKilledBehindEveryEvent(t *testing.T) {
	g := newTeam(t)
	g.must(codeDone, "runbook", "publish", g.file("printer.md", printerRunbook))
	whole, _ := begun(t, g, "", 0)
	if len(whole) < 15 || whole[len(whole)-1].Kind != runbooks.EventDone {
		t.Fatalf("the whole run: %s", kinds(whole, ""))
	}
	for n := 1; n < len(whole); n++ {
		killed, at := begun(t, g, "", n)
		if len(killed) != n {
			t.Fatalf("%d events, want %d", len(killed), n)
		}
		run := liveRun(t, g)
		if kept := kept(t, g, run); kept != n {
			t.Errorf("%d events are on the disk when %d were told", kept, n)
		}
		resumed, end := begun(t, g, run, 0)
		if got := kinds(resumed, runbooks.EventResumed); got != kinds(whole, "") {
			t.Errorf("killed behind %s of %s, the run became:\n%s", killed[n-1].Kind, at.Step, got)
		}
		if end.Status != runbooks.StatusDone || end.Inputs["message"] != "paper jam" || end.Steps["restart"].Visits != 2 {
			t.Errorf("killed behind event %d: %+v", n, end)
		}
	}
}

// kept counts the events that a journal holds.
func kept(t *testing.T, g *team, run string) int {
	t.Helper()
	j, _, err := g.open().ResumeRun(run)
	if err != nil {
		t.Fatal(err)
	}
	events, err := journalEvents(j)
	if err != nil {
		t.Fatal(err)
	}
	return len(events)
}

func liveRun(t *testing.T, g *team) string {
	t.Helper()
	infos, err := g.open().Runs()
	if err != nil {
		t.Fatal(err)
	}
	run := ""
	for _, info := range infos {
		if !info.Ended && run != "" {
			t.Fatal("two live runs")
		}
		if !info.Ended {
			run = info.Run
		}
	}
	if run == "" {
		t.Fatal("no live run")
	}
	return run
}

// TestSIGKILL kills the program itself, wherever it is after some events, and goes on.
func TestSIGKILL(t *testing.T) {
	g := newTeam(t)
	g.must(codeDone, "runbook", "publish", g.file("printer.md", printerRunbook))
	answers := g.file("answers.yaml", printerAnswers)
	for _, n := range []int{1, 4, 9} {
		command := exec.Command("opsvault", "run", "printer-down", "--new", "--answers", answers, "--json")
		command.Dir = g.WorkDir
		command.Env = []string{"OPSVAULT_HOME=" + g.vars["OPSVAULT_HOME"]}
		out, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for range n {
			if !lines.Scan() {
				t.Fatal("the run ended early")
			}
		}
		if err := command.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // to its end
		}
		command.Wait()
		if code := g.do("run", "printer-down", "--answers", answers, "--json"); code != codeDone {
			t.Fatalf("killed after %d events; then exit code %d\n%s%s", n, code, &g.out, &g.err)
		}
		if got := lastLine(t, g); got.State != "done" || got.Kind != "summary" || len(got.Skipped) != 1 {
			t.Errorf("killed after %d events: %+v", n, got)
		}
	}
}

type summaryLine struct {
	Kind string
	runSummary
}

func lastLine(t *testing.T, g *team) summaryLine {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(g.out.String()), "\n")
	var s summaryLine
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &s); err != nil {
		t.Fatalf("%v: %q", err, lines[len(lines)-1])
	}
	return s
}

// TestHostileTexts publishes texts that lint refuses, past lint, and holds what reaches a terminal against what may.
func TestHostileTexts(t *testing.T) {
	hostile, err := filepath.Glob("../../runbooks/testdata/hostile/*.md")
	if err != nil || len(hostile) < 5 {
		t.Fatalf("%d hostile texts: %v", len(hostile), err)
	}
	texts := map[string]string{
		"osc52":  strings.ReplaceAll(printerRunbook, "Everybody knows", "Everybody \x1b]52;c;c3RvbGVu\x07 knows"),
		"title":  strings.ReplaceAll(printerRunbook, "The ticket printer is down", "The \x1b[2J\u202eprinter"),
		"entity": strings.ReplaceAll(printerRunbook, "Everybody knows", "Everybody &#27;]52;c;c3RvbGVu&#7; &#x202e;knows"),
		"c1":     strings.ReplaceAll(printerRunbook, "Everybody knows", "Everybody \u009b2J knows"),
	}
	g := newTeam(t)
	for name, body := range texts {
		t.Run(name, func(t *testing.T) {
			publishPastLint(t, g, []byte(body))
			tryEverything(t, g)
		})
	}
	for _, name := range hostile {
		t.Run(filepath.Base(name), func(t *testing.T) {
			if code := g.do("runbook", "lint", name); code != codeDone && code != codeFindings {
				t.Errorf("exit code %d: %s", code, &g.err)
			}
			harmless(t, g.out.String()+g.err.String())
		})
	}
}

// TestHugeTexts: what is too large, has too many steps or too long a line is a finding, with its fix, and no failure.
func TestHugeTexts(t *testing.T) {
	front := printerRunbook[:strings.Index(printerRunbook, "# The")]
	w := newWorld(t, "OPSVAULT_LANG=en", "NO_COLOR=1")
	g := &team{w, t}
	for want, body := range map[string]string{
		"too-large":      strings.Repeat("a", 10<<20),
		"too-many-steps": front + "# X\n## P {#p}\n" + strings.Repeat("### 1. \n", 100_000),
		"line-too-long":  front + strings.Repeat("a", 500_000),
		"too-deep":       front + strings.Repeat(">", 8000),
	} {
		name := g.file("huge.md", body)
		if code := g.do("runbook", "lint", name); code != codeFindings || !strings.Contains(g.out.String(), "["+want+"]") {
			t.Errorf("%s: exit code %d, %.300s%.300s", want, code, &g.out, &g.err)
		}
	}
}

func publishPastLint(t *testing.T, g *team, body []byte) {
	t.Helper()
	if _, err := g.open().PublishBook("printer-down", body); err != nil {
		t.Fatal(err)
	}
}

func tryEverything(t *testing.T, g *team) {
	t.Helper()
	for _, words := range [][]string{
		{"runbook", "show", "printer-down"}, {"runbook", "ls"}, {"runbook", "history", "printer-down"}, {"run", "printer-down", "--new"},
		{"run", "printer-down", "--answers", g.file("answers.yaml", printerAnswers)}, {"runs"},
		{"runbook", "show", "printer-down", "--json"}, {"runbook", "ls", "--json"},
		{"runbook", "diff", "printer-down"}, {"runbook", "diff", "printer-down", "--lines"}, {"runbook", "diff", "printer-down", "--json"},
		{"runbook", "search", "everybody", "knows"}, {"runbook", "search", "printer", "--json"}, {"run", "the printer"},
		{"runs", "report"}, {"runs", "report", "--json"}, {"runs", "report", "--format", "html"},
	} {
		code := g.do(words...)
		harmless(t, g.out.String()+g.err.String())
		if code == codeUnexpected {
			t.Errorf("%v: %s", words, &g.err)
		}
	}
	k := g.sit(80, "", "x", "understood", "", "2", "")
	g.do("run", "printer-down", "--new")
	harmless(t, k.shown.String()+g.out.String()+g.err.String())
	g.sit(80)
}

// harmless demands that a terminal would obey nothing in a text.
func harmless(t *testing.T, shown string) {
	t.Helper()
	for i, r := range shown {
		switch {
		case r == '\n':
		case r < 0x20, r >= 0x7F && r < 0xA0, r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0x200E, r == 0x200F:
			t.Fatalf("%U in %q", r, shown[max(0, i-40):min(len(shown), i+20)])
		}
	}
}

// TestInterruptedRun ends a run by a signal while it works off its answers.
func TestInterruptedRun(t *testing.T) {
	g := newTeam(t)
	g.must(codeDone, "runbook", "publish", g.file("printer.md", printerRunbook))
	k := g.sit(80, "", "paper jam", "understood")
	g.must(codeWaiting, "run", "printer-down")
	if !strings.Contains(g.err.String(), "Go on with: opsvault run --resume "+liveRun(t, g)) {
		t.Errorf("it says %q", &g.err)
	}
	if !strings.Contains(k.shown.String(), "STEP 2 of 3: Restart it") {
		t.Errorf("shown: %s", &k.shown)
	}
}

// TestApprovalsThatAreMissing asks for approvals after a version counted without: it waits, and nothing was tampered with.
func TestApprovalsThatAreMissing(t *testing.T) {
	g := newTeam(t)
	g.must(codeDone, "runbook", "publish", g.file("printer.md", printerRunbook))
	if _, err := g.open().ChangePolicy(func(d *policy.Document) error { d.Runbooks.Approvals = 1; return nil }); err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"1", "2"} {
		if version == "2" {
			g.must(codeDone, "runbook", "publish", g.file("printer.md", printerRunbook+"- [ ] The next shift, too\n"))
			if !strings.Contains(g.out.String(), "It does not count yet: 1 approval is missing") {
				t.Errorf("it says %q", &g.out)
			}
		}
		g.must(codeWaiting, "run", "printer-down")
		if want := "printer-down@" + version + " is not approved yet"; !strings.Contains(g.err.String(), want) {
			t.Errorf("it says %q, want %q", &g.err, want)
		}
		g.must(codeDone, "runbook", "show", "printer-down")
		if !strings.Contains(g.err.String(), "waits for approval, and is not run before that. Who can approve it: nobody yet") {
			t.Errorf("it says %q", &g.err)
		}
	}
}

// TestOneWalksAtATime holds a run as another window does.
func TestOneWalksAtATime(t *testing.T) {
	g := newTeam(t)
	g.must(codeDone, "runbook", "publish", g.file("printer.md", printerRunbook))
	g.must(codeWaiting, "run", "printer-down")
	j, _, err := g.open().ResumeRun(liveRun(t, g))
	if err != nil {
		t.Fatal(err)
	}
	release, err := j.Hold()
	if err != nil {
		t.Fatal(err)
	}
	g.must(codeBusy, "run", "--resume")
	release()
	g.must(codeWaiting, "run", "--resume")
}

func TestLayOut(t *testing.T) {
	tests := []struct {
		name, lead, body string
		width            int
		want             string
	}{
		{"short", "  * ", "SIP trunk", 40, "  * SIP trunk"},
		{"wrapped behind the lead", "[ ] 1/3  ", "Open two different sites", 24, "[ ] 1/3  Open two\n         different sites"},
		{"a long lead indents half", strings.Repeat("> ", 20), "one two", 20, strings.Repeat("> ", 20) + "one two"},
		{"nothing", "", "", 40, ""},
		{"escapes", "> ", "a\x1b[2Jb", 40, "> a\ufffdb"},
		{"Cyrillic", "! ", "Делайте вместе", 10, "! Делайте\n  вместе"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := layOut(tt.lead, tt.body, tt.width); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestEventsKeepEverything(t *testing.T) {
	e := runbooks.Event{
		Kind: runbooks.EventRevealed, Time: time.Date(2026, 11, 21, 10, 0, 0, 123456789, time.UTC), Actor: "maria", Step: "look",
		Check: 2, Name: "n", Value: "v \"q\" <b>", Answer: "Да", Target: "#end", Reason: "r", Text: "t", Path: "a/b", Fields: []string{"x"},
		Runbook: "slug", Digest: "d",
	}
	details, err := eventDetails(e)
	if err != nil {
		t.Fatal(err)
	}
	line := vault.RunEvent{Member: "maria", Op: "run.revealed", Details: details}
	got, err := eventOf(line)
	if err != nil || !got.Time.Equal(e.Time) {
		t.Fatalf("%v, %+v", err, got)
	}
	got.Time = e.Time
	a, _ := json.Marshal(e)
	if b, _ := json.Marshal(got); string(a) != string(b) {
		t.Errorf("got %s, want %s", b, a)
	}
	line.Op = "run.done"
	if _, err := eventOf(line); err == nil {
		t.Error("a line that names another operation was taken")
	}
}

func TestRunFlags(t *testing.T) {
	o, c, err := parsed(t, newRunCommand, "run", "--resume", "abcd", "--answers=a.yaml", "--reason", "trunk down", "--plain")
	if err != nil {
		t.Fatal(err)
	}
	if want := (runOptions{resume: true, plain: true, answers: "a.yaml", reason: "trunk down"}); o != want {
		t.Errorf("%+v", o)
	}
	if len(c.args) != 1 || c.args[0] != "abcd" {
		t.Errorf("arguments %v", c.args)
	}
}
