package vault

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"opsvault/policy"
	"opsvault/vault/chain"
	"opsvault/vault/statement"
	"opsvault/vault/store"
)

// A RunStrand is one device's journal of a run.
type RunStrand struct {
	Device, Member string
	Began          bool       // this device began the run: the run's id says so
	Lines          []RunEvent // proven, by the member that the device belongs to
	Left           bool       // the device has left the vault: see RunEvent.Late
	Damage         error      // *IntegrityError: it was cut or changed; Lines are what can still be proven
}

// maxStrand is how many lines of a journal are read. A run of a whole day has a few thousand.
const maxStrand = 50_000

// maxStrandSize is how much of a journal is read, in bytes: a line may have 16 KiB, and one has a few hundred bytes.
const maxStrandSize = 16 << 20

// strands reads the journals of all known devices, in the order of their ids.
func (v *Vault) strands(run string) ([]RunStrand, error) {
	items, err := v.dir.List("runs/" + run)
	if err != nil {
		return nil, err
	}
	devices := []string{}
	if _, err := v.state.Stat(store.HeadName(v.runBase(run))); err == nil {
		devices = append(devices, v.me.Device)
	}
	for _, item := range items {
		if _, known := v.policy.memberOf(item.Name); known && item.Kind == store.KindDir && item.Name != v.me.Device {
			devices = append(devices, item.Name)
		}
	}
	slices.Sort(devices)
	var list []RunStrand
	for _, device := range devices {
		s, err := v.strand(run, device)
		if err != nil {
			return nil, err
		}
		if s != nil {
			list = append(list, *s)
		}
	}
	return list, nil
}

// strand reads one journal; nil where nothing of it is proven.
func (v *Vault) strand(run, device string) (*RunStrand, error) {
	member, _ := v.policy.memberOf(device)
	s := &RunStrand{Device: device, Member: member}
	key, err := v.keyOf(device)
	if err != nil {
		v.warn("device-file-missing", "device", device)
		return nil, nil
	}
	at := journalAt{chain.Over(v.dir), store.RunBase(run, device), v.runSpec(run, device, key)}
	if device == v.me.Device {
		at.dir, at.base = chain.Over(v.state), v.runBase(run)
	}
	state, err := v.proveJournal(at, s)
	if err != nil {
		return nil, err
	}
	if state == nil {
		if s.Damage == nil {
			return nil, nil
		}
		return s, nil
	}
	if state.Size > maxStrand {
		s.Damage = &IntegrityError{at.base, fmt.Errorf("it has %d lines, at most %d are read", state.Size, maxStrand)}
		return s, nil
	}
	events, err := readEvents(chain.NewReader(at.dir, at.base, state), func(n uint64) ([32]byte, error) { return v.journalKey(at, n) })
	if err != nil && s.Damage == nil {
		if locked := v.lockedOut(err); locked != nil {
			return nil, locked
		}
		s.Damage = &IntegrityError{at.base, err}
	}
	if s.Lines, s.Left, err = v.byMember(s, events); err != nil {
		return nil, err
	}
	return s, v.markUnlogged(s, run)
}

// lockedOut is an error of this device, not of the journal.
func (v *Vault) lockedOut(err error) error {
	if v.key == nil || errors.Is(err, ErrNoKey) {
		return err
	}
	return nil
}

// A journalAt says where a journal lies.
type journalAt struct {
	dir  chain.Dir
	base string
	spec chain.Spec
}

