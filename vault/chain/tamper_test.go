package chain

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// detected fails the test unless a chain that was sound, and was then changed
// in what its head covers, is found out in every way of looking at it: as an
// original, and against what was known of it before. Without that knowledge a
// cut end may pass for IN_TRANSIT, but is never proven.
func detected(t tester, d *device, dir *memory, known *State, what string) {
	t.Helper()
	if r := d.verify(t, dir, VerifyOptions{Original: true}); len(r.Findings) == 0 || r.Proven {
		t.Fatalf("%s: not found: proven %v, notes %v", what, r.Proven, r.Notes)
	}
	if r := d.verify(t, dir, VerifyOptions{State: known, Full: true}); len(r.Findings) == 0 || r.State != known {
		t.Fatalf("%s: not found against the state: %v", what, r.Notes)
	}
	if r := d.verify(t, dir, VerifyOptions{}); r.Proven || r.State != nil || len(r.Findings)+len(r.Notes) == 0 {
		t.Fatalf("%s: passes for sound in a copy", what)
	}
}

// TestEveryBit flips every bit of every segment, and of the head.
func TestEveryBit(t *testing.T) {
	d, dir := newDevice(t, 1), newMemory()
	three(t, d, dir)
	sound := d.sound(t, dir, 8)
	known, head := sound.State, sound.Head
	for n := uint64(1); n <= 3; n++ {
		name := SegmentName("log", n)
		whole := bytes.Clone(dir.files[name])
		for i := range whole {
			for bit := range 8 {
				dir.files[name] = bytes.Clone(whole)
				dir.files[name][i] ^= 1 << bit
				// As Verify does, but for the signature of the head.
				v := &verifier{src: dir, base: "log", spec: d.spec, opts: VerifyOptions{Original: true}, head: head}
				if err := v.run(start(d.spec)); err != nil || len(v.report.Findings) == 0 || v.report.Proven {
					t.Fatalf("%s, byte %d, bit %d: not found, %v", name, i, bit, err)
				}
			}
			if i%7 == 0 {
				detected(t, d, dir, known, fmt.Sprint(name, " byte ", i))
			}
		}
		dir.files[name] = whole
	}
	whole := dir.files["log/head"]
	for i := range whole {
		dir.files["log/head"] = bytes.Clone(whole)
		dir.files["log/head"][i] ^= 1 << (i % 8)
		if r := d.verify(t, dir, VerifyOptions{}); len(r.Findings) != 1 || r.Findings[0].Code != Edit && r.Findings[0].Code != BadKey {
			t.Fatalf("head, byte %d: %v", i, r.Findings)
		}
	}
}

// TestEveryNewByte changes every byte of what a State does not cover yet.
func TestEveryNewByte(t *testing.T) {
	d, dir := newDevice(t, 1), newMemory()
	three(t, d, dir)
	known := d.sound(t, dir, 8).State
	w := d.writer(t, dir)
	for _, rotate := range []bool{false, true} {
		w.rotate = rotate
		if _, err := w.Append(reveals(2)...); err != nil {
			t.Fatal(err)
		}
	}
	for n, from := range map[uint64]uint64{3: known.Segments[2].Length, 4: 0} {
		name := SegmentName("log", n)
		whole := dir.files[name]
		for i := from; i < uint64(len(whole)); i++ {
			dir.files[name] = bytes.Clone(whole)
			dir.files[name][i] ^= 1 << (i % 8)
			r := d.verify(t, dir, VerifyOptions{State: known, Original: true})
			if len(r.Findings) == 0 || r.Proven || r.State != known {
				t.Fatalf("%s, byte %d: %v", name, i, r.Notes)
			}
		}
		dir.files[name] = whole
	}
}

// TestEveryCut cuts every segment at every byte, and takes every part out of it.
func TestEveryCut(t *testing.T) {
	d, dir := newDevice(t, 1), newMemory()
	three(t, d, dir)
	known := d.sound(t, dir, 8).State
	for n := uint64(1); n <= 3; n++ {
		name := SegmentName("log", n)
		whole := dir.files[name]
		for i := range whole {
			dir.files[name] = whole[:i]
			detected(t, d, dir, known, fmt.Sprint(name, " cut at ", i))
		}
		delete(dir.files, name)
		detected(t, d, dir, known, name+" deleted")
		dir.files[name] = whole
	}
}

// TestEverySwap swaps, deletes and repeats lines and segments in all ways.
func TestEverySwap(t *testing.T) {
	d, dir := newDevice(t, 1), newMemory()
	three(t, d, dir)
	known := d.sound(t, dir, 8).State
	whole := dir.clone()
	try := func(what string) {
		t.Helper()
		detected(t, d, dir, known, what)
		dir = whole.clone()
	}
	for n := uint64(1); n <= 3; n++ {
		lines := rows(whole, n)
		for i := range lines {
			put(dir, n, slices.Delete(slices.Clone(lines), i, i+1)...)
			try(fmt.Sprintf("segment %d without line %d", n, i))
			for j := range lines {
				put(dir, n, slices.Insert(slices.Clone(lines), j, lines[i])...)
				// At the end of the last segment it lies beyond the head.
				if !bytes.Equal(dir.files[SegmentName("log", n)][:len(whole.files[SegmentName("log", n)])], whole.files[SegmentName("log", n)]) || n < 3 {
					try(fmt.Sprintf("segment %d, line %d again at %d", n, i, j))
				}
				if i < j {
					other := slices.Clone(lines)
					other[i], other[j] = other[j], other[i]
					put(dir, n, other...)
					try(fmt.Sprintf("segment %d, lines %d and %d swapped", n, i, j))
				}
			}
		}
		for m := uint64(1); m <= 3; m++ {
			if m == n {
				continue
			}
			dir.files[SegmentName("log", n)] = whole.files[SegmentName("log", m)]
			try(fmt.Sprintf("segment %d in the place of %d", m, n))
			dir.files[SegmentName("log", n)], dir.files[SegmentName("log", m)] = whole.files[SegmentName("log", m)], whole.files[SegmentName("log", n)]
			try(fmt.Sprintf("segments %d and %d swapped", m, n))
		}
	}
}

