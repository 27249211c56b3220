package chain

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// same fails the test unless a copy holds what its original does, up to the
// head, and nothing else.
func same(t tester, local, copied *memory) {
	t.Helper()
	want := maps.Clone(local.files)
	delete(want, noteName("log"))
	if !maps.EqualFunc(want, copied.files, bytes.Equal) {
		t.Fatalf("original has %v, copy %v", slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(copied.files)))
	}
}

func TestPublish(t *testing.T) {
	d, local, copied := newDevice(t, 1), newMemory(), newMemory()
	publish := func(lines uint64) {
		t.Helper()
		p, err := Publish(local, "log", copied, "log", d.spec)
		if err != nil || p.Lines != lines || len(p.Replaced) > 0 {
			t.Fatalf("%+v, %v", p, err)
		}
	}
	publish(0)
	if len(copied.files) > 0 {
		t.Fatal("a copy of nothing")
	}
	for _, more := range []int{1, 1, 0, 2, 1500, 1, 3000} {
		d.grow(t, local, more, 200)
		publish(uint64(more))
		same(t, local, copied)
		before := copied.steps
		publish(0)
		if copied.steps != before {
			t.Error("publishing nothing writes")
		}
	}
	// The usual case: the new line, and the head.
	d.grow(t, local, 1, 1)
	before := copied.steps
	publish(1)
	if copied.steps != before+2 {
		t.Errorf("%d steps", copied.steps-before)
	}
}

func TestPublishLeavesTheTailOut(t *testing.T) {
	d, local, copied := newDevice(t, 1), newMemory(), newMemory()
	d.grow(t, local, 3, 1)
	whole := local.clone()
	local.files["log/000001.jsonl"] = append(local.files["log/000001.jsonl"], "torn"...)
	local.files["log/000002.jsonl"] = []byte("torn")
	if _, err := Publish(local, "log", copied, "log", d.spec); err != nil {
		t.Fatal(err)
	}
	same(t, whole, copied)
}

func TestPublishMends(t *testing.T) {
	seg := func(n uint64) string { return SegmentName("log", n) }
	for name, c := range map[string]struct {
		spoil    func(copied *memory)
		replaced []string
		whole    bool // only Republish looks there
	}{
		"no head":           {func(m *memory) { delete(m.files, "log/head") }, nil, false},
		"an empty head":     {func(m *memory) { m.files["log/head"] = nil }, nil, false},
		"half a head":       {func(m *memory) { m.files["log/head"] = m.files["log/head"][:300] }, nil, false},
		"a changed head":    {func(m *memory) { m.files["log/head"][300] ^= 1 }, nil, false},
		"nonsense for head": {func(m *memory) { m.files["log/head"] = bytes.Repeat([]byte("x"), 700) }, []string{"log/head"}, false},
		"a huge head":       {func(m *memory) { m.files["log/head"] = make([]byte, 9999) }, []string{"log/head"}, false},
		"cut":               {func(m *memory) { m.files[seg(3)] = m.files[seg(3)][:200] }, nil, false},
		"zeros at the end":  {func(m *memory) { f := m.files[seg(3)]; clear(f[len(f)-200:]) }, nil, false},
		"last line changed": {func(m *memory) { f := m.files[seg(3)]; f[len(f)-9] ^= 1 }, []string{seg(3)}, false},
		"a tail":            {func(m *memory) { m.files[seg(3)] = append(m.files[seg(3)], "x"...) }, nil, false},
		"no last segment":   {func(m *memory) { delete(m.files, seg(3)) }, nil, false},
		"nothing left":      {func(m *memory) { clear(m.files) }, nil, false},
		"an old segment changed, and the last cut": {func(m *memory) {
			m.files[seg(1)][50] ^= 1
			delete(m.files, seg(3))
		}, []string{seg(1)}, false},
		"a huge last segment":       {func(m *memory) { m.files[seg(3)] = make([]byte, 3*MaxSegment) }, []string{seg(3)}, false},
		"an old segment changed":    {func(m *memory) { m.files[seg(1)][50] ^= 1 }, []string{seg(1)}, true},
		"an old segment gone":       {func(m *memory) { delete(m.files, seg(2)) }, nil, true},
		"a key changed":             {func(m *memory) { m.files[KeyName("log", 2)][50] ^= 1 }, []string{KeyName("log", 2)}, true},
		"the key of the last, gone": {func(m *memory) { delete(m.files, KeyName("log", 3)) }, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			d, local, copied := newDevice(t, 1), newMemory(), newMemory()
			three(t, d, local)
			if _, err := Publish(local, "log", copied, "log", d.spec); err != nil {
				t.Fatal(err)
			}
			for _, grow := range []int{0, 2} {
				d.grow(t, local, grow, 1)
				c.spoil(copied)
				publish := Publish
				if c.whole {
					publish = Republish
				}
				p, err := publish(local, "log", copied, "log", d.spec)
				if err != nil || !slices.Equal(p.Replaced, c.replaced) {
					t.Fatalf("replaced %v, want %v; %v", p.Replaced, c.replaced, err)
				}
				same(t, local, copied)
			}
		})
	}
}

