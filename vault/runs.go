package vault

import (
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"time"

	"opsvault/vault/chain"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A RunInfo is what the journals of a run begin with, and the journals.
type RunInfo struct {
	Run     string
	Slug    string
	Version uint64
	Digest  statement.Hash // of the text that is run
	Text    []byte         // those bytes; nil where they are not here, see RunText
	Member  string         // who began it, and with which device
	Device  string
	Started time.Time
	Ended   bool // whoever went on with it last has ended it
	Own     bool // this device has a journal of it, or had begun one
	Strands []RunStrand
	Damage  error // the first *IntegrityError of a strand
}

// Operations of the log about runs, and of a journal's frame.
const (
	RunStart    = "run.start"
	opRunEnd    = "run.end"
	opRunAccept = "run.accept"
	opRunTake   = "run.take"
	opRunSecond = "run.second"
)

// StartRun begins a run of an approved runbook: it copies the text, logs the
// start, and returns the journal.
func (v *Vault) StartRun(b *Book) (*Journal, error) {
	if err := v.maySign(); err != nil {
		return nil, err
	}
	nonce := make([]byte, 16)
	if _, err := io.ReadFull(v.opts.Rand, nonce); err != nil {
		return nil, err
	}
	run := v.runID(v.me.Device, nonce)
	if err := v.keepRunText(run, b.Text); err != nil {
		return nil, err
	}
	if err := v.logRun(RunStart, run, b.Slug, b.Version, nil); err != nil {
		return nil, err
	}
	j, err := v.openJournal(run)
	if err != nil {
		return nil, err
	}
	return j, j.Append(RunStart, fmt.Sprintf("%s@%d", b.Slug, b.Version),
		map[string]any{"text": statement.Sum(b.Text).String(), "nonce": hex.EncodeToString(nonce)})
}

// runID names a run after the device that begins it, so that no other can claim
// to have begun it.
func (v *Vault) runID(device string, nonce []byte) string {
	sum := statement.Sum(fmt.Appendf(nil, "opsvault/v1 run id\nvault %s\ndev %s\nnonce %x\n", v.id, device, nonce))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:10]))
}

// ResumeRun opens this device's journal of a run that it takes part in, with
// the text. *NotFoundError, *RunTextError, *IntegrityError.
func (v *Vault) ResumeRun(run string) (*Journal, *RunInfo, error) {
	info, err := v.Run(run)
	if err != nil {
		return nil, nil, err
	}
	if !info.Own {
		return nil, nil, &NotFoundError{What: "run", Name: run}
	}
	for _, s := range info.Strands {
		if s.Device == v.me.Device && s.Damage != nil {
			return nil, nil, s.Damage
		}
	}
	if info.Text, err = v.RunText(info); err != nil {
		return nil, nil, err
	}
	j, err := v.openJournal(run)
	return j, info, err
}

// JoinRun opens a journal of this device for a run that somebody else began. Its
// text has to be an approved one, and is copied, so that this device can go on
// with it whatever happens to the vault's copy. *RunTextError.
func (v *Vault) JoinRun(info *RunInfo) (*Journal, error) {
	text, err := v.RunText(info)
	if err != nil {
		return nil, err
	}
	if err := v.keepRunText(info.Run, text); err != nil {
		return nil, err
	}
	return v.openJournal(info.Run)
}

// OpenJournal opens a journal of this device for a run, without its text: for a
// signature, which goes on with nothing.
func (v *Vault) OpenJournal(info *RunInfo) (*Journal, error) { return v.openJournal(info.Run) }

func (v *Vault) logRun(op, run, slug string, version uint64, details map[string]any) error {
	d := v.draft(op, fmt.Sprintf("%s@%d", slug, version), chain.OK)
	d.Run, d.Details = run, details
	return v.withLog(func(w *chain.Writer) error {
		_, err := w.Append(d)
		return err
	})
}

