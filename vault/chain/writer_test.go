package chain

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"opsvault/vault/statement"
)

func TestAppend(t *testing.T) {
	d, dir := newDevice(t, 1), newMemory()
	w := d.writer(t, dir)
	if w.Next() != 1 {
		t.Fatalf("a new log begins at %d", w.Next())
	}
	if lines, err := w.Append(); lines != nil || err != nil || len(dir.files) > 0 {
		t.Fatalf("nothing appended: %v, %v, %v", lines, err, dir.files)
	}
	lines, err := w.Append(reveal(1), Draft{Actor: "ivan", Op: "audit.read", Policy: 4, Result: OK})
	if err != nil {
		t.Fatal(err)
	}
	if w.Next() != 3 || len(lines) != 2 || lines[1].Seq != 2 || lines[1].Prev != lines[0].Hash || lines[1].Object != "-" || lines[1].Segment != 1 {
		t.Errorf("next %d, lines %+v", w.Next(), lines)
	}
	if lines[0].Prev != statement.Sum(d.spec.Genesis()) {
		t.Error("line 1 does not name the genesis text")
	}
	if lines[0].Raw+lines[1].Raw != string(dir.files["log/000001.jsonl"]) {
		t.Error("other lines are stored than returned")
	}
	again := d.writer(t, dir)
	if again.Next() != 3 {
		t.Errorf("after reopening: %d", again.Next())
	}
	d.sound(t, dir, 2)
}

func TestEveryAppendIsOneWriteAndOneHead(t *testing.T) {
	d, dir := newDevice(t, 1), newMemory()
	w := d.writer(t, dir)
	if _, err := w.Append(reveal(1)); err != nil {
		t.Fatal(err)
	}
	before := dir.steps
	if _, err := w.Append(reveal(2), reveal(3)); err != nil {
		t.Fatal(err)
	}
	if dir.steps != before+2 {
		t.Errorf("%d steps, want the lines and the head", dir.steps-before)
	}
}

func TestSegments(t *testing.T) {
	fat := Draft{Actor: "ivan", Op: "x", Policy: 1, Result: OK, Details: map[string]any{"d": strings.Repeat("x", 11_000)}}
	thin := Draft{Actor: "ivan", Op: "x", Policy: 1, Result: OK}
	for name, c := range map[string]struct {
		draft Draft
		batch []int
		first []uint64 // of each segment
	}{
		"1,024 lines":               {thin, []int{1024, 1, 1}, []uint64{1, 1025}},
		"1,024 lines, one by one":   {thin, slices.Repeat([]int{1}, 1026), []uint64{1, 1025}},
		"256 KiB":                   {fat, []int{5, 5, 5, 5, 5}, []uint64{1, 18}},
		"one batch, three segments": {thin, []int{2100}, []uint64{1, 1025, 2049}},
		"one batch, over the edge":  {thin, []int{1020, 10}, []uint64{1, 1025}},
		"fat batch, over the edge":  {fat, []int{16, 3}, []uint64{1, 18}},
	} {
		t.Run(name, func(t *testing.T) {
			d, dir := newDevice(t, 1), newMemory()
			w, n := d.writer(t, dir), 0
			for _, size := range c.batch {
				if _, err := w.Append(slices.Repeat([]Draft{c.draft}, size)...); err != nil {
					t.Fatal(err)
				}
				n += size
			}
			r := d.sound(t, dir, uint64(n))
			var first []uint64
			for i, s := range r.State.Segments {
				first = append(first, s.First)
				if s.Length > MaxSegment || s.Length != uint64(len(dir.files[SegmentName("log", uint64(i+1))])) {
					t.Errorf("segment %d: %d bytes", i+1, s.Length)
				}
			}
			if !slices.Equal(first, c.first) {
				t.Errorf("segments begin at %v, want %v", first, c.first)
			}
			openEvery(t, d, dir, r.State)
		})
	}
}

