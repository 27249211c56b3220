package chain

import (
	"errors"
	"fmt"
)

// What can go wrong. Match with errors.Is; the struct errors carry more.
var (
	// ErrWrite: lines could not be put on the disk, or it is not certain that
	// they were. Nothing that they announce may happen. A *WriteError.
	ErrWrite = errors.New("log can't be written")
	// ErrDamaged: the original of a chain is not what its head says: cut,
	// changed, or without a sound head. Nothing can be appended. A *DamagedError.
	ErrDamaged = errors.New("log is damaged")
	// ErrMalformed: bytes that are not a canonical line. A *SyntaxError.
	ErrMalformed = errors.New("malformed line")
	// ErrDraft: a line that must not be written. A *DraftError.
	ErrDraft = errors.New("bad log record")
	// ErrSealed: details that don't open with this key, or are no JSON object.
	ErrSealed = errors.New("details do not open")
	// ErrState: a text that is no State, or one of another chain.
	ErrState = errors.New("bad log state")
	// ErrUnproven: a line that can't be shown to be the one that was verified:
	// beyond the State, or changed since.
	ErrUnproven = errors.New("line is not proven")
	// ErrAhead: a copy holds a head, signed by this device, that the original
	// does not lead to: the original was rolled back. A *AheadError.
	ErrAhead = errors.New("copy of the log is ahead of its original")
)

// A WriteError says which step of an append failed.
type WriteError struct {
	Step string // open, recover, key, lines, sign, head
	Err  error
}

func (e *WriteError) Error() string { return fmt.Sprintf("write log (%s): %v", e.Step, e.Err) }

func (e *WriteError) Unwrap() error { return e.Err }

// Is makes every WriteError match ErrWrite.
func (e *WriteError) Is(target error) bool { return target == ErrWrite }

// A DamagedError says what is wrong with the original of a chain.
type DamagedError struct {
	File string
	Why  string
	Err  error // may be nil
}

func (e *DamagedError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.File, e.Why, e.Err)
	}
	return e.File + ": " + e.Why
}

func (e *DamagedError) Unwrap() error { return e.Err }

// Is makes every DamagedError match ErrDamaged.
func (e *DamagedError) Is(target error) bool { return target == ErrDamaged }

// A SyntaxError says where a line leaves the canonical form.
type SyntaxError struct {
	Column int    // 1-based byte of the line
	Want   string // what should have been there
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("column %d: want %s", e.Column, e.Want) }

// Is makes every SyntaxError match ErrMalformed.
func (e *SyntaxError) Is(target error) bool { return target == ErrMalformed }

// A DraftError says which key of a line can't be written, and why.
type DraftError struct {
	Key string // as in the line: actor, op, pol, …
	Why string
}

func (e *DraftError) Error() string { return fmt.Sprintf("%s: %s", e.Key, e.Why) }

// Is makes every DraftError match ErrDraft.
func (e *DraftError) Is(target error) bool { return target == ErrDraft }

// An AheadError holds the two heads of ErrAhead. Of one size, or of sizes at
// which the original has another line, they prove that the device's key signed
// two histories.
type AheadError struct {
	File      string // the head of the copy
	Own, Copy []byte // head files, signatures verified
	Fork      bool   // the copy's head contradicts a line of the original
}

func (e *AheadError) Error() string {
	if e.Fork {
		return e.File + ": signed for other lines than the original's"
	}
	return e.File + ": signed for more lines than the original has"
}

// Is makes every AheadError match ErrAhead.
func (e *AheadError) Is(target error) bool { return target == ErrAhead }
