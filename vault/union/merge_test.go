package union_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsvault/vault/statement"
	"opsvault/vault/store"
	"opsvault/vault/store/storetest"
	"opsvault/vault/union"
)

// Contents say what they are: "good …", "waits …", or anything else, which is bad.
func judge(_ store.Name, data []byte) union.Verdict {
	switch {
	case bytes.HasPrefix(data, []byte("good")):
		return union.Verdict{}
	case bytes.HasPrefix(data, []byte("waits")):
		return union.Verdict{Kind: union.Waits, Why: "waits"}
	}
	return union.Verdict{Kind: union.Bad, Why: "bad"}
}

func names() []string {
	return []string{
		"entries/m4/m4x5c6v7b2n3k7q2m4x5c6v7b2-000001-k7q2m4x5c6v7b2n3.entry",
		"entries/m4/m4x5c6v7b2n3k7q2m4x5c6v7b2-000002-k7q2m4x5c6v7b2n3.entry",
		"entries/a2/a2x5c6v7b2n3k7q2m4x5c6v7b2-000001-k7q2m4x5c6v7b2n3.entry",
		"acts/202611/0123456789abcdef-k7q2m4x5c6v7b2n3.act",
		"keys/k7q2m4x5c6v7b2n3/000001-0123456789abcdef.keys",
	}
}

var tops = []string{"acts", "entries", "keys"}

// A copy is a directory, and what was kept out of it.
type copyOf struct {
	dir  *store.Dir
	disk *storetest.Faulty
}

func newCopy(files map[string]string) *copyOf {
	m := storetest.New()
	for name, data := range files {
		m.Plant("copy/"+name, 0o600, []byte(data))
	}
	return &copyOf{m.Dir("copy"), m}
}

// good is the copy's good contents: by name, those of newcomers folded into one.
func (c *copyOf) good() map[string][]string {
	sets := map[string][]string{}
	for name, data := range c.disk.Files() {
		name = strings.TrimPrefix(name, "copy/")
		base, _, _ := strings.Cut(name, "~")
		if _, ok := store.ParseName(name); ok && strings.HasPrefix(string(data), "good") && !slices.Contains(sets[base], string(data)) {
			sets[base] = append(sets[base], string(data))
		}
	}
	for name := range sets {
		slices.Sort(sets[name])
	}
	return sets
}

func merge(a, b *copyOf) (*union.Merge, error) {
	m := &union.Merge{Here: a.dir, There: b.dir, Judge: judge, Keep: func(string, []byte) error { return nil }}
	_, err := m.Run(nil, tops...)
	return m, err
}

// random draws what a copy holds: any content at any name, newcomers, junk.
func random(t *rapid.T, label string) map[string]string {
	files := map[string]string{}
	for i := range rapid.IntRange(0, 8).Draw(t, label) {
		name := rapid.SampledFrom(names()).Draw(t, fmt.Sprint(label, i, "name"))
		data := rapid.SampledFrom([]string{"good 1", "good 2", "good 3", "waits", "bad", ""}).Draw(t, fmt.Sprint(label, i, "data"))
		if rapid.Bool().Draw(t, fmt.Sprint(label, i, "beside")) {
			name += "~" + statement.Sum([]byte(data)).String()[:8]
		}
		files[name] = data
	}
	return files
}

func both(x, y map[string][]string) map[string][]string {
	sets := map[string][]string{}
	for _, one := range []map[string][]string{x, y} {
		for name, list := range one {
			for _, data := range list {
				if !slices.Contains(sets[name], data) {
					sets[name] = append(sets[name], data)
				}
			}
			slices.Sort(sets[name])
		}
	}
	return sets
}

func same(x, y map[string][]string) bool { return maps.EqualFunc(x, y, slices.Equal) }

// The union is commutative, associative and idempotent, and each side ends with
// the good contents of both: nothing more, nothing less.
func TestUnionIsOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := random(t, "a"), random(t, "b"), random(t, "c")
		meet := func(order ...[2]int) []*copyOf {
			copies := []*copyOf{newCopy(a), newCopy(b), newCopy(c)}
			for _, pair := range order {
				if _, err := merge(copies[pair[0]], copies[pair[1]]); err != nil {
					t.Fatal(err)
				}
			}
			return copies
		}
		want := both(newCopy(a).good(), newCopy(b).good())
		for _, order := range [][][2]int{{{0, 1}}, {{1, 0}}, {{0, 1}, {0, 1}}, {{0, 1}, {1, 0}}} {
			for i, copied := range meet(order...)[:2] {
				if got := copied.good(); !same(got, want) {
					t.Fatalf("%v: copy %d has %v, not %v", order, i, got, want)
				}
			}
		}
		want = both(want, newCopy(c).good())
		for _, order := range [][][2]int{{{0, 1}, {1, 2}, {0, 1}}, {{1, 2}, {0, 1}, {1, 2}}, {{0, 2}, {2, 1}, {0, 1}}} {
			for i, copied := range meet(order...) {
				if got := copied.good(); !same(got, want) {
					t.Fatalf("%v: copy %d has %v, not %v", order, i, got, want)
				}
			}
		}
	})
}

