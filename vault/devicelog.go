package vault

import (
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/crypto/ssh"

	"opsvault/policy"
	"opsvault/vault/chain"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// logBase is where the original of this device's log lies in the local state.
func (v *Vault) logBase() string { return v.mine("log") }

func (v *Vault) logSpec(device string, key ssh.PublicKey) chain.Spec {
	return chain.Spec{Vault: v.id, Device: device, Key: key}
}

// withLog opens this device's log for appending, under the log's own lock, and
// publishes what f appended. What fails on the way is a *LogError; a copy that
// can't be extended is only a warning: the original is what counts.
func (v *Vault) withLog(f func(*chain.Writer) error) error {
	key, err := v.unlocked()
	if err != nil {
		return err
	}
	recipient, err := v.recipient(v.currentKey(policy.Audit))
	if err != nil {
		return err
	}
	lock, err := store.LockFile(v.lockPath(v.mine("log.lock")), v.opts.Wait)
	if errors.Is(err, store.ErrBusy) {
		return err
	}
	if err != nil {
		return &LogError{err}
	}
	defer lock.Unlock()
	w, err := chain.OpenWriter(chain.Over(v.state), v.logBase(), v.logSpec(v.me.Device, key.PublicKey()), key.Signer(), chain.Options{
		Clock: v.opts.Now, Rand: v.opts.Rand, Derive: key.Derive, Recipient: recipient,
		Actor: v.me.Member, Policy: v.policy.Number,
	})
	if err != nil {
		return &LogError{err}
	}
	if err := f(w); err != nil {
		if errors.Is(err, chain.ErrWrite) || errors.Is(err, chain.ErrDamaged) {
			return &LogError{err}
		}
		return err
	}
	if view := v.logs[v.me.Device]; view != nil {
		view.fresh = false
	}
	v.publish(v.logBase(), store.LogBase(v.me.Device))
	return nil
}

// publish extends the copy of a chain in the vault up to its signed head.
func (v *Vault) publish(base, copied string) {
	key, err := v.unlocked()
	if err != nil {
		return
	}
	result, err := chain.Publish(chain.Over(v.state), base, chain.Over(v.dir), copied, v.logSpec(v.me.Device, key.PublicKey()))
	if err != nil {
		v.warn("log-not-published", "why", err.Error())
		return
	}
	if len(result.Replaced) > 0 {
		v.warn("log-copy-repaired", "file", result.Replaced[0])
	}
}

// A logView is a device's log as far as it was verified in this process.
type logView struct {
	dir    chain.Dir
	base   string
	spec   chain.Spec
	state  *chain.State
	file   string // of the state, in the local state
	fresh  bool   // the log was read to its end in this process
	failed map[uint64]bool

	looked    int                       // how many lines were looked up one by one
	announced map[uint64]statement.Hash // all announcements, once many are asked for
}

// manyLookups is how many lines are looked up one by one, a segment each,
// before the log is read once for all of them.
const manyLookups = 8

// statementAt returns the hash of the statement that a line announces.
func (log *logView) statementAt(seq uint64) (statement.Hash, error) {
	if log.announced != nil {
		return log.announced[seq], nil
	}
	if log.looked++; log.looked <= manyLookups {
		line, err := chain.LineAt(log.dir, log.base, log.state, seq)
		return line.Statement, err
	}
	all := map[uint64]statement.Hash{}
	err := chain.NewReader(log.dir, log.base, log.state).Each(1, func(l chain.Line) error {
		if !l.Statement.IsZero() {
			all[l.Seq] = l.Statement
		}
		return nil
	})
	if err != nil {
		return statement.Hash{}, err
	}
	log.announced = all
	return all[seq], nil
}

// AnnouncementError says that a log contradicts a statement that claims to be
// announced by it: MISSING_WRITE.
type AnnouncementError struct {
	Device string
	Event  uint64
	Why    string
}

func (e *AnnouncementError) Error() string {
	return fmt.Sprintf("line %d of the log of %s %s", e.Event, e.Device, e.Why)
}

// TransitError says that a statement is here and its log isn't, yet.
type TransitError struct {
	Device string
	Event  uint64
}

func (e *TransitError) Error() string {
	return fmt.Sprintf("in transit: line %d of the log of %s has not arrived", e.Event, e.Device)
}

// announcedBy checks that the line of the author's log that a statement names
// announces this statement, and that a signed head covers it.
func (v *Vault) announcedBy(key ssh.PublicKey, hash statement.Hash, c statement.Common) error {
	log, err := v.logOf(c.Device, key)
	if err != nil {
		return err
	}
	if log.size() < c.Event {
		if err := v.readLog(log); err != nil {
			return err
		}
	}
	if log.size() < c.Event {
		return &TransitError{c.Device, c.Event}
	}
	stated, err := log.statementAt(c.Event)
	if err != nil {
		return &AnnouncementError{c.Device, c.Event, "can't be proven: " + err.Error()}
	}
	if stated != hash {
		return &AnnouncementError{c.Device, c.Event, "names another statement"}
	}
	if log.failed[c.Event] {
		return &AnnouncementError{c.Device, c.Event, "was closed as failed"}
	}
	return nil
}

// logOf opens the view of a device's log: the original for this device, the
// copy in the vault for the others.
func (v *Vault) logOf(device string, key ssh.PublicKey) (*logView, error) {
	if log, ok := v.logs[device]; ok {
		return log, nil
	}
	log := &logView{dir: chain.Over(v.dir), base: store.LogBase(device), spec: v.logSpec(device, key), file: "heads/" + device, failed: map[uint64]bool{}}
	if device == v.me.Device {
		log.dir, log.base = chain.Over(v.state), v.logBase()
	}
	data, err := v.state.Read(log.file, stateLimit)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err == nil {
		if log.state, err = chain.ParseState(data); err != nil {
			return nil, fmt.Errorf("%s: %w", log.file, err)
		}
	}
	v.logs[device] = log
	return log, nil
}

// readLog verifies what is new in a log and remembers how far it got.
func (v *Vault) readLog(log *logView) error {
	if log.fresh {
		return nil
	}
	report, err := chain.Verify(log.dir, log.base, log.spec, chain.VerifyOptions{State: log.state, Each: log.note})
	if err != nil {
		return err
	}
	log.fresh = true
	if report.State == nil || report.State.Size == log.size() {
		return nil
	}
	log.state, log.announced = report.State, nil
	return v.readOnlyState(v.state.ReplaceRelaxed(log.file, log.state.Marshal()))
}

func (log *logView) size() uint64 {
	if log.state == nil {
		return 0
	}
	return log.state.Size
}

// note keeps what later statements need to know of a line.
func (log *logView) note(line chain.Line) error {
	if line.Result == chain.Failed && line.Ref > 0 {
		log.failed[line.Ref] = true
	}
	return nil
}
