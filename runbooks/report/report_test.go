package report_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"opsvault/runbooks"
	"opsvault/runbooks/report"
)

// plainWords put keys and arguments in a row, so that a test sees what was said without its words.
type plainWords struct{}

func (plainWords) Text(key string, args ...any) string {
	s := strings.TrimPrefix(key, "report.")
	for i := 1; i < len(args); i += 2 {
		if one := fmt.Sprint(args[i]); one != "" && one != "0" {
			s += " " + fmt.Sprint(args[i-1]) + "=" + one
		}
	}
	return s
}
func (plainWords) Moment(at time.Time) string  { return at.UTC().Format("15:04") }
func (plainWords) Span(d time.Duration) string { return d.String() }
func (plainWords) Member(id string) string     { return id }
func (plainWords) Size(n int64) string         { return fmt.Sprint(n) }
func (plainWords) Clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x202E {
			return '?'
		}
		return r
	}, s)
}

const text = `---
opsvault: runbook/v1
id: x
title: Phones
lang: en
owner: duty:on-call
review_by: 2027-01-31
use_when: always
done_when: done
roles: [agent, lead]
est: 20 min
---

# Phones

## P {#p}

### 1. Look {#look}

Time: 5 min

- [ ] Look at it
- [ ] Note it: ` + "`seen=____`" + `

### 2. Mend {#mend}

Then: #end

- [ ] Mend it
`

func began() time.Time { return time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC) }

// told makes the main line of a run: an event a minute, by maria unless it says who.
func told(book *runbooks.Runbook, events ...runbooks.Event) report.Source {
	strand := runbooks.Strand{Device: "dev-maria", Member: "maria", Began: true}
	for i, e := range events {
		e.Time = began().Add(time.Duration(i) * time.Minute)
		if e.Actor == "" {
			e.Actor = "maria"
		}
		strand.Lines = append(strand.Lines, runbooks.Line{Event: e, Seq: uint64(i + 1)})
	}
	src := report.Source{Run: "run1", Slug: "x", Version: 2, Book: book, Now: began().Add(time.Hour)}
	for _, l := range strand.Lines {
		src.Woven.Lines = append(src.Woven.Lines, runbooks.Placed{Device: strand.Device, Member: l.Actor, Line: l})
	}
	if book != nil {
		woven, err := runbooks.Weave(book, []runbooks.Strand{strand})
		if err == nil && len(woven.Asides) == 0 {
			src.Woven = woven
		}
	}
	return src
}

func book(t *testing.T) *runbooks.Runbook {
	t.Helper()
	b, problems := runbooks.Parse([]byte(text))
	if b == nil || problems.Errors() > 0 {
		t.Fatal(problems)
	}
	return b
}

func flags(r report.Report) []string {
	var list []string
	for _, f := range r.Attention {
		list = append(list, strings.TrimSpace(fmt.Sprint(f.Code, " ", f.Step, " ", f.Who, " ", f.Text)))
	}
	return list
}

