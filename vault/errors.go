package vault

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"opsvault/policy"
	"opsvault/vault/statement"
)

// Outcomes that need no data of their own.
var (
	// ErrNoVault: the directory holds no opsvault.yaml.
	ErrNoVault = errors.New("not a vault")
	// ErrNotJoined: this machine has no local state for that vault id.
	ErrNotJoined = errors.New("this machine has not joined that vault")
	// ErrSwapped: the directory held another vault when it was last used here.
	ErrSwapped = errors.New("another vault lies where the known one was")
	// ErrNoIdentity: there is no identity file for a member of this vault.
	ErrNoIdentity = errors.New("no identity for this vault on this machine")
	// ErrNotEmpty: a vault is made in a new or empty directory only.
	ErrNotEmpty = errors.New("the directory is not empty")
	// ErrNoKey: the policy gives the right, but no bundle with the key has arrived here.
	ErrNoKey = errors.New("the key of this safe has not been delivered to this device")
	// ErrUnchanged: an edit that changes nothing writes nothing.
	ErrUnchanged = errors.New("nothing was changed")
	// ErrFork: two versions of the policy claim the same place, and no merge is here.
	ErrFork = errors.New("the policy has two heads")
)

// WhoError says that it isn't clear which member is meant.
type WhoError struct {
	Asked   string   // what was asked for, or empty
	Members []string // members with an identity here
}

func (e *WhoError) Error() string {
	if e.Asked != "" {
		return fmt.Sprintf("no identity of %q on this machine", e.Asked)
	}
	return "several members use this machine: " + strings.Join(e.Members, ", ")
}

// ForkError says what can't be done while the policy has two heads. It is ErrFork.
type ForkError struct{ Safe string } // that is not written to; empty: the policy itself

func (e *ForkError) Error() string {
	if e.Safe == "" {
		return ErrFork.Error()
	}
	return ErrFork.Error() + ": each has a key of its own for " + e.Safe
}
func (e *ForkError) Is(target error) bool { return target == ErrFork }

// RenewError says that a safe is not written to until somebody who holds its
// key has made a new one.
type RenewError struct {
	Safe    string
	Holders []string // members who may read it, and can
	Governs bool     // this member can do so now
}

func (e *RenewError) Error() string {
	return fmt.Sprintf("safe %s needs a new key before anything is written to it", e.Safe)
}

// NotFoundError names what is not there, and what is near it.
type NotFoundError struct {
	What string // "entry", "safe", "member", "role", "version", "runbook"
	Name string
	Near []string // names that are close, at most 3
}

func (e *NotFoundError) Error() string { return fmt.Sprintf("no %s %q", e.What, e.Name) }

// ExistsError names what is there already.
type ExistsError struct{ What, Name string }

func (e *ExistsError) Error() string { return fmt.Sprintf("%s %q exists already", e.What, e.Name) }

// DeniedError carries the decision of the policy.
type DeniedError struct {
	Member     string
	Capability policy.Capability
	On         string // path, safe or "policy"
	Decision   policy.Decision
}

func (e *DeniedError) Error() string {
	return fmt.Sprintf("%s may not %s %s: %s", e.Member, e.Capability, e.On, e.Decision.Why)
}

// IntegrityError says that a file contradicts what is known. File is relative to the vault.
type IntegrityError struct {
	File string
	Err  error
}

func (e *IntegrityError) Error() string { return e.File + ": " + e.Err.Error() }
func (e *IntegrityError) Unwrap() error { return e.Err }

// RollbackError says that this device has seen something newer than what the vault shows now.
type RollbackError struct {
	What         string // "entry", "policy", "runbook"
	Name         string
	Have, Pinned uint64 // Have is 0 where nothing is left
	// Missing is set where the newer one was never here: who announced it.
	Missing []Announced
}

func (e *RollbackError) Error() string {
	if len(e.Missing) > 0 {
		return fmt.Sprintf("%s %s: %s announced version %d, which is not here", e.What, e.Name, e.Missing[0].Member, e.Pinned)
	}
	if e.Have == 0 {
		return fmt.Sprintf("%s %s: version %d was here and is gone", e.What, e.Name, e.Pinned)
	}
	return fmt.Sprintf("%s %s: version %d was here, now the newest is %d", e.What, e.Name, e.Pinned, e.Have)
}

// LateError says that a statement does not stand because its author lost the
// right before it could be known: it waits for a person. Of an entry whose
// newest version here was seen to stand before, Name, Version and Have say more.
type LateError struct {
	Statement statement.Common
	Denied    *DeniedError

	Name    string // path of the entry
	Version uint64 // the version that waits
	Have    uint64 // the newest that stands; 0: none
}

func (e *LateError) Error() string {
	return fmt.Sprintf("announced in line %d of the log of %s, after the right went: %s", e.Statement.Event, e.Statement.Device, e.Denied)
}
func (e *LateError) Unwrap() error { return e.Denied }

// OldCopyError says that this copy of the vault lacks what this machine has
// seen of it elsewhere, so nothing is written into it.
type OldCopyError struct {
	What         string // "policy" or "runbook"
	Name         string
	Have, Pinned uint64
}

func (e *OldCopyError) Error() string {
	return fmt.Sprintf("this copy has version %d of %s %s, and version %d was seen elsewhere", e.Have, e.What, e.Name, e.Pinned)
}

// ConflictError says that two versions stand side by side.
type ConflictError struct {
	Path     string
	Siblings []Sibling
}

// Sibling is one of several versions with the same number.
type Sibling struct {
	Author, Device string
	Version        uint64
	Time           time.Time
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s has %d versions side by side", e.Path, len(e.Siblings))
}

// LogError says that the log could not be written, so nothing was revealed or written.
type LogError struct{ Err error }

func (e *LogError) Error() string { return "the log can't be written: " + e.Err.Error() }
func (e *LogError) Unwrap() error { return e.Err }

// ReasonError says that this safe asks for a reason, or for a ticket.
type ReasonError struct{ Safe, Need string } // Need: "reason" or "ticket"

func (e *ReasonError) Error() string { return fmt.Sprintf("safe %s asks for a %s", e.Safe, e.Need) }

// PolicyError lists why a document can't be the next version of the policy.
type PolicyError struct{ Problems []policy.Problem }

func (e *PolicyError) Error() string {
	parts := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		parts[i] = p.Error()
	}
	return "this can't be the next policy: " + strings.Join(parts, "; ")
}

// Warning is something that a person should know and that stops nothing.
type Warning struct {
	Code string // stable, e.g. "log-not-published"
	Args map[string]string
}
