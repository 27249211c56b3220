package runbooks

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// strandOf reads lines as "seq kind detail": the detail is the step, of an offer to whom, of an acceptance, a take and a
// signature what they had read. "@n" is the minute, else it is the number of the line.
func strandOf(device, member string, lines ...string) Strand {
	s := Strand{Device: device, Member: member}
	for _, text := range lines {
		words := strings.Fields(text)
		seq, err := strconv.ParseUint(words[0], 10, 64)
		if err != nil {
			panic(err)
		}
		minute := int(seq)
		if m, found := strings.CutPrefix(words[len(words)-1], "@"); found {
			minute, _ = strconv.Atoi(m)
			words = words[:len(words)-1]
		}
		e := Event{Kind: EventKind(words[1]), Actor: member, Time: time.Date(2026, 11, 21, 10, minute, 0, 0, time.UTC)}
		detail := strings.Join(words[2:], " ")
		switch e.Kind {
		case EventOffered:
			e.Name = detail
		case EventAccepted:
			e.Signed = detail
		case EventTaken:
			e.Signed, e.Reason = detail, "the owner can't be reached"
		case EventSeconded:
			e.Step, e.Signed, _ = strings.Cut(detail, " ")
			e.Name = member
		default:
			e.Step = detail
		}
		s.Lines = append(s.Lines, Line{Event: e, Seq: seq})
	}
	return s
}

func asLate(s Strand) Strand {
	for i := range s.Lines {
		s.Lines[i].Late = true
	}
	return s
}

// told is what was woven, in one line.
func told(w Woven) string {
	var main, asides []string
	for _, p := range w.Lines {
		main = append(main, p.At())
	}
	for _, a := range w.Asides {
		asides = append(asides, a.At()+" "+string(a.Why))
	}
	text := fmt.Sprintf("%s owns; main %s; aside %s", w.Owner, strings.Join(main, " "), strings.Join(asides, ", "))
	for _, g := range w.Gaps {
		text += fmt.Sprintf("; %s lacks %d to %d for %s", g.Device, g.Have+1, g.Want, g.By)
	}
	if w.Newer {
		text += "; newer"
	}
	return text
}

