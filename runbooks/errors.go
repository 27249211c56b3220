package runbooks

import (
	"errors"
	"fmt"
)

// Errors of a run. An [OrderError] wraps one of the first group; a [JournalError] wraps what the journal said.
var (
	// What doesn't fit the state of the run.
	ErrEnded       = errors.New("the run has ended")
	ErrNotStarted  = errors.New("the run has not been started")
	ErrStarted     = errors.New("the run has been started already")
	ErrPaused      = errors.New("the run is paused")
	ErrNotPaused   = errors.New("the run is not paused")
	ErrWrongStep   = errors.New("the run is at another step")
	ErrWrongBook   = errors.New("the run belongs to another text")
	ErrUnknownStep = errors.New("no such step")
	ErrUnknown     = errors.New("unknown event")
	ErrNoCheck     = errors.New("no such check")
	ErrNoInput     = errors.New("no such input")
	ErrNoAnswer    = errors.New("no such answer")
	ErrNotNow      = errors.New("not the next thing to do")
	ErrNoReminder  = errors.New("the step has no reminder")
	ErrNotOwner    = errors.New("the run belongs to somebody else")
	ErrOwner       = errors.New("the run belongs to this person already")
	ErrOffered     = errors.New("the run is offered to somebody already")
	ErrNotOffered  = errors.New("the run is not offered to this person")
	ErrOnPaper     = errors.New("the run is on paper")
	ErrNotOnPaper  = errors.New("the run is not on paper")
	ErrHappened    = errors.New("the time does not fit what is known already")
	ErrNoTimer     = errors.New("no such timer is running")
	ErrNoCommand   = errors.New("no such command")
	ErrUnsettled   = errors.New("a command was started, and nobody said whether it finished")
	ErrNoLink      = errors.New("the step has no such link")
	ErrNoNotice    = errors.New("no such notice")
	ErrEvidence    = errors.New("evidence needs a file's name and its SHA-256 in hex")
	ErrNotBeside   = errors.New("the step is not done beside the run")
	ErrBeside      = errors.New("somebody else is doing the step")
	ErrNoUndo      = errors.New("the step has nothing to take back")
	ErrPending     = errors.New("something is still to be taken back, or somebody is still at work")

	// What a person typed.
	ErrEmpty         = errors.New("nothing was typed")
	ErrTextTooLong   = errors.New("the text is too long")
	ErrTextUnsafe    = errors.New("the text has characters that can't be shown")
	ErrRevealedValue = errors.New("the text is a value that was revealed in this run")
	ErrSamePerson    = errors.New("the second person has to be somebody else")

	// What a credential step can meet.
	ErrNotLinked = errors.New("the step does not link to this credential")
	ErrNoSecrets = errors.New("credentials can't be opened here")

	// What a command or a notice can meet.
	ErrDrill      = errors.New("a drill does not do this")
	ErrNoExecutor = errors.New("commands can't be run here")
	ErrNoNetwork  = errors.New("there is no network")
)

// An OrderError says which event was refused, and at which step the run is.
type OrderError struct {
	Kind EventKind
	Step string // where the run is, "" between steps
	Err  error
}

func (e *OrderError) Error() string {
	if e.Step == "" {
		return fmt.Sprintf("%s: %v", e.Kind, e.Err)
	}
	return fmt.Sprintf("%s at step %s: %v", e.Kind, e.Step, e.Err)
}

// Unwrap returns the reason.
func (e *OrderError) Unwrap() error { return e.Err }

// A JournalError means that an event could not be made durable, so nothing happened.
type JournalError struct{ Err error }

func (e *JournalError) Error() string { return fmt.Sprintf("write the journal: %v", e.Err) }

// Unwrap returns what the journal said.
func (e *JournalError) Unwrap() error { return e.Err }