// A second meeting writes nothing, whatever lies there.
func TestUnionSettles(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := newCopy(random(t, "a")), newCopy(random(t, "b"))
		if _, err := merge(a, b); err != nil {
			t.Fatal(err)
		}
		m, err := merge(a, b)
		if r := m.Sum(); err != nil || r.Received+r.Sent+len(r.Cleared) > 0 {
			t.Fatalf("%+v, %v", r, err)
		}
	})
}

// What is bad or waits is never written to the other side, and what is taken
// away there was bad and kept first.
func TestUnionLetsNothingBadIn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := newCopy(random(t, "a")), newCopy(random(t, "b"))
		before := [2]map[string][]byte{a.disk.Files(), b.disk.Files()}
		kept := map[string]bool{}
		m := &union.Merge{Here: a.dir, There: b.dir, Judge: judge, Keep: func(_ string, data []byte) error {
			kept[string(data)] = true
			return nil
		}}
		if _, err := m.Run(nil, tops...); err != nil {
			t.Fatal(err)
		}
		for side, c := range []*copyOf{a, b} {
			after := c.disk.Files()
			for name, data := range after {
				if old, there := before[side][name]; (!there || !bytes.Equal(old, data)) && !strings.HasPrefix(string(data), "good") {
					t.Fatalf("%q was written to %s", data, name)
				}
			}
			for name, data := range before[side] {
				if now, there := after[name]; there && bytes.Equal(now, data) {
					continue
				}
				if judge(store.Name{}, data).Kind != union.Bad && !strings.Contains(name, "~") || !kept[string(data)] {
					t.Fatalf("%s, which held %q, is gone", name, data)
				}
			}
		}
	})
}

// Where the quarantine is full, what is bad stays, and nothing is lost.
func TestFullQuarantine(t *testing.T) {
	t.Parallel()
	name := names()[0]
	a, b := newCopy(map[string]string{name: "bad"}), newCopy(map[string]string{name: "good"})
	m := &union.Merge{Here: a.dir, There: b.dir, Judge: judge, Keep: func(string, []byte) error { return errors.New("full") }}
	if _, err := m.Run(nil, tops...); err != nil {
		t.Fatal(err)
	}
	if got := string(a.disk.Files()["copy/"+name]); got != "bad" || len(m.Sum().Refused) != 1 {
		t.Errorf("%q, %+v", got, m.Sum())
	}
}

// A place that refuses writes, or is full, still gives what it has.
func TestOneWay(t *testing.T) {
	t.Parallel()
	for _, full := range []bool{false, true} {
		a := newCopy(map[string]string{names()[0]: "good 1"})
		b := newCopy(map[string]string{names()[2]: "good 2"})
		if full {
			b.disk.Room(0)
		} else {
			b.disk.ReadOnly(true)
		}
		m, err := merge(a, b)
		if err != nil || len(a.good()) != 2 || len(b.good()) != 1 || m.ReadOnly == full || (m.Failed != nil) != full {
			t.Errorf("full %v: %v, here %v, there %v, %v, %v", full, err, a.good(), b.good(), m.ReadOnly, m.Failed)
		}
	}
}

// A place that is gone ends the merge with its own error.
func TestPlaceGone(t *testing.T) {
	t.Parallel()
	lost := errors.New("pulled out")
	a, b := newCopy(map[string]string{names()[0]: "good 1"}), newCopy(map[string]string{names()[2]: "good 2"})
	b.disk.Watch(func(op storetest.Op, name string) error { return errors.New("input/output error") })
	m := &union.Merge{Here: a.dir, There: b.dir, Judge: judge, Keep: func(string, []byte) error { return nil },
		Alive: func() error { return lost }}
	if _, err := m.Run(nil, tops...); !errors.Is(err, lost) {
		t.Errorf("%v", err)
	}
}

func TestMemory(t *testing.T) {
	t.Parallel()
	old := time.Now().Add(-time.Hour)
	here := []store.Seen{{Name: "a", Info: store.Info{Size: 1, ModTime: old}}}
	m := union.NewMemory()
	m.Facts["policy"] = "abc"
	m.Note("entries/m4", here, here)
	m.Note("entries/m5", here, []store.Seen{{Name: "a", Info: store.Info{Size: 1, ModTime: time.Now()}}})
	if m.Vouches("entries/m4", here, here) {
		t.Error("what was noted in this merge vouches for itself")
	}
	again := union.ParseMemory(m.Encode())
	if !again.Vouches("entries/m4", here, here) || again.Facts["policy"] != "abc" || !bytes.Equal(again.Encode(), m.Encode()) {
		t.Errorf("read again: %s", again.Encode())
	}
	if again.Vouches("entries/m5", here, here) {
		t.Error("a change of this moment was believed")
	}
	for name, other := range map[string]store.Seen{
		"size": {Name: "a", Info: store.Info{Size: 2, ModTime: old}},
		"time": {Name: "a", Info: store.Info{Size: 1, ModTime: old.Add(time.Second)}},
		"name": {Name: "b", Info: store.Info{Size: 1, ModTime: old}},
	} {
		if again.Vouches("entries/m4", here, []store.Seen{other}) {
			t.Errorf("another %s was believed", name)
		}
	}
	again.Forget("entries/m4")
	if union.ParseMemory(again.Encode()).Vouches("entries/m4", here, here) {
		t.Error("forgotten, and believed")
	}
	if union.ParseMemory([]byte("junk")).Vouches("entries/m4", here, here) {
		t.Error("junk was believed")
	}
}
