package face

import (
	"slices"
	"time"

	"opsvault/runbooks"
)

// A View is what there is to see of a run at one moment.
type View struct {
	Prompt runbooks.Prompt
	Step   *runbooks.Step     // that the run is in; nil before the first, between two and at the end
	Status runbooks.StepState // of Step
	State  runbooks.State
	Clock  Clock
	Waits  string // runbooks.WaitsPerson, WaitsSecond, WaitsTimer, WaitsNetwork, or ""
	Items  []Item // what waits besides, the most urgent first
	Keys   []Key  // that are offered, in the order in which they are shown
}

// Of looks at a run.
func Of(r *runbooks.Runner) View {
	now, state := r.Now(), r.State()
	v := View{Prompt: r.Next(), State: state, Step: r.Book().Step(state.Step), Waits: state.Waiting(r.Book(), now)}
	if v.Step != nil {
		v.Status = state.Steps[v.Step.ID]
	}
	v.Clock = clockOf(r.Book(), state, now)
	v.Items = items(r.Book(), state, now)
	v.Keys = v.offered(r.Book())
	return v
}

// A Clock compares what something has taken with what it was to take; zero estimates are none.
type Clock struct {
	Step, StepEstimate time.Duration
	Run, RunEstimate   time.Duration
}

func clockOf(book *runbooks.Runbook, state runbooks.State, now time.Time) Clock {
	c := Clock{Run: state.Elapsed(now), RunEstimate: book.Meta.Est}
	if step := book.Step(state.Step); step != nil {
		c.Step, c.StepEstimate = state.Steps[step.ID].Elapsed(now), step.Time
	}
	return c
}

// An ItemKind says what waits beside the one next thing.
type ItemKind int

// The kinds of items.
const (
	Timer    ItemKind = iota + 1 // it rings at Due
	Reminder                     // Step is to be done again at Due
	Aside                        // Name does Step since Since
	Pending                      // Step takes back what was done in Of
	Offer                        // of the run, to Name, since Since
)

// An Item waits beside the one next thing of a run.
type Item struct {
	Kind   ItemKind
	Step   *runbooks.Step
	Of     *runbooks.Step
	Number int // of a timer in its step
	Text   string
	Name   string
	Due    time.Time
	Since  time.Time
}

// Now reports an item whose time has come.
func (i Item) Now(now time.Time) bool { return !i.Due.IsZero() && !i.Due.After(now) }

// items are what waits: by the time at which it is due, then what has none.
func items(book *runbooks.Runbook, state runbooks.State, now time.Time) []Item {
	var list []Item
	for _, t := range state.Timers {
		list = append(list, Item{Kind: Timer, Step: book.Step(t.Step), Number: t.Number, Text: t.Text, Due: t.Due})
	}
	for _, m := range state.Reminders(book) {
		list = append(list, Item{Kind: Reminder, Step: m.Step, Due: m.Due})
	}
	slices.SortStableFunc(list, func(a, b Item) int { return a.Due.Compare(b.Due) })
	for _, b := range state.Open() {
		list = append(list, Item{Kind: Aside, Step: book.Step(b.Step), Name: b.Name, Since: b.Since})
	}
	for _, u := range state.Undos() {
		item := Item{Kind: Pending, Step: book.Step(u.Step), Since: u.Since}
		if len(u.Of) > 0 {
			item.Of = book.Step(u.Of[0])
		}
		list = append(list, item)
	}
	if o := state.Offer; o != nil {
		list = append(list, Item{Kind: Offer, Name: o.To, Text: o.Text, Since: o.Time})
	}
	return slices.DeleteFunc(list, func(i Item) bool { return i.Step == nil && i.Kind != Offer })
}

// Only are the items of one kind.
func Only(list []Item, kind ItemKind) []Item {
	return slices.DeleteFunc(slices.Clone(list), func(i Item) bool { return i.Kind != kind })
}

// Alarm is how long it takes until the next thing of the list is due; 0 when nothing is.
func Alarm(list []Item, now time.Time) time.Duration {
	var first time.Duration
	for _, i := range list {
		if wait := i.Due.Sub(now); !i.Due.IsZero() && wait > 0 && (first == 0 || wait < first) {
			first = wait
		}
	}
	return first
}