func TestAWholeRun(t *testing.T) {
	b := book(t)
	src := told(b,
		runbooks.Event{Kind: runbooks.EventStarted, Runbook: "x", Digest: b.Digest},
		runbooks.Event{Kind: runbooks.EventEntered, Step: "look"},
		runbooks.Event{Kind: runbooks.EventTicked, Step: "look", Check: 1},
		runbooks.Event{Kind: runbooks.EventPaused, Reason: "lunch"},
		runbooks.Event{Kind: runbooks.EventResumed},
		runbooks.Event{Kind: runbooks.EventRevealed, Step: "look", Path: "telephony/sip", Fields: []string{"password"}},
		runbooks.Event{Kind: runbooks.EventInput, Step: "look", Name: "seen", Value: "smoke"},
		runbooks.Event{Kind: runbooks.EventStepDone, Step: "look"},
		runbooks.Event{Kind: runbooks.EventEntered, Step: "mend"},
		runbooks.Event{Kind: runbooks.EventSkipped, Step: "mend", Reason: "no parts"},
		runbooks.Event{Kind: runbooks.EventStepDone, Step: "mend"},
		runbooks.Event{Kind: runbooks.EventDone, Target: "#end"},
	)
	r := report.Build(src)
	if r.State != "done" || r.Seconds != 11*60 || r.Paused != 60 || r.Estimate != 20*60 || r.By != "maria" {
		t.Errorf("%+v", r)
	}
	look, mend := r.Steps[0], r.Steps[1]
	if look.State != "done" || look.Seconds != 5*60 || look.Estimate != 5*60 || look.Done != 2 {
		t.Errorf("a step of 6 minutes with a minute of pause: %+v", look)
	}
	if mend.State != "skipped" || mend.Reason != "no parts" || mend.Done != 0 {
		t.Errorf("%+v", mend)
	}
	if got := flags(r); !slices.Equal(got, []string{"skipped mend  no parts"}) {
		t.Errorf("flags: %q", got)
	}
	if len(r.Credentials) != 1 || r.Credentials[0].Path != "telephony/sip" || len(r.Timeline) != 12 || len(r.Inputs) != 1 {
		t.Errorf("%+v", r)
	}
	for _, want := range []string{"# title title=Phones", "| 1\\. Look | step.done | maria | 5m0s | 5m0s |", "event.ticked step=1. Look check=Look at it", "report"} {
		if got := report.Markdown(r, b, plainWords{}); !strings.Contains(got, want) && want != "report" {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// TestEverythingOutOfTheOrdinaryIsFlagged makes each of the events that somebody should look at.
func TestEverythingOutOfTheOrdinaryIsFlagged(t *testing.T) {
	exit, noon := 7, began()
	src := told(nil,
		runbooks.Event{Kind: runbooks.EventStarted, Mode: runbooks.ModeDrill},
		runbooks.Event{Kind: runbooks.EventEntered, Step: "look"},
		runbooks.Event{Kind: runbooks.EventFailed, Step: "look", Reason: "burnt"},
		runbooks.Event{Kind: runbooks.EventSeconded, Step: "look", Name: "ivan"},
		runbooks.Event{Kind: runbooks.EventSeconded, Step: "look", Name: "oleg", Signed: "dev-oleg:1"},
		runbooks.Event{Kind: runbooks.EventSeconded, Step: "look", Name: "anna", Signed: "dev-anna:1"},
		runbooks.Event{Kind: runbooks.EventCommandStarted, Step: "look", Number: 1},
		runbooks.Event{Kind: runbooks.EventCommandEnded, Step: "look", Number: 1, Answer: "failed", Exit: &exit},
		runbooks.Event{Kind: runbooks.EventCommandStarted, Step: "look", Number: 2},
		runbooks.Event{Kind: runbooks.EventCommandStarted, Step: "look", Number: 3},
		runbooks.Event{Kind: runbooks.EventCommandEnded, Step: "look", Number: 3, Answer: "timeout"},
		runbooks.Event{Kind: runbooks.EventByHand, Step: "look", Number: 3, Reason: "asked"},
		runbooks.Event{Kind: runbooks.EventToPaper, Reason: "battery"},
		runbooks.Event{Kind: runbooks.EventNoted, Text: "by candle", HappenedAt: &noon, Witness: "oleg"},
		runbooks.Event{Kind: runbooks.EventFromPaper, Witness: "oleg"},
		runbooks.Event{Kind: runbooks.EventTaken, Actor: "anna", Reason: "maria is ill"},
		runbooks.Event{Kind: runbooks.EventBesideDropped, Step: "mend", Reason: "too late"},
		runbooks.Event{Kind: "levitated", Step: "look"},
		runbooks.Event{Kind: runbooks.EventAborted, Reason: "enough"},
	)
	src.Woven.Seconds = []runbooks.Placed{{Device: "dev-anna", Member: "anna", Line: runbooks.Line{Seq: 1, Event: runbooks.Event{Kind: runbooks.EventSeconded, Step: "look"}}}}
	src.Woven.Asides = []runbooks.Aside{{Placed: src.Woven.Lines[1], Why: runbooks.WhyLost}}
	src.Woven.Gaps = []runbooks.Gap{{Device: "dev-x", Have: 3, Want: 5}}
	src.Damage, src.Woven.Newer = []string{"cut"}, true
	r := report.Build(src)
	want := []string{"damage   cut", "gap  dev-x 3/5", "newer", "taken  anna maria is ill", "asides", "failed look  burnt", "unsigned-second look ivan",
		"unsigned-second look oleg", "beside-dropped mend maria too late", "command-failed look  failed", "unsettled look", "paper  oleg"}
	got := flags(r)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
	if !r.Drill || r.State != "aborted" || r.Reason != "enough" || *r.Commands[0].Exit != 7 || len(r.Handovers) != 1 || r.Handovers[0].From != "maria" ||
		!r.Handovers[0].Taken || r.Paper[0].Events != 1 || len(r.Asides) != 1 {
		t.Errorf("%+v", r)
	}
	md := report.Markdown(r, nil, plainWords{})
	for _, want := range []string{"**drill**", "on-paper time=12:00", "event.unknown kind=levitated", "why.lost"} {
		if !strings.Contains(md, want) {
			t.Errorf("no %q in\n%s", want, md)
		}
	}
}

// TestNothingIsNull: an empty list is an array to scripts.
func TestNothingIsNull(t *testing.T) {
	data, err := json.Marshal(report.Build(told(nil, runbooks.Event{Kind: runbooks.EventStarted}, runbooks.Event{Kind: runbooks.EventRevealed, Step: "a", Path: "a/b"})))
	if err != nil || bytes.Contains(data, []byte("null")) {
		t.Errorf("%s %v", data, err)
	}
}

// hostileText would be markup in each form of a report, if it were let.
const hostileText = "<script>alert(1)</script> [x](http://y) | `z` \x1b]52;c;eA==\a \u202eevil ![i](j) \n# heading\n- item"

// TestHostileTextIsOnlyText puts it into every string of every kind of event.
func TestHostileTextIsOnlyText(t *testing.T) {
	kinds := []runbooks.EventKind{runbooks.EventStarted, runbooks.EventEntered, runbooks.EventInput, runbooks.EventSkipped, runbooks.EventFailed,
		runbooks.EventSeconded, runbooks.EventRevealed, runbooks.EventEvidence, runbooks.EventCalled, runbooks.EventEscalated, runbooks.EventNoticeSent,
		runbooks.EventCommandStarted, runbooks.EventCommandEnded, runbooks.EventByHand, runbooks.EventOffered, runbooks.EventTaken, runbooks.EventToPaper,
		runbooks.EventFromPaper, runbooks.EventNoted, runbooks.EventUndoWaived, runbooks.EventDecided, hostileText, runbooks.EventAborted}
	var events []runbooks.Event
	for _, kind := range kinds {
		e := runbooks.Event{Kind: kind, Fields: []string{hostileText}, Number: 1}
		for v, i := reflect.ValueOf(&e).Elem(), 0; i < v.NumField(); i++ {
			if f := v.Field(i); f.Kind() == reflect.String && v.Type().Field(i).Name != "Kind" {
				f.SetString(hostileText)
			}
		}
		events = append(events, e)
	}
	src := told(nil, events...)
	src.Damage = []string{hostileText}
	r := report.Build(src)
	var page bytes.Buffer
	if err := report.HTML(&page, r, nil, plainWords{}, "en"); err != nil {
		t.Fatal(err)
	}
	md := report.Markdown(r, nil, plainWords{})
	for form, out := range map[string]string{"html": page.String(), "md": md} {
		if strings.ContainsAny(out, "\x1b\a\u202e") {
			t.Errorf("%s: a terminal would obey", form)
		}
	}
	if strings.Contains(page.String(), "<script") || strings.Contains(page.String(), "<a ") || strings.Contains(page.String(), "<img") {
		t.Error("the page has markup that somebody typed")
	}
	if m := regexp.MustCompile("(?m)(^|[^\\\\])(<|\\[x\\]|`z`|!\\[)").FindString(md); m != "" || strings.Contains(md, "\n# heading") || strings.Contains(md, "\n- item") {
		t.Errorf("the text has markup that somebody typed: %q", m)
	}
	for line := range strings.SplitSeq(md, "\n") {
		if strings.HasPrefix(line, "| ") && strings.Contains(strings.ReplaceAll(line, `\|`, ""), "|  alert") {
			t.Errorf("a cell was broken: %s", line)
		}
	}
}

// TestThePageAllowsOnlyItsStyle compares the policy with what it is about.
func TestThePageAllowsOnlyItsStyle(t *testing.T) {
	var page bytes.Buffer
	if err := report.HTML(&page, report.Build(told(nil, runbooks.Event{Kind: runbooks.EventStarted})), nil, plainWords{}, "ru"); err != nil {
		t.Fatal(err)
	}
	style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindSubmatch(page.Bytes())
	if style == nil {
		t.Fatal("no style")
	}
	sum := sha256.Sum256(style[1])
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	if !strings.Contains(page.String(), want) || !strings.Contains(page.String(), `<html lang="ru">`) {
		t.Errorf("no %s in\n%s", want, page.String()[:600])
	}
	for _, outside := range []string{"src=", "href=", "url(", "@import", "style=\""} {
		if strings.Contains(page.String(), outside) {
			t.Errorf("the page has %s", outside)
		}
	}
}
