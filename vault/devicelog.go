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
	if err := v.maySign(); err != nil {
		return err
	}
	if err := v.mayLog(); err != nil {
		return err
	}
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
		Clock: v.now, Rand: v.opts.Rand, Derive: key.Derive, Recipient: recipient,
		Actor: v.me.Member, Policy: v.policy.Number, Copy: chain.Over(v.dir), CopyBase: store.LogBase(v.me.Device),
	})
	if errors.Is(err, chain.ErrAhead) {
		return err
	}
	if err != nil {
		return &LogError{err}
	}
	if err := v.noteOwnPlace(w.Next()); err != nil {
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
	v.publish(w)
	return nil
}

// publish extends the copy of the log in the vault up to its signed head.
func (v *Vault) publish(w *chain.Writer) {
	result, err := w.Publish(chain.Over(v.dir), store.LogBase(v.me.Device))
	if err != nil {
		v.warn("log-not-published", "why", err.Error())
		return
	}
	v.notePublished(w.Next() - 1)
	if len(result.Replaced) > 0 {
		v.warn("log-copy-repaired", "file", result.Replaced[0])
	}
}

// A logView is a device's log as far as it was verified in this process.
type logView struct {
	dir   chain.Dir
	base  string
	spec  chain.Spec
	state *chain.State
	file  string // of the state, in the local state
	fresh bool   // the log was read to its end in this process
	// known is what was proven of it in another place of this machine, where
	// that is more than lies here.
	known *chain.State

	reader    *chain.Reader          // of state, with the segment that was read last
	at        uint64                 // that segment
	loads     int                    // how many segments were read for single look-ups
	announced map[uint64]announcedAs // all announcements, once many are asked for
	read      uint64                 // up to which line they were read
}

// announcedAs is what a log says of one announcement.
type announcedAs struct {
	hash   statement.Hash
	closed bool // a later line says what became of it: the first that does counts
	failed bool
}

// manyLoads is how many segments are read for single look-ups, and for every
// how many segments of the log one more, before the log is read once for all
// look-ups to come.
const (
	manyLoads  = 8
	everySoFar = 8
)

// lookUp returns what the log says of the announcement at seq; its hash is
// zero where no statement is announced there.
func (log *logView) lookUp(seq uint64) (announcedAs, error) {
	if log.announced == nil && log.state != nil && log.loads <= manyLoads+len(log.state.Segments)/everySoFar {
		return log.lookUpOne(seq)
	}
	if log.announced == nil {
		log.announced, log.read = map[uint64]announcedAs{}, 0
	}
	err := log.lines().Each(log.read+1, func(l chain.Line) error {
		log.read = l.Seq
		if l.Result == chain.Intent && !l.Statement.IsZero() {
			log.announced[l.Seq] = announcedAs{hash: l.Statement}
		} else if in, ok := log.announced[l.Ref]; ok {
			log.announced[l.Ref] = in.close(l)
		}
		return nil
	})
	return log.announced[seq], err
}

// lookUpOne reads from the announcement to its outcome, which is mostly near.
func (log *logView) lookUpOne(seq uint64) (announcedAs, error) {
	var in announcedAs
	err := log.lines().Each(seq, func(l chain.Line) error {
		if l.Segment != log.at {
			log.at = l.Segment
			log.loads++
		}
		switch {
		case l.Seq == seq && (l.Result != chain.Intent || l.Statement.IsZero()):
			return errFound
		case l.Seq == seq:
			in.hash = l.Statement
		case l.Ref == seq:
			if in = in.close(l); in.closed {
				return errFound
			}
		}
		return nil
	})
	return in, ignoring(err, errFound)
}

var errFound = errors.New("found")

// close takes the outcome that a line gives.
func (in announcedAs) close(l chain.Line) announcedAs {
	if !in.closed && (l.Result == chain.Done || l.Result == chain.Failed) {
		in.closed, in.failed = true, l.Result == chain.Failed
	}
	return in
}

// lines reads what was proven.
func (log *logView) lines() *chain.Reader {
	if log.reader == nil {
		log.reader = chain.NewReader(log.dir, log.base, log.state)
	}
	return log.reader
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
	stated, err := log.lookUp(c.Event)
	if errors.Is(err, chain.ErrUnproven) && v.elsewhere && !log.fresh {
		if err := v.readLog(log); err != nil {
			return err
		}
		if log.size() < c.Event {
			return &TransitError{c.Device, c.Event}
		}
		stated, err = log.lookUp(c.Event)
	}
	switch {
	case err != nil:
		return &AnnouncementError{c.Device, c.Event, "can't be proven: " + err.Error()}
	case stated.hash.IsZero():
		return &AnnouncementError{c.Device, c.Event, "announces nothing"}
	case stated.hash != hash:
		return &AnnouncementError{c.Device, c.Event, "names another statement"}
	case stated.failed:
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
	log := v.newView(device, key)
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

func (v *Vault) newView(device string, key ssh.PublicKey) *logView {
	log := &logView{dir: chain.Over(v.dir), base: store.LogBase(device), spec: v.logSpec(device, key), file: "heads/" + device}
	if device == v.me.Device {
		log.dir, log.base = chain.Over(v.state), v.logBase()
	}
	return log
}

// readLog verifies what is new in a log and remembers how far it got.
func (v *Vault) readLog(log *logView) error {
	if log.fresh {
		return nil
	}
	report, err := chain.Verify(log.dir, log.base, log.spec, chain.VerifyOptions{State: log.state, Original: log.spec.Device == v.me.Device})
	if err != nil {
		return err
	}
	log.fresh = true
	if v.elsewhere && log.spec.Device != v.me.Device && !report.Proven {
		return v.readOlder(log)
	}
	if report.State == nil || report.State.Size == log.size() {
		return nil
	}
	return v.advanceLog(log, report.State)
}

// readOlder proves a log by itself that is shorter here than it was proven in
// another place of this machine: what it says up to its head is as good.
func (v *Vault) readOlder(log *logView) error {
	report, err := chain.Verify(log.dir, log.base, log.spec, chain.VerifyOptions{})
	if err != nil || !report.Proven || len(report.Findings) > 0 || report.State == nil || log.state == nil {
		return err
	}
	if _, other := report.State.Excludes(log.state); !other && report.State.Size < log.state.Size {
		log.known = log.state
		log.prove(report.State)
	}
	return nil
}

// advanceLog takes over how far a log was proven, and remembers it.
func (v *Vault) advanceLog(log *logView, state *chain.State) error {
	log.prove(state)
	if log.known != nil && log.known.Size >= state.Size {
		return nil
	}
	log.known = nil
	v.cuts = nil                                 // what a longer log proves
	if err := v.noteAnnounced(log); err != nil { // first: once a log is known that far, nobody reads it again
		return err
	}
	return v.saveLog(log)
}

// saveLog remembers how far a log was proven, and how late it was there.
func (v *Vault) saveLog(log *logView) error {
	if err := v.readOnlyState(v.state.Replace(log.file, log.state.Marshal())); err != nil {
		return err
	}
	return v.noteTime(log.spec.Device, log.state.Time)
}

func (log *logView) size() uint64 {
	if log.state == nil {
		return 0
	}
	return log.state.Size
}

// prove takes what was proven: more, or, of a copy that lags behind, less.
func (log *logView) prove(state *chain.State) {
	if state == nil || state.Size < log.read {
		log.announced, log.read = nil, 0
	}
	log.state, log.reader, log.at = state, nil, 0
}
