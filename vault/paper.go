package vault

import (
	"strconv"
	"strings"
	"time"

	"opsvault/policy"
	"opsvault/vault/audit"
	"opsvault/vault/chain"
)

// opPaperPrinted is the operation of the log about a copy on paper: one line a
// copy, so that copies can be counted by what every member can read.
const opPaperPrinted = "paper.printed"

// MaxCopies is how many copies one call notes at most.
const MaxCopies = 20

// A Printed is a copy of a runbook on paper, as the log of the device that
// made it has it.
type Printed struct {
	Slug    string
	Version uint64
	Member  string
	Device  string
	Time    time.Time
}

// NotePrinted notes in the log that copies of these runbooks were put on paper:
// as many as copies says of each, at most MaxCopies.
func (v *Vault) NotePrinted(books []*Book, copies func(*Book) int) error {
	var drafts []chain.Draft
	for _, b := range books {
		for range min(copies(b), MaxCopies) {
			drafts = append(drafts, v.draft(opPaperPrinted, b.Slug+"@"+strconv.FormatUint(b.Version, 10), chain.OK))
		}
	}
	return v.withLog(func(w *chain.Writer) error {
		_, err := w.Append(drafts...)
		return err
	})
}

// Printed lists the copies on paper that the logs here know of, oldest first.
// It opens no details, so it is not logged. A line that no honest program
// writes, and what doesn't verify, is left out.
func (v *Vault) Printed() ([]Printed, error) {
	var list []Printed
	f := audit.Filter{Op: opPaperPrinted}
	err := audit.Merge(v.provenLogs(&f).sources, func(l *chain.Line) error {
		slug, number, found := strings.Cut(l.Object, "@")
		version, err := strconv.ParseUint(number, 10, 32)
		if f.MatchLine(l) && l.Result == chain.OK && found && err == nil && policy.IsID(slug) {
			list = append(list, Printed{slug, version, l.Actor, l.Device, l.Time})
		}
		return nil
	})
	return list, err
}
