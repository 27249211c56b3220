package chain

import (
	"errors"
	"testing"

	"filippo.io/age"
	"pgregory.net/rapid"

	"opsvault/vault/store"
	"opsvault/vault/store/storetest"
)

// session is what a device does in one go: some lines, published, with the
// auditors' key changed on the way.
func (d *device) session(local, vault Dir, to string, more []int) error {
	for _, n := range more {
		w, err := OpenWriter(local, "log", d.spec, d.signer, optionsTo(d, to))
		if err != nil {
			return err
		}
		if _, err := w.Append(reveals(n)...); err != nil {
			return err
		}
		if _, err := w.Publish(vault, "logs/x"); err != nil {
			return err
		}
	}
	return nil
}

func optionsTo(d *device, recipient string) Options {
	opts := d.options()
	opts.Recipient = recipient
	return opts
}

// honest fails the test if a chain has findings; notes are what a crash leaves.
func (d *device) honest(t tester, src Source, base string, opts VerifyOptions) Report {
	t.Helper()
	r, err := Verify(src, base, d.spec, opts)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Findings) > 0 {
		t.Fatalf("%s: honest, but %v", base, r.Findings)
	}
	return r
}

// TestEveryStorageStep lets every step of the store fail in every way, while a
// log grows, changes its recipient, and is published: nothing that was
// promised is lost, what is left has no findings, and the next command mends it.
func TestEveryStorageStep(t *testing.T) {
	d := newDevice(t, 1)
	next, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	first, second := d.auditors.Recipient().String(), next.Recipient().String()
	dirs := func(m *storetest.Faulty) (Dir, Dir) { return Over(m.Dir("home")), Over(m.Dir("vault")) }
	for name, c := range map[string]struct {
		before, more []int
	}{
		"a new log":                {nil, []int{2}},
		"a log with a few lines":   {[]int{3}, []int{1, 2}},
		"a log at a segment's end": {[]int{1022}, []int{3}},
	} {
		t.Run(name, func(t *testing.T) {
			total := uint64(0)
			for _, n := range append(append([]int{}, c.before...), c.more...) {
				total += uint64(n)
			}
			setup := func(m *storetest.Faulty) error {
				local, vault := dirs(m)
				return d.session(local, vault, first, c.before)
			}
			run := func(m *storetest.Faulty) error {
				local, vault := dirs(m)
				to := second
				if name != "a log with a few lines" {
					to = first
				}
				return d.session(local, vault, to, c.more)
			}
			storetest.EveryStep(t, setup, run, func(t *testing.T, m *storetest.Faulty, o storetest.Outcome) {
				local, vault := dirs(m)
				r := d.honest(t, local, "log", VerifyOptions{Original: true})
				if o.Err == nil && (!r.Proven || r.Head.Size != total) {
					t.Errorf("promised %d lines, there are %d, proven %v", total, r.Head.Size, r.Proven)
				}
				d.honest(t, vault, "logs/x", VerifyOptions{})
				d.mended(t, local, vault, second)
			})
		})
	}
}

// mended checks that the next command of a device works, and leaves a log and a
// copy of it that are sound and the same.
func (d *device) mended(t tester, local, vault Dir, to string) {
	t.Helper()
	if err := d.session(local, vault, to, []int{1}); err != nil {
		t.Fatalf("the next command: %v", err)
	}
	r := d.honest(t, local, "log", VerifyOptions{Original: true})
	copied := d.honest(t, vault, "logs/x", VerifyOptions{})
	if !r.Proven || !copied.Proven || len(r.Notes)+len(copied.Notes) > 0 || !sameHead(r.Head, copied.Head) {
		t.Fatalf("original proven %v, %d lines, %v; copy proven %v, %d lines, %v",
			r.Proven, r.Head.Size, r.Notes, copied.Proven, copied.Head.Size, copied.Notes)
	}
}

// TestFullAndReadOnly: the writer says so in terms of the store.
func TestFullAndReadOnly(t *testing.T) {
	d := newDevice(t, 1)
	m := storetest.New()
	d.grow(t, Over(m.Dir("home")), 2, 1)
	w := d.writer(t, Over(m.Dir("home")))
	m.Room(100)
	if _, err := w.Append(reveal(1)); !errors.Is(err, ErrWrite) || !errors.Is(err, store.ErrFull) {
		t.Errorf("full: %v", err)
	}
	m.Room(1 << 30)
	m.ReadOnly(true)
	if _, err := OpenWriter(Over(m.Dir("home")), "log", d.spec, d.signer, d.options()); !errors.Is(err, ErrWrite) || !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("read-only, with a tail to cut: %v", err)
	}
}

// TestCrashes: whatever is appended, and wherever the power goes, also again
// while recovering, an honest log never has findings, never loses a line that
// was promised, and each tail that was cut is on record.
func TestCrashes(t *testing.T) {
	d := newDevice(t, 1)
	rapid.Check(t, func(t *rapid.T) {
		dir := newMemory()
		var state *State
		promised := uint64(0)
		for range rapid.IntRange(1, 8).Draw(t, "rounds") {
			dir.left = rapid.IntRange(-1, 12).Draw(t, "cut after")
			dir.mode = rapid.IntRange(0, 2).Draw(t, "cut how")
			promised = max(promised, d.crash(t, dir, promised))
			dir.left = -1
			r := d.honest(t, dir, "log", VerifyOptions{State: state, Original: true, Full: rapid.Bool().Draw(t, "full")})
			if r.Head.Size < promised || !r.Proven && r.Head.Size > 0 {
				t.Fatalf("promised %d lines, have %d, proven %v", promised, r.Head.Size, r.Proven)
			}
			state = r.State
		}
	})
}

// crash appends batches until the power goes; it returns the lines promised.
func (d *device) crash(t *rapid.T, dir *memory, promised uint64) uint64 {
	opts := d.options()
	for range rapid.IntRange(0, 4).Draw(t, "appends") {
		w, err := OpenWriter(dir, "log", d.spec, d.signer, opts)
		if err != nil {
			if !errors.Is(err, errCut) {
				t.Fatal(err)
			}
			return promised
		}
		if rapid.IntRange(0, 9).Draw(t, "lose the note") == 0 {
			delete(dir.files, noteName("log")) // as after a crash right after the head
			w.rotate = true
		}
		lines, err := w.Append(reveals(rapid.IntRange(1, 3).Draw(t, "batch"))...)
		if err != nil {
			if !errors.Is(err, errCut) {
				t.Fatal(err)
			}
			return promised
		}
		promised = lines[len(lines)-1].Seq
	}
	return promised
}

func reveals(n int) []Draft {
	drafts := make([]Draft, n)
	for i := range drafts {
		drafts[i] = reveal(i)
	}
	return drafts
}