// TestPublishNeverHidesAFork: a copy that knows more than the original, or
// something else, stays as it is.
func TestPublishNeverHidesAFork(t *testing.T) {
	d, local, copied := newDevice(t, 1), newMemory(), newMemory()
	three(t, d, local)
	snapshot := local.clone()
	d.grow(t, local, 4, 1)
	if _, err := Publish(local, "log", copied, "log", d.spec); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		more int
		fork bool
	}{"restored": {0, false}, "gone on": {2, false}, "as long": {4, true}, "longer": {1500, true}} {
		t.Run(name, func(t *testing.T) {
			restored, vault := snapshot.clone(), copied.clone()
			d.grow(t, restored, c.more, 100)
			for _, publish := range []func(Source, string, Dir, string, Spec) (Published, error){Publish, Republish} {
				_, err := publish(restored, "log", vault, "log", d.spec)
				var ahead *AheadError
				if !errors.As(err, &ahead) || !errors.Is(err, ErrAhead) || ahead.Fork != c.fork {
					t.Fatalf("%v", err)
				}
				if !bytes.Equal(ahead.Own, restored.files["log/head"]) || !bytes.Equal(ahead.Copy, copied.files["log/head"]) {
					t.Error("other heads as evidence")
				}
				if vault.steps > 0 {
					t.Error("the copy was changed")
				}
			}
			w := d.writer(t, restored)
			if _, err := w.Publish(vault, "log"); !errors.Is(err, ErrAhead) {
				t.Errorf("the writer: %v", err)
			}
			opts := d.options()
			opts.Copy, opts.CopyBase = vault, "log"
			if _, err := OpenWriter(restored, "log", d.spec, d.signer, opts); !errors.Is(err, ErrAhead) {
				t.Errorf("a writer that looks: %v", err)
			}
		})
	}
}

// TestWriterLooksAtTheCopy: one that is behind, broken, out of reach or not
// there is no reason to stop; one that is ahead is, before anything is signed.
func TestWriterLooksAtTheCopy(t *testing.T) {
	d, local, copied := newDevice(t, 1), newMemory(), newMemory()
	check := func(want error) {
		t.Helper()
		opts, before := d.options(), local.steps
		opts.Copy, opts.CopyBase = copied, "log"
		if _, err := OpenWriter(local, "log", d.spec, d.signer, opts); !errors.Is(err, want) {
			t.Errorf("want %v, have %v", want, err)
		}
		if local.steps != before {
			t.Error("something was written")
		}
	}
	publish := func() error {
		_, err := Publish(local, "log", copied, "log", d.spec)
		return err
	}
	check(nil)
	three(t, d, local)
	check(nil)
	if err := publish(); err != nil {
		t.Fatal(err)
	}
	check(nil)
	d.grow(t, local, 1200, 400)
	check(nil)
	// The head was rolled back, and the lines it covered are a tail now.
	old := local.files["log/head"]
	d.grow(t, local, 1, 1)
	if err := publish(); err != nil {
		t.Fatal(err)
	}
	local.files["log/head"] = old
	if err := publish(); !errors.Is(err, ErrAhead) {
		t.Errorf("head rolled back: %v", err)
	}
	check(ErrAhead)
	local = newMemory() // everything lost: the log would begin again
	check(ErrAhead)
	opts := d.options()
	opts.Copy, opts.CopyBase = stone{copied, "log/head"}, "log"
	if _, err := OpenWriter(local, "log", d.spec, d.signer, opts); err != nil {
		t.Errorf("a copy out of reach: %v", err)
	}
	copied.files["log/head"][300] ^= 1
	check(nil)
}

