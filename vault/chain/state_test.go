package chain

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsvault/vault/statement"
)

func genState(t *rapid.T) *State {
	s := &State{
		Genesis: statement.Sum(rapid.SliceOf(rapid.Byte()).Draw(t, "genesis")),
		First:   time.UnixMilli(rapid.Int64Range(0, 253402300799999).Draw(t, "first")).UTC(),
		Time:    time.UnixMilli(rapid.Int64Range(0, 253402300799999).Draw(t, "last")).UTC(),
		Head:    rapid.SliceOfN(rapid.Byte(), 0, maxHead).Draw(t, "head"),
	}
	next := uint64(1)
	for range rapid.IntRange(1, 40).Draw(t, "segments") {
		s.Segments = append(s.Segments, Segment{
			First: next, Length: rapid.Uint64Range(1, MaxSegment).Draw(t, "length"), Last: statement.Sum([]byte{byte(next)}),
		})
		s.Size = next + rapid.Uint64Range(0, MaxSegmentLines-1).Draw(t, "lines")
		next = s.Size + 1
	}
	return s
}

func TestStateRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := genState(t)
		back, err := ParseState(s.Marshal())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(back.Marshal(), s.Marshal()) || !back.Time.Equal(s.Time) || back.Last() != s.Last() {
			t.Fatalf("have %+v\nwant %+v", back, s)
		}
		for range 10 {
			seq := rapid.Uint64Range(0, s.Size+2).Draw(t, "seq")
			n := s.find(seq)
			if inside := seq >= 1 && seq <= s.Size; inside != (n > 0) || inside && (seq < s.Segments[n-1].First || seq > s.end(n)) {
				t.Fatalf("line %d is said to be in segment %d", seq, n)
			}
		}
	})
}

