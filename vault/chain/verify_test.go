package chain

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"opsvault/vault/statement"
)

// three makes a log of three segments with 3, 3 and 2 short lines: every
// writer finds the note of another recipient.
func three(t tester, d *device, dir Dir) {
	t.Helper()
	for _, n := range []int{3, 3, 2} {
		w := d.writer(t, dir)
		w.rotate = true
		for i := range n {
			if _, err := w.Append(Draft{Actor: "ivan", Op: "x", Object: fmt.Sprint("o", i), Policy: 1, Result: OK}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// rows returns the lines of a segment, each with its LF.
func rows(dir *memory, n uint64) [][]byte {
	return bytes.SplitAfter(bytes.TrimSuffix(dir.files[SegmentName("log", n)], []byte("\n")), []byte("\n"))
}

// put makes lines a segment.
func put(dir *memory, n uint64, lines ...[]byte) {
	var b []byte
	for _, line := range lines {
		b = append(append(b, bytes.TrimSuffix(line, []byte("\n"))...), '\n')
	}
	dir.files[SegmentName("log", n)] = b
}

// forge writes the lines of a chain anew from line i of segment n on, as
// somebody without the key can.
func forge(d *device, dir *memory, n uint64, i int, change func(Draft) Draft) {
	lines := rows(dir, n)
	for ; i < len(lines); i++ {
		l, err := ParseLine(append(bytes.TrimSuffix(lines[i], []byte("\n")), '\n'))
		if err != nil {
			panic(err)
		}
		prev := l.Prev
		if i > 0 {
			prev = statement.Sum(append(bytes.TrimSuffix(lines[i-1], []byte("\n")), '\n'))
		}
		draft := change(Draft{Actor: l.Actor, Op: l.Op, Object: l.Object, Policy: l.Policy, Result: l.Result})
		lines[i] = finish(encoder{device: l.Device, seq: l.Seq, prev: prev, time: l.Time}.appendBound(nil, &draft), nil)
	}
	put(dir, n, lines...)
}

func TestFindings(t *testing.T) {
	type want struct {
		code Code
		why  Why
		file string
		line int
	}
	seg := func(n uint64) string { return SegmentName("log", n) }
	other := newDevice(t, 2)
	for name, c := range map[string]struct {
		spoil func(d *device, dir *memory)
		want  want
	}{
		"a value changed": {func(_ *device, dir *memory) {
			dir.files[seg(2)] = bytes.Replace(dir.files[seg(2)], []byte(`"obj":"o1"`), []byte(`"obj":"o9"`), 1)
		}, want{Edit, WhyPrev, seg(2), 3}},
		"the last line changed": {func(_ *device, dir *memory) {
			dir.files[seg(3)] = bytes.Replace(dir.files[seg(3)], []byte(`"obj":"o1"`), []byte(`"obj":"o9"`), 1)
		}, want{Edit, WhyHeadLine, seg(3), 2}},
		"the end rewritten": {func(d *device, dir *memory) {
			forge(d, dir, 3, 0, func(x Draft) Draft { x.Actor = "anna"; return x })
		}, want{Edit, WhyHeadLine, seg(3), 2}},
		"no canonical line": {func(_ *device, dir *memory) {
			dir.files[seg(1)] = bytes.Replace(dir.files[seg(1)], []byte(`"pol":1`), []byte(`"pol": 1`), 1)
		}, want{Edit, WhyMalformed, seg(1), 1}},
		"a line gone": {func(_ *device, dir *memory) { r := rows(dir, 2); put(dir, 2, r[0], r[2]) },
			want{Gap, WhySeq, seg(2), 2}},
		"the first line gone": {func(_ *device, dir *memory) { put(dir, 1, rows(dir, 1)[1:]...) },
			want{Gap, WhySeq, seg(1), 1}},
		"the last line of a segment gone": {func(_ *device, dir *memory) { put(dir, 1, rows(dir, 1)[:2]...) },
			want{Gap, WhySeq, seg(2), 1}},
		"a line twice": {func(_ *device, dir *memory) { r := rows(dir, 2); put(dir, 2, r[0], r[0], r[1], r[2]) },
			want{Edit, WhySeq, seg(2), 2}},
		"two lines swapped": {func(_ *device, dir *memory) { r := rows(dir, 2); put(dir, 2, r[1], r[0], r[2]) },
			want{Gap, WhySeq, seg(2), 1}},
		"two segments swapped": {func(_ *device, dir *memory) {
			dir.files[seg(1)], dir.files[seg(2)] = dir.files[seg(2)], dir.files[seg(1)]
		}, want{Gap, WhySeq, seg(1), 1}},
		"a segment twice": {func(_ *device, dir *memory) { dir.files[seg(2)] = dir.files[seg(1)] },
			want{Edit, WhySeq, seg(2), 1}},
		"a segment gone": {func(_ *device, dir *memory) { delete(dir.files, seg(2)) },
			want{Gap, WhySegment, seg(2), 0}},
		"a segment emptied": {func(_ *device, dir *memory) { dir.files[seg(1)] = nil },
			want{Gap, WhyShort, seg(1), 1}},
		"a segment cut": {func(_ *device, dir *memory) { dir.files[seg(1)] = dir.files[seg(1)][:500] },
			want{Gap, WhyShort, seg(1), 3}},
		"a segment too big": {func(_ *device, dir *memory) {
			dir.files[seg(1)] = append(dir.files[seg(1)], make([]byte, MaxSegment)...)
		}, want{Edit, WhyLimit, seg(1), 1}},
		"lines of another device": {func(_ *device, dir *memory) {
			their := newMemory()
			three(t, other, their)
			dir.files[seg(1)] = their.files[seg(1)]
		}, want{BadKey, WhyDevice, seg(1), 1}},
		"head of another device": {func(_ *device, dir *memory) {
			their := newMemory()
			three(t, other, their)
			dir.files["log/head"] = their.files["log/head"]
		}, want{BadKey, WhySignature, "log/head", 0}},
		"head with another number": {func(_ *device, dir *memory) {
			dir.files["log/head"] = bytes.Replace(dir.files["log/head"], []byte("size 8"), []byte("size 7"), 1)
		}, want{BadKey, WhySignature, "log/head", 0}},
		"head with a byte more": {func(_ *device, dir *memory) { dir.files["log/head"] = append(dir.files["log/head"], '\n') },
			want{Edit, WhyHead, "log/head", 0}},
		"head over its limit": {func(_ *device, dir *memory) { dir.files["log/head"] = make([]byte, maxHead+1) },
			want{Edit, WhyHead, "log/head", 0}},
		"head of another vault": {func(d *device, dir *memory) {
			signed(t, d, dir, func(h *Head) { h.Vault = statement.Sum([]byte("other")) })
		}, want{Edit, WhyHead, "log/head", 0}},
		"head over the limits": {func(d *device, dir *memory) {
			signed(t, d, dir, func(h *Head) { h.Length = MaxSegment + 1 })
		}, want{Edit, WhyHead, "log/head", 0}},
		"head that ends inside a line": {func(d *device, dir *memory) { signed(t, d, dir, func(h *Head) { h.Length-- }) },
			want{Edit, WhyHeadLine, seg(3), 2}},
		"head with another size": {func(d *device, dir *memory) { signed(t, d, dir, func(h *Head) { h.Size++ }) },
			want{Edit, WhyHeadLine, seg(3), 2}},
		"head at another segment": {func(d *device, dir *memory) { signed(t, d, dir, func(h *Head) { h.Segment = 2 }) },
			want{Edit, WhyHeadLine, seg(2), 2}},
	} {
		t.Run(name, func(t *testing.T) {
			d, dir := newDevice(t, 1), newMemory()
			three(t, d, dir)
			before := d.sound(t, dir, 8)
			c.spoil(d, dir)
			for _, opts := range []VerifyOptions{{}, {State: before.State, Full: true}} {
				r := d.verify(t, dir, opts)
				if len(r.Findings) != 1 {
					t.Fatalf("findings %v, notes %v", r.Findings, r.Notes)
				}
				f := r.Findings[0]
				if have := (want{f.Code, f.Why, f.File, f.Line}); have != c.want {
					if opts.State == nil || f.Code != Fork && f.Code != Truncated && f.Why != WhyPinned {
						t.Errorf("have %v\nwant %v", have, c.want)
					}
				}
				if r.Proven && f.Code != Time || opts.State != nil && r.State != opts.State {
					t.Errorf("proven %v, state %v", r.Proven, r.State)
				}
			}
		})
	}
}

// signed puts a head in place that the device did sign, of a changed content.
func signed(t tester, d *device, dir *memory, change func(h *Head)) {
	t.Helper()
	h, err := OpenHead(dir.files["log/head"], d.spec)
	if err != nil {
		t.Fatal(err)
	}
	change(&h)
	if dir.files["log/head"], err = signHead(h, d.signer, nil); err != nil {
		t.Fatal(err)
	}
}

// sign puts a head in place that covers what is there.
func sign(t tester, d *device, dir *memory, segment, size uint64) {
	t.Helper()
	data := dir.files[SegmentName("log", segment)]
	h := Head{
		Vault: d.spec.Vault, Device: d.spec.Device, Size: size, Last: statement.Sum(lastLine(data)),
		Segment: segment, Length: uint64(len(data)), Time: d.clock,
	}
	var err error
	if dir.files["log/head"], err = signHead(h, d.signer, nil); err != nil {
		t.Fatal(err)
	}
}

func TestTimeBackwards(t *testing.T) {
	d, dir := newDevice(t, 1), newMemory()
	three(t, d, dir)
	state := d.sound(t, dir, 8).State
	at := d.spec
	var lines [][]byte
	prev := statement.Sum(at.Genesis())
	for i, ms := range []int{500, 400, 400, 300} {
		e := encoder{device: at.Device, seq: uint64(i + 1), prev: prev, time: d.clock.Add(time.Duration(ms) * time.Millisecond)}
		line := finish(e.appendBound(nil, &Draft{Actor: "i", Op: "x", Policy: 1, Result: OK}), nil)
		lines, prev = append(lines, line), statement.Sum(line)
	}
	put(dir, 1, lines...)
	delete(dir.files, SegmentName("log", 2))
	delete(dir.files, SegmentName("log", 3))
	sign(t, d, dir, 1, 4)
	for range 2 { // the finding stays: the State does not advance over it
		r := d.verify(t, dir, VerifyOptions{})
		if len(r.Findings) != 2 || r.Findings[0].Code != Time || r.Findings[0].Line != 2 || r.Findings[1].Seq != 4 || !r.Proven || r.State != nil {
			t.Fatalf("%+v", r)
		}
	}
	if r := d.verify(t, dir, VerifyOptions{State: state}); r.Findings[0].Code != Truncated {
		t.Errorf("%v", r.Findings)
	}
}

func TestSegmentWithTooManyLines(t *testing.T) {
	d, dir := newDevice(t, 1), newMemory()
	prev := statement.Sum(d.spec.Genesis())
	var lines [][]byte
	for i := range MaxSegmentLines + 1 {
		e := encoder{device: d.spec.Device, seq: uint64(i + 1), prev: prev, time: d.clock}
		line := finish(e.appendBound(nil, &Draft{Actor: "i", Op: "x", Policy: 1, Result: OK}), nil)
		lines, prev = append(lines, line), statement.Sum(line)
	}
	put(dir, 1, lines...)
	sign(t, d, dir, 1, MaxSegmentLines)
	signed(t, d, dir, func(h *Head) { h.Segment = 2; h.Length = 5; h.Size++ })
	dir.files[SegmentName("log", 2)] = []byte("12345")
	r := d.verify(t, dir, VerifyOptions{})
	if len(r.Findings) != 1 || r.Findings[0].Why != WhyLimit || r.Findings[0].Line != MaxSegmentLines+1 {
		t.Errorf("%v", r.Findings)
	}
}

func TestNotes(t *testing.T) {
	seg := func(n uint64) string { return SegmentName("log", n) }
	for name, c := range map[string]struct {
		spoil    func(dir *memory)
		note     Code
		original Code // what it is in an original, or where more was there before
		proven   bool
	}{
		"half a line beyond": {func(dir *memory) { dir.files[seg(3)] = append(dir.files[seg(3)], "{\"v\""...) }, Torn, Torn, true},
		"a line beyond":      {func(dir *memory) { dir.files[seg(3)] = append(dir.files[seg(3)], "{}\n"...) }, UnsignedTail, UnsignedTail, true},
		"zeros beyond":       {func(dir *memory) { dir.files[seg(3)] = append(dir.files[seg(3)], make([]byte, 999)...) }, Torn, Torn, true},
		"a segment beyond":   {func(dir *memory) { dir.files[seg(4)] = []byte("{}\n") }, UnsignedTail, UnsignedTail, true},
		"cut in a line":      {func(dir *memory) { dir.files[seg(3)] = dir.files[seg(3)][:300] }, InTransit, Truncated, false},
		"cut after a line":   {func(dir *memory) { put(dir, 3, rows(dir, 3)[0]) }, InTransit, Truncated, false},
		"zeros for a line": {func(dir *memory) {
			f := dir.files[seg(3)]
			clear(f[len(f)-100:])
		}, InTransit, Truncated, false},
		"no last segment": {func(dir *memory) { delete(dir.files, seg(3)) }, InTransit, Truncated, false},
		"one segment":     {func(dir *memory) { delete(dir.files, seg(3)); delete(dir.files, seg(2)) }, InTransit, Truncated, false},
		"the head alone": {func(dir *memory) {
			for n := range uint64(3) {
				delete(dir.files, seg(n+1))
			}
		}, InTransit, Truncated, false},
		"no head":       {func(dir *memory) { delete(dir.files, "log/head") }, UnsignedTail, UnsignedTail, false},
		"an empty head": {func(dir *memory) { dir.files["log/head"] = []byte{} }, Torn, Torn, false},
		"half a head":   {func(dir *memory) { f := dir.files["log/head"]; clear(f[len(f)/2:]) }, Torn, Torn, false},
	} {
		t.Run(name, func(t *testing.T) {
			d, dir := newDevice(t, 1), newMemory()
			three(t, d, dir)
			state := d.sound(t, dir, 8).State
			c.spoil(dir)
			r := d.verify(t, dir, VerifyOptions{})
			if len(r.Findings) > 0 || len(r.Notes) != 1 || r.Notes[0].Code != c.note || r.Proven != c.proven {
				t.Errorf("as a copy: findings %v, notes %v, proven %v", r.Findings, r.Notes, r.Proven)
			}
			if !c.proven && r.State != nil {
				t.Error("a state of lines that nothing proves")
			}
			all := []VerifyOptions{{Original: true}, {State: state}, {State: state, Full: true}}
			for _, opts := range all {
				r := d.verify(t, dir, opts)
				list := slices.Concat(r.Findings, r.Notes)
				if len(list) != 1 || list[0].Code != c.original || (len(r.Findings) == 1) != (c.original == Truncated) {
					t.Errorf("original or known: findings %v, notes %v", r.Findings, r.Notes)
				}
			}
		})
	}
}

func TestNothingThere(t *testing.T) {
	d := newDevice(t, 1)
	if r := d.verify(t, newMemory(), VerifyOptions{}); !r.Proven || r.State != nil || len(r.Findings)+len(r.Notes) > 0 {
		t.Errorf("%+v", r)
	}
	dir := newMemory()
	three(t, d, dir)
	state := d.sound(t, dir, 8).State
	if r := d.verify(t, newMemory(), VerifyOptions{State: state}); len(r.Findings) != 1 || r.Findings[0].Code != Truncated {
		t.Errorf("all gone: %v, %v", r.Findings, r.Notes)
	}
}

func TestEachLine(t *testing.T) {
	d, dir := newDevice(t, 1), newMemory()
	three(t, d, dir)
	var seen []string
	state := d.verify(t, dir, VerifyOptions{Each: func(l Line) error {
		seen = append(seen, fmt.Sprint(l.Segment, "/", l.Seq))
		return nil
	}}).State
	if have := strings.Join(seen, " "); have != "1/1 1/2 1/3 2/4 2/5 2/6 3/7 3/8" {
		t.Error(have)
	}
	d.grow(t, dir, 2, 2)
	// Lines that were handed out before are not handed out again, also when all
	// are read because the last of them was changed.
	changed := dir.clone()
	changed.files[SegmentName("log", 3)] = bytes.Replace(changed.files[SegmentName("log", 3)], []byte(`"obj":"o1"`), []byte(`"obj":"o9"`), 1)
	r := d.verify(t, changed, VerifyOptions{State: state, Each: func(l Line) error { return errors.New("line handed out") }})
	if len(r.Findings) != 1 || r.Findings[0].Line != 3 {
		t.Errorf("findings %v", r.Findings)
	}
	seen = nil
	stop := errors.New("enough")
	_, err := Verify(dir, "log", d.spec, VerifyOptions{State: state, Each: func(l Line) error {
		seen = append(seen, fmt.Sprint(l.Segment, "/", l.Seq))
		return stop
	}})
	if have := strings.Join(seen, " "); have != "3/9" || !errors.Is(err, stop) {
		t.Error(have, err)
	}
}

// TestMemory: what is allocated does not grow with the number of lines.
func TestMemory(t *testing.T) {
	d, dir := newDevice(t, 1), newMemory()
	var before, after runtime.MemStats
	measure := func(lines int) uint64 {
		d.grow(t, dir, lines, 500)
		runtime.GC()
		runtime.ReadMemStats(&before)
		d.verify(t, dir, VerifyOptions{})
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	few, many := measure(500), measure(9500)
	if many > few+100_000 {
		t.Errorf("%d bytes for 500 lines, %d for 10,000", few, many)
	}
}