func TestWeaveClaims(t *testing.T) {
	maria := func(lines ...string) Strand {
		return strandOf("m", "maria", append([]string{"2 started"}, lines...)...)
	}
	for name, c := range map[string]struct {
		strands []Strand
		want    string
	}{
		"alone": {[]Strand{maria("3 entered a", "4 ticked a")}, "maria owns; main m:2 m:3 m:4; aside "},
		"handed over": {[]Strand{maria("3 entered a", "4 offered ivan"), strandOf("i", "ivan", "1 accepted m:4 @5", "2 ticked a @6")},
			"ivan owns; main m:2 m:3 m:4 i:1 i:2; aside "},
		"both answered the same step": {[]Strand{maria("3 entered a", "4 ticked a"), strandOf("i", "ivan", "1 taken m:3 @9", "2 ticked a @10")},
			"ivan owns; main m:2 m:3 i:1 i:2; aside m:4 lost"},
		"an acceptance of what was offered to somebody else": {[]Strand{maria("3 offered oleg", "4 ticked a"), strandOf("i", "ivan", "1 accepted m:3 @9", "2 ticked a @10")},
			"maria owns; main m:2 m:3 m:4; aside i:1 no-offer, i:2 no-offer"},
		"an acceptance of nothing": {[]Strand{maria("3 ticked a"), strandOf("i", "ivan", "1 accepted m:3 @9")},
			"maria owns; main m:2 m:3; aside i:1 no-offer"},
		"an offer that was withdrawn": {[]Strand{maria("3 offered ivan", "4 withdrawn", "5 ticked a"), strandOf("i", "ivan", "1 accepted m:5 @9")},
			"maria owns; main m:2 m:3 m:4 m:5; aside i:1 no-offer"},
		"accepted before the withdrawal was read": {[]Strand{maria("3 offered ivan", "4 withdrawn", "5 ticked a"), strandOf("i", "ivan", "1 accepted m:3 @9")},
			"ivan owns; main m:2 m:3 i:1; aside m:4 lost, m:5 lost"},
		"an offer that comes after what was read": {[]Strand{maria("3 ticked a", "4 offered ivan"), strandOf("i", "ivan", "1 accepted m:3 @9")},
			"maria owns; main m:2 m:3 m:4; aside i:1 no-offer"},
		"two takers": {[]Strand{maria("3 entered a"), strandOf("i", "ivan", "1 taken m:3 @9", "2 ticked a @10"), strandOf("o", "oleg", "1 taken m:2 @8", "2 entered a @9")},
			"oleg owns; main m:2 o:1 o:2; aside i:1 beaten, i:2 beaten, m:3 lost"},
		"two takers at one time": {[]Strand{maria("3 entered a"), strandOf("o", "oleg", "1 taken m:3 @9"), strandOf("i", "ivan", "1 taken m:3 @9")},
			"ivan owns; main m:2 m:3 i:1; aside o:1 beaten"},
		"an acceptance comes before a take": {[]Strand{maria("3 offered ivan", "4 ticked a"), strandOf("i", "ivan", "1 accepted m:4 @20"), strandOf("o", "oleg", "1 taken m:3 @9")},
			"ivan owns; main m:2 m:3 m:4 i:1; aside o:1 beaten"},
		"there and back": {[]Strand{maria("3 offered ivan", "4 ticked a", "5 accepted i:2 @12", "6 entered b @13"), strandOf("i", "ivan", "1 accepted m:3 @10", "2 offered maria @11", "3 ticked a @12")},
			"maria owns; main m:2 m:3 i:1 i:2 m:5 m:6; aside i:3 lost, m:4 lost"},
		"taken from the one who took": {[]Strand{maria("3 entered a"), strandOf("i", "ivan", "1 taken m:3 @9", "2 ticked a @10"), strandOf("o", "oleg", "1 taken i:2 @11", "2 ticked b @12")},
			"oleg owns; main m:2 m:3 i:1 i:2 o:1 o:2; aside "},
		"by somebody who never owned it": {[]Strand{maria("3 entered a"), strandOf("o", "oleg", "1 ticked a", "2 aborted", "3 started")},
			"maria owns; main m:2 m:3; aside o:1 not-owner, o:2 not-owner, o:3 not-owner"},
		"a take after the end": {[]Strand{maria("3 done @4"), strandOf("i", "ivan", "1 taken m:2 @9", "2 ticked a @10")},
			"maria owns; main m:2 m:3; aside i:1 ended, i:2 ended"},
		"a take before an end that nobody had read": {[]Strand{maria("3 entered a", "4 done @20"), strandOf("i", "ivan", "1 taken m:3 @9")},
			"ivan owns; main m:2 m:3 i:1; aside m:4 lost"},
		"a take that names lines which are not here": {[]Strand{maria("3 entered a"), strandOf("i", "ivan", "1 taken m:8 @9", "2 ticked a @10")},
			"maria owns; main m:2 m:3; aside i:1 waits, i:2 waits; m lacks 4 to 8 for i"},
		"a take that counts beside one that waits": {[]Strand{maria("3 entered a"), strandOf("i", "ivan", "1 taken m:8 @9"), strandOf("o", "oleg", "1 taken m:3 @10")},
			"oleg owns; main m:2 m:3 o:1; aside i:1 waits; m lacks 4 to 8 for i"},
		"a journal between is not here": {[]Strand{maria("3 entered a", "4 accepted i:2 @9", "5 ticked a")},
			"maria owns; main m:2 m:3; aside m:4 waits, m:5 waits; i lacks 1 to 2 for m"},
		"by a device that had left": {[]Strand{maria("3 entered a"), asLate(strandOf("i", "ivan", "1 taken m:3 @9", "2 ticked a @10"))},
			"maria owns; main m:2 m:3; aside i:1 left, i:2 left"},
		"a take that the log doesn't tell of": {[]Strand{maria("3 entered a"), func() Strand {
			s := strandOf("i", "ivan", "1 taken m:3 @9", "2 ticked a")
			s.Lines[0].Unlogged = true
			return s
		}()}, "maria owns; main m:2 m:3; aside i:1 unlogged, i:2 not-owner"},
		"a take without a reason": {[]Strand{maria("3 entered a"), func() Strand {
			s := strandOf("i", "ivan", "1 taken m:3 @9")
			s.Lines[0].Reason = ""
			return s
		}()}, "maria owns; main m:2 m:3; aside i:1 refused"},
		"a take from nowhere": {[]Strand{maria("3 entered a"), strandOf("i", "ivan", "1 taken", "2 taken x", "3 taken m:0", "4 taken m:1 @9", "5 taken q:3 @9")},
			"maria owns; main m:2 m:3; aside i:1 not-owner, i:2 not-owner, i:3 not-owner, i:4 not-owner, i:5 waits; q lacks 1 to 3 for i"},
		"from oneself": {[]Strand{maria("3 taken m:2", "4 entered a")}, "maria owns; main m:2; aside m:3 lost, m:4 lost"},
		"claims that name one another": {[]Strand{maria("3 taken i:1 @5"), strandOf("i", "ivan", "1 taken m:3 @4")},
			"maria owns; main m:2; aside i:1 not-owner, m:3 lost"},
		"of a newer opsvault": {[]Strand{maria("3 teleported a", "4 ticked a")}, "maria owns; main m:2 m:3 m:4; aside ; newer"},
	} {
		t.Run(name, func(t *testing.T) {
			w, err := Weave(nil, c.strands)
			if err != nil || told(w) != c.want {
				t.Errorf("have %s, %v\nwant %s", told(w), err, c.want)
			}
		})
	}
}