func TestParseStateRefuses(t *testing.T) {
	d, dir := newDevice(t, 1), newMemory()
	three(t, d, dir)
	text := string(d.sound(t, dir, 8).State.Marshal())
	if _, err := ParseState([]byte(text)); err != nil {
		t.Fatal(err)
	}
	last := text[strings.LastIndex(text[:len(text)-1], "\n")+1:]
	for name, spoilt := range map[string]string{
		"nothing":               "",
		"another first line":    strings.Replace(text, "verified", "certified", 1),
		"no LF":                 strings.TrimSuffix(text, "\n"),
		"a blank line":          text + "\n",
		"no segments":           text[:strings.Index(text, "\n1 ")+1],
		"size as hex":           strings.Replace(text, "size 8", "size 0x8", 1),
		"size with a zero":      strings.Replace(text, "size 8", "size 08", 1),
		"size with a sign":      strings.Replace(text, "size 8", "size +8", 1),
		"size below segments":   strings.Replace(text, "size 8", "size 6", 1),
		"size over all limits":  strings.Replace(text, "size 8", "size 9999999999999999", 1),
		"upper case":            strings.Replace(text, last, strings.ToUpper(last), 1),
		"segments out of order": text + last,
		"segment over its size": strings.Replace(text, last, "7 262145"+last[strings.LastIndex(last, " "):], 1),
		"first not 1":           strings.Replace(text, "\n1 ", "\n2 ", 1),
		"a day that is not":     strings.Replace(text, "-11-21", "-11-31", 1),
		"other base64":          strings.Replace(text, "head ", "head =", 1),
		"no head":               strings.Replace(text, "head ", "heed ", 1),
	} {
		if spoilt == text {
			t.Errorf("%s: nothing spoilt", name)
		}
		if s, err := ParseState([]byte(spoilt)); !errors.Is(err, ErrState) {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
}

func TestStateOfAnotherChain(t *testing.T) {
	d, dir := newDevice(t, 1), newMemory()
	three(t, d, dir)
	known := d.sound(t, dir, 8).State
	journal := d.spec
	journal.Run = "r2x3r2x3r2x3r2x3"
	if _, err := Verify(dir, "log", journal, VerifyOptions{State: known}); !errors.Is(err, ErrState) {
		t.Errorf("state of the log for a journal: %v", err)
	}
	if _, err := Verify(dir, "log", d.spec, VerifyOptions{State: &State{Genesis: known.Genesis}}); !errors.Is(err, ErrState) {
		t.Errorf("empty state: %v", err)
	}
	broken := *known
	broken.Head = []byte("x")
	delete(dir.files, "log/head")
	if _, err := Verify(dir, "log", d.spec, VerifyOptions{State: &broken}); !errors.Is(err, ErrState) {
		t.Errorf("state with a broken head: %v", err)
	}
}

func TestIncremental(t *testing.T) {
	d, dir := newDevice(t, 1), newMemory()
	var known *State
	total := uint64(0)
	for _, more := range []int{1, 1, 3, 700, 0, 400, 1500} {
		d.grow(t, dir, more, 300)
		total += uint64(more)
		r := d.verify(t, dir, VerifyOptions{State: known})
		if !r.Proven || r.Lines != uint64(more) || r.State.Size != total {
			t.Fatalf("%d more: %d read, state of %d, findings %v", more, r.Lines, r.State.Size, r.Findings)
		}
		whole := d.sound(t, dir, total).State
		if !bytes.Equal(whole.Marshal(), r.State.Marshal()) {
			t.Fatalf("after %d lines, step by step:\n%s\nat once:\n%s", total, r.State.Marshal(), whole.Marshal())
		}
		known = r.State
	}
}

func TestReader(t *testing.T) {
	d, dir := newDevice(t, 1), newMemory()
	three(t, d, dir)
	known := d.sound(t, dir, 8).State
	var want []Line
	d.verify(t, dir, VerifyOptions{Each: func(l Line) error { want = append(want, l); return nil }})
	d.grow(t, dir, 3, 3)
	for seq := uint64(1); seq <= 8; seq++ {
		if l, err := LineAt(dir, "log", known, seq); err != nil || l != want[seq-1] {
			t.Errorf("line %d: %+v, %v", seq, l, err)
		}
	}
	for _, seq := range []uint64{0, 9, 11, 1 << 60} {
		if _, err := LineAt(dir, "log", known, seq); !errors.Is(err, ErrUnproven) {
			t.Errorf("line %d, not covered: %v", seq, err)
		}
	}
	if _, err := LineAt(dir, "log", nil, 1); !errors.Is(err, ErrUnproven) {
		t.Errorf("without a state: %v", err)
	}
	var seen []uint64
	stop := errors.New("enough")
	err := NewReader(dir, "log", known).Each(3, func(l Line) error {
		seen = append(seen, l.Seq)
		if l.Seq == 7 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || len(seen) != 5 || seen[0] != 3 {
		t.Errorf("seen %v, %v", seen, err)
	}
}

// TestReaderProves: no changed line is ever handed out.
func TestReaderProves(t *testing.T) {
	d, dir := newDevice(t, 1), newMemory()
	three(t, d, dir)
	known := d.sound(t, dir, 8).State
	name := SegmentName("log", 2)
	whole := dir.files[name]
	for i := range whole {
		dir.files[name] = bytes.Clone(whole)
		dir.files[name][i] ^= 1 << (i % 8)
		for seq := uint64(4); seq <= 6; seq++ {
			if _, err := LineAt(dir, "log", known, seq); !errors.Is(err, ErrUnproven) {
				t.Fatalf("byte %d changed, line %d: %v", i, seq, err)
			}
		}
	}
	dir.files[name] = whole[:len(whole)-1]
	if _, err := LineAt(dir, "log", known, 4); !errors.Is(err, ErrUnproven) {
		t.Errorf("cut: %v", err)
	}
	delete(dir.files, name)
	if _, err := LineAt(dir, "log", known, 4); !errors.Is(err, ErrUnproven) {
		t.Errorf("gone: %v", err)
	}
	if _, err := LineAt(dir, "log", known, 1); err != nil {
		t.Errorf("another segment: %v", err)
	}
}

func FuzzState(f *testing.F) {
	d, dir := newDevice(f, 1), newMemory()
	three(f, d, dir)
	text := d.sound(f, dir, 8).State.Marshal()
	seeds := 0
	for _, seed := range [][]byte{text, text[:len(text)/2], []byte(stateFirst + "\nchain \n\n\n\n\n"), nil} {
		f.Add(seed)
		seeds++
	}
	if seeds == 0 {
		f.Fatal("no seeds")
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ParseState(data)
		if err != nil {
			if !errors.Is(err, ErrState) {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		if !bytes.Equal(s.Marshal(), data) {
			t.Fatal("two forms of one state")
		}
		// Whatever it says, nothing that uses it panics.
		s.Genesis = statement.Sum(d.spec.Genesis())
		if _, err := Verify(dir, "log", d.spec, VerifyOptions{State: s}); err != nil && !errors.Is(err, ErrState) {
			t.Fatal(err)
		}
		if _, err := LineAt(dir, "log", s, s.Size); err != nil && !errors.Is(err, ErrUnproven) {
			t.Fatal(err)
		}
	})
}
