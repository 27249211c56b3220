package chain

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"time"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"

	"opsvault/vault/statement"
)

// errCut is what a memory directory answers once its power is gone.
var errCut = errors.New("power cut")

// memory is a Dir whose power can be cut: after left writing steps each
// further one fails. The step at which that happens is lost, done in part, or
// done without an answer, as mode says.
type memory struct {
	files map[string][]byte
	left  int // -1: no cut
	mode  int // 0 lost, 1 half, 2 done without an answer
	steps int
}

func newMemory() *memory { return &memory{files: map[string][]byte{}, left: -1} }

func (m *memory) clone() *memory {
	c := newMemory()
	maps.Copy(c.files, m.files)
	return c
}

// step makes one change to the file: after is what it holds then, half what a
// cut in the middle may leave (nil after: removed).
func (m *memory) step(name string, after, half []byte) error {
	m.steps++
	set := func(data []byte) {
		if data == nil {
			delete(m.files, name)
		} else {
			m.files[name] = bytes.Clone(data)
		}
	}
	if m.left < 0 {
		set(after)
		return nil
	}
	if m.left > 0 {
		m.left--
		set(after)
		return nil
	}
	switch m.mode {
	case 1:
		set(half)
	case 2:
		set(after)
	}
	m.mode = 0
	return errCut
}

type memoryFile struct{ *bytes.Reader }

func (f memoryFile) Size() int64 { return f.Reader.Size() }
func (memoryFile) Close() error  { return nil }

func (m *memory) Open(name string) (File, error) {
	data, ok := m.files[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return memoryFile{bytes.NewReader(data)}, nil
}

func (m *memory) AppendAt(name string, offset int64, data []byte, _ bool) error {
	old := m.files[name]
	if int64(len(old)) < offset {
		return fmt.Errorf("%s: %d bytes, not %d", name, len(old), offset)
	}
	kept := append([]byte{}, old[:offset]...)
	return m.step(name, append(bytes.Clone(kept), data...), append(kept, data[:len(data)/2]...))
}

func (m *memory) Truncate(name string, size int64) error {
	old := m.files[name]
	return m.step(name, append([]byte{}, old[:size]...), old)
}

func (m *memory) Replace(name string, data []byte) error {
	return m.step(name, append([]byte{}, data...), m.files[name])
}

func (m *memory) ReplaceRelaxed(name string, data []byte) error { return m.Replace(name, data) }
func (m *memory) Remove(name string) error                      { return m.step(name, nil, m.files[name]) }
func (m *memory) MkdirAll(string) error                         { return nil }

// tester is what *testing.T, *testing.B, *testing.F and *rapid.T have in common.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// device is a device with its chain.
type device struct {
	spec     Spec
	signer   ssh.Signer
	auditors *age.HybridIdentity
	seed     []byte
	clock    time.Time
	random   *rand.ChaCha8
}

// newDevice makes the same device for the same seed byte, but for the
// auditors' key.
func newDevice(t tester, seed byte) *device {
	t.Helper()
	d := &device{
		seed:   bytes.Repeat([]byte{seed}, ed25519.SeedSize),
		clock:  time.Date(2026, 11, 21, 12, 0, 0, 123e6, time.UTC),
		random: rand.NewChaCha8([32]byte{seed}),
	}
	signer, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(d.seed))
	if err != nil {
		t.Fatal(err)
	}
	if d.auditors, err = age.GenerateHybridIdentity(); err != nil {
		t.Fatal(err)
	}
	d.signer = signer
	d.spec = Spec{
		Vault: statement.Sum([]byte("a policy")), Device: statement.DeviceID(signer.PublicKey()), Key: signer.PublicKey(),
	}
	return d
}

func (d *device) options() Options {
	return Options{
		Clock:     func() time.Time { d.clock = d.clock.Add(777 * time.Millisecond); return d.clock },
		Rand:      d.random,
		Derive:    func(info string) [32]byte { return sha256.Sum256(append([]byte(info), d.seed...)) },
		Recipient: d.auditors.Recipient().String(),
		Actor:     "ivan", Policy: 4,
	}
}

func (d *device) writer(t tester, dir Dir) *Writer {
	t.Helper()
	w, err := OpenWriter(dir, "log", d.spec, d.signer, d.options())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// reveal is a draft as most lines of a log are.
func reveal(i int) Draft {
	return Draft{
		Actor: "ivan", Op: "secret.reveal", Object: "m4x5c6k7q2m4x5c6k7q2m4x5c6@3", Policy: 4, Result: OK,
		Details: map[string]any{"path": "telephony/sip-trunk", "fields": []string{"password"}, "reason": fmt.Sprint("ticket ", i)},
	}
}

// grow appends n lines, at most batch in one Append.
func (d *device) grow(t tester, dir Dir, n, batch int) {
	t.Helper()
	w := d.writer(t, dir)
	for i := 0; i < n; {
		var drafts []Draft
		for len(drafts) < batch && i < n {
			drafts = append(drafts, reveal(i))
			i++
		}
		if _, err := w.Append(drafts...); err != nil {
			t.Fatal(err)
		}
	}
}

// verify fails the test on errors, not on findings.
func (d *device) verify(t tester, src Source, opts VerifyOptions) Report {
	t.Helper()
	r, err := Verify(src, "log", d.spec, opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sound fails the test unless the chain is proven without findings or notes.
func (d *device) sound(t tester, src Source, lines uint64) Report {
	t.Helper()
	r := d.verify(t, src, VerifyOptions{Original: true})
	if !r.Proven || len(r.Findings)+len(r.Notes) > 0 || r.Head.Size != lines {
		t.Fatalf("want %d lines, proven; have %d, proven %v, %v, %v", lines, r.Head.Size, r.Proven, r.Findings, r.Notes)
	}
	return r
}
