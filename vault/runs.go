package vault

import (
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sort"
	"strings"
	"time"

	"opsvault/policy"
	"opsvault/vault/chain"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A Journal is this device's record of one run. Its original lies in the local
// state, a copy in the vault; its details are sealed to every member.
type Journal struct {
	v    *Vault
	run  string
	spec chain.Spec
}

// A RunInfo is what a journal begins with.
type RunInfo struct {
	Run     string
	Slug    string
	Version uint64
	Text    []byte // the exact bytes that are run
	Member  string
	Started time.Time
	Ended   bool
}

// A RunEvent is one line of a journal.
type RunEvent struct {
	Time    time.Time
	Member  string
	Op      string
	Object  string
	Details map[string]any
}

// Operations of the log about runs, and of a journal's frame.
const (
	opRunStart = "run.start"
	opRunEnd   = "run.end"
)

const runText = "text.md"

// StartRun begins a run of an approved runbook: it copies the text, logs the
// start, and returns the journal.
func (v *Vault) StartRun(b *Book) (*Journal, error) {
	if err := v.maySign(); err != nil {
		return nil, err
	}
	id := make([]byte, 10)
	if _, err := io.ReadFull(v.opts.Rand, id); err != nil {
		return nil, err
	}
	run := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(id))
	if err := v.state.Replace(v.runBase(run)+"/"+runText, b.Text); err != nil {
		return nil, &LogError{err}
	}
	if err := v.logRun(opRunStart, run, b.Slug, b.Version); err != nil {
		return nil, err
	}
	j, err := v.openJournal(run)
	if err != nil {
		return nil, err
	}
	return j, j.Append(opRunStart, fmt.Sprintf("%s@%d", b.Slug, b.Version), map[string]any{"text": statement.Sum(b.Text).String()})
}

// ResumeRun opens the journal of a run that this device began.
func (v *Vault) ResumeRun(run string) (*Journal, *RunInfo, error) {
	info, err := v.runInfo(run)
	if err != nil {
		return nil, nil, err
	}
	j, err := v.openJournal(run)
	return j, info, err
}

func (v *Vault) logRun(op, run, slug string, version uint64) error {
	d := v.draft(op, fmt.Sprintf("%s@%d", slug, version), chain.OK)
	d.Run = run
	return v.withLog(func(w *chain.Writer) error {
		_, err := w.Append(d)
		return err
	})
}

func (v *Vault) runBase(run string) string { return v.mine("runs/" + run) }

func (v *Vault) openJournal(run string) (*Journal, error) {
	key, err := v.unlocked()
	if err != nil {
		return nil, err
	}
	spec := v.logSpec(v.me.Device, key.PublicKey())
	spec.Run = run
	return &Journal{v: v, run: run, spec: spec}, nil
}

// Run is the run's id.
func (j *Journal) Run() string { return j.run }

// Append puts an event on the disk: when it returns nil, the event is there.
func (j *Journal) Append(op, object string, details map[string]any) error {
	v := j.v
	if err := v.maySign(); err != nil {
		return err
	}
	key, err := v.unlocked()
	if err != nil {
		return err
	}
	recipient, err := v.recipient(v.currentKey(policy.Catalogue))
	if err != nil {
		return err
	}
	lock, err := store.LockFile(v.lockPath(v.mine("runs.lock")), v.opts.Wait)
	if err != nil {
		return &LogError{err}
	}
	defer lock.Unlock()
	w, err := chain.OpenWriter(chain.Over(v.state), v.runBase(j.run), j.spec, key.Signer(), chain.Options{
		Clock: v.now, Rand: v.opts.Rand, Derive: key.Derive, Recipient: recipient, Actor: v.me.Member, Policy: v.policy.Number,
		Copy: chain.Over(v.dir), CopyBase: store.RunBase(j.run, v.me.Device),
	})
	if err != nil {
		return &LogError{err}
	}
	d := v.draft(op, object, chain.OK)
	d.Run, d.Details = j.run, details
	if _, err := w.Append(d); err != nil {
		return &LogError{err}
	}
	if _, err := chain.Publish(chain.Over(v.state), v.runBase(j.run), chain.Over(v.dir), store.RunBase(j.run, v.me.Device), j.spec); err != nil {
		v.warn("journal-not-published", "why", err.Error())
	}
	return nil
}

// End logs that the run is over. The journal's last event says how.
func (j *Journal) End(slug string, version uint64) error {
	return j.v.logRun(opRunEnd, j.run, slug, version)
}

// Events returns the journal's verified events, oldest first.
func (j *Journal) Events() ([]RunEvent, error) {
	v := j.v
	key, err := v.unlocked()
	if err != nil {
		return nil, err
	}
	src, base := chain.Over(v.state), v.runBase(j.run)
	report, err := chain.Verify(src, base, j.spec, chain.VerifyOptions{Original: true})
	if err != nil {
		return nil, err
	}
	if !report.Proven || len(report.Findings) > 0 {
		return nil, &IntegrityError{base, fmt.Errorf("the journal does not verify: %v", report.Findings)}
	}
	var events []RunEvent
	err = chain.NewReader(src, base, report.State).Each(1, func(l chain.Line) error {
		details, err := chain.OpenDetails(key.Derive(j.spec.KeyInfo(l.Segment)), &l)
		if err != nil {
			return err
		}
		events = append(events, RunEvent{l.Time, l.Actor, l.Op, l.Object, details})
		return nil
	})
	return events, err
}

// Runs lists the runs that this device began, newest first.
func (v *Vault) Runs() ([]*RunInfo, error) {
	items, err := v.state.List(v.mine("runs"))
	if err != nil {
		return nil, err
	}
	var list []*RunInfo
	for _, item := range items {
		if item.Kind != store.KindDir {
			continue
		}
		info, err := v.runInfo(item.Name)
		var none *NotFoundError
		if errors.As(err, &none) {
			continue // cut short before its first event
		}
		if err != nil {
			return nil, err
		}
		list = append(list, info)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Started.After(list[j].Started) })
	return list, nil
}

// EndEvents are the ops of a journal after which a run is over; the engine's names.
func endEvent(op string) bool { return op == "run.done" || op == "run.aborted" }

func (v *Vault) runInfo(run string) (*RunInfo, error) {
	none := &NotFoundError{What: "run", Name: run}
	if _, ok := store.ParseName(store.HeadName(store.RunBase(run, v.me.Device))); !ok {
		return nil, none
	}
	text, err := v.state.Read(v.runBase(run)+"/"+runText, MaxBook)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, none
	}
	if err != nil {
		return nil, err
	}
	j, err := v.openJournal(run)
	if err != nil {
		return nil, err
	}
	events, err := j.Events()
	if err != nil {
		return nil, err
	}
	if len(events) == 0 || events[0].Op != opRunStart {
		return nil, none
	}
	info := &RunInfo{Run: run, Text: text, Member: events[0].Member, Started: events[0].Time, Ended: endEvent(events[len(events)-1].Op)}
	if _, err := fmt.Sscanf(strings.Replace(events[0].Object, "@", " ", 1), "%s %d", &info.Slug, &info.Version); err != nil {
		return nil, err
	}
	if events[0].Details["text"] != statement.Sum(text).String() {
		return nil, &IntegrityError{v.runBase(run), errors.New("the text is not the one that this run began with")}
	}
	return info, nil
}