func TestPublishOfADamagedOriginal(t *testing.T) {
	for name, spoil := range map[string]func(local *memory){
		"head":          func(m *memory) { m.files["log/head"][300] ^= 1 },
		"no segment":    func(m *memory) { delete(m.files, SegmentName("log", 2)) },
		"short segment": func(m *memory) { m.files[SegmentName("log", 3)] = nil },
		"no key":        func(m *memory) { delete(m.files, KeyName("log", 2)) },
		"huge segment":  func(m *memory) { m.files[SegmentName("log", 1)] = make([]byte, MaxSegment+1) },
	} {
		d, local := newDevice(t, 1), newMemory()
		three(t, d, local)
		spoil(local)
		if _, err := Publish(local, "log", newMemory(), "log", d.spec); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPublishCrashes: wherever publishing stops, the copy has no findings, and
// the next time brings it to the end.
func TestPublishCrashes(t *testing.T) {
	d := newDevice(t, 1)
	rapid.Check(t, func(t *rapid.T) {
		local, copied := newMemory(), newMemory()
		for range rapid.IntRange(1, 5).Draw(t, "rounds") {
			w := d.writer(t, local)
			w.rotate = rapid.Bool().Draw(t, "rotate")
			if _, err := w.Append(reveals(rapid.IntRange(1, 3).Draw(t, "lines"))...); err != nil {
				t.Fatal(err)
			}
			copied.left = rapid.IntRange(-1, 6).Draw(t, "cut after")
			copied.mode = rapid.IntRange(0, 2).Draw(t, "cut how")
			_, err := Publish(local, "log", copied, "log", d.spec)
			if err != nil && !errors.Is(err, errCut) {
				t.Fatal(err)
			}
			copied.left = -1
			d.honest(t, copied, "log", VerifyOptions{})
			if err == nil {
				same(t, local, copied)
			}
		}
		if p, err := Publish(local, "log", copied, "log", d.spec); err != nil || len(p.Replaced) > 0 {
			t.Fatal(p.Replaced, err)
		}
		same(t, local, copied)
	})
}

// stone is a Dir in which some names can't be opened.
type stone struct {
	*memory
	name string
}

func (s stone) Open(name string) (File, error) {
	if name == s.name {
		return nil, fs.ErrPermission
	}
	return s.memory.Open(name)
}

// TestErrorsOfTheDisk: they are passed on, and are never findings.
func TestErrorsOfTheDisk(t *testing.T) {
	d, local := newDevice(t, 1), newMemory()
	three(t, d, local)
	known := d.sound(t, local, 8).State
	d.grow(t, local, 1, 1)
	for name := range local.files {
		hard := stone{local, name}
		if _, err := Publish(hard, "log", newMemory(), "log", d.spec); !errors.Is(err, fs.ErrPermission) && name != noteName("log") {
			t.Errorf("publish, %s: %v", name, err)
		}
		if strings.HasSuffix(name, ".key") || name == noteName("log") {
			continue
		}
		if _, err := Verify(hard, "log", d.spec, VerifyOptions{}); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("verify, %s: %v", name, err)
		}
		if name == "log/head" {
			continue
		}
		err := NewReader(hard, "log", known).Each(1, func(Line) error { return nil })
		if !errors.Is(err, fs.ErrPermission) {
			t.Errorf("read, %s: %v", name, err)
		}
	}
	for _, name := range []string{"log/head", SegmentName("log", 3), SegmentName("log", 4), noteName("log")} {
		if _, err := OpenWriter(stone{local, name}, "log", d.spec, d.signer, d.options()); !errors.Is(err, fs.ErrPermission) || !errors.Is(err, ErrWrite) {
			t.Errorf("write, %s: %v", name, err)
		}
	}
}
