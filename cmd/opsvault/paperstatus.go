package main

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/text"
	"opsvault/vault"
)

type paperStatusOptions struct{}

func newPaperStatusCommand(e *env, run runFunc[paperStatusOptions]) *cli.Command {
	o := &paperStatusOptions{}
	return e.command(&cli.Command{Name: "status"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// A paperInfo is what is known of a runbook's copies on paper.
type paperInfo struct {
	Slug    string     `json:"slug"`
	Title   string     `json:"title"`
	Version uint64     `json:"version,omitempty"` // that counts; none: nothing of it counts any more
	Wanted  int        `json:"wanted"`            // copies that there should be
	Current int        `json:"current"`           // copies of that version
	Old     int        `json:"old"`               // copies of others that nothing has replaced
	State   string     `json:"state"`             // current, stale, short, none
	Copies  []copyInfo `json:"copies"`
}

type copyInfo struct {
	Version uint64 `json:"version"`
	By      string `json:"by"`
	Device  string `json:"device"`
	Printed string `json:"printed"`
	Stale   bool   `json:"stale"`
}

// The states of a runbook's copies. Stale and short are findings.
const (
	paperCurrent = "current"
	paperStale   = "stale" // old copies lie around
	paperShort   = "short" // there are fewer than the runbook asks for
	paperNone    = "none"  // none was printed, and none is asked for
)

// runPaperStatus compares what was put on paper with what counts.
func runPaperStatus(ctx context.Context, c *call, _ *paperStatusOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		list, err := c.paperInfos(v)
		if err != nil {
			return err
		}
		findings := 0
		for i := range list {
			if list[i].State == paperStale || list[i].State == paperShort {
				findings++
			}
		}
		if err := c.result(list, func() { err = c.paperTable(list) }); err != nil {
			return err
		}
		if err != nil || findings == 0 {
			return err
		}
		return exitStatus(codeFindings)
	})
}

// paperInfos are all runbooks that count, and those that lie on paper and count no more.
func (c *call) paperInfos(v *vault.Vault) ([]paperInfo, error) {
	printed, err := v.Printed()
	var damaged *vault.IntegrityError
	if errors.As(err, &damaged) {
		c.warn("paper.log-damaged", "why", explain(err, c.tr, false).Error)
	} else if err != nil {
		return nil, err
	}
	copies := map[string][]vault.Printed{}
	for _, p := range printed {
		copies[p.Slug] = append(copies[p.Slug], p)
	}
	books, err := v.Books()
	if err != nil {
		return nil, err
	}
	list := []paperInfo{}
	for _, b := range books {
		info := paperInfo{Slug: b.Slug, Title: titleOf(b.Text, b.Slug), Version: b.Version, Wanted: paperAsked(b)}
		info.count(copies[b.Slug])
		list = append(list, info)
		delete(copies, b.Slug)
	}
	for slug, rest := range copies {
		info := paperInfo{Slug: slug, Title: slug}
		info.count(rest)
		list = append(list, info)
	}
	slices.SortFunc(list, func(a, b paperInfo) int { return strings.Compare(a.Slug, b.Slug) })
	return list, nil
}

// paperAsked is how many copies the front matter asks for; 0 where it says nothing of paper.
func paperAsked(b *vault.Book) int {
	if n := wantedCopies(b); n > 1 || asksForPaper(b) {
		return n
	}
	return 0
}

// count sums copies up. Each copy of the version that counts takes the place of an older one.
func (p *paperInfo) count(printed []vault.Printed) {
	p.Copies = []copyInfo{}
	old := 0
	for _, c := range printed {
		stale := c.Version != p.Version
		if stale {
			old++
		} else {
			p.Current++
		}
		p.Copies = append(p.Copies, copyInfo{c.Version, c.Member, c.Device, c.Time.UTC().Format("2006-01-02T15:04:05Z"), stale})
	}
	p.Old = max(0, old-p.Current)
	switch {
	case p.Old > 0:
		p.State = paperStale
	case p.Current < p.Wanted:
		p.State = paperShort
	case p.Current == 0:
		p.State = paperNone
	default:
		p.State = paperCurrent
	}
}

func (c *call) paperTable(list []paperInfo) error {
	if len(list) == 0 {
		c.say("runbook.none")
		return nil
	}
	rows := make([][]string, len(list))
	for i, p := range list {
		version, last := "–", ""
		if p.Version > 0 {
			version = strconv.FormatUint(p.Version, 10)
		}
		if n := len(p.Copies); n > 0 {
			last = p.Copies[n-1].By + " " + p.Copies[n-1].Printed[:len("2006-01-02")]
		}
		rows[i] = []string{p.Slug, version, c.text("paper.is-current-of", "have", p.Current, "wanted", max(p.Wanted, p.Current)), strconv.Itoa(p.Old),
			c.text(text.Key("paper.is-" + p.State)), last}
	}
	err := c.table([]string{c.text("runbook.slug"), c.text("history.version"), c.text("paper.col-current"), c.text("paper.col-old"),
		c.text("paper.col-state"), c.text("paper.col-last")}, rows, 0, 4)
	for _, p := range list {
		switch {
		case p.State == paperStale && p.Version == 0:
			c.say("paper.throw-away", "slug", p.Slug, "n", p.Old)
		case p.State == paperStale:
			c.say("paper.print-again", "slug", p.Slug, "n", max(p.Old, p.Wanted-p.Current), "old", p.Old)
		case p.State == paperShort:
			c.say("paper.print-more", "slug", p.Slug, "n", p.Wanted-p.Current)
		}
	}
	return err
}