func TestWeaveBeginning(t *testing.T) {
	a, b := strandOf("a", "anna", "2 started"), strandOf("b", "boris", "2 started", "3 entered x")
	if _, err := Weave(nil, []Strand{a, b}); !errors.Is(err, ErrNoBeginning) {
		t.Errorf("two beginnings: %v", err)
	}
	b.Began = true
	if w, err := Weave(nil, []Strand{a, b}); err != nil || told(w) != "boris owns; main b:2 b:3; aside a:2 not-owner" {
		t.Errorf("%s, %v", told(w), err)
	}
	if _, err := Weave(nil, []Strand{strandOf("a", "anna", "1 ticked x")}); !errors.Is(err, ErrNoBeginning) {
		t.Errorf("no beginning: %v", err)
	}
	if _, err := Weave(nil, nil); !errors.Is(err, ErrNoBeginning) {
		t.Errorf("nothing: %v", err)
	}
	if w, err := Weave(nil, []Strand{{Device: "c", Member: "clara", Began: true, Size: 1}, a}); err != nil || w.Owner != "clara" || len(w.Lines) > 0 {
		t.Errorf("begun, and nothing yet: %s, %v", told(w), err)
	}
	if _, err := Weave(nil, []Strand{a, a}); !errors.Is(err, ErrTwoStrands) {
		t.Errorf("twice the same: %v", err)
	}
	b.Lines[1].Seq = 2
	if _, err := Weave(nil, []Strand{b}); !errors.Is(err, ErrTwoStrands) {
		t.Errorf("one number twice: %v", err)
	}
}

// genStrands are journals of up to four devices: some that make sense, and junk.
func genStrands(t *rapid.T) []Strand {
	devices := []string{"a", "b", "c", "d"}[:rapid.IntRange(1, 4).Draw(t, "devices")]
	members := map[string]string{"a": "anna", "b": "boris", "c": "clara", "d": "anna"}
	var list []Strand
	for _, device := range devices {
		var lines []string
		if device == "a" {
			lines = append(lines, "2 started @2")
		}
		seq := uint64(2)
		for range rapid.IntRange(0, 8).Draw(t, "lines of "+device) {
			seq += rapid.Uint64Range(1, 2).Draw(t, "step")
			kind := rapid.SampledFrom([]string{"entered s", "ticked s", "offered %m", "withdrawn", "accepted %d", "taken %d", "accepted %d", "taken %d",
				"seconded s %d", "done", "aborted", "noted s", "novel s"}).Draw(t, "kind")
			read := fmt.Sprintf("%s:%d", rapid.SampledFrom(devices).Draw(t, "of"), rapid.IntRange(1, 14).Draw(t, "read"))
			kind = strings.NewReplacer("%d", read, "%m", rapid.SampledFrom([]string{"anna", "boris", "clara"}).Draw(t, "to")).Replace(kind)
			lines = append(lines, fmt.Sprintf("%d %s @%d", seq, kind, rapid.IntRange(1, 20).Draw(t, "minute")))
		}
		s := strandOf(device, members[device], lines...)
		s.Began = device == "a"
		for i := range s.Lines {
			s.Lines[i].Late = rapid.IntRange(0, 9).Draw(t, "late") == 0 && s.Lines[i].Kind != EventStarted
		}
		list = append(list, s)
	}
	return list
}

