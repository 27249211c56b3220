package report

import (
	"maps"
	"slices"
	"time"

	"opsvault/runbooks"
)

// Build makes the report of a run.
func Build(src Source) Report {
	b := &builder{src: src, state: src.Woven.State, steps: map[string]*visit{}, people: map[string]*Person{}, open: map[command]int{}}
	b.head()
	for _, line := range src.Woven.Lines {
		b.line(line)
	}
	for _, line := range src.Woven.Seconds {
		b.person(line)
	}
	b.listSteps()
	b.aside()
	b.attention()
	for _, member := range slices.Sorted(maps.Keys(b.people)) {
		b.report.People = append(b.report.People, *b.people[member])
	}
	slices.SortStableFunc(b.report.People, func(a, c Person) int { return a.First.Compare(c.First.Time) })
	return b.report
}

// A visit collects what is known of a step over all times that the run came to it.
type visit struct {
	Step
	entered time.Time // zero while the run is elsewhere
	paused  time.Duration
	spent   time.Duration
}

type command struct {
	step   string
	number int
}

type builder struct {
	src    Source
	state  runbooks.State
	report Report
	steps  map[string]*visit
	order  []string // in which the steps were come to
	people map[string]*Person
	open   map[command]int // the last try of a command, in report.Commands
	at     string          // the step that the run is in
	paused time.Time
	left   string // the step that an Undo was begun in, and when: its clock stands still until the run is back
	leftAt time.Time
	onWord map[string]int // lines that were brought back, by witness
}

// head fills in what the run as a whole is. Lists are never nil: they are arrays in JSON.
func (b *builder) head() {
	s := b.state
	b.report = Report{
		Run: b.src.Run, Slug: b.src.Slug, Version: b.src.Version, Digest: b.src.Digest, Title: b.src.Slug, State: string(s.Status), Drill: s.Drill,
		Owner: b.src.Woven.Owner, Reason: s.Reason, Started: at(s.Started), Ended: at(s.Ended), Seconds: seconds(s.Elapsed(b.src.Now)), Paused: seconds(s.Pauses),
		Attention: []Flag{}, People: []Person{}, Steps: []Step{}, Inputs: []Input{}, Credentials: []Credential{}, Commands: []Command{}, Evidence: []Evidence{},
		Calls: []Call{}, Notices: []Notice{}, Handovers: []Handover{}, Paper: []Paper{}, Timeline: []Entry{}, Asides: []Entry{},
	}
	if s.Over() {
		b.report.Target = s.Target
	}
	if b.src.Book != nil {
		b.report.Title, b.report.Estimate = b.src.Book.Title, seconds(b.src.Book.Meta.Est)
	}
	b.onWord = map[string]int{}
}

func seconds(d time.Duration) int { return int(d / time.Second) }

// line takes one line of the main line.
func (b *builder) line(p runbooks.Placed) {
	b.report.Timeline = append(b.report.Timeline, entryOf(p))
	b.person(p)
	e := p.Event
	if e.HappenedAt != nil {
		b.onWord[e.Witness]++
		if n := len(b.report.Paper); n > 0 {
			b.report.Paper[n-1].Events++
		}
	}
	if e.Step != "" {
		b.back(e)
		v := b.visit(e.Step)
		if !slices.Contains(v.By, p.Member) {
			v.By = append(v.By, p.Member)
		}
	}
	switch e.Kind {
	case runbooks.EventStarted:
		b.report.By = p.Member
		b.report.Drill = e.Mode == runbooks.ModeDrill
		if b.report.Started == nil {
			b.report.Started = at(e.When())
		}
	case runbooks.EventEntered:
		b.enter(e)
	case runbooks.EventUndoBegun:
		b.left, b.leftAt = b.at, e.When()
	case runbooks.EventStepDone:
		b.leave(e)
	case runbooks.EventPaused:
		b.paused = e.When()
	case runbooks.EventResumed:
		b.resume(e)
	case runbooks.EventDecided:
		v := b.visit(e.Step)
		v.Answers = append(v.Answers, e.Answer)
	case runbooks.EventToPaper, runbooks.EventFromPaper:
		b.paper(e)
	case runbooks.EventAccepted, runbooks.EventTaken:
		b.handover(p)
	default:
		b.list(p)
		b.flagLine(p)
	}
	if b.src.Book == nil {
		b.withoutText(p)
	}
}

