package main

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"opsvault/cmd/opsvault/term"
	"opsvault/cmd/opsvault/text"
	"opsvault/vault"
	"opsvault/vault/audit"
	"opsvault/vault/chain"
)

type auditVerifyOptions struct{ full bool }

func newAuditVerifyCommand(e *env, run runFunc[auditVerifyOptions]) *cli.Command {
	o := &auditVerifyOptions{}
	return e.command(&cli.Command{Name: "verify", Flags: []cli.Flag{
		&cli.BoolFlag{Name: "full", Destination: &o.full},
	}}, func(ctx context.Context, c *call) error { return run(ctx, c, o) })
}

// runAuditVerify checks everything that this copy can show. Findings are not an error of the program: they are put out,
// and the exit code says that there are some.
func runAuditVerify(ctx context.Context, c *call, o *auditVerifyOptions) error {
	return c.withVaultToVerify(ctx, func(v *vault.Vault) error {
		report, err := v.Verify(o.full)
		if err != nil {
			return err
		}
		var printed error
		if err := c.result(verifyDocument(report), func() { printed = c.printReport(v, report) }); err != nil {
			return err
		}
		if printed != nil {
			return printed
		}
		return verdict(report)
	})
}

// auditMemory is where the garbage collector gets busy while logs are read: what is kept of them is a few megabytes however
// long they are, and the budget of the whole process is 64 MiB.
const auditMemory = 40 << 20

// frugal has the garbage collector keep to that, and rest while there is room. It returns what ends it. A lower limit of
// the person's (GOMEMLIMIT) stays.
func frugal() func() {
	limit, percent := debug.SetMemoryLimit(-1), debug.SetGCPercent(400)
	debug.SetMemoryLimit(min(limit, auditMemory))
	return func() {
		debug.SetMemoryLimit(limit)
		debug.SetGCPercent(percent)
	}
}

// verdict is the exit code of a verification.
func verdict(r *audit.Report) error {
	if r.OK() {
		return nil
	}
	return exitStatus(codeIntegrity)
}

type verifyInfo struct {
	Events   uint64        `json:"events"`
	Files    int           `json:"files"`
	Journals int           `json:"journals"`
	Devices  []deviceInfo  `json:"devices"`
	Findings []findingInfo `json:"findings"`
	Notes    []findingInfo `json:"notes"`
	Dropped  int           `json:"dropped"` // findings and notes that are too many to list
}

type deviceInfo struct {
	Device  string `json:"device"`
	Member  string `json:"member"`
	Events  uint64 `json:"events"`
	First   string `json:"first"`
	Last    string `json:"last"`
	Settled uint64 `json:"settled"`
	Proven  bool   `json:"proven"`
}

type findingInfo struct {
	Code   chain.Code `json:"code"`
	Device string     `json:"device"`
	Member string     `json:"member"`
	File   string     `json:"file"`
	Line   int        `json:"line"`
	Text   string     `json:"text"`
	Detail string     `json:"detail"`
	Other  string     `json:"other,omitempty"` // another file, or line, that says the contrary
}

// verifyDocument is a report for scripts: in English, whatever the person speaks.
func verifyDocument(r *audit.Report) verifyInfo {
	info := verifyInfo{Events: r.Events, Files: r.Files, Journals: r.Journals, Devices: []deviceInfo{}, Dropped: r.Dropped}
	for _, d := range r.Devices {
		info.Devices = append(info.Devices, deviceInfo{d.Device, d.Member, d.Events, stamp(d.First), stamp(d.Last), d.Settled, d.Proven})
	}
	english := text.New(text.English, time.UTC)
	info.Findings = findingInfos(english, r.Findings)
	info.Notes = findingInfos(english, r.Notes)
	return info
}

func findingInfos(tr *text.Translator, list []audit.Finding) []findingInfo {
	infos := []findingInfo{}
	for _, f := range list {
		infos = append(infos, findingInfo{f.Code, f.Device, f.Member, placeOf(f), f.Line, meaning(tr, f), f.Detail, f.Other})
	}
	return infos
}

// stamp is a moment as scripts read it; empty where there was none.
func stamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("2006-01-02T15:04:05.000Z")
}

