package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/text"
	"opsvault/vault/audit"
	"opsvault/vault/chain"
)

func TestACommandWithCommandsMayWorkByItself(t *testing.T) {
	var done []string
	work := func(name string) func(context.Context, *call) error {
		return func(context.Context, *call) error {
			done = append(done, name)
			return nil
		}
	}
	child := func(e *env) *cli.Command { return e.command(&cli.Command{Name: "list"}, work("list")) }
	groups := []group{{"group.audit", []constructor{nounVerb("audit", work("audit"), child)}}}
	tests := []struct {
		line string
		code int
		want []string
	}{
		{"audit", 0, []string{"audit"}},
		{"audit --json", 0, []string{"audit"}},
		{"audit list", 0, []string{"list"}},
		{"audit lst", codeUsage, nil},
		{"audit --full", codeUsage, nil},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			done = nil
			w := newWorld(t)
			code := runGroups(t.Context(), strings.Fields("opsvault "+tt.line), w.env, groups)
			if code != tt.code || !cmp.Equal(done, tt.want) {
				t.Errorf("code %d, ran %v: %s", code, done, w.err.String())
			}
		})
	}
}

func TestAuditListOptions(t *testing.T) {
	got, _, err := parsed(t, newAuditListCommand, strings.Fields(
		"list --member ivan --op secret --path telephony/ --entry e --safe s --run r --grant g --device d --result ok --since 7d --until 2026-11-01 --format csv")...)
	want := auditListOptions{
		filter: audit.Filter{Member: "ivan", Op: "secret", Run: "r", Grant: "g", Device: "d", Result: "ok"},
		path:   "telephony/", entry: "e", safe: "s", since: "7d", until: "2026-11-01", format: "csv",
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(auditListOptions{}), cmpopts.EquateComparable(time.Time{})); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestMomentsOfTheCommandLine(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) // the clock of newWorld
	day := func(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, time.Local) }
	tests := []struct {
		name, value string
		end         bool
		want        time.Time
	}{
		{"nothing", "", false, time.Time{}},
		{"days", "7d", false, now.Add(-7 * 24 * time.Hour)},
		{"hours", "12h", true, now.Add(-12 * time.Hour)},
		{"minutes", "30m", false, now.Add(-30 * time.Minute)},
		{"weeks", "2w", false, now.Add(-14 * 24 * time.Hour)},
		{"a day", "2026-11-01", false, day(1)},
		{"a day at its end", "2026-11-01", true, day(2)},
		{"a moment", "2026-11-01T09:30:00+03:00", false, time.Date(2026, 11, 1, 6, 30, 0, 0, time.UTC)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := newCall(newWorld(t), common{}).moment("since", tt.value, tt.end)
			if err != nil || !got.Equal(tt.want) {
				t.Errorf("got %v, %v; want %v", got, err, tt.want)
			}
		})
	}
	for _, bad := range []string{"d", "-7d", "7", "7y", "99999999d", "yesterday", "2026-13-01", "01.11.2026"} {
		_, err := newCall(newWorld(t), common{}).moment("since", bad, false)
		var f *failure
		if !errors.As(err, &f) || f.code != codeUsage {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestEveryCodeHasItsSentence(t *testing.T) {
	codes := append(audit.FindingCodes(), audit.NoteCodes()...)
	if len(codes) != len(meanings()) || len(codes) < 17 {
		t.Errorf("%d codes, %d sentences", len(codes), len(meanings()))
	}
	for _, lang := range text.Langs() {
		tr := text.New(lang, nil)
		seen := map[string]chain.Code{}
		for _, code := range codes {
			sentence := meaning(tr, audit.Finding{Code: code, Count: 3})
			if !strings.HasSuffix(sentence, ".") || strings.Contains(sentence, "audit.means") || strings.Contains(sentence, "{") {
				t.Errorf("%s: %s: %q", lang, code, sentence)
			}
			if other, twice := seen[sentence]; twice {
				t.Errorf("%s: %s says the same as %s", lang, code, other)
			}
			seen[sentence] = code
		}
	}
}

func TestFindingsForScripts(t *testing.T) {
	data, err := json.Marshal(verifyDocument(&audit.Report{}))
	want := `{"events":0,"files":0,"journals":0,"devices":[],"findings":[],"notes":[],"dropped":0}`
	if err != nil || string(data) != want {
		t.Errorf("got %s, %v", data, err)
	}
	info := verifyDocument(&audit.Report{Findings: []audit.Finding{{Code: chain.Edit, File: "d/log/head", Local: true, Line: 3}}})
	if f := info.Findings[0]; f.File != "local:d/log/head" || !strings.HasPrefix(f.Text, "These bytes are not") {
		t.Errorf("%+v", f)
	}
}

// hostile is an event in which every text tries something.
func hostile() audit.Event {
	return audit.Event{
		Time: time.Date(2026, 11, 21, 12, 0, 0, 5e6, time.UTC), Member: "ivan", For: "anna", Device: "d", Seq: 7,
		Op: "secret.reveal", Result: chain.OK, Object: "id@1", Path: "telephony/x\u202eknurt", Fields: []string{"password"},
		Reason: "=cmd|' /C calc'!A0\r\n\x1b[2J\u009b2J\U000E0041", Ticket: "+1", Details: map[string]any{"step": "\u200b"},
	}
}

func putOut(t *testing.T, format string, e audit.Event) string {
	t.Helper()
	w := newWorld(t)
	c := newCall(w, common{})
	writer := newEventWriter(c, format)
	if err := errors.Join(writer.begin(), writer.event(e), c.out.Flush()); err != nil {
		t.Fatal(err)
	}
	return w.out.String()
}

func TestEventsCantTouchTheTerminal(t *testing.T) {
	for _, format := range []string{"text", "jsonl", "csv"} {
		out := putOut(t, format, hostile())
		if i := strings.IndexAny(out, "\x1b\u009b\u202e\u200b\r\U000E0041"); i >= 0 {
			t.Errorf("%s: %q", format, out)
		}
		if format == "text" && strings.Count(out, "\n") != 1 {
			t.Errorf("%s: not one line: %q", format, out)
		}
	}
}

func TestEventsAsJSONLoseNothing(t *testing.T) {
	e := hostile()
	var got eventInfo
	line := putOut(t, "jsonl", e)
	if err := json.Unmarshal([]byte(line), &got); err != nil || strings.Count(line, "\n") != 1 {
		t.Fatal(err, line)
	}
	if diff := cmp.Diff(eventDocument(&e), got); diff != "" {
		t.Error(diff)
	}
	for _, key := range []string{"time", "member", "device", "op", "path", "reason"} {
		if !strings.Contains(putOut(t, "jsonl", audit.Event{}), `"`+key+`":`) {
			t.Errorf("no %s", key)
		}
	}
}

func TestNoCellIsAFormula(t *testing.T) {
	records, err := csv.NewReader(strings.NewReader(putOut(t, "csv", hostile()))).ReadAll()
	if err != nil || len(records) != 2 || len(records[0]) != len(records[1]) {
		t.Fatal(records, err)
	}
	for _, cell := range records[1] {
		if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
			t.Errorf("%q", cell)
		}
	}
	tests := []struct{ cell, want string }{
		{"", ""}, {"trunk down", "trunk down"}, {"=1+1", "'=1+1"}, {"+7 495", "'+7 495"}, {"-", "'-"}, {"@x", "'@x"},
		{"\tx", "'\tx"}, {"\rx", "'\rx"}, {"＝x", "'＝x"}, {"a=b", "a=b"}, {"Ёлка", "Ёлка"},
	}
	for _, tt := range tests {
		if got := defuse(tt.cell); got != tt.want {
			t.Errorf("%q: got %q", tt.cell, got)
		}
	}
}

func TestEscapesAreJSON(t *testing.T) {
	for _, s := range []string{"plain", "Ёлка 電話", "\u009b\u202e", "\U000E0041\U0001F600", "\u2028"} {
		var b bytes.Buffer
		if err := json.NewEncoder(&b).Encode(s); err != nil {
			t.Fatal(err)
		}
		var back string
		if err := json.Unmarshal(escapeHidden(b.Bytes()), &back); err != nil || back != s {
			t.Errorf("%q came back as %q: %v", s, back, err)
		}
	}
}

// TestThePageForAuditorsNamesEveryCode reads docs/audit.md.
func TestThePageForAuditorsNamesEveryCode(t *testing.T) {
	page, err := os.ReadFile("../../docs/audit.md")
	if err != nil {
		t.Fatal(err)
	}
	findings, notes, found := bytes.Cut(page, []byte("### Notes"))
	if !found {
		t.Fatal("the page has no section of notes")
	}
	for _, code := range audit.FindingCodes() {
		if !bytes.Contains(findings, []byte("\n| `"+code+"` |")) {
			t.Errorf("no row of findings for %s", code)
		}
	}
	for _, code := range audit.NoteCodes() {
		if !bytes.Contains(notes, []byte("\n| `"+code+"` |")) {
			t.Errorf("no row of notes for %s", code)
		}
	}
}

func TestBootedIsInThePast(t *testing.T) {
	booted := systemBooted()
	if booted == nil {
		return // this platform isn't asked
	}
	if at := booted(); at.After(time.Now()) || at.IsZero() {
		t.Errorf("the machine was started at %v", at)
	}
}
