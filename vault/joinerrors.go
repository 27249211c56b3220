package vault

import (
	"errors"
	"fmt"
	"time"

	"opsvault/vault/statement"
)

// Outcomes of joining that need no data of their own.
var (
	// ErrNotInvitation: the file is no invitation, or was changed on the way.
	ErrNotInvitation = errors.New("not an invitation")
	// ErrOtherVault: a directory holds another vault than the one that was meant.
	ErrOtherVault = errors.New("the directory holds another vault")
	// ErrNoCopy: there is no copy of the vault within reach to fill the directory from.
	ErrNoCopy = errors.New("no copy of the vault is within reach")
	// ErrJoined: this machine has joined the vault already.
	ErrJoined = errors.New("this machine has joined the vault already")
	// ErrNamed: the policy names this device, and what it knew of the vault is
	// gone: it is pinned again, without an invitation.
	ErrNamed = errors.New("the policy names this device already")
	// ErrDeviceGone: the device was a member's before and was removed. It is
	// never admitted again.
	ErrDeviceGone = errors.New("the device was removed")
	// ErrDigits: what was typed is not what was read out.
	ErrDigits = errors.New("the digits differ")
)

// ExpiredError says that an invitation is over.
type ExpiredError struct {
	Member string
	Until  time.Time
}

func (e *ExpiredError) Error() string {
	return fmt.Sprintf("the invitation of %s ended at %s", e.Member, e.Until.UTC().Format(time.RFC3339))
}

// BehindError says that a copy of the vault is older than an invitation.
type BehindError struct{ Have, Want uint64 } // policy versions

func (e *BehindError) Error() string {
	return fmt.Sprintf("the copy is older than the invitation: it has policy %d, and %d is needed", e.Have, e.Want)
}

// NotAdmittedError says that this device waits until somebody admits it.
type NotAdmittedError struct {
	Vault          statement.Hash
	Member, Device string
	Digits         string // to be read to whoever admits it
	Place          string // where a copy is, as the invitation says; may be empty
}

func (e *NotAdmittedError) Error() string {
	return fmt.Sprintf("device %s of %s is not admitted yet", e.Device, e.Member)
}

// UnconfirmedError says that this device is admitted, and that its person has
// not typed the digits that whoever admitted it reads back.
type UnconfirmedError struct{ Member, Device string }

func (e *UnconfirmedError) Error() string {
	return fmt.Sprintf("device %s of %s is not confirmed yet", e.Device, e.Member)
}

// ReadBackError says that the digits read back are wrong. Left is how often
// they may still be typed.
type ReadBackError struct{ Left int }

func (e *ReadBackError) Error() string {
	return fmt.Sprintf("these are not the digits of the admission; %d attempts are left", e.Left)
}

// PendingError says that a version of the policy waits for other signatures.
type PendingError struct {
	Version uint64
	Hash    statement.Hash
	Who     []string // members whose signature would help
}

func (e *PendingError) Error() string {
	return fmt.Sprintf("policy %d waits for other signatures", e.Version)
}

func pendingError(p *PendingPolicy) *PendingError {
	_, who := p.Missing()
	return &PendingError{Version: p.Number, Hash: p.Hash, Who: who}
}

// MemberDiffersError says that an invitation describes a member in another way
// than the policy does.
type MemberDiffersError struct {
	Member string
	Name   string   // as the policy has it
	Roles  []string // as the policy has them
}

func (e *MemberDiffersError) Error() string {
	return fmt.Sprintf("%s is a member already, with another name or other roles", e.Member)
}
