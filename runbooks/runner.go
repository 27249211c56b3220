package runbooks

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"
)

// A Journal keeps the events of one run.
type Journal interface {
	// Append makes an event durable. When it returns an error the event has not happened.
	Append(Event) error
}

// Secrets is the way to the credentials of a vault.
type Secrets interface {
	// Fields are the names of a credential's fields, without opening it.
	Fields(path string) ([]string, error)
	// Reveal opens one field for a step; it is logged before it returns.
	Reveal(path, field, step string) (Secret, error)
}

// A Gate knows which roles the person at this machine has.
type Gate interface {
	// Mine reports whether the person has one of the roles, as themselves or acting for somebody.
	Mine(roles []string) bool
}

// A Clock tells the time.
type Clock interface{ Now() time.Time }

// Deps is what a run needs. Journal, Clock and Actor are required; without Secrets no credential is opened, without a
// Gate every step is anybody's; what the last four are for is done by hand where they are left out.
type Deps struct {
	Journal Journal
	Secrets Secrets
	Gate    Gate
	Clock   Clock
	Actor   string // member id of the person

	Executor  Executor                   // runs commands; nil: they are done by hand
	Directory Directory                  // knows whom to call; nil: nobody
	Network   func(context.Context) bool // is there one; nil: yes
	Drill     bool                       // begin as a drill
}

// A Runner leads one person through one run. Every method that changes something appends events to the journal first;
// what comes by itself (entering a step, leaving it, ending the run) it does at once. It is not safe for concurrent use.
type Runner struct {
	book   *Runbook
	deps   Deps
	state  State
	events []Event
	seen   map[[sha256.Size]byte]bool // of values revealed by this process

	happened time.Time // of what is brought back from paper; zero: now
	witness  string
}

// Start begins a new run. The runbook must be free of errors; see [Report.OK].
func Start(book *Runbook, deps Deps) (*Runner, error) {
	r := &Runner{book: book, deps: deps}
	if err := r.sound(); err != nil {
		return nil, err
	}
	started := Event{Kind: EventStarted, Runbook: book.Meta.ID, Digest: book.Digest, Rules: rules}
	if deps.Drill {
		started.Mode = ModeDrill
	}
	if err := r.record(started); err != nil {
		return nil, err
	}
	return r, r.settle()
}

// rules are those by which new runs go. Runs of rules 0 have no commands, and end without taking anything back.
const rules = 1

// Accept takes over a run that its owner has offered; signed is the "<device>:<seq>" up to which their journal was read.
func Accept(book *Runbook, deps Deps, events []Event, signed string) (*Runner, error) {
	return reopen(book, deps, events, Event{Kind: EventAccepted, Signed: signed})
}

// Take takes over a run without an offer, with a reason; it is flagged in reports.
func Take(book *Runbook, deps Deps, events []Event, reason, signed string) (*Runner, error) {
	reason, err := cleanText(reason)
	if err != nil {
		return nil, err
	}
	return reopen(book, deps, events, Event{Kind: EventTaken, Reason: reason, Signed: signed})
}

// Resume goes on with a run from the events of its journal, at the step where it was. A run that has ended gives [ErrEnded], a
// journal of another text [ErrWrongBook], one that could not have been written [*OrderError].
func Resume(book *Runbook, deps Deps, events []Event) (*Runner, error) {
	return reopen(book, deps, events, Event{Kind: EventResumed})
}

func reopen(book *Runbook, deps Deps, events []Event, first Event) (*Runner, error) {
	r := &Runner{book: book, deps: deps, events: slices.Clone(events)}
	if err := r.sound(); err != nil {
		return nil, err
	}
	var err error
	if r.state, err = Replay(book, events); err != nil {
		return nil, err
	}
	if r.state.Over() {
		return nil, &OrderError{first.Kind, "", ErrEnded}
	}
	if err := r.record(first); err != nil {
		return nil, err
	}
	return r, r.settle()
}

