package policy

import (
	"fmt"
	"strings"

	"opsvault/policy/strictyaml"
)

// A Capability is something that a member may do: on a safe, or on the vault.
type Capability string

// The capabilities. The first four are on safes, the others on the vault.
const (
	Read    Capability = "read"
	Write   Capability = "write"
	Grant   Capability = "grant"
	Request Capability = "request"

	CanGovern  Capability = "govern"
	CanAudit   Capability = "audit"
	CanPublish Capability = "publish" // runbooks
	CanApprove Capability = "approve" // runbooks
)

// onSafe lists the capabilities on safes in the order in which they are written.
func onSafe() []Capability { return []Capability{Read, Write, Grant, Request} }

// OnSafe reports whether the capability is one on safes. An unknown word is neither on a safe nor on the vault.
func (c Capability) OnSafe() bool { return c.bit() != 0 }

// OnVault reports whether the capability is one on the vault as a whole.
func (c Capability) OnVault() bool {
	return c == CanGovern || c == CanAudit || c == CanPublish || c == CanApprove
}

func (c Capability) bit() Access {
	for i, one := range onSafe() {
		if c == one {
			return 1 << i
		}
	}
	return 0
}

// Access is a set of capabilities on a safe, written `use`, `manage`, or words joined by "+".
type Access uint8

// The presets.
const (
	Use    Access = 1         // read
	Manage Access = 1 | 2 | 4 // read, write, grant
)

// AccessOf makes a set. Write and grant bring read with them.
func AccessOf(caps ...Capability) Access {
	var a Access
	for _, c := range caps {
		a |= c.bit()
	}
	if a.Has(Write) || a.Has(Grant) {
		a |= Read.bit()
	}
	return a
}

// ParseAccess reads what stands in a policy: `use`, `manage`, or `read`, `write`, `grant`, `request` joined by "+".
func ParseAccess(text string) (Access, error) {
	var a Access
	for word := range strings.SplitSeq(text, "+") {
		switch word = strings.TrimSpace(word); {
		case word == "use":
			a |= Use
		case word == "manage":
			a |= Manage
		case Capability(word).OnSafe():
			a |= AccessOf(Capability(word))
		default:
			return 0, &AccessError{Word: word, Near: strictyaml.Nearest(word, accessWords())}
		}
	}
	return a, nil
}

func accessWords() []string { return []string{"use", "manage", "read", "write", "grant", "request"} }

// An AccessError names a word that is no access.
type AccessError struct{ Word, Near string }

func (e *AccessError) Error() string {
	if e.Near != "" {
		return fmt.Sprintf("%q is no access; did you mean %q?", e.Word, e.Near)
	}
	return fmt.Sprintf("%q is no access: use, manage, or read, write, grant, request joined by +", e.Word)
}

// Has reports whether a capability is in the set.
func (a Access) Has(c Capability) bool { return a&c.bit() != 0 }

// List returns the set in the order read, write, grant, request.
func (a Access) List() []Capability {
	var list []Capability
	for _, c := range onSafe() {
		if a.Has(c) {
			list = append(list, c)
		}
	}
	return list
}

// String is the form that policies have.
func (a Access) String() string {
	switch a {
	case Use:
		return "use"
	case Manage:
		return "manage"
	}
	var words []string
	for _, c := range a.List() {
		words = append(words, string(c))
	}
	return strings.Join(words, "+")
}

// MarshalText writes the form that policies have.
func (a Access) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what ParseAccess reads.
func (a *Access) UnmarshalText(text []byte) (err error) {
	*a, err = ParseAccess(string(text))
	return err
}
