package main

import (
	"errors"
	"strings"

	"opsvault/vault"
)

// policyRows are the rows of the table of errors that are about versions of the policy that wait, and about forks.
func policyRows() []row {
	return []row{
		{renewing(true), codeWaiting, "error.renew", "hint.renew-self"},
		{renewing(false), codeWaiting, "error.renew", "hint.renew"},
		{forkedSafe, codeIntegrity, "error.fork-safe", "hint.fork"},
		{is(vault.ErrNoFork), codeUsage, "error.no-fork", ""},
		{as(func(e *vault.StaleError) []any {
			return []any{"version", e.Number, "hash", e.Hash.Short(), "newest", e.Newest}
		}), codeConflict, "error.stale-policy", "hint.stale-policy"},
		{as(func(e *vault.DigitsError) []any { return []any{"version", e.Number} }), codeIntegrity, "error.policy-digits", "hint.policy-digits"},
		{missing("pending policy", whatever), codeNotFound, "error.no-pending", "hint.no-pending"},
		{missing("policy", whatever), codeNotFound, "error.no-policy", "hint.no-policy"},
	}
}

// renewing matches a write to a safe whose key waits to be renewed: by this person, or by others.
func renewing(self bool) matcher {
	return func(err error) ([]any, bool) {
		var e *vault.RenewError
		if !errors.As(err, &e) || e.Governs != self {
			return nil, false
		}
		return []any{"safe", e.Safe, "holders", strings.Join(e.Holders, ", ")}, true
	}
}

// forkedSafe matches a write to a safe for which the heads of a fork have different keys.
func forkedSafe(err error) ([]any, bool) {
	var e *vault.ForkError
	if !errors.As(err, &e) || e.Safe == "" {
		return nil, false
	}
	return []any{"safe", e.Safe}, true
}
