package main

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/text"
	"opsvault/runbooks"
	"opsvault/vault"
)

type runsShowOptions struct{}

func newRunsShowCommand(e *env, run runFunc[runsShowOptions]) *cli.Command {
	o := &runsShowOptions{}
	return e.command(&cli.Command{Name: "show", ArgsUsage: "RUN"}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// A runDetail is a run with everything that somebody who is to go on with it wants to know.
type runDetail struct {
	runSummary
	Digest    string            `json:"digest"` // of the text
	Text      bool              `json:"text"`   // it is here
	Brief     string            `json:"brief,omitempty"`
	Handovers []handoverInfo    `json:"handovers"`
	Timers    []timerInfo       `json:"timers"`
	Undos     []string          `json:"undos"` // steps of the rollback phase that wait
	Evidence  []runEvidenceInfo `json:"evidence"`
	Asides    []asideInfo       `json:"asides"`
	Missing   []gapInfo         `json:"missing"`
	Newer     bool              `json:"newer,omitempty"` // a newer opsvault had a part in it
	Damage    string            `json:"damage,omitempty"`
}

type handoverInfo struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Taken bool   `json:"taken,omitempty"` // without an offer
	Why   string `json:"why,omitempty"`
	Time  string `json:"time"`
}

type timerInfo struct {
	Step string `json:"step"`
	Text string `json:"text"`
	Due  string `json:"due"`
}

type runEvidenceInfo struct {
	Step   string `json:"step"`
	Name   string `json:"name"`
	File   string `json:"file"`
	Digest string `json:"sha256"`
	Size   int64  `json:"size"`
}

type asideInfo struct {
	Device string `json:"device"`
	Member string `json:"member"`
	Line   uint64 `json:"line"`
	Why    string `json:"why"`
	runbooks.Event
}

type gapInfo struct {
	Device string `json:"device"`
	Have   uint64 `json:"have"`
	Want   uint64 `json:"want"`
}

// runRunsShow shows one run: whose it is, how it stands, what is open, and what doesn't count.
func runRunsShow(ctx context.Context, c *call, _ *runsShowOptions) error {
	return c.withVault(ctx, func(v *vault.Vault) error {
		r, err := c.sharedRun(v, c.args[0])
		if err != nil {
			return err
		}
		d := c.detailOf(r)
		if err := c.result(d, func() { c.printRun(v, r, d) }); err != nil {
			return err
		}
		if r.info.Damage != nil {
			return r.info.Damage
		}
		return nil
	})
}

func (c *call) detailOf(r *sharedRun) runDetail {
	w := r.woven
	d := runDetail{runSummary: c.summaryOfShared(r), Digest: r.info.Digest.String(), Text: r.info.Text != nil, Newer: w.Newer,
		Handovers: []handoverInfo{}, Timers: []timerInfo{}, Undos: []string{}, Evidence: []runEvidenceInfo{}, Asides: []asideInfo{}, Missing: []gapInfo{}}
	if w.Offer != nil {
		d.Brief = w.Offer.Text
	}
	if r.info.Damage != nil {
		d.Damage = r.info.Damage.Error()
	}
	for _, h := range w.State.Handovers {
		d.Handovers = append(d.Handovers, handoverInfo{h.From, h.To, h.Taken, h.Text, h.Time.Format(time.RFC3339)})
	}
	for _, t := range w.State.Timers {
		d.Timers = append(d.Timers, timerInfo{t.Step, t.Text, t.Due.Format(time.RFC3339)})
	}
	for _, u := range w.State.Undos() {
		d.Undos = append(d.Undos, u.Step)
	}
	for _, p := range w.Lines {
		if p.Kind == runbooks.EventEvidence {
			d.Evidence = append(d.Evidence, runEvidenceInfo{p.Step, p.Name, p.Text, p.Value, p.Size})
		}
	}
	for _, a := range w.Asides {
		d.Asides = append(d.Asides, asideInfo{a.Device, a.Member, a.Seq, string(a.Why), a.Event})
	}
	for _, g := range w.Gaps {
		d.Missing = append(d.Missing, gapInfo{g.Device, g.Have, g.Want})
	}
	return d
}

func (c *call) printRun(v *vault.Vault, r *sharedRun, d runDetail) {
	line := func(key text.Key, args ...any) { fmt.Fprintln(c.out, c.text(key, args...)) }
	line("together.show-title", "title", d.Title, "name", fmt.Sprintf("%s@%d", d.Slug, d.Version), "run", d.Run)
	line("together.stands", "how", c.howItStands(v, r))
	line("together.show-begun", "who", memberName(v, d.By), "time", r.info.Started)
	if d.Drill {
		line("together.show-drill")
	}
	for _, h := range r.woven.State.Handovers {
		key := text.Key("together.show-accepted")
		if h.Taken {
			key = "together.show-taken"
		}
		line(key, "from", memberName(v, h.From), "to", memberName(v, h.To), "time", h.Time, "why", h.Text)
	}
	if d.Offered != "" {
		line("together.show-offer", "who", memberName(v, d.Offered), "brief", d.Brief)
	}
	if !d.Text {
		line("together.show-no-text")
	}
	if d.Newer {
		line("together.newer-seen")
	}
	_ = c.out.Flush()
	c.tellPending(v, r)
	for _, e := range d.Evidence {
		line("together.show-evidence", "name", e.Name, "file", e.File, "size", c.tr.Bytes(e.Size), "digest", e.Digest)
	}
	if len(d.Asides) > 0 {
		line("together.show-asides", "n", len(d.Asides))
		for _, a := range r.woven.Asides {
			what := c.text("together.aside", "what", c.eventWords(r, a.Placed), "why", c.text(text.Key("together.why."+string(a.Why))))
			fmt.Fprintf(c.out, "  %s  %s  %s\n", c.tr.Clock(a.When()), memberName(v, a.Member), what)
		}
	}
	for _, g := range d.Missing {
		c.warn("together.gap-seen", "device", g.Device, "n", g.Want-g.Have)
	}
}
