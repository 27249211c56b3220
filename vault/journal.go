package vault

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"opsvault/policy"
	"opsvault/vault/chain"
	"opsvault/vault/store"
)

// A Journal is this device's record of one run. Its original lies in the local
// state, a copy in the vault; its details are sealed to every member. It is for
// one goroutine.
type Journal struct {
	v      *Vault
	run    string
	spec   chain.Spec
	writer *chain.Writer // while the run is held
	held   bool
	failed error  // of an append: what is on the disk is not known
	others string // what the journals of others were like when they were last read
}

// A RunEvent is one line of a journal.
type RunEvent struct {
	Time    time.Time
	Member  string
	Op      string
	Object  string
	Details map[string]any
	Seq     uint64 // number of the line in its journal, from 1
	Late    bool   // written after its device had been removed from the vault
	// Unlogged: it claims the run for its device, and the device's log, as far as
	// it is here, doesn't tell.
	Unlogged bool
	policy   uint64 // version that its device knew
}

func (v *Vault) runBase(run string) string { return v.mine("runs/" + run) }

func (v *Vault) openJournal(run string) (*Journal, error) {
	key, err := v.unlocked()
	if err != nil {
		return nil, err
	}
	return &Journal{v: v, run: run, spec: v.runSpec(run, v.me.Device, key.PublicKey())}, nil
}

func (v *Vault) runSpec(run, device string, key ssh.PublicKey) chain.Spec {
	spec := v.logSpec(device, key)
	spec.Run = run
	return spec
}

// Run is the run's id, Device whose journal it is.
func (j *Journal) Run() string    { return j.run }
func (j *Journal) Device() string { return j.v.me.Device }

// Hold takes the run for this process, so that no other goes on with it at the
// same time: two would write events that don't follow from one another. It
// returns an error that is store.ErrBusy where another process has it. While
// the run is held the journal stays open, which makes Append cheap. The hold
// ends with release, or with the process.
func (j *Journal) Hold() (release func(), err error) {
	lock, err := j.lock(false)
	if err != nil {
		return nil, err
	}
	j.held = true
	return func() {
		j.held, j.writer = false, nil
		lock.Unlock()
	}, nil
}

// lock takes the run's lock. It lies beside the run's directory, which may not
// be there yet.
func (j *Journal) lock(patient bool) (*store.Lock, error) {
	if err := j.v.state.MkdirAll(j.v.mine("runs")); err != nil {
		return nil, &LogError{err}
	}
	wait := j.v.opts.Wait
	if !patient {
		wait = 0
	}
	return store.LockFile(j.v.lockPath(j.v.runBase(j.run)+".lock"), wait)
}

// Append puts an event on the disk: when it returns nil, the event is there.
// After a failed write nothing more is appended: the event may be there all the
// same, and only who opens the journal anew finds out.
func (j *Journal) Append(op, object string, details map[string]any) error {
	if j.failed != nil {
		return j.failed
	}
	if !j.held {
		lock, err := j.lock(true)
		if errors.Is(err, store.ErrBusy) {
			return err
		}
		if err != nil {
			return &LogError{err}
		}
		defer func() {
			j.writer = nil
			lock.Unlock()
		}()
	}
	if err := j.open(); err != nil {
		return err
	}
	d := j.v.draft(op, object, chain.OK)
	d.Run, d.Details = j.run, details
	_, err := j.writer.Append(d)
	var draft *chain.DraftError
	if errors.As(err, &draft) {
		return err // nothing was written
	}
	if err != nil {
		j.failed = &LogError{err}
		return j.failed
	}
	j.publish()
	j.v.wrote = true
	return nil
}

// Info reads the run anew, with what has come of others' journals. It returns
// the error that makes this device's own journal unusable.
func (j *Journal) Info() (*RunInfo, error) {
	others := j.lookAtOthers()
	info, err := j.v.Run(j.run)
	if err != nil {
		return nil, err
	}
	for _, s := range info.Strands {
		if s.Device == j.v.me.Device && s.Damage != nil {
			return nil, s.Damage
		}
	}
	j.others = others
	return info, nil
}