// TestWeaveProperties: every line has one place, however the journals are put; the order of the journals doesn't matter;
// a journal that grew at its end moves no ownership that counted by lines that were read.
func TestWeaveProperties(t *testing.T) {
	book := mustParse(t, weaveBook)
	rapid.Check(t, func(t *rapid.T) {
		strands := genStrands(t)
		var with *Runbook
		if rapid.Bool().Draw(t, "book") {
			with = book
			strands[0].Lines[0].Digest = book.Digest
		}
		w, err := Weave(with, strands)
		if err != nil {
			t.Fatal(err)
		}
		var all, placed []string
		for _, s := range strands {
			for _, l := range s.Lines {
				all = append(all, fmt.Sprintf("%s:%d %+v", s.Device, l.Seq, l))
			}
		}
		for _, p := range slices.Concat(w.Lines, w.Seconds) {
			placed = append(placed, fmt.Sprintf("%s %+v", p.At(), p.Line))
		}
		for _, a := range w.Asides {
			placed = append(placed, fmt.Sprintf("%s %+v", a.At(), a.Line))
		}
		slices.Sort(all)
		slices.Sort(placed)
		if !slices.Equal(all, placed) {
			t.Fatalf("woven from\n%s\nare\n%s", strings.Join(all, "\n"), strings.Join(placed, "\n"))
		}
		again, err := Weave(with, rapid.Permutation(strands).Draw(t, "order"))
		if err != nil || !reflect.DeepEqual(again, w) {
			t.Fatalf("in another order: %s, %v\nwas %s", told(again), err, told(w))
		}
		follows(t, w)
	})
}

// follows demands that the main line is made of whole pieces, each of one journal and in its order, and passes on at claims alone.
func follows(t *rapid.T, w Woven) {
	last := map[string]uint64{}
	device := ""
	for i, p := range w.Lines {
		if p.Late || p.Seq <= last[p.Device] {
			t.Fatalf("line %s is out of its order", p.At())
		}
		last[p.Device] = p.Seq
		if device != "" && device != p.Device && !isClaim(p.Line) {
			t.Fatalf("the main line passes to %s without a claim", p.At())
		}
		if isClaim(p.Line) && i > 0 && !strings.HasPrefix(p.Signed, device+":") {
			t.Fatalf("%s claims from %s, the owner is %s", p.At(), p.Signed, device)
		}
		device = p.Device
	}
}

// Every kind that is declared is known.
func TestKnownKinds(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "event.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 || fmt.Sprint(spec.Type) != "EventKind" {
			return true
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil || !EventKind(text).Known() || len(text) > 16 {
			t.Errorf("%s %q is not known", spec.Names[0], text)
		}
		count++
		return true
	})
	if count < 30 || EventKind("novel").Known() {
		t.Errorf("%d kinds", count)
	}
}

const weaveBook = `---
opsvault: runbook/v1
id: weave
title: Two people
lang: en
owner: member:maria
review_by: 2099-06-30
use_when: A test
done_when: It is over
roles: [lead]
---

# Two people

## Phase {#phase}

### 1. First {#a}

- [ ] One
- [ ] Two

### 2. Second {#b}

Two people: lead

- [ ] Three
`

func mustParse(t testing.TB, text string) *Runbook {
	t.Helper()
	book, problems := Parse([]byte(text))
	if book == nil || len(problems) > 0 {
		t.Fatalf("%v", problems)
	}
	return book
}

// weaving is a run of weaveBook at its second step, where it waits for a second person: Maria's journal, which begins with a line
// of its frame.
func weaving(t testing.TB) (*Runbook, Strand) {
	t.Helper()
	book := mustParse(t, weaveBook)
	var journal strandJournal
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	r, err := Start(book, Deps{Journal: &journal, Clock: steady(now), Actor: "maria"})
	for _, do := range []func() error{func() error { return r.Tick(1) }, func() error { return r.Tick(2) }, func() error { return r.Tick(1) }} {
		if err == nil {
			err = do()
		}
	}
	if err != nil || r.Next().Kind != PromptSecond {
		t.Fatalf("%v, %+v", err, r.Next())
	}
	s := Strand{Device: "m", Member: "maria", Began: true}
	for i, e := range journal {
		s.Lines = append(s.Lines, Line{Event: e, Seq: uint64(i) + 2})
	}
	return book, s
}

