package main

import (
	"context"
	"fmt"
	"time"

	"opsvault/cmd/opsvault/term"
	"opsvault/cmd/opsvault/text"
	"opsvault/vault"
	"opsvault/vault/audit"
)

// recently is the span of time that the bare command counts openings in.
const recently = 7 * 24 * time.Hour

type auditInfo struct {
	Events   uint64       `json:"events"`
	Devices  int          `json:"devices"`
	Settled  uint64       `json:"settled"`
	Findings int          `json:"findings"`
	Notes    int          `json:"notes"`
	Recent   activityInfo `json:"last_7_days"`
	Next     string       `json:"next"`
}

type activityInfo struct {
	Opened  int      `json:"opened"`
	Refused int      `json:"refused"`
	Written int      `json:"written"`
	Members []string `json:"members"`
	Taken   int      `json:"taken,omitempty"` // runs that somebody took over without an offer
}

// runAudit is the bare command: it verifies, sums up in five lines, and names the next command.
func runAudit(ctx context.Context, c *call) error {
	return c.withVaultToVerify(ctx, func(v *vault.Vault) error {
		report, err := v.Verify(false)
		if err != nil {
			return err
		}
		recent, err := v.Activity(c.Now().Add(-recently))
		if err != nil {
			return err
		}
		info := auditInfo{
			Events: report.Events, Devices: len(report.Devices), Findings: len(report.Findings), Notes: len(report.Notes),
			Recent: activityInfo{recent.Opened, recent.Refused, recent.Written, append([]string{}, recent.Members...), recent.Taken},
			Next:   nextAudit(report),
		}
		for _, d := range report.Devices {
			info.Settled += d.Settled
		}
		if err := c.result(info, func() { c.printAudit(v, report, info) }); err != nil {
			return err
		}
		return verdict(report)
	})
}

// nextAudit is the command that tells more.
func nextAudit(r *audit.Report) string {
	if len(r.Findings)+len(r.Notes) > 0 {
		return "opsvault audit verify"
	}
	return "opsvault audit list --since 7d"
}

func (c *call) printAudit(v *vault.Vault, r *audit.Report, info auditInfo) {
	first, last := span(r)
	c.auditLine("audit.vault", term.Clean(v.Name())+" ("+v.ID().Short()+")")
	c.auditLine("audit.log", c.text("audit.log-span", "events", c.text("audit.events", "n", r.Events),
		"devices", c.text("audit.devices", "n", len(r.Devices)), "first", first, "last", last))
	c.auditLine("audit.recent", c.text("audit.recent-counts", "opened", info.Recent.Opened, "refused", info.Recent.Refused,
		"written", info.Recent.Written, "members", orNobody(c, info.Recent.Members)))
	if n := info.Recent.Taken; n > 0 {
		c.auditLine("together.audit-label", c.text("together.audit-taken", "n", n))
	}
	c.auditLine("audit.checked", c.summary(r)+c.codes(r.Findings))
	c.auditLine("audit.noted", c.notes(r))
	fmt.Fprintf(c.out, "\n%s %s\n", c.text("audit.next"), info.Next)
}

func (c *call) notes(r *audit.Report) string {
	if len(r.Notes) == 0 {
		return c.text("audit.no-notes")
	}
	return c.text("audit.notes-count", "n", len(r.Notes)) + c.codes(r.Notes)
}

func (c *call) auditLine(key text.Key, line string) {
	fmt.Fprintf(c.out, "%s %s\n", term.Pad(c.text(key)+":", 15), line)
}

// span is from when to when the events of a report are.
func span(r *audit.Report) (first, last time.Time) {
	for _, d := range r.Devices {
		if !d.First.IsZero() && (first.IsZero() || d.First.Before(first)) {
			first = d.First
		}
		if d.Last.After(last) {
			last = d.Last
		}
	}
	return first, last
}

// codes are the codes of findings in brackets, each once.
func (c *call) codes(list []audit.Finding) string {
	var codes []string
	seen := map[string]bool{}
	for _, f := range list {
		if code := string(f.Code); !seen[code] {
			seen[code] = true
			codes = append(codes, code)
		}
	}
	if len(codes) == 0 {
		return ""
	}
	return c.text("audit.codes", "codes", codes)
}

func orNobody(c *call, members []string) any {
	if len(members) == 0 {
		return c.text("audit.nobody")
	}
	return members
}
