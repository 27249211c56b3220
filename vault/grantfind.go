package vault

import (
	"fmt"
	"strings"
	"time"
)

// minPrefix is how much of an id must be typed.
const minPrefix = 4

// AmbiguousError says that several ids begin with what was typed.
type AmbiguousError struct {
	Prefix string
	Found  []*GrantState
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("%d requests or grants begin with %s", len(e.Found), e.Prefix)
}

// PhaseError says that a request or a grant has come to something else than
// what was wanted of it.
type PhaseError struct{ Grant *GrantState }

func (e *PhaseError) Error() string {
	return fmt.Sprintf("the %s %s is %s", e.Grant.Op, e.Grant.Short(), e.Grant.Phase)
}

// LimitError says that a safe's policy allows no grant as long as that.
type LimitError struct {
	Safe       string
	Max, Asked time.Duration
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("safe %s allows grants of at most %s, not of %s", e.Safe, e.Max, e.Asked)
}

// NoNeedError says that somebody can read already what a grant would give.
type NoNeedError struct{ Member, Path, Why string }

func (e *NoNeedError) Error() string {
	return fmt.Sprintf("%s may read %s already: %s", e.Member, e.Path, e.Why)
}

// NoDeviceError says that somebody has no device yet, to which anything could be sealed.
type NoDeviceError struct{ Member string }

func (e *NoDeviceError) Error() string { return e.Member + " has no device yet" }

// OwnRequestError says that somebody would approve what is for themselves.
// Grant is nil where somebody would grant something to themselves.
type OwnRequestError struct{ Grant *GrantState }

func (e *OwnRequestError) Error() string { return "nobody approves what is for themselves" }

// NoApproverError says that no one person could approve it all.
type NoApproverError struct{ Paths []string }

func (e *NoApproverError) Error() string {
	return "nobody may grant on all of " + strings.Join(e.Paths, ", ")
}

// WaitingError says that access was asked for or approved, and isn't here yet.
type WaitingError struct {
	Path  string
	Grant *GrantState
}

func (e *WaitingError) Error() string {
	if e.Grant.Phase == PhaseWaiting {
		return fmt.Sprintf("%s waits for approval: %d of %d", e.Path, len(e.Grant.Approvals), e.Grant.Needs)
	}
	return fmt.Sprintf("%s is approved, and its key has not been sealed to this device yet", e.Path)
}

// GrantEndedError says that a grant is over.
type GrantEndedError struct {
	Path  string
	Grant *GrantState
	Ended time.Time
}

func (e *GrantEndedError) Error() string {
	return fmt.Sprintf("the grant of %s ended at %s", e.Path, e.Ended.UTC().Format(time.RFC3339))
}

func pickGrant(all []*GrantState, prefix string) (*GrantState, error) {
	prefix = strings.ToLower(strings.TrimRight(prefix, "…"))
	var found []*GrantState
	for _, g := range all {
		if len(prefix) >= minPrefix && strings.HasPrefix(g.ID.String(), prefix) {
			found = append(found, g)
		}
	}
	switch len(found) {
	case 0:
		return nil, &NotFoundError{What: "grant", Name: prefix}
	case 1:
		return found[0], nil
	}
	return nil, &AmbiguousError{prefix, found}
}