// sound refuses a runbook whose routes lead nowhere.
func (r *Runner) sound() error {
	f := newFlow(r.book)
	if len(f.steps) == 0 {
		return fmt.Errorf("%w: the runbook has none", ErrUnknownStep)
	}
	for _, step := range f.steps {
		if step.ID == "" {
			return fmt.Errorf("%w: step %q has no id", ErrUnknownStep, step.Title)
		}
		for _, e := range f.out[step] {
			if e.to == nil && e.end == "" {
				return fmt.Errorf("%w: %s", ErrUnknownStep, e.target)
			}
		}
		if len(f.out[step]) == 0 {
			return fmt.Errorf("%w: step %s has no way out", ErrUnknownStep, step.ID)
		}
	}
	return nil
}

// Book is the runbook.
func (r *Runner) Book() *Runbook { return r.book }

// State is the state of the run.
func (r *Runner) State() State { return r.state }

// Next is the one next thing; never Enter, Leave, Close or Finish.
func (r *Runner) Next() Prompt { return Next(r.book, r.state) }

// Last are the newest events, at most n, oldest first.
func (r *Runner) Last(n int) []Event {
	return slices.Clone(r.events[max(0, len(r.events)-n):])
}

// Mine reports whether the step belongs to a role of the person.
func (r *Runner) Mine(step *Step) bool {
	return r.deps.Gate == nil || r.deps.Gate.Mine(r.book.RolesOf(step))
}

// Now is the time of the run's clock.
func (r *Runner) Now() time.Time { return r.deps.Clock.Now() }

// Overdue are the reminders whose time has come.
func (r *Runner) Overdue() []Reminder {
	now := r.Now()
	return slices.DeleteFunc(r.state.Reminders(r.book), func(m Reminder) bool { return m.Due.After(now) })
}

// record tries an event, makes it durable, and only then lets it happen. Time never runs backwards in a journal.
func (r *Runner) record(e Event) error {
	e = r.stamped(e)
	next, err := r.state.Apply(r.book, e)
	if err != nil {
		return err
	}
	if err := r.deps.Journal.Append(e); err != nil {
		return &JournalError{err}
	}
	r.state = next
	r.events = append(r.events, e)
	return nil
}

// stamped says who and when.
func (r *Runner) stamped(e Event) Event {
	e.Actor, e.Time = r.deps.Actor, r.Now().UTC()
	if e.Time.Before(r.state.Last) {
		e.Time = r.state.Last
	}
	if !r.happened.IsZero() {
		at := r.happened
		e.HappenedAt, e.Witness = &at, r.witness
	}
	return e
}

// do records an event of the current step and whatever follows by itself.
func (r *Runner) do(e Event) error {
	if err := r.record(e); err != nil {
		return err
	}
	return r.settle()
}

// settle does what needs no person.
func (r *Runner) settle() error {
	for {
		var e Event
		switch p := r.Next(); p.Kind {
		case PromptEnter:
			e = Event{Kind: EventEntered, Step: p.Step.ID}
		case PromptLeave:
			e = Event{Kind: EventStepDone, Step: p.Step.ID}
		case PromptFinish:
			e = Event{Kind: EventDone, Target: p.Target}
			if p.Target == "#"+abortID {
				e = Event{Kind: EventAborted, Reason: r.state.abortReason()}
			}
		case PromptClose:
			e = Event{Kind: EventClosing, Target: p.Target}
		case PromptCommand:
			why := r.notHere(p)
			if why == "" {
				return nil
			}
			e = Event{Kind: EventByHand, Step: p.Step.ID, Number: p.Fence.Number, Reason: why}
		default:
			return nil
		}
		if err := r.record(e); err != nil {
			return err
		}
	}
}

// notHere says why a command can't be run at all, so that it is done by hand.
func (r *Runner) notHere(p Prompt) string {
	switch {
	case p.Unsettled:
		return ""
	case r.state.Drill && !p.Fence.Drill:
		return ByHandDrill
	case r.deps.Executor == nil:
		return ByHandRefused
	}
	return ""
}
