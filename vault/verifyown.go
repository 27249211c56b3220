package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"opsvault/vault/audit"
	"opsvault/vault/chain"
)

// ownJob verifies the original of a chain of this device, in its local state,
// and the copy that everybody else sees.
func (c *checking) ownJob(original, copied *checkedChain) func() {
	return func() {
		if l := copied.listing; original.spec.Run != "" && (l == nil || len(l.fresh) > 0) {
			original.was = 0 // the copy is to be held against all of it
		}
		original.check()
		c.chainFindings(original, &original.report)
		state := original.report.State
		if state == nil {
			copied.verify()
			return
		}
		copied.state = state
		switch {
		case !c.full && copied.quick():
			copied.behind(original)
		case !copied.sameAs(original):
			copied.forget()
			copied.read(chain.VerifyOptions{State: state, Full: true})
			copied.behind(original)
		}
		if !copied.report.Proven {
			copied.forget()
		}
		copied.files()
		c.chainFindings(copied, &copied.report)
		copied.ahead(original)
		if original.report.Proven {
			copied.intents = nil // judged by the original, which may be further
			return
		}
		if copied.spec.Run == "" && copied.report.Proven {
			c.mu.Lock()
			c.logs[copied.spec.Device] = copied
			c.mu.Unlock()
		}
	}
}

// sameAs compares a copy with a proven original byte by byte, which costs a
// fraction of hashing it again.
func (t *checkedChain) sameAs(original *checkedChain) bool {
	if !original.report.Proven || len(original.report.Findings)+len(original.report.Notes) > 0 {
		return false
	}
	names := []string{"/head"}
	for n := range original.report.State.Segments {
		names = append(names, chain.SegmentName("", uint64(n+1)))
	}
	buffers := [2][]byte{make([]byte, chain.MaxSegment+1), make([]byte, chain.MaxSegment+1)}
	for _, name := range names {
		a, err := readInto(original.dir, original.base+name, buffers[0])
		if err != nil {
			return false
		}
		b, err := readInto(t.dir, t.base+name, buffers[1])
		if err != nil || !bytes.Equal(a, b) {
			return false
		}
	}
	next := chain.SegmentName(t.base, uint64(len(names)))
	if f, err := t.dir.Open(next); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			f.Close()
		}
		return false // more than the original has: to be looked at
	}
	t.report = original.report
	return true
}

// readInto reads a file of at most len(buffer) bytes.
func readInto(dir chain.Source, name string, buffer []byte) ([]byte, error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if f.Size() > int64(len(buffer)) {
		return nil, chain.ErrMalformed
	}
	n, err := f.ReadAt(buffer[:f.Size()], 0)
	if int64(n) == f.Size() {
		return buffer[:n], nil
	}
	return nil, err
}

// behind judges a copy that is shorter than its original. A power cut may
// leave it so; else it was cut, or an older state was put back.
func (t *checkedChain) behind(original *checkedChain) {
	if len(t.report.Findings) != 1 || t.report.Findings[0].Code != chain.Truncated {
		return
	}
	short := t.report.Findings[0]
	if short.Why == chain.WhyOldHead {
		report, err := chain.Verify(t.dir, t.base, t.spec, chain.VerifyOptions{})
		if err != nil || len(report.Findings) > 0 {
			return
		}
		t.report = report
	} else {
		t.report.Findings = nil
	}
	// What was never published here was written in another copy, or by a process
	// that was killed.
	unpublished := t.spec.Run == "" && t.c.v.publishedHere() <= t.report.Lines
	if t.report.Lines < t.was || !unpublished && !t.lostToPowerCut(original) {
		t.report.Findings = append(t.report.Findings, short)
		return
	}
	short.Code = chain.InTransit
	t.report.Notes = append(t.report.Notes, short)
}

// writtenBack is how long after a write a disk may still lose it, generously: an
// ordinary system writes everything back within 35 seconds.
const writtenBack = 2 * time.Minute

// lostToPowerCut reports whether the lines that a copy lacks may be those of
// the last moments before the power went: they were written within a short
// time, before this machine was started.
func (t *checkedChain) lostToPowerCut(original *checkedChain) bool {
	state := original.report.State
	first, err := chain.LineAt(original.dir, original.base, state, t.report.Lines+1)
	if err != nil || state.Time.Sub(first.Time) > writtenBack {
		return false
	}
	booted := t.c.v.opts.Booted
	return booted == nil || booted().After(first.Time)
}

// ahead finds an original that is shorter than its copy: this machine's state
// was put back, and would sign a second history if it went on.
func (t *checkedChain) ahead(original *checkedChain) {
	if !t.report.Proven || !original.report.Proven || t.report.Head.Size <= original.report.State.Size {
		return
	}
	t.c.find(audit.Finding{Code: chain.Truncated, Device: t.spec.Device, File: chain.HeadName(original.base), Local: true,
		Detail: fmt.Sprintf("the original ends with event %d, its copy in the vault with event %d", original.report.State.Size, t.report.Head.Size)})
}