// LogAccept, LogTake and LogSecond put it into this device's log, for auditors,
// that it accepts a run, takes it over without having been asked, or signs a
// step as the second person. Each comes before the journal's line.
func (v *Vault) LogAccept(info *RunInfo, from string) error {
	return v.logRun(opRunAccept, info.Run, info.Slug, info.Version, map[string]any{"from": from})
}

// LogTake: see LogAccept.
func (v *Vault) LogTake(info *RunInfo, from, reason string) error {
	return v.logRun(opRunTake, info.Run, info.Slug, info.Version, map[string]any{"from": from, "reason": reason})
}

// LogSecond: see LogAccept.
func (v *Vault) LogSecond(info *RunInfo, of, step string) error {
	return v.logRun(opRunSecond, info.Run, info.Slug, info.Version, map[string]any{"of": of, "step": step})
}

// Runs lists all runs that are here, of everybody, newest first. What is wrong
// with one is in its Damage.
func (v *Vault) Runs() ([]*RunInfo, error) { return v.RunsSince(time.Time{}) }

// RunsSince are those of which a journal has come or grown since a moment, as
// the files of this copy say: it doesn't read the others.
func (v *Vault) RunsSince(since time.Time) ([]*RunInfo, error) {
	ids := map[string]bool{}
	for dir, name := range map[*store.Dir]string{v.state: v.mine("runs"), v.dir: "runs"} {
		items, err := dir.List(name)
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			ids[item.Name] = ids[item.Name] || item.Kind == store.KindDir
		}
	}
	var list []*RunInfo
	for run, dir := range ids {
		if !dir || !v.grewSince(run, since) {
			continue
		}
		info, err := v.Run(run)
		var none *NotFoundError
		if errors.As(err, &none) {
			continue // cut short before its first event, or on its way
		}
		if err != nil {
			return nil, err
		}
		list = append(list, info)
	}
	sort.Slice(list, func(i, j int) bool {
		if a, b := list[i], list[j]; !a.Started.Equal(b.Started) {
			return a.Started.After(b.Started)
		}
		return list[i].Run < list[j].Run
	})
	return list, nil
}

// Run reads the journals of one run: the original of this device, and the copies
// of the others. Lines are proven before they are opened. *NotFoundError where
// nothing of it is here; what is wrong with a journal is in RunInfo.Damage.
func (v *Vault) Run(run string) (*RunInfo, error) {
	none := &NotFoundError{What: "run", Name: run}
	if _, ok := store.ParseName(store.HeadName(store.RunBase(run, v.me.Device))); !ok {
		return nil, none
	}
	strands, err := v.strands(run)
	if err != nil {
		return nil, err
	}
	info := &RunInfo{Run: run, Strands: strands}
	first := v.beginning(info)
	for i := range strands {
		s := &strands[i]
		if info.Damage == nil {
			info.Damage = s.Damage
		}
		info.Own = info.Own || s.Device == v.me.Device
	}
	if first == nil && info.Damage == nil {
		return nil, none
	}
	if first != nil {
		if err := info.begin(first); err != nil { // nobody's opsvault wrote that; other runs are none the worse for it
			first, info.Damage = nil, &IntegrityError{store.RunBase(run, first.Device), err}
		}
	}
	if first == nil {
		info.Slug, info.Ended = "?", true
		return info, nil
	}
	info.Text, _ = v.runText(info, false)
	return info, nil
}

// grewSince looks at the heads of a run's journals in this copy.
func (v *Vault) grewSince(run string, since time.Time) bool {
	if since.IsZero() {
		return true
	}
	items, err := v.dir.List("runs/" + run)
	if err != nil {
		return true
	}
	return slices.ContainsFunc(items, func(item store.Item) bool {
		head, err := v.dir.Stat(store.HeadName(store.RunBase(run, item.Name)))
		return err == nil && !head.ModTime.Before(since)
	})
}