type strandJournal []Event

func (j *strandJournal) Append(e Event) error { *j = append(*j, e); return nil }

type steady time.Time

func (s steady) Now() time.Time { return time.Time(s) }

// seal appends an event to a strand.
func (s Strand) seal(e Event) Strand {
	seq := uint64(1)
	if n := len(s.Lines); n > 0 {
		seq = s.Lines[n-1].Seq + 1
	}
	e.Actor, e.Time = s.Member, time.Date(2026, 11, 21, 10, 30, 0, 0, time.UTC)
	s.Lines = append(slices.Clone(s.Lines), Line{Event: e, Seq: seq})
	return s
}

func TestWeaveSecond(t *testing.T) {
	book, maria := weaving(t)
	entered := ""
	for _, l := range maria.Lines {
		if l.Kind == EventEntered && l.Step == "b" {
			entered = Read("m", l.Seq)
		}
	}
	signs := func(device, member, step, at string) Strand {
		return Strand{Device: device, Member: member}.seal(Event{Kind: EventSeconded, Step: step, Name: member, Signed: at, Value: at})
	}
	late := signs("i", "ivan", "b", entered)
	late.Lines[0].Late = true
	for name, c := range map[string]struct {
		second Strand
		notes  Event
		signed string // what the state has of it
	}{
		"signed":             {signs("i", "ivan", "b", entered), Event{Step: "b", Name: "ivan", Signed: "i:1"}, "ivan i:1"},
		"of another step":    {signs("i", "ivan", "a", entered), Event{Step: "b", Name: "ivan", Signed: "i:1"}, "ivan "},
		"of another visit":   {signs("i", "ivan", "b", "m:3"), Event{Step: "b", Name: "ivan", Signed: "i:1"}, "ivan "},
		"by somebody else":   {signs("i", "ivan", "b", entered), Event{Step: "b", Name: "oleg", Signed: "i:1"}, "oleg "},
		"a line of no kind":  {Strand{Device: "i", Member: "ivan"}.seal(Event{Kind: EventNoted}), Event{Step: "b", Name: "ivan", Signed: "i:1"}, "ivan "},
		"no such line":       {signs("i", "ivan", "b", entered), Event{Step: "b", Name: "ivan", Signed: "i:9"}, "ivan "},
		"no such device":     {signs("i", "ivan", "b", entered), Event{Step: "b", Name: "ivan", Signed: "q:1"}, "ivan "},
		"by oneself":         {signs("n", "maria", "b", entered), Event{Step: "b", Name: "maria", Signed: "n:1"}, " "},
		"by one who left":    {late, Event{Step: "b", Name: "ivan", Signed: "i:1"}, "ivan "},
		"typed":              {signs("i", "ivan", "b", entered), Event{Step: "b", Name: "Иван Петров"}, "Иван Петров "},
		"nobody noted it":    {signs("i", "ivan", "b", entered), Event{Kind: EventNoted, Text: "x"}, " "},
		"a name that is not": {signs("i", "ivan", "b", entered), Event{Step: "b", Name: "ivan", Signed: ":1"}, "ivan "},
	} {
		t.Run(name, func(t *testing.T) {
			e := c.notes
			if e.Kind == "" {
				e.Kind = EventSeconded
			}
			w, err := Weave(book, []Strand{maria.seal(e), c.second})
			st := w.State.Steps["b"]
			if err != nil || st.Second+" "+st.SecondSigned != c.signed {
				t.Errorf("%q by %q, %v; %s", st.SecondSigned, st.Second, err, told(w))
			}
		})
	}
}