// placeOf is the file of a finding; one of this machine's own state is told from those of the vault.
func placeOf(f audit.Finding) string {
	if f.Local {
		return "local:" + f.File
	}
	return f.File
}

// mostFindings is how many findings, and how many notes, are shown to a person.
const mostFindings = 50

func (c *call) printReport(v *vault.Vault, r *audit.Report) error {
	c.printFindings(v, r.Findings)
	if slices.ContainsFunc(r.Findings, func(f audit.Finding) bool { return f.Code == chain.Fork || f.Code == chain.Truncated }) {
		fmt.Fprintf(c.out, "%s\n\n", wrapText(c.text("audit.evidence.next"), c.width()))
	}
	if len(r.Notes) > 0 {
		fmt.Fprintf(c.out, "%s\n", wrapText(c.text("audit.notes"), c.width()))
		c.printFindings(v, r.Notes)
	}
	if r.Dropped > 0 {
		fmt.Fprintln(c.out, c.text("audit.dropped", "n", r.Dropped))
	}
	if err := c.printDevices(v, r); err != nil {
		return err
	}
	fmt.Fprintln(c.out, c.summary(r))
	return nil
}

// printDevices says of each device how many of its events another member's device has seen.
func (c *call) printDevices(v *vault.Vault, r *audit.Report) error {
	if len(r.Devices) < 2 {
		return nil
	}
	header := []string{c.text("audit.column.device"), c.text("audit.column.member"), c.text("audit.column.events"), c.text("audit.column.settled"), c.text("audit.column.last")}
	var rows [][]string
	for _, d := range r.Devices {
		last := ""
		if !d.Last.IsZero() {
			last = d.Last.In(time.Local).Format(time.DateTime)
		}
		rows = append(rows, []string{deviceName(v, d.Member, d.Device), d.Member, fmt.Sprint(d.Events), fmt.Sprint(d.Settled), last})
	}
	if err := c.table(header, rows); err != nil {
		return err
	}
	fmt.Fprintln(c.out)
	return nil
}

// printFindings says of each finding where it is, what it means, and whom to ask.
func (c *call) printFindings(v *vault.Vault, list []audit.Finding) {
	style := c.style(c.OutEscapes)
	for i, f := range list {
		if i == mostFindings {
			fmt.Fprintf(c.out, "%s\n\n", c.text("audit.more", "n", len(list)-i))
			return
		}
		place := term.Clean(placeOf(f))
		if f.Line > 0 {
			place += fmt.Sprintf(":%d", f.Line)
		}
		fmt.Fprintf(c.out, "%s  %s\n", style.Bold(string(f.Code)), place)
		fmt.Fprintln(c.out, wrapText("  "+meaning(c.tr, f), c.width()))
		if f.Other != "" {
			fmt.Fprintln(c.out, wrapText("  "+c.text("audit.other", "file", f.Other), c.width()))
		}
		fmt.Fprintf(c.out, "%s\n\n", wrapText("  "+c.whomToAsk(v, f), c.width()))
	}
}

func (c *call) whomToAsk(v *vault.Vault, f audit.Finding) string {
	if f.Member == "" {
		return c.text("audit.ask-governor", "ask", v.Policy().Governors())
	}
	return c.text("audit.ask", "member", memberName(v, f.Member), "device", deviceName(v, f.Member, f.Device))
}

// deviceName is what the owner calls a device, with its id.
func deviceName(v *vault.Vault, member, device string) string {
	if m := v.Policy().Members[member]; m != nil && m.Devices[device].Label != "" {
		return device + " (" + m.Devices[device].Label + ")"
	}
	return device
}

// summary is the line under a report.
func (c *call) summary(r *audit.Report) string {
	if !r.OK() {
		return c.text("audit.not-fine", "n", len(r.Findings))
	}
	return c.text("audit.fine", "events", c.text("audit.events", "n", r.Events),
		"devices", c.text("audit.devices", "n", len(r.Devices)), "files", c.text("audit.files", "n", r.Files))
}

// width is how wide sentences are: the terminal's width up to 100 columns, which is where lines get hard to read.
func (c *call) width() int {
	if w := c.Columns(); w > 0 && w < 100 {
		return w
	}
	return 100
}