// flagLine notes what somebody should look at. Each time counts: that a loop came by again and went well changes nothing.
func (b *builder) flagLine(p runbooks.Placed) {
	f := Flag{Step: p.Step, Text: p.Reason, Time: at(p.When())}
	switch p.Kind {
	case runbooks.EventSkipped:
		f.Code = FlagSkipped
	case runbooks.EventFailed:
		f.Code = FlagFailed
	case runbooks.EventBesideDropped:
		f.Code, f.Who = FlagBeside, p.Member
	case runbooks.EventSeconded:
		if b.signed(p) {
			return
		}
		f.Code, f.Who = FlagUnsigned, p.Name
	default:
		return
	}
	b.flag(f)
}

// signed reports whether the signature that a line names is there.
func (b *builder) signed(p runbooks.Placed) bool {
	return slices.ContainsFunc(b.src.Woven.Seconds, func(s runbooks.Placed) bool {
		return p.Signed != "" && s.At() == p.Signed && s.Member == p.Name && s.Step == p.Step
	})
}

// withoutText follows the state of a run as far as that goes where its text is not here.
func (b *builder) withoutText(p runbooks.Placed) {
	r := &b.report
	switch p.Kind {
	case runbooks.EventStarted, runbooks.EventResumed, runbooks.EventFromPaper:
		r.State = string(runbooks.StatusActive)
	case runbooks.EventPaused:
		r.State = string(runbooks.StatusPaused)
	case runbooks.EventToPaper:
		r.State = string(runbooks.StatusPaper)
	case runbooks.EventClosing:
		r.State = string(runbooks.StatusClosing)
	case runbooks.EventDone:
		r.State, r.Target, r.Ended = string(runbooks.StatusDone), p.Target, at(p.When())
	case runbooks.EventAborted:
		r.State, r.Target, r.Reason, r.Ended = string(runbooks.StatusAborted), "#abort", p.Reason, at(p.When())
	}
	until := b.src.Now
	if r.Ended != nil {
		until = r.Ended.Time
	}
	if r.Started != nil {
		r.Seconds = seconds(max(0, until.Sub(r.Started.Time)))
	}
}

// list takes the lines that go into lists of their own.
func (b *builder) list(p runbooks.Placed) {
	e, r := p.Event, &b.report
	when := at(e.When())
	switch e.Kind {
	case runbooks.EventInput:
		r.Inputs = append(r.Inputs, Input{e.Step, e.Name, e.Value, p.Member, when})
	case runbooks.EventRevealed:
		r.Credentials = append(r.Credentials, Credential{e.Step, e.Path, append([]string{}, e.Fields...), p.Member, when})
	case runbooks.EventEvidence:
		r.Evidence = append(r.Evidence, Evidence{e.Step, e.Name, e.Text, e.Size, e.Value, p.Member, when})
	case runbooks.EventCalled, runbooks.EventEscalated:
		r.Calls = append(r.Calls, Call{e.Step, e.Target, e.Name, e.Answer, e.Kind == runbooks.EventEscalated, e.Reason, p.Member, when})
	case runbooks.EventNoticeSent:
		r.Notices = append(r.Notices, Notice{e.Step, e.Number, e.Name, p.Member, when})
	case runbooks.EventCommandStarted:
		b.open[command{e.Step, e.Number}] = len(r.Commands)
		r.Commands = append(r.Commands, Command{Step: e.Step, Number: e.Number, Digest: e.Digest, Outcome: "unknown", By: p.Member, Time: when})
	case runbooks.EventByHand:
		b.open[command{e.Step, e.Number}] = len(r.Commands)
		r.Commands = append(r.Commands, Command{Step: e.Step, Number: e.Number, Outcome: string(runbooks.CommandByHand), Reason: e.Reason, By: p.Member, Time: when})
	case runbooks.EventCommandEnded, runbooks.EventCommandSettled:
		if i, ok := b.open[command{e.Step, e.Number}]; ok {
			c := &r.Commands[i]
			c.Outcome, c.Exit = e.Answer, e.Exit
			if c.Time != nil {
				c.Seconds = seconds(max(0, e.When().Sub(c.Time.Time)))
			}
		}
	}
}

