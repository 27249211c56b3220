package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"opsvault/vault/chain"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// An announcement is one statement about to be written: its parts are sealed
// already, its header waits for the number of the line that announces it.
type announcement struct {
	op, object string
	grant      string // id of the grant that it belongs to, or empty
	details    map[string]any
	parts      [][]byte
	header     func(statement.Common) (statement.Header, error)
	name       func(c statement.Common, hash statement.Hash) string
}

// written is what became of an announcement.
type written struct {
	name  string
	file  []byte
	hash  statement.Hash
	event uint64
}

// announce writes statements in the order of docs/format.md, section 8. The
// caller holds the writers' lock. When it returns nil all of them are durable
// and their outcome is logged.
func (v *Vault) announce(jobs ...announcement) error {
	_, err := v.announceAll(jobs)
	return err
}

func (v *Vault) announceAll(jobs []announcement) ([]written, error) {
	if len(jobs) == 0 {
		return nil, nil
	}
	v.found = nil
	var out []written
	err := v.withLog(func(w *chain.Writer) (err error) {
		out, err = v.appendIntents(w, jobs)
		return err
	})
	if err != nil {
		return nil, err
	}
	blobs := make([]store.Blob, len(out))
	for i, s := range out {
		blobs[i] = store.Blob{Name: s.name, Data: s.file}
	}
	failure := v.writeStatements(blobs)
	v.wrote = v.wrote || failure == nil
	if err := v.closeIntents(failure, true); err != nil && failure == nil {
		return out, err
	}
	return out, failure
}

// Wrote reports whether statements were written through this Vault: something
// that other copies lack.
func (v *Vault) Wrote() bool { return v.wrote }

func (v *Vault) writeStatements(blobs []store.Blob) error {
	for _, b := range blobs {
		if err := v.clearWay(b); err != nil {
			return err
		}
	}
	return v.dir.WriteGroup(blobs)
}

// appendIntents signs each header with the seq that its line will have, notes
// the intents as open, and appends their lines under one fsync and head.
func (v *Vault) appendIntents(w *chain.Writer, jobs []announcement) ([]written, error) {
	out := make([]written, len(jobs))
	drafts := make([]chain.Draft, len(jobs))
	first := w.Next()
	for i, job := range jobs {
		s, err := v.signJob(job, first+uint64(i))
		if err != nil {
			return nil, err
		}
		out[i] = s
		drafts[i] = v.draft(job.op, job.object, chain.Intent)
		drafts[i].Statement, drafts[i].Details, drafts[i].Grant = s.hash, job.details, job.grant
	}
	if err := v.notePending(out, drafts); err != nil {
		return nil, err
	}
	_, err := w.Append(drafts...)
	return out, err
}

func (v *Vault) signJob(job announcement, event uint64) (written, error) {
	common := statement.Common{
		Vault: v.id, Device: v.me.Device, Author: v.me.Member,
		Policy: v.PolicyRef(), Event: event, Time: v.now(),
	}
	header, err := job.header(common)
	if err != nil {
		return written{}, err
	}
	key, err := v.unlocked()
	if err != nil {
		return written{}, err
	}
	file, hash, err := statement.Sign(header, job.parts, key.Signer(), v.opts.Rand)
	if err != nil {
		return written{}, err
	}
	return written{name: job.name(common, hash), file: file, hash: hash, event: event}, nil
}

// draft is a log line by this member on this device.
func (v *Vault) draft(op, object string, result chain.Result) chain.Draft {
	return chain.Draft{Actor: v.me.Member, Op: op, Object: object, Policy: v.policy.Number, Result: result}
}

// pendingFile lists the intents of a write in progress: `seq hash op object name`
// a line. It is there exactly while a write is, or after one was cut short.
const (
	pendingFile  = "pending"
	pendingLimit = 64 << 20
)

// pendingName is the file of this place: what was begun in one copy of the
// vault is not judged by what lies in another.
func (v *Vault) pendingName() string { return v.mine(pendingFile + "-" + v.placeID()) }

func (v *Vault) notePending(out []written, drafts []chain.Draft) error {
	var b strings.Builder
	for i, s := range out {
		fmt.Fprintf(&b, "%d %s %s %s %s\n", s.event, s.hash, drafts[i].Op, drafts[i].Object, s.name)
	}
	return v.state.Replace(v.pendingName(), []byte(b.String()))
}

// A pending intent, as notePending wrote it.
type pending struct {
	seq        uint64
	hash       statement.Hash
	op, object string
	name       string
}

func parsePending(data []byte) ([]pending, error) {
	var list []pending
	for _, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		part := strings.Split(line, " ")
		if len(part) != 5 {
			return nil, fmt.Errorf("%s: %w", pendingFile, store.ErrDamaged)
		}
		seq, err := strconv.ParseUint(part[0], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", pendingFile, store.ErrDamaged)
		}
		hash, err := statement.ParseHash(part[1])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", pendingFile, store.ErrDamaged)
		}
		list = append(list, pending{seq, hash, part[2], part[3], part[4]})
	}
	return list, nil
}

// closeIntents logs the outcome of every pending intent: done when its
// statement lies in its place, failed when it doesn't. failure, when not nil,
// is what the write returned; it goes into the log's details. appended says
// that the intents' lines are known to be in the log; after a crash they may
// not be, and another line may have their number.
func (v *Vault) closeIntents(failure error, appended bool) error {
	data, err := v.state.Read(v.pendingName(), pendingLimit)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	list, err := parsePending(data)
	if err != nil {
		return err
	}
	if !appended {
		list = slices.DeleteFunc(list, func(p pending) bool { return !v.announcedHere(p) })
	}
	err = v.withLog(func(w *chain.Writer) error { return v.appendOutcomes(w, list, failure) })
	if err != nil {
		return err
	}
	return v.state.Remove(v.pendingName())
}

func (v *Vault) appendOutcomes(w *chain.Writer, list []pending, failure error) error {
	var drafts []chain.Draft
	for _, p := range list {
		d := v.draft(p.op, p.object, chain.Failed)
		d.Ref = p.seq
		if v.liesThere(p) {
			d.Result = chain.Done
		} else if failure != nil {
			d.Details = map[string]any{"why": clip(failure.Error(), 200)}
		}
		drafts = append(drafts, d)
	}
	if len(drafts) == 0 {
		return nil
	}
	_, err := w.Append(drafts...)
	return err
}

// announcedHere reports whether this device's log has the intent's line.
func (v *Vault) announcedHere(p pending) bool {
	key, err := v.keyOf(v.me.Device)
	if err != nil {
		return false
	}
	return v.announcedBy(key, p.hash, statement.Common{Device: v.me.Device, Event: p.seq}) == nil
}

func (v *Vault) liesThere(p pending) bool {
	data, err := v.dir.Read(p.name, statement.MaxSize)
	if err != nil {
		return false
	}
	st, err := statement.Open(data, v.keyOf)
	return err == nil && st.Hash == p.hash
}

// writing runs f under the lock of this machine's writers, after closing what
// a crash left open.
func (v *Vault) writing(f func() error) error {
	if err := v.maySign(); err != nil {
		return err
	}
	lock, err := store.LockFile(v.lockPath("lock"), v.opts.Wait)
	if err != nil {
		return err
	}
	defer lock.Unlock()
	if err := v.advancePolicy(); err != nil {
		return err
	}
	if err := v.closeIntents(nil, false); err != nil {
		return err
	}
	return f()
}

// clip shortens text for a log's details, on a rune's border.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
