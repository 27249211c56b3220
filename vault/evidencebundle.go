package vault

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"

	"opsvault/vault/chain"
	"opsvault/vault/store"
)

// A Bundle is evidence as files that stock tools can check: what each is
// called, and what is in it. Its texts are in English: they go to whoever asks.
type Bundle map[string][]byte

// mostEvidenceLines bounds the lines between two heads that go into a bundle.
const mostEvidenceLines = 10_000

// Bundle makes files of one piece of evidence: both signed heads, each as the
// text that was signed and its signature, the device's key, and where they are
// here, the lines that lead from one to the other.
func (v *Vault) Bundle(e Evidence) (Bundle, error) {
	key, err := v.keyOf(e.Device)
	if err != nil {
		return nil, err
	}
	b := Bundle{
		"allowed_signers": fmt.Appendf(nil, "%s namespaces=\"head@opsvault.v1\" %s", e.Device, ssh.MarshalAuthorizedKey(key)),
	}
	for i, file := range e.Heads {
		at := bytes.Index(file, []byte("-----BEGIN"))
		if at < 0 {
			return nil, &IntegrityError{e.File, chain.ErrMalformed}
		}
		b[fmt.Sprintf("head-%d", i+1)], b[fmt.Sprintf("head-%d.sig", i+1)] = file[:at], file[at:]
	}
	lines, err := v.linesBetween(e)
	if err != nil {
		return nil, err
	}
	if len(lines) > 0 {
		b["lines.jsonl"] = lines
	}
	b["README.txt"] = []byte(v.explain(e, len(lines) > 0))
	return b, nil
}

// linesBetween are the lines from the last one of the shorter head to the last
// one of the longer, of a log here that has the longer one.
func (v *Vault) linesBetween(e Evidence) ([]byte, error) {
	key, err := v.keyOf(e.Device)
	if err != nil {
		return nil, err
	}
	from, to := e.heads[0].Size, e.heads[1].Size
	if to-from > mostEvidenceLines {
		return nil, nil
	}
	log := v.newView(e.Device, key)
	report, err := chain.Verify(log.dir, log.base, log.spec, chain.VerifyOptions{})
	if err != nil || !report.Proven || report.State == nil {
		return nil, nil // a log that does not verify adds nothing to the heads
	}
	leads := func(head chain.Head) bool {
		ok, err := chain.LeadsTo(log.dir, log.base, report.State, head)
		return err == nil && ok
	}
	if !leads(e.heads[1]) && !(from == to && leads(e.heads[0])) {
		return nil, nil
	}
	var lines []byte
	reader := chain.NewReader(log.dir, log.base, report.State)
	for seq := from; seq <= to; seq++ {
		line, err := reader.Line(seq)
		if err != nil {
			return nil, err
		}
		lines = append(lines, line.Raw...)
	}
	return lines, nil
}

func (v *Vault) explain(e Evidence, lines bool) string {
	var b strings.Builder
	a, z := e.heads[0], e.heads[1]
	fmt.Fprintf(&b, "Evidence about the log of device %s (%s)\nin vault %s.\n\n", e.Device, e.Member, v.id)
	fmt.Fprintf(&b, "The device's key has signed two heads of its log that can't both be of one\nhistory. A log is a chain: each line names the SHA-256 of the line before it,\nand a head names the SHA-256 of the last line.\n\n")
	for i, h := range e.heads {
		fmt.Fprintf(&b, "head-%d   %d events, the last is %s,\n         of %s\n", i+1, h.Size, h.Last, h.Time.Format("2006-01-02T15:04:05Z"))
	}
	fmt.Fprintf(&b, "\nBoth signatures are by this device (both commands say \"Good\"):\n\n")
	for i := range e.Heads {
		fmt.Fprintf(&b, "  ssh-keygen -Y verify -f allowed_signers -I %s -n head@opsvault.v1 -s head-%d.sig < head-%d\n", e.Device, i+1, i+1)
	}
	switch {
	case a.Size == z.Size:
		fmt.Fprintf(&b, "\nBoth say what event %d is, and they say two different things.\n", a.Size)
	case lines:
		fmt.Fprintf(&b, "\nlines.jsonl holds events %d to %d of the history of head-2: its last line has the\nSHA-256 that head-2 names, each line names the one before in \"prev\", and its first\nline has another SHA-256 than head-1 names:\n\n", a.Size, z.Size)
		fmt.Fprintf(&b, "  tail -n 1 lines.jsonl | sha256sum\n  head -n 1 lines.jsonl | sha256sum\n")
	case a.Time.After(z.Time):
		fmt.Fprintf(&b, "\nhead-1 is shorter and later: the log was cut, and went on. An honest log never does.\n")
	default:
		fmt.Fprintf(&b, "\nThe lines between them are not in this copy. Compare with a copy that holds them.\n")
	}
	fmt.Fprintf(&b, "\nIt was met at: %s\n", orDash(e.Note))
	fmt.Fprintf(&b, "\nThis happens when a machine is restored from an old backup or its disk is copied\nto a second machine, and when somebody rewrites a log on purpose. Ask %s.\n", e.Member)
	return b.String()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// LogName is the name of a device's log in the vault.
func (e *Evidence) LogName() string { return store.LogBase(e.Device) }

// Sizes are how many events the two heads cover, the shorter first.
func (e *Evidence) Sizes() (shorter, longer uint64) { return e.heads[0].Size, e.heads[1].Size }
