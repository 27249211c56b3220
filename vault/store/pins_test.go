package store_test

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"opsvault/vault/store"
	"opsvault/vault/store/storetest"
)

func pin(version, announced uint64, hashes ...byte) store.Pin {
	p := store.Pin{Version: version, Announced: announced}
	for _, b := range hashes {
		p.Hashes = append(p.Hashes, [32]byte{b})
	}
	return p
}

func samePin(a, b store.Pin) bool {
	return a.Version == b.Version && a.Announced == b.Announced && slices.Equal(a.Hashes, b.Hashes)
}

// has fails the test unless the entry's pin is this one.
func has(t *testing.T, p *store.Pins, id string, want store.Pin) {
	t.Helper()
	got, err := p.Get(id)
	must(t, err)
	if !samePin(got, want) {
		t.Errorf("pin of %s is %+v, not %+v", id, got, want)
	}
}

func TestPinsMoveForward(t *testing.T) {
	sixteen := make([]byte, 16)
	for i := range sixteen {
		sixteen[i] = byte(100 + i)
	}
	cases := []struct {
		name           string
		old, told, now store.Pin
		backwards      bool
	}{
		{"first", pin(0, 0), pin(2, 2, 1), pin(2, 2, 1), false},
		{"announced only", pin(0, 0), pin(0, 3), pin(0, 3), false},
		{"newer", pin(2, 2, 1), pin(3, 3, 2), pin(3, 3, 2), false},
		{"older", pin(2, 2, 1), pin(1, 2, 2), pin(2, 2, 1), true},
		{"none", pin(2, 2, 1), pin(0, 2), pin(2, 2, 1), true},
		{"sibling", pin(2, 2, 5), pin(2, 2, 4), pin(2, 2, 4, 5), false},
		{"the same", pin(2, 2, 5), pin(2, 2, 5, 5), pin(2, 2, 5), false},
		{"announcement sinks", pin(2, 9, 5), pin(2, 2), pin(2, 2, 5), false},
		{"many siblings", pin(2, 2, sixteen...), pin(2, 2, 1), pin(2, 2, sixteen...), false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := store.NewPins(storetest.New().Dir(""), "")
			if c.old.Version+c.old.Announced > 0 {
				must(t, p.Set(entry, c.old))
			}
			err := p.Set(entry, c.told)
			var back *store.BackwardsError
			if errors.As(err, &back) != c.backwards || err != nil && !c.backwards {
				t.Errorf("%v", err)
			}
			has(t, p, entry, c.now)
		})
	}
}