// Grown reports whether the journals of others have changed since Info.
func (j *Journal) Grown() bool { return j.lookAtOthers() != j.others }

func (j *Journal) lookAtOthers() string { return j.v.runStamp(j.run, j.v.me.Device) }

// RunStamp tells one state of a run's journals in this copy from another,
// without reading them.
func (v *Vault) RunStamp(run string) string { return v.runStamp(run, "") }

func (v *Vault) runStamp(run, but string) string {
	var seen strings.Builder
	items, err := v.dir.List("runs/" + run)
	if err != nil {
		return ""
	}
	for _, item := range items {
		if item.Name == but {
			continue
		}
		if head, err := v.dir.Stat(store.HeadName(store.RunBase(run, item.Name))); err == nil {
			fmt.Fprintf(&seen, "%s %d %d\n", item.Name, head.Size, head.ModTime.UnixNano())
		}
	}
	return seen.String()
}

// open opens the journal for appending, unless it is.
func (j *Journal) open() error {
	v := j.v
	if j.writer != nil {
		return nil
	}
	if err := v.maySign(); err != nil {
		return err
	}
	if v.policy.Doc != nil && !holdsDevice(v.policy.Doc, v.me.Member, v.me.Device) {
		return ErrRemoved
	}
	key, err := v.unlocked()
	if err != nil {
		return err
	}
	recipient, err := v.recipient(v.currentKey(policy.Catalogue))
	if err != nil {
		return err
	}
	j.writer, err = chain.OpenWriter(chain.Over(v.state), v.runBase(j.run), j.spec, key.Signer(), chain.Options{
		Clock: v.now, Rand: v.opts.Rand, Derive: key.Derive, Recipient: recipient, Actor: v.me.Member, Policy: v.policy.Number,
		Copy: chain.Over(v.dir), CopyBase: store.RunBase(j.run, v.me.Device),
	})
	if errors.Is(err, chain.ErrAhead) {
		return err
	}
	if err != nil {
		return &LogError{err}
	}
	return nil
}

// publish extends the copy in the vault. What counts is the original: a copy
// that can't be written is only a warning.
func (j *Journal) publish() {
	if _, err := j.writer.Publish(chain.Over(j.v.dir), store.RunBase(j.run, j.v.me.Device)); err != nil {
		j.v.warn("journal-not-published", "why", err.Error())
	}
}

// End logs that the run is over. The journal's last event says how.
func (j *Journal) End(slug string, version uint64) error {
	return j.v.logRun(opRunEnd, j.run, slug, version, nil)
}

// Events returns this device's verified events of the run, oldest first.
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
	segment := func(n uint64) ([32]byte, error) { return key.Derive(j.spec.KeyInfo(n)), nil }
	return readEvents(chain.NewReader(src, base, report.State), segment)
}

// readEvents opens the details of proven lines. What can't be read ends it, with
// the events before it.
func readEvents(r *chain.Reader, keyOf func(segment uint64) ([32]byte, error)) ([]RunEvent, error) {
	var events []RunEvent
	var key [32]byte
	open, size := uint64(0), 0
	err := r.Each(1, func(l chain.Line) (err error) {
		if size += len(l.Raw); size > maxStrandSize {
			return fmt.Errorf("it has more than %d bytes", maxStrandSize)
		}
		if open != l.Segment {
			if key, err = keyOf(l.Segment); err != nil {
				return err
			}
			open = l.Segment
		}
		details, err := chain.OpenDetails(key, &l)
		if err != nil {
			return err
		}
		events = append(events, RunEvent{Time: l.Time, Member: l.Actor, Op: l.Op, Object: l.Object, Details: details, Seq: l.Seq, policy: l.Policy})
		return nil
	})
	return events, err
}