// What is woven is what a Runner goes on with: after an offer, an acceptance, a take, at every point.
func TestWeaveAndGoOn(t *testing.T) {
	book, maria := weaving(t)
	w, err := Weave(book, []Strand{maria})
	if err != nil || w.Owner != "maria" || len(w.Asides) > 0 || len(w.Events()) != len(maria.Lines) || w.Entered("b") == "" {
		t.Fatalf("%s, %v", told(w), err)
	}
	if _, err := w.Stamp(book, Event{Kind: EventAccepted, Signed: Read("m", 5)}, "ivan", time.Now()); !errors.Is(err, ErrNotOffered) {
		t.Errorf("accepted without an offer: %v", err)
	}
	offer, err := w.Stamp(book, Event{Kind: EventOffered, Name: "ivan", Text: " the key is with the guard "}, "maria", time.Unix(0, 0))
	if err != nil || offer.Text != "the key is with the guard" || offer.Time.Before(w.State.Last) {
		t.Fatalf("%+v, %v", offer, err)
	}
	if _, err := w.Stamp(book, Event{Kind: EventOffered, Name: "ivan", Text: "\x1b[2J"}, "maria", time.Now()); !errors.Is(err, ErrTextUnsafe) {
		t.Errorf("an escape sequence: %v", err)
	}
	maria = maria.seal(offer)
	w, err = Weave(book, []Strand{maria})
	if err != nil || w.Offer == nil || w.Offer.To != "ivan" {
		t.Fatalf("%+v, %v", w.Offer, err)
	}
	last := maria.Lines[len(maria.Lines)-1].Seq
	ivan := Strand{Device: "i", Member: "ivan"}.seal(Event{Kind: EventAccepted, Signed: Read("m", last)})
	w, err = Weave(book, []Strand{maria, ivan})
	if err != nil || w.Owner != "ivan" || w.State.Owner != "ivan" || w.Offer != nil || len(w.State.Handovers) != 1 {
		t.Fatalf("%s, %v", told(w), err)
	}
	var journal strandJournal
	r, err := Resume(book, Deps{Journal: &journal, Clock: steady(time.Now()), Actor: "ivan"}, w.Events())
	if err == nil {
		err = r.Second("Анна")
	}
	if err != nil || r.State().Status != StatusDone {
		t.Fatalf("%v, %+v", err, r.State().Status)
	}
	for _, e := range journal {
		ivan = ivan.seal(e)
	}
	late := Strand{Device: "o", Member: "oleg"}.seal(Event{Kind: EventTaken, Reason: "x", Signed: Read("m", last)})
	late.Lines[0].Time = late.Lines[0].Time.Add(time.Hour)
	w, err = Weave(book, []Strand{late, ivan, maria})
	if err != nil || w.State.Status != StatusDone || w.Owner != "ivan" || len(w.Asides) != 1 || w.Asides[0].Why != WhyBeaten {
		t.Errorf("%s, %v", told(w), err)
	}
}

// What somebody signed is no signature for what was done in its place by one who took the run from before it.
func TestWeaveSecondOfWhatWasLost(t *testing.T) {
	book, maria := weaving(t)
	at, last := 0, Read("m", maria.Lines[len(maria.Lines)-1].Seq)
	for i, l := range maria.Lines {
		if l.Kind == EventEntered && l.Step == "b" {
			at = i
		}
	}
	entered := Read("m", maria.Lines[at].Seq)
	for read, want := range map[string]string{"": "", entered: "i:1", last: "", "m:0": "", "q:7": ""} {
		ivan := Strand{Device: "i", Member: "ivan"}.seal(Event{Kind: EventSeconded, Step: "b", Name: "ivan", Signed: entered, Value: read})
		oleg := Strand{Device: "o", Member: "oleg"}.seal(Event{Kind: EventTaken, Reason: "x", Signed: entered})
		for _, l := range maria.Lines[at+1:] {
			oleg = oleg.seal(l.Event)
		}
		w, err := Weave(book, []Strand{maria, ivan, oleg.seal(Event{Kind: EventSeconded, Step: "b", Name: "ivan", Signed: "i:1"})})
		if st := w.State.Steps["b"]; err != nil || w.Owner != "oleg" || st.Second != "ivan" || st.SecondSigned != want || (len(w.Seconds) > 0) != (want != "") {
			t.Errorf("read %q: %q by %q, %v; %s", read, st.SecondSigned, st.Second, err, told(w))
		}
	}
	ivan := Strand{Device: "i", Member: "ivan"}.seal(Event{Kind: EventSeconded, Step: "b", Name: "ivan", Signed: entered, Value: last})
	w, err := Weave(book, []Strand{maria.seal(Event{Kind: EventSeconded, Step: "b", Name: "ivan", Signed: "i:1"}), ivan})
	if err != nil || w.State.Steps["b"].SecondSigned != "i:1" {
		t.Errorf("nobody took it: %v; %s", err, told(w))
	}
}

