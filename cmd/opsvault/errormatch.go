package main

import (
	"errors"
	"io/fs"
	"strings"

	"opsvault/cmd/opsvault/text"
	"opsvault/policy"
	"opsvault/vault"
)

// The matchers of the table of errors that look closer than errors.Is and errors.As.

// needsTicket matches a reveal that asks for a ticket, not only for a reason.
func needsTicket(err error) ([]any, bool) {
	var need *vault.ReasonError
	return nil, errors.As(err, &need) && need.Need == "ticket"
}

// notHere matches a member that was asked for and has no keys on this machine.
func notHere(err error) ([]any, bool) {
	var who *vault.WhoError
	if !errors.As(err, &who) || who.Asked == "" {
		return nil, false
	}
	return []any{"asked", who.Asked, "members", who.Members}, true
}

// denied matches a refusal by the policy, where there is somebody to ask or where there is nobody.
func denied(c policy.Capability, somebody bool) matcher {
	return func(err error) ([]any, bool) {
		var e *vault.DeniedError
		if !errors.As(err, &e) || (len(e.Decision.Ask) > 0) != somebody || c != "" && e.Capability != c {
			return nil, false
		}
		return []any{"member", e.Member, "capability", string(e.Capability), "on", e.On, "why", e.Decision.Why, "ask", e.Decision.Ask}, true
	}
}

// deniedRows are the rows of the table for what a member may not do: a sentence for each capability.
func deniedRows() []row {
	var rows []row
	for _, d := range []struct {
		capability policy.Capability // "" is any other
		message    text.Key
	}{
		{policy.Read, "error.denied-read"}, {policy.Write, "error.denied-write"}, {policy.Grant, "error.denied-grant"},
		{policy.CanGovern, "error.denied-govern"}, {policy.CanAudit, "error.denied-audit"},
		{policy.CanPublish, "error.denied-publish"}, {policy.CanApprove, "error.denied-approve"}, {"", "error.denied"},
	} {
		rows = append(rows, row{denied(d.capability, true), codeDenied, d.message, "hint.denied"},
			row{denied(d.capability, false), codeDenied, d.message, "hint.denied-nobody"})
	}
	return rows
}

// placeWith matches trouble with the other copy's place that has this cause.
func placeWith(cause error) matcher {
	return func(err error) ([]any, bool) {
		var e *vault.PlaceError
		if !errors.As(err, &e) || !errors.Is(e.Err, cause) {
			return nil, false
		}
		return []any{"place", e.Place, "word", shellWord(e.Place)}, true
	}
}

// ungoverned matches a policy under which too few could govern.
func ungoverned(err error) ([]any, bool) {
	var e *vault.PolicyError
	if !errors.As(err, &e) || !policy.Problems(e.Problems).Has(policy.CodeGovern) {
		return nil, false
	}
	return []any{"problems", problemWords(e.Problems)}, true
}

// taken matches a name that is in use; an empty what matches any sort of thing.
func taken(what string) matcher {
	return func(err error) ([]any, bool) {
		var e *vault.ExistsError
		if !errors.As(err, &e) || what != "" && e.What != what {
			return nil, false
		}
		return []any{"name", e.Name, "word", shellWord(e.Name)}, true
	}
}

// missing matches what is not there; an empty what matches any sort of thing. near chooses by the names that the error
// knows; what it returns is what the hint names.
func missing(what string, near func(*vault.NotFoundError) ([]string, bool)) matcher {
	return func(err error) ([]any, bool) {
		var e *vault.NotFoundError
		if !errors.As(err, &e) || what != "" && e.What != what {
			return nil, false
		}
		names, ok := near(e)
		if !ok {
			return nil, false
		}
		name, version, _ := strings.Cut(e.Name, "@")
		return []any{"what", e.What, "name", e.Name, "near", names, "of", name, "version", version, "word", shellWord(name)}, true
	}
}

// meant: one of the names was probably meant.
func meant(e *vault.NotFoundError) ([]string, bool) {
	if e.What == "entry" || e.What == "member" || e.What == "role" {
		return e.Near, len(e.Near) > 0 // chosen already
	}
	near := nearest(e.Name, ownNames(e.Near))
	return []string{near}, near != ""
}

// some: there are names to choose from.
func some(e *vault.NotFoundError) ([]string, bool) {
	names := ownNames(e.Near)
	return names, len(names) > 0
}

// whatever: with or without names.
func whatever(e *vault.NotFoundError) ([]string, bool) { return ownNames(e.Near), true }

// ownNames leaves out the names of built-in safes.
func ownNames(names []string) []string {
	var own []string
	for _, name := range names {
		if !strings.HasPrefix(name, "@") {
			own = append(own, name)
		}
	}
	return own
}

// noFile matches a file that was named and is not there.
func noFile(err error) ([]any, bool) {
	var e *fs.PathError
	if !errors.As(err, &e) || !errors.Is(err, fs.ErrNotExist) || strings.HasPrefix(e.Op, "mk") {
		return nil, false
	}
	return []any{"path", e.Path}, true
}

// noAttempts matches digits that were read back and typed wrong too often.
func noAttempts(err error) ([]any, bool) {
	var e *vault.ReadBackError
	return nil, errors.As(err, &e) && e.Left == 0
}

// announcedOnly matches a newer version that was announced and never was here.
func announcedOnly(err error) ([]any, bool) {
	var e *vault.RollbackError
	if !errors.As(err, &e) || len(e.Missing) == 0 {
		return nil, false
	}
	return []any{"name", e.Name, "word", shellWord(e.Name), "have", e.Have, "pinned", e.Pinned, "by", e.Missing[0].Member}, true
}

// clashNames are the fields that have to be decided.
func clashNames(clashes []vault.Clash) []string {
	names := make([]string, len(clashes))
	for i, clash := range clashes {
		names[i] = strings.TrimPrefix(clash.Name, "@")
	}
	return names
}

// lateEntry matches an entry whose newest version was seen to stand, and does not any more.
func lateEntry(err error) ([]any, bool) {
	var e *vault.LateError
	if !errors.As(err, &e) || e.Name == "" {
		return nil, false
	}
	return []any{"name", e.Name, "word", shellWord(e.Name), "version", e.Version, "have", e.Have, "by", e.Statement.Author}, true
}
