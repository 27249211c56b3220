package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"opsvault/policy"
	"opsvault/vault"
	"opsvault/vault/entry"
	"opsvault/vault/statement"
)

// grantInfo is a request or a grant as scripts get it.
type grantInfo struct {
	ID        string         `json:"id"`
	Op        string         `json:"op"` // request or grant
	State     vault.Phase    `json:"state"`
	Member    string         `json:"member"` // who gets access
	By        string         `json:"by"`     // who wrote it
	Paths     []string       `json:"paths"`
	Reason    string         `json:"reason"`
	Ticket    string         `json:"ticket,omitempty"`
	Asked     string         `json:"asked"`
	For       string         `json:"for"` // 4h, 90m, 2d
	Approvals []approvalInfo `json:"approvals"`
	Needs     int            `json:"needs"`
	Ask       []string       `json:"ask"`             // who could give the next approval
	From      string         `json:"from,omitempty"`  // once it is approved
	Until     string         `json:"until,omitempty"` //
	Closed    *approvalInfo  `json:"closed,omitempty"`
	Mine      bool           `json:"mine"`
}

type approvalInfo struct {
	Member string `json:"member"`
	Time   string `json:"time"`
	Reason string `json:"reason,omitempty"`
}

func infoOf(v *vault.Vault, g *vault.GrantState) grantInfo {
	info := grantInfo{ID: g.Short(), Op: string(g.Op), State: g.Phase, Member: g.Member, By: g.Author, Paths: g.Paths(), Reason: g.Reason,
		Ticket: g.Ticket, Asked: g.Made.Format(time.RFC3339), For: policy.Span(g.Span).String(), Approvals: []approvalInfo{},
		Needs: g.Needs, Ask: append([]string{}, g.Wants...), Mine: g.Member == v.Me().Member}
	for _, a := range g.Approvals {
		info.Approvals = append(info.Approvals, answerInfo(a))
	}
	if !g.From.IsZero() {
		info.From, info.Until = g.From.Format(time.RFC3339), g.Until.Format(time.RFC3339)
	}
	if g.Closed != nil {
		closed := answerInfo(*g.Closed)
		info.Closed = &closed
	}
	return info
}

func answerInfo(a vault.Answer) approvalInfo {
	return approvalInfo{a.Member, a.Time.Format(time.RFC3339), a.Reason}
}

// grantID is how people are shown the id of a grant: they may type its beginning.
func grantID(g *vault.GrantState) string { return g.Short()[:8] }

// spanWords is how long a grant lasts, exactly.
func (c *call) spanWords(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= time.Minute && (d < time.Hour && d%time.Minute == 0 || d < 2*day && d%time.Hour == 0 && d != day || d%day == 0) {
		return c.tr.Span(d)
	}
	return policy.Span(d).String()
}

// whenWords is a moment: the time of day alone if it is today.
func (c *call) whenWords(at time.Time) string {
	if c.tr.Date(at) == c.tr.Date(c.Now()) {
		return c.tr.Clock(at)
	}
	return c.tr.Moment(at)
}

// stateWords is what a grant has come to, in a few words.
func (c *call) stateWords(g *vault.GrantState) string {
	switch g.Phase {
	case vault.PhaseWaiting:
		return c.text("grants.waiting", "have", len(g.Approvals), "needs", g.Needs)
	case vault.PhaseApproved:
		return c.text("grants.approved", "until", c.whenWords(g.Until))
	case vault.PhaseLive:
		return c.text("grants.live", "until", c.whenWords(g.Until))
	case vault.PhaseDenied:
		return c.text("grants.denied", "by", g.Closed.Member)
	case vault.PhaseRevoked:
		return c.text("grants.revoked", "by", g.Closed.Member)
	}
	return c.text("grants.ended", "at", c.whenWords(g.Until))
}

// pathWords are paths in one line.
func pathWords(g *vault.GrantState) string { return strings.Join(g.Paths(), ", ") }

// whyWords is the reason with the ticket.
func whyWords(g *vault.GrantState) string {
	if g.Ticket == "" {
		return g.Reason
	}
	return strings.TrimSpace(g.Reason + " [" + g.Ticket + "]")
}

// tellState says what somebody's word has made of a request or a grant, and what comes next.
func (c *call) tellState(v *vault.Vault, g *vault.GrantState) {
	args := []any{"id", grantID(g), "member", g.Member, "paths", pathWords(g), "until", c.whenWords(g.Until),
		"have", len(g.Approvals), "needs", g.Needs, "ask", g.Wants, "for", c.spanWords(g.Span)}
	switch g.Phase {
	case vault.PhaseLive:
		c.say("grants.tell-live", args...)
	case vault.PhaseApproved:
		c.say("grants.tell-approved", args...)
	case vault.PhaseWaiting:
		c.say("grants.tell-waiting", args...)
	case vault.PhaseDenied:
		c.say("grants.tell-denied", args...)
	case vault.PhaseRevoked:
		c.say("grants.tell-revoked", args...)
	}
}

// wishOptions are the flags of request and grant.
type wishOptions struct {
	span           string
	reason, ticket string
	parcelOptions
}

// wish reads what is asked for, or given.
func (c *call) wish(ctx context.Context, v *vault.Vault, args []string, o *wishOptions) (vault.Wish, error) {
	w := vault.Wish{Reason: o.reason, Ticket: o.ticket}
	if len(args) > statement.MaxEntries {
		return w, usage("request.too-many", "most", statement.MaxEntries).withHint("request.too-many-hint")
	}
	for _, arg := range args {
		path, err := c.path(v, arg)
		if err != nil {
			return w, err
		}
		w.Paths = append(w.Paths, path)
	}
	if o.span == "" {
		return w, usage("request.span").withHint("request.span-hint")
	}
	span, err := policy.ParseSpan(o.span)
	if err != nil || span <= 0 {
		return w, usage("request.bad-span", "span", o.span).withHint("request.span-hint")
	}
	w.Span = span.Duration()
	return w, c.askReason(ctx, &w)
}

// askReason asks a person why, where no flag says it.
func (c *call) askReason(ctx context.Context, w *vault.Wish) (err error) {
	if w.Reason == "" && w.Ticket == "" && c.Terminal.Present() && !c.json {
		w.Reason, err = c.askLine(ctx, "", "request.ask-reason")
	}
	return err
}

// grantsOn are the grants that run and let people read an entry; none where path names a safe.
func (c *call) grantsOn(v *vault.Vault, arg, member string) ([]*vault.GrantState, error) {
	filter := vault.GrantFilter{Open: true, Member: member}
	if arg != "" {
		path, err := c.path(v, arg)
		if bad := new(entry.PathError); errors.As(err, &bad) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		filter.Path = &path
	}
	all, err := v.Grants(filter)
	var running []*vault.GrantState
	for _, g := range all {
		if g.Phase.Running() {
			running = append(running, g)
		}
	}
	return running, err
}

// viaGrant is the line that gives a right, when it is a grant.
func (c *call) viaGrant(g *vault.GrantState) string {
	if c.json {
		return "grant " + g.Short() + " until " + g.Until.Format(time.RFC3339)
	}
	return c.text("grants.via", "id", grantID(g), "until", c.whenWords(g.Until))
}