func (b *builder) visit(id string) *visit {
	v := b.steps[id]
	if v == nil {
		v = &visit{Step: Step{Step: id, By: []string{}, Answers: []string{}}}
		b.steps[id] = v
		b.order = append(b.order, id)
	}
	return v
}

func (b *builder) enter(e runbooks.Event) {
	v := b.visit(e.Step)
	v.Visits++
	v.entered, v.paused, b.at = e.When(), 0, e.Step
	if v.Entered == nil {
		v.Entered = at(e.When())
	}
}

// back notes that the run is back in the step that it had left for an Undo.
func (b *builder) back(e runbooks.Event) {
	if b.left == "" || e.Step != b.left {
		return
	}
	b.visit(b.left).paused += max(0, e.When().Sub(b.leftAt))
	b.at, b.left = b.left, ""
}

func (b *builder) leave(e runbooks.Event) {
	v := b.visit(e.Step)
	if !v.entered.IsZero() {
		v.spent += max(0, e.When().Sub(v.entered)-v.paused)
	}
	v.entered, v.Left, b.at = time.Time{}, at(e.When()), ""
}

func (b *builder) resume(e runbooks.Event) {
	if !b.paused.IsZero() && b.at != "" {
		b.visit(b.at).paused += max(0, e.When().Sub(b.paused))
	}
	b.paused = time.Time{}
}

func (b *builder) paper(e runbooks.Event) {
	if e.Kind == runbooks.EventToPaper {
		b.report.Paper = append(b.report.Paper, Paper{From: at(e.When()), Reason: e.Reason})
		return
	}
	if n := len(b.report.Paper); n > 0 {
		b.report.Paper[n-1].Until, b.report.Paper[n-1].Witness = at(e.When()), e.Witness
	}
}

func (b *builder) handover(p runbooks.Placed) {
	h := Handover{To: p.Member, Taken: p.Kind == runbooks.EventTaken, Text: p.Reason, Signed: p.Signed, Time: at(p.When())}
	h.From = b.report.By
	if n := len(b.report.Handovers); n > 0 {
		h.From = b.report.Handovers[n-1].To
	}
	if !h.Taken {
		h.Text = b.lastOffer(p.Member)
	}
	b.report.Handovers = append(b.report.Handovers, h)
}

// lastOffer is the brief that came with the offer to a member.
func (b *builder) lastOffer(to string) string {
	for _, line := range slices.Backward(b.report.Timeline) {
		if line.Kind == runbooks.EventOffered && line.Name == to {
			return line.Text
		}
	}
	return ""
}

func (b *builder) person(p runbooks.Placed) {
	one := b.people[p.Member]
	if one == nil {
		one = &Person{Member: p.Member, Devices: []string{}, First: Time{p.When()}, Last: Time{p.When()}}
		b.people[p.Member] = one
	}
	if !slices.Contains(one.Devices, p.Device) {
		one.Devices = append(one.Devices, p.Device)
	}
	if p.When().Before(one.First.Time) {
		one.First = Time{p.When()}
	}
	if p.When().After(one.Last.Time) {
		one.Last = Time{p.When()}
	}
	one.Events++
	switch p.Kind {
	case runbooks.EventStarted, runbooks.EventAccepted, runbooks.EventTaken:
		one.Owned = true
	}
}

func entryOf(p runbooks.Placed) Entry {
	return Entry{Device: p.Device, Seq: p.Seq, Member: p.Member, Event: p.Event}
}

// until is the end of the run, of its pause, or now.
func (b *builder) until() time.Time {
	switch {
	case !b.state.Ended.IsZero():
		return b.state.Ended
	case !b.paused.IsZero():
		return b.paused
	}
	return b.src.Now
}