// proveJournal verifies a journal as far as its head, against what was proven of
// it earlier, and remembers how far that is.
func (v *Vault) proveJournal(at journalAt, s *RunStrand) (*chain.State, error) {
	own := at.spec.Device == v.me.Device
	file := "journals/" + at.spec.Run + "-" + at.spec.Device
	known, err := v.readJournalPin(file)
	if err != nil {
		return nil, err
	}
	report, err := chain.Verify(at.dir, at.base, at.spec, chain.VerifyOptions{State: known, Full: true, Original: own})
	if errors.Is(err, store.ErrUnsafe) || errors.Is(err, store.ErrTooLarge) {
		s.Damage = &IntegrityError{at.base, err}
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if len(report.Findings) > 0 {
		f := report.Findings[0]
		s.Damage = &IntegrityError{f.File, errors.New(f.String())}
		return v.stillProven(at), nil
	}
	if !report.Proven {
		return v.stillProven(at), nil // half of it has come
	}
	if report.State != nil && (known == nil || report.State.Size > known.Size) && !own {
		return report.State, v.readOnlyState(v.state.Replace(file, report.State.Marshal()))
	}
	return report.State, nil
}

// stillProven is what a journal proves by itself, where it doesn't go on from
// what was proven earlier: it is shown as what it is.
func (v *Vault) stillProven(at journalAt) *chain.State {
	report, err := chain.Verify(at.dir, at.base, at.spec, chain.VerifyOptions{})
	if err != nil || !report.Proven || len(report.Findings) > 0 {
		return nil
	}
	return report.State
}

func (v *Vault) readJournalPin(file string) (*chain.State, error) {
	data, err := v.state.Read(file, stateLimit)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	state, err := chain.ParseState(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return state, nil
}

// journalKey is the key of a journal's segment: this device derives its own,
// and opens those of others with a generation of @catalogue.
func (v *Vault) journalKey(at journalAt, segment uint64) ([32]byte, error) {
	if at.spec.Device == v.me.Device {
		key, err := v.unlocked()
		if err != nil {
			return [32]byte{}, err
		}
		return key.Derive(at.spec.KeyInfo(segment)), nil
	}
	name := chain.KeyName(at.base, segment)
	file, err := v.dir.Read(name, keyLimit)
	if err != nil {
		return [32]byte{}, err
	}
	missing := error(nil)
	for _, g := range v.policy.Doc.Generations(policy.Catalogue) {
		id, err := v.safeKey(keyOfGeneration(policy.Catalogue, g))
		if errors.Is(err, ErrNoKey) {
			missing = err
			continue
		}
		if err != nil {
			return [32]byte{}, err
		}
		if key, err := chain.OpenKey(file, id); err == nil {
			return key, nil
		}
	}
	if missing != nil {
		return [32]byte{}, fmt.Errorf("%s: %w", name, missing)
	}
	return [32]byte{}, fmt.Errorf("%s: %w", name, chain.ErrSealed)
}

// byMember keeps the lines up to the first that claims to be by somebody else
// than the member of its device, and marks what was written after the device
// had left.
func (v *Vault) byMember(s *RunStrand, events []RunEvent) ([]RunEvent, bool, error) {
	for i, e := range events {
		if e.Member != s.Member {
			s.Damage = &IntegrityError{"runs", fmt.Errorf("line %d of the journal of device %s names %q, the device is %s's", e.Seq, s.Device, e.Member, s.Member)}
			events = events[:i]
			break
		}
	}
	gone, left, err := v.leaving(s.Member, s.Device)
	if err != nil || !left {
		return events, false, err
	}
	for i := range events {
		events[i].Late = events[i].policy >= gone.number || !gone.time.IsZero() && events[i].Time.After(gone.time)
	}
	return events, true, nil
}

// beginning finds the journal that a run begins with: that of the device which
// the run's id names, or, of a run of an earlier opsvault, the only one that
// says so.
func (v *Vault) beginning(info *RunInfo) *RunStrand {
	var first *RunStrand
	claims := 0
	for i := range info.Strands {
		s := &info.Strands[i]
		if len(s.Lines) == 0 || s.Lines[0].Op != RunStart {
			continue
		}
		text, _ := s.Lines[0].Details["nonce"].(string)
		if nonce, err := hex.DecodeString(text); err == nil && text != "" {
			if v.runID(s.Device, nonce) == info.Run {
				s.Began = true
				return s
			}
			continue
		}
		first, claims = s, claims+1
	}
	if claims != 1 {
		return nil
	}
	first.Began = true
	return first
}

// begin reads the first line of a run.
func (info *RunInfo) begin(first *RunStrand) error {
	line := first.Lines[0]
	info.Member, info.Device, info.Started = first.Member, first.Device, line.Time
	if _, err := fmt.Sscanf(strings.Replace(line.Object, "@", " ", 1), "%s %d", &info.Slug, &info.Version); err != nil || !policy.IsID(info.Slug) {
		return fmt.Errorf("%q is no version of a runbook", line.Object)
	}
	text, _ := line.Details["text"].(string)
	digest, err := statement.ParseHash(text)
	if err != nil {
		return fmt.Errorf("the digest of the text: %w", err)
	}
	info.Digest, info.Ended = digest, info.over(first)
	return nil
}

// over reports whether whoever claimed the run last has ended it. Who that is for
// certain says the engine, which knows which claims count.
func (info *RunInfo) over(first *RunStrand) bool {
	last, at := first, first.Lines[0].Time
	for i := range info.Strands {
		s := &info.Strands[i]
		for _, l := range s.Lines {
			if claimEvent(l.Op) && l.Time.After(at) {
				last, at = s, l.Time
			}
		}
	}
	return slices.ContainsFunc(last.Lines, func(l RunEvent) bool { return endEvent(l.Op) && !l.Time.Before(at) })
}

// endEvent and claimEvent are ops of a journal with a meaning here; the engine's names.
func endEvent(op string) bool   { return op == "run.done" || op == "run.aborted" }
func claimEvent(op string) bool { return op == "run.accepted" || op == "run.taken" }