// TestAnyChange changes ranges of bytes at random, several at once.
func TestAnyChange(t *testing.T) {
	d := newDevice(t, 1)
	sound := newMemory()
	d.grow(t, sound, 12, 4)
	known := d.sound(t, sound, 12).State
	rapid.Check(t, func(rt *rapid.T) {
		dir := sound.clone()
		name := SegmentName("log", 1)
		data := bytes.Clone(dir.files[name])
		for range rapid.IntRange(1, 3).Draw(rt, "changes") {
			from := rapid.IntRange(0, len(data)).Draw(rt, "from")
			to := rapid.IntRange(from, min(len(data), from+600)).Draw(rt, "to")
			data = slices.Replace(data, from, to, rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(rt, "new")...)
		}
		if bytes.HasPrefix(data, sound.files[name]) {
			return
		}
		dir.files[name] = data
		detected(rt, d, dir, known, "changed")
	})
}

// TestForks: a device that goes on from a restored snapshot is caught by
// whoever saw the other history, with both heads as evidence.
func TestForks(t *testing.T) {
	d, dir := newDevice(t, 1), newMemory()
	three(t, d, dir)
	snapshot := dir.clone()
	d.grow(t, dir, 4, 2)
	known := d.sound(t, dir, 12).State
	for name, c := range map[string]struct {
		more, batch int
		why         Why
	}{
		"shorter":       {2, 1, WhyOldHead},
		"as long":       {4, 2, WhyTwoHeads},
		"longer":        {5, 1, WhyPinned},
		"much longer":   {1500, 500, WhyPinned},
		"not continued": {0, 1, WhyOldHead},
	} {
		t.Run(name, func(t *testing.T) {
			forked := snapshot.clone()
			d.grow(t, forked, c.more, c.batch)
			for _, full := range []bool{false, true} {
				r := d.verify(t, forked, VerifyOptions{State: known, Full: full})
				if len(r.Findings) != 1 || r.Findings[0].Why != c.why || r.State != known {
					t.Fatalf("findings %v, notes %v", r.Findings, r.Notes)
				}
				f := r.Findings[0]
				if c.why == WhyOldHead {
					if f.Code != Truncated || f.Have != uint64(8+c.more) || f.Want != 12 {
						t.Errorf("%+v", f)
					}
					continue
				}
				if f.Code != Fork || len(f.Heads) != 2 || bytes.Equal(f.Heads[0], f.Heads[1]) {
					t.Fatalf("%+v", f)
				}
				for _, head := range f.Heads {
					if _, err := OpenHead(head, d.spec); err != nil {
						t.Errorf("evidence: %v", err)
					}
				}
			}
		})
	}
}

// TestOtherSegments: the same lines in other segments are another content.
func TestOtherSegments(t *testing.T) {
	d, dir := newDevice(t, 1), newMemory()
	three(t, d, dir)
	known := d.sound(t, dir, 8).State
	first, second := rows(dir, 1), rows(dir, 2)
	put(dir, 1, first[0], first[1])
	put(dir, 2, append([][]byte{first[2]}, second...)...)
	r := d.verify(t, dir, VerifyOptions{State: known, Full: true})
	if len(r.Findings) != 1 || r.Findings[0].Why != WhyPinned || r.Findings[0].File != SegmentName("log", 1) {
		t.Errorf("%v", r.Findings)
	}
	if r := d.verify(t, dir, VerifyOptions{}); !r.Proven {
		t.Error("the hashes do not cover where segments end; the package comment says otherwise now")
	}
}

func FuzzVerify(f *testing.F) {
	d, sound := newDevice(f, 1), newMemory()
	three(f, d, sound)
	known := d.sound(f, sound, 8).State
	seeds := 0
	for n := uint64(1); n <= 3; n++ {
		f.Add(sound.files[SegmentName("log", n)], uint8(n))
		f.Add(sound.files[SegmentName("log", n)][7:], uint8(n))
		f.Add([]byte("{\"v\":1,\n\n"), uint8(n))
		seeds++
	}
	f.Add(sound.files["log/head"], uint8(0))
	if seeds == 0 {
		f.Fatal("no seeds")
	}
	f.Fuzz(func(t *testing.T, data []byte, which uint8) {
		dir := sound.clone()
		name := SegmentName("log", uint64(which%4))
		covered := bytes.Equal(data, sound.files[name])
		switch which % 4 {
		case 0:
			name = "log/head"
			covered = bytes.Equal(data, sound.files[name])
		case 3:
			covered = bytes.HasPrefix(data, sound.files[name])
		}
		dir.files[name] = data
		if covered {
			if r := d.verify(t, dir, VerifyOptions{}); !r.Proven || len(r.Findings) > 0 {
				t.Fatalf("%v", r.Findings)
			}
			return
		}
		if name == "log/head" {
			if r := d.verify(t, dir, VerifyOptions{}); r.Proven {
				t.Fatal("proven by a head that nobody signed")
			}
			return
		}
		detected(t, d, dir, known, name)
	})
}
