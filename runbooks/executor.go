package runbooks

import (
	"context"
	"time"
)

// An Executor runs the text of a run fence in a shell.
type Executor interface {
	// Run returns when the command has ended. An error means that it was not started.
	Run(ctx context.Context, job Job) (Result, error)
}

// A Checker is an Executor that can refuse the commands of a run. It is asked before a credential is opened for one of them.
type Checker interface {
	// Check returns why nothing of this run is started, or nil.
	Check() error
}

// A Job is a command that was asked for.
type Job struct {
	Text    string // of the fence
	Env     []Var  // the inputs of the run: small letters, digits and underscores; they must not hide the executor's own
	Timeout time.Duration
	Expect  string      // what its output has to contain, "" for anything
	Secrets []JobSecret // masked in the output
}

// DefaultTimeout is how long a command may take that says nothing about it.
const DefaultTimeout = time.Minute

// Limit is how long the command of a run fence may take.
func (f *Fence) Limit() time.Duration {
	if f.Timeout > 0 {
		return f.Timeout
	}
	return DefaultTimeout
}

// A Var is a variable of a command's environment.
type Var struct{ Name, Value string }

// A JobSecret is a credential's value for a command. It is wiped when Run has returned.
type JobSecret struct {
	Var    string // variable, in capitals; "": it goes to the standard input
	Secret Secret
}

// A Result is how a command ended.
type Result struct {
	Exit    int
	Outcome string // AnswerOK, AnswerFailed, AnswerTimeout or AnswerNotStarted
	Output  []byte // masked, at most 64 KiB; shown, never kept
	Why     string // a code of the executor, "" where Exit says it all
	What    string // what Why is about: a program, a path
}

// A Directory knows how people are reached.
type Directory interface {
	// Contacts are those who stand behind a call:, escalate: or handover: target, whom to try first first.
	Contacts(t Target) []Contact
}

// A Contact is somebody who can be reached.
type Contact struct {
	Member string // id
	Name   string
	Phone  string // "" where none is known
	Why    string // "on call", "acting for maria"
}