// openEvery opens the details of every line with the key of its segment.
func openEvery(t *testing.T, d *device, dir *memory, s *State) {
	t.Helper()
	keys := map[uint64][32]byte{}
	err := NewReader(dir, "log", s).Each(1, func(l Line) error {
		key, ok := keys[l.Segment]
		if !ok {
			var err error
			if key, err = OpenKey(dir.files[KeyName("log", l.Segment)], d.auditors); err != nil {
				return err
			}
			if key != d.options().Derive(d.spec.KeyInfo(l.Segment)) {
				t.Errorf("segment %d: the key file holds another key", l.Segment)
			}
			keys[l.Segment] = key
		}
		_, err := OpenDetails(key, &l)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNewRecipientBeginsASegment(t *testing.T) {
	d, dir := newDevice(t, 1), newMemory()
	d.grow(t, dir, 3, 1)
	old := d.auditors
	var err error
	if d.auditors, err = age.GenerateHybridIdentity(); err != nil {
		t.Fatal(err)
	}
	d.grow(t, dir, 2, 1)
	d.grow(t, dir, 2, 1) // the same recipient: the same segment
	r := d.sound(t, dir, 7)
	if len(r.State.Segments) != 2 || r.State.Segments[1].First != 4 {
		t.Fatalf("segments %+v", r.State.Segments)
	}
	if _, err := OpenKey(dir.files[KeyName("log", 2)], old); !errors.Is(err, ErrSealed) {
		t.Errorf("the former auditors open the new segment: %v", err)
	}
	if _, err := OpenKey(dir.files[KeyName("log", 2)], d.auditors); err != nil {
		t.Error(err)
	}
	// A lost note costs a segment, no more.
	delete(dir.files, noteName("log"))
	d.grow(t, dir, 2, 1)
	if r := d.sound(t, dir, 9); len(r.State.Segments) != 3 {
		t.Errorf("segments %+v", r.State.Segments)
	}
}

func TestTimeNeverGoesBack(t *testing.T) {
	d, dir := newDevice(t, 1), newMemory()
	d.grow(t, dir, 2, 1)
	d.clock = d.clock.Add(-48 * time.Hour)
	w := d.writer(t, dir)
	lines, err := w.Append(reveal(3), reveal(4))
	if err != nil {
		t.Fatal(err)
	}
	last := d.sound(t, dir, 4).State.Time
	if !lines[0].Time.Equal(last) || !lines[1].Time.Equal(last) || !last.Equal(time.Date(2026, 11, 21, 12, 0, 1, 677e6, time.UTC)) {
		t.Errorf("times %v, %v, state %v", lines[0].Time, lines[1].Time, last)
	}
}

func TestBadDrafts(t *testing.T) {
	good := Draft{Actor: "ivan", Op: "x", Policy: 1, Result: OK}
	for name, c := range map[string]struct {
		spoil func(d *Draft)
		key   string
	}{
		"no actor":       {func(d *Draft) { d.Actor = "" }, "actor"},
		"no op":          {func(d *Draft) { d.Op = "" }, "op"},
		"a path":         {func(d *Draft) { d.Object = "telephony/sip" }, "obj"},
		"a quote":        {func(d *Draft) { d.For = `an"na` }, "for"},
		"a line break":   {func(d *Draft) { d.Grant = "g\n" }, "grant"},
		"too long":       {func(d *Draft) { d.Run = strings.Repeat("r", 129) }, "run"},
		"no policy":      {func(d *Draft) { d.Policy = 0 }, "pol"},
		"policy too big": {func(d *Draft) { d.Policy = 1e6 }, "pol"},
		"no result":      {func(d *Draft) { d.Result = "" }, "res"},
		"ref ahead":      {func(d *Draft) { d.Ref = 2 }, "ref"},
		"fat details":    {func(d *Draft) { d.Details = map[string]any{"x": strings.Repeat("x", MaxLine)} }, "sealed"},
		"just too fat":   {func(d *Draft) { d.Details = map[string]any{"x": strings.Repeat("x", 12_100)} }, "sealed"},
		"no JSON":        {func(d *Draft) { d.Details = map[string]any{"x": func() {}} }, "sealed"},
	} {
		t.Run(name, func(t *testing.T) {
			d, dir := newDevice(t, 1), newMemory()
			w, bad := d.writer(t, dir), good
			c.spoil(&bad)
			_, err := w.Append(good, bad)
			var draft *DraftError
			if !errors.As(err, &draft) || !errors.Is(err, ErrDraft) || draft.Key != c.key {
				t.Fatalf("want an error about %s, have %v", c.key, err)
			}
			if len(dir.files) > 0 {
				t.Errorf("something was written: %d files", len(dir.files))
			}
			if _, err := w.Append(good); err != nil {
				t.Errorf("the writer is spoiled: %v", err)
			}
		})
	}
}

func TestYearBeyondTheFormat(t *testing.T) {
	d, dir := newDevice(t, 1), newMemory()
	d.clock = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
	if _, err := d.writer(t, dir).Append(reveal(1)); !errors.Is(err, ErrDraft) {
		t.Fatalf("want ErrDraft, have %v", err)
	}
}

func TestFailedWriterStaysFailed(t *testing.T) {
	for step := range 2 {
		t.Run(fmt.Sprint("step ", step), func(t *testing.T) {
			d, dir, vault := newDevice(t, 1), newMemory(), newMemory()
			d.grow(t, dir, 3, 1)
			w := d.writer(t, dir)
			dir.left = step
			_, err := w.Append(reveal(4))
			var failed *WriteError
			if !errors.As(err, &failed) || !errors.Is(err, ErrWrite) || !errors.Is(err, errCut) || failed.Step != []string{"lines", "head"}[step] {
				t.Fatalf("have %v", err)
			}
			dir.left = -1
			if _, again := w.Append(reveal(4)); again != err {
				t.Errorf("a further append: %v", again)
			}
			if _, again := w.Publish(vault, "log"); again != err || len(vault.files) > 0 {
				t.Errorf("publishing: %v", again)
			}
			// The lines were lost or cut: the next writer goes on.
			d.grow(t, dir, 1, 1)
			d.sound(t, dir, []uint64{4, 5}[step]) // with step 1, a recovery
		})
	}
}

func TestRecovery(t *testing.T) {
	torn := []byte(`{"v":1,"dev":"k7q2`)
	for name, c := range map[string]struct {
		plant  func(dir *memory, whole []byte)
		tail   []byte
		silent bool
	}{
		"half a line": {func(dir *memory, _ []byte) {
			dir.files["log/000001.jsonl"] = append(dir.files["log/000001.jsonl"], torn...)
		}, torn, false},
		"a whole line": {func(dir *memory, w []byte) {
			dir.files["log/000001.jsonl"] = append(dir.files["log/000001.jsonl"], w...)
		}, nil, false},
		"another segment":   {func(dir *memory, _ []byte) { dir.files["log/000002.jsonl"] = torn }, torn, false},
		"an empty segment":  {func(dir *memory, _ []byte) { dir.files["log/000002.jsonl"] = []byte{} }, nil, true},
		"a key, no segment": {func(dir *memory, _ []byte) { dir.files["log/000002.key"] = torn }, nil, true},
		"both": {func(dir *memory, _ []byte) {
			dir.files["log/000001.jsonl"] = append(dir.files["log/000001.jsonl"], torn...)
			dir.files["log/000002.jsonl"] = torn
			dir.files["log/000003.jsonl"] = torn
		}, bytes.Repeat(torn, 3), false},
	} {
		t.Run(name, func(t *testing.T) {
			d, dir := newDevice(t, 1), newMemory()
			d.grow(t, dir, 4, 1)
			whole := lastLine(dir.files["log/000001.jsonl"])
			if name == "a whole line" {
				c.tail = whole
			}
			c.plant(dir, bytes.Clone(whole))
			w := d.writer(t, dir)
			if c.silent {
				if w.Next() != 5 {
					t.Errorf("next %d", w.Next())
				}
				d.sound(t, dir, 4)
				return
			}
			r := d.sound(t, dir, 5)
			line, err := LineAt(dir, "log", r.State, 5)
			if err != nil {
				t.Fatal(err)
			}
			details, err := OpenDetails(d.options().Derive(d.spec.KeyInfo(1)), &line)
			if err != nil {
				t.Fatal(err)
			}
			if line.Op != OpRecovered || fmt.Sprint(details["length"]) != fmt.Sprint(len(c.tail)) || details["hash"] != statement.Sum(c.tail).String() {
				t.Errorf("line %s, details %v", line.Raw, details)
			}
		})
	}
}

func TestDamagedOriginal(t *testing.T) {
	for name, spoil := range map[string]func(dir *memory){
		"no segment":        func(dir *memory) { delete(dir.files, "log/000001.jsonl") },
		"short":             func(dir *memory) { dir.files["log/000001.jsonl"] = dir.files["log/000001.jsonl"][:900] },
		"last line changed": func(dir *memory) { f := dir.files["log/000001.jsonl"]; f[len(f)-40] ^= 1 },
		"last line another": func(dir *memory) {
			f := dir.files["log/000001.jsonl"]
			i := bytes.LastIndex(f, []byte(`"actor":"ivan"`))
			copy(f[i:], `"actor":"anna"`)
		},
		"last line gone": func(dir *memory) {
			f := dir.files["log/000001.jsonl"]
			copy(f[len(f)-300:], bytes.Repeat([]byte("x"), 300))
		},
		"first line gone": func(dir *memory) { dir.files["log/000001.jsonl"][3] = 'x' },
		"no head":         func(dir *memory) { delete(dir.files, "log/head") },
		"torn head":       func(dir *memory) { dir.files["log/head"] = dir.files["log/head"][:100] },
		"fat head":        func(dir *memory) { dir.files["log/head"] = make([]byte, maxHead+1) },
		"changed head":    func(dir *memory) { dir.files["log/head"][90] ^= 1 },
	} {
		t.Run(name, func(t *testing.T) {
			d, dir := newDevice(t, 1), newMemory()
			d.grow(t, dir, 4, 1)
			spoil(dir)
			before := dir.clone().files
			_, err := OpenWriter(dir, "log", d.spec, d.signer, d.options())
			var damaged *DamagedError
			if !errors.As(err, &damaged) || !errors.Is(err, ErrDamaged) {
				t.Fatalf("want ErrDamaged, have %v", err)
			}
			for name := range before {
				if !bytes.Equal(before[name], dir.files[name]) {
					t.Errorf("%s was changed", name)
				}
			}
		})
	}
}

func TestOpenWriterRefusesAnotherDevice(t *testing.T) {
	d, other := newDevice(t, 1), newDevice(t, 2)
	for name, spec := range map[string]Spec{
		"id of another":   {Vault: d.spec.Vault, Device: other.spec.Device, Key: d.spec.Key},
		"key of another":  {Vault: d.spec.Vault, Device: d.spec.Device, Key: other.spec.Key},
		"both of another": other.spec,
		"no vault":        {Device: d.spec.Device, Key: d.spec.Key},
		"no key":          {Vault: d.spec.Vault, Device: d.spec.Device},
		"odd run":         {Vault: d.spec.Vault, Device: d.spec.Device, Key: d.spec.Key, Run: "a b"},
	} {
		if _, err := OpenWriter(newMemory(), "log", spec, d.signer, d.options()); !errors.Is(err, ErrSpec) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Verify(newMemory(), "log", Spec{}, VerifyOptions{}); !errors.Is(err, ErrSpec) {
		t.Errorf("verify: %v", err)
	}
	if _, err := Publish(newMemory(), "log", newMemory(), "log", Spec{}); !errors.Is(err, ErrSpec) {
		t.Errorf("publish: %v", err)
	}
}

func TestJournal(t *testing.T) {
	d, dir := newDevice(t, 1), newMemory()
	d.spec.Run = "r2x3r2x3r2x3r2x3"
	d.grow(t, dir, 3, 1)
	d.sound(t, dir, 3)
	if !bytes.HasPrefix(dir.files["log/head"], []byte("opsvault/v1 run\n")) {
		t.Errorf("head %s", dir.files["log/head"])
	}
	log := d.spec
	log.Run = ""
	r, err := Verify(dir, "log", log, VerifyOptions{})
	if err != nil || r.Proven || len(r.Findings) != 1 || r.Findings[0].Why != WhyHead {
		t.Errorf("a journal passes for a log: %+v, %v", r, err)
	}
}
