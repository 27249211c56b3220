package main

import (
	"errors"
	"strings"

	"opsvault/cmd/opsvault/text"
	"opsvault/policy"
	"opsvault/vault"
)

// The matchers of errors about requests and grants.

// grantRows are their part of the table of errors.
func grantRows() []row {
	return []row{
		{mayAsk, codeDenied, "error.denied", "hint.may-ask"},
		{waitsFor(vault.PhaseWaiting), codeWaiting, "error.grant-waits", "hint.grant-waits"},
		{waitsFor(vault.PhaseApproved), codeWaiting, "error.grant-unsealed", "hint.grant-unsealed"},
		{as(func(e *vault.GrantEndedError) []any {
			return []any{"path", e.Path, "word", shellWord(e.Path), "at", e.Ended, "for", policy.Span(e.Grant.Span).String()}
		}), codeExpired, "error.grant-ended", "hint.grant-ended"},
		{as(func(e *vault.LimitError) []any {
			return []any{"safe", e.Safe, "max", policy.Span(e.Max).String(), "asked", policy.Span(e.Asked).String()}
		}), codeUsage, "error.grant-limit", "hint.grant-limit"},
		{as(func(e *vault.NoNeedError) []any {
			return []any{"member", e.Member, "path", e.Path, "why", e.Why, "word", shellWord(e.Path)}
		}), codeUsage, "error.no-need", "hint.no-need"},
		{ownRequest(true), codeDenied, "error.own-request", "hint.own-request"},
		{ownRequest(false), codeDenied, "error.own-grant", "hint.own-grant"},
		{grantOver, codeExpired, "error.grant-over", "hint.grants"},
		{as(func(e *vault.PhaseError) []any { return phaseArgs(e.Grant) }), codeUsage, "error.grant-phase", "hint.grants"},
		{as(func(e *vault.AmbiguousError) []any { return []any{"prefix", e.Prefix, "found", foundIDs(e)} }), codeUsage, "error.ambiguous-id", "hint.ambiguous-id"},
		{as(func(e *vault.NoApproverError) []any { return []any{"paths", strings.Join(e.Paths, ", ")} }), codeDenied, "error.no-approver", "hint.no-approver"},
		{as(func(e *vault.NoDeviceError) []any { return []any{"member", e.Member} }), codeNotFound, "error.grantee-no-device", "hint.grantee-no-device"},
		{taken("request"), codeUsage, "error.asked-already", "hint.asked-already"},
		{taken("grant"), codeUsage, "error.granted-already", "hint.asked-already"},
		{missing("grant", whatever), codeNotFound, "error.no-grant", "hint.grants"},
	}
}

// mayAsk matches a refusal to read where the member may ask for a grant.
func mayAsk(err error) ([]any, bool) {
	var e *vault.DeniedError
	if !errors.As(err, &e) || e.Capability != policy.Read || !e.Decision.Request || len(e.Decision.Ask) == 0 || !strings.Contains(e.On, "/") {
		return nil, false
	}
	return []any{"member", e.Member, "capability", string(e.Capability), "on", e.On, "why", e.Decision.Why,
		"ask", e.Decision.Ask, "word", shellWord(e.On)}, true
}

func waitsFor(phase vault.Phase) matcher {
	return func(err error) ([]any, bool) {
		var e *vault.WaitingError
		if !errors.As(err, &e) || (e.Grant.Phase == vault.PhaseWaiting) != (phase == vault.PhaseWaiting) {
			return nil, false
		}
		g := e.Grant
		return []any{"path", e.Path, "id", grantID(g), "have", len(g.Approvals), "needs", g.Needs, "ask", g.Wants, "until", g.Until}, true
	}
}

// ownRequest matches an approval of one's own request, or a grant to oneself.
func ownRequest(request bool) matcher {
	return func(err error) ([]any, bool) {
		var e *vault.OwnRequestError
		if !errors.As(err, &e) || (e.Grant != nil) != request {
			return nil, false
		}
		if !request {
			return nil, true
		}
		return []any{"id", grantID(e.Grant), "ask", e.Grant.Wants}, true
	}
}

// grantOver matches a word about a grant whose time is over.
func grantOver(err error) ([]any, bool) {
	var e *vault.PhaseError
	if !errors.As(err, &e) || e.Grant.Phase != vault.PhaseEnded {
		return nil, false
	}
	return phaseArgs(e.Grant), true
}

func phaseArgs(g *vault.GrantState) []any {
	by := ""
	if g.Closed != nil {
		by = g.Closed.Member
	}
	return []any{"id", grantID(g), "state", phaseWord(g.Phase), "by", by, "at", g.Until}
}

func foundIDs(e *vault.AmbiguousError) []string {
	var ids []string
	for _, g := range e.Found {
		ids = append(ids, g.Short()+" ("+g.Member+": "+pathWords(g)+")")
	}
	return ids
}

// phaseWord is a phase in the person's language.
func phaseWord(p vault.Phase) worded {
	return func(tr *text.Translator) string {
		switch p {
		case vault.PhaseWaiting:
			return tr.Text("grants.word-waiting")
		case vault.PhaseEnded:
			return tr.Text("grants.word-ended")
		case vault.PhaseDenied:
			return tr.Text("grants.word-denied")
		case vault.PhaseRevoked:
			return tr.Text("grants.word-revoked")
		}
		return tr.Text("grants.word-live")
	}
}