func TestPinsThatAreWrong(t *testing.T) {
	p := store.NewPins(storetest.New().Dir(""), "")
	for name, bad := range map[string]store.Pin{
		"no hash":   pin(1, 1),
		"no number": pin(0, 0, 1),
		"too high":  pin(1_000_000, 1, 1),
	} {
		if err := p.Set(entry, bad); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	is(t, p.Set("ab", pin(1, 1, 1)), store.ErrUnsafe)
	_, err := p.Get("../../../etc/passwd")
	is(t, err, store.ErrUnsafe)
	has(t, p, entry, store.Pin{})
}

func TestPinsOfManyEntries(t *testing.T) {
	m := storetest.New()
	p := store.NewPins(m.Dir(""), "")
	want := make(map[string]store.Pin)
	for i := range 300 {
		id := fmt.Sprintf("%c%c%024d", 'a'+i%5, 'a'+i%7, i)
		id = strings.NewReplacer("0", "x", "1", "y", "8", "w", "9", "z").Replace(id)
		want[id] = pin(uint64(i+1), 1, byte(i))
	}
	must(t, p.Update(want))
	if got := each(t, p); !maps.EqualFunc(got, want, samePin) {
		t.Errorf("%d pins came back of %d", len(got), len(want))
	}
	if shards := len(m.Files()); shards != 35 {
		t.Errorf("%d files", shards)
	}
	m.FailAt(1, storetest.Lost)
	must(t, p.Update(want)) // nothing changes, so no step is taken
}

func each(t *testing.T, p *store.Pins) map[string]store.Pin {
	t.Helper()
	got := make(map[string]store.Pin)
	must(t, p.Each(func(id string, pin store.Pin) error {
		got[id] = pin
		return nil
	}))
	return got
}

// A shard that is not whole is an error, for reading and for writing, and is
// left as it is.
func TestDamagedPins(t *testing.T) {
	line := entry + " 1 1 " + strings.Repeat("0", 64) + "\n"
	good := "opsvault/v1 pins 1\n" + line
	cases := map[string]string{
		"empty":            "",
		"zeros":            strings.Repeat("\x00", 64),
		"header alone":     "opsvault/v1 pins 1\n",
		"no pins":          "opsvault/v1 pins 0\n",
		"line missing":     "opsvault/v1 pins 2\n" + line,
		"line twice":       "opsvault/v1 pins 2\n" + line + line,
		"cut":              good[:len(good)-1],
		"hash cut":         good[:len(good)-2] + "\n",
		"more behind":      good + "\n",
		"CRLF":             strings.ReplaceAll(good, "\n", "\r\n"),
		"leading zero":     strings.Replace(good, " 1 1 ", " 01 1 ", 1),
		"upper case":       strings.Replace(good, "0 pins", "0 PINS", 1) + "X",
		"of other entries": strings.Replace(good, entry, "z"+entry[1:], 1),
		"no hash":          "opsvault/v1 pins 1\n" + entry + " 1 1\n",
	}
	for name, text := range cases {
		t.Run(name, func(t *testing.T) {
			m := storetest.New()
			m.Plant("pins/m4", 0, []byte(text))
			p := store.NewPins(m.Dir(""), "")
			_, err := p.Get(entry)
			is(t, err, store.ErrDamaged)
			is(t, p.Set(entry, pin(2, 2, 1)), store.ErrDamaged)
			is(t, p.Each(func(string, store.Pin) error { return nil }), store.ErrDamaged)
			if !strings.Contains(err.Error(), "pins/m4") {
				t.Errorf("%v does not name the file", err)
			}
			if string(m.Files()["pins/m4"]) != text {
				t.Error("the file was changed")
			}
		})
	}
	m := storetest.New()
	m.Plant("pins/m4", 0, []byte(good))
	has(t, store.NewPins(m.Dir(""), ""), entry, pin(1, 1, 0))
}

func TestPinsAtEveryStep(t *testing.T) {
	other := entry[:25] + "z"
	old, next := pin(1, 1, 1), pin(2, 2, 2)
	setup := func(m *storetest.Faulty) error {
		return store.NewPins(m.Dir(""), "").Update(map[string]store.Pin{entry: old, other: old})
	}
	set := func(m *storetest.Faulty) error { return store.NewPins(m.Dir(""), "").Set(entry, next) }
	storetest.EveryStep(t, setup, set, func(t *testing.T, m *storetest.Faulty, o storetest.Outcome) {
		p := store.NewPins(m.Dir(""), "")
		has(t, p, other, old)
		got, err := p.Get(entry)
		must(t, err)
		if !samePin(got, next) && (!samePin(got, old) || o.Err == nil) {
			t.Errorf("after %v: %+v", o.Err, got)
		}
		must(t, set(m))
		has(t, p, entry, next)
	})
}

// Writers of one shard do not lose one another's pins.
func TestPinsOfSeveralWriters(t *testing.T) {
	path := t.TempDir()
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			d, err := store.OpenDir(path)
			if err != nil {
				t.Error(err)
				return
			}
			defer d.Close()
			p := store.NewPins(d, filepath.Join(path, "pins.lock"))
			for i := range 5 {
				id := fmt.Sprintf("m4%c%c%s", 'a'+w, 'a'+i, entry[4:])
				if err := p.Set(id, pin(1, 1, 1)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	d, err := store.OpenDir(path)
	must(t, err)
	defer d.Close()
	if n := len(each(t, store.NewPins(d, ""))); n != 20 {
		t.Errorf("%d pins of 20", n)
	}
}