// A take of long ago neither comes before all others nor brings a run back that has ended.
func TestWeaveTakeOfLongAgo(t *testing.T) {
	book, maria := weaving(t)
	done := maria.seal(Event{Kind: EventAborted, Reason: "it works again"})
	for _, device := range []string{"o", "l"} {
		taker := Strand{Device: device, Member: map[string]string{"o": "oleg", "l": "maria"}[device]}.
			seal(Event{Kind: EventTaken, Reason: "x", Signed: Read("m", maria.Lines[2].Seq)}).seal(Event{Kind: EventNoted, Text: "x"})
		taker.Lines[0].Time = maria.Lines[2].Time.Add(-time.Second)
		w, err := Weave(book, []Strand{done, taker})
		if err != nil || w.Device != "m" || w.State.Status != StatusAborted || len(w.Asides) != 2 || w.Asides[0].Why != WhyRefused {
			t.Errorf("%s: %s, %v", device, told(w), err)
		}
	}
}

// The same member goes on with another device: the run is theirs all the same.
func TestWeaveOtherDeviceOfTheOwner(t *testing.T) {
	book, maria := weaving(t)
	last := maria.Lines[len(maria.Lines)-1].Seq
	laptop := Strand{Device: "l", Member: "maria"}.seal(Event{Kind: EventTaken, Reason: "the desk has no power", Signed: Read("m", last)}).
		seal(Event{Kind: EventSeconded, Step: "b", Name: "ivan"})
	w, err := Weave(book, []Strand{maria.seal(Event{Kind: EventNoted, Text: "too late"}), laptop})
	if err != nil || w.Device != "l" || w.Owner != "maria" || w.State.Owner != "maria" || w.State.Steps["b"].Second != "ivan" ||
		len(w.State.Handovers) > 0 || len(w.Asides) != 1 || w.Asides[0].Why != WhyLost {
		t.Fatalf("%s, %v, %+v", told(w), err, w.State.Steps["b"])
	}
}

// An input that nobody could have typed never comes to a command, a notice or a clipboard.
func TestWeaveForgedInput(t *testing.T) {
	text, err := os.ReadFile("testdata/engine.md")
	if err != nil {
		t.Fatal(err)
	}
	book := mustParse(t, string(text))
	for value, kept := range map[string]bool{"sbc1": true, "": false, "a\x1b]52;c;aGk=\a": false, "a\u202eb": false, "a\xff": false, strings.Repeat("a", MaxText+1): false} {
		maria := Strand{Device: "m", Member: "maria"}.seal(Event{Kind: EventStarted, Runbook: "engine", Digest: book.Digest, Rules: 1}).
			seal(Event{Kind: EventInput, Name: "ticket", Value: value})
		w, err := Weave(book, []Strand{maria})
		if _, set := w.State.Inputs["ticket"]; err != nil || set != kept || (len(w.Asides) == 0) != kept {
			t.Errorf("%q: %s, %v", value, told(w), err)
		}
	}
}

// What can't have happened is put aside, and the run goes on without it.
func TestWeaveRefused(t *testing.T) {
	book, maria := weaving(t)
	odd := maria.seal(Event{Kind: EventTicked, Step: "a", Check: 7}).seal(Event{Kind: EventSeconded, Step: "b", Name: "ivan"})
	w, err := Weave(book, []Strand{odd})
	if err != nil || len(w.Asides) != 1 || w.Asides[0].Why != WhyRefused || w.State.Steps["b"].Second != "ivan" {
		t.Errorf("%s, %v", told(w), err)
	}
	newer := maria.seal(Event{Kind: "teleported", Step: "b"}).seal(Event{Kind: EventTicked, Step: "x", Check: 1})
	if w, err := Weave(book, []Strand{newer}); err != nil || !w.Newer || len(w.Asides) > 0 || len(w.Lines) != len(newer.Lines) {
		t.Errorf("%s, %v", told(w), err)
	}
	rules := Strand{Device: "m", Member: "maria", Lines: slices.Clone(maria.Lines)}
	rules.Lines[0].Rules = 99
	if w, err := Weave(book, []Strand{rules}); err != nil || !w.Newer {
		t.Errorf("rules of a newer opsvault: %s, %v", told(w), err)
	}
}
