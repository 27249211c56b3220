package store_test

import (
	"bytes"
	"errors"
	"testing"

	"opsvault/vault/store"
	"opsvault/vault/store/storetest"
)

const (
	fileName = "entries/ab/abc"
	logName  = "logs/k/000001.jsonl"
)

var (
	oldBytes = bytes.Repeat([]byte("old "), 25)
	newBytes = bytes.Repeat([]byte("newer "), 50)
)

// read returns a file's bytes, nil when it is missing.
func read(t *testing.T, d *store.Dir, name string) []byte {
	t.Helper()
	data, err := d.Read(name, 1<<20)
	if err != nil && !errors.Is(err, store.ErrNotExist) {
		t.Fatal(err)
	}
	return data
}

// either fails the test unless the file holds the old bytes or the new ones,
// and the new ones when the scenario has promised so.
func either(t *testing.T, m *storetest.Faulty, name string, before, after []byte, o storetest.Outcome) {
	t.Helper()
	got := read(t, m.Dir(""), name)
	if !bytes.Equal(got, before) && !bytes.Equal(got, after) {
		t.Errorf("%s holds %d bytes that were never written: %.40q", name, len(got), got)
	}
	if o.Err == nil && !bytes.Equal(got, after) {
		t.Errorf("%s: success was reported, but it holds %.40q", name, got)
	}
}

// becomes fails the test unless the operation now works and its result stays
// after a power cut.
func becomes(t *testing.T, m *storetest.Faulty, again func(*storetest.Faulty) error, name string, after []byte) {
	t.Helper()
	m.FailAt(1<<30, storetest.PowerCut)
	if err := again(m); err != nil {
		t.Fatalf("again: %v", err)
	}
	m.Restart()
	if got := read(t, m.Dir(""), name); !bytes.Equal(got, after) {
		t.Errorf("%s after the second time: %.40q", name, got)
	}
}

func TestWriteOnceAtEveryStep(t *testing.T) {
	for _, links := range []bool{true, false} {
		setup := func(m *storetest.Faulty) error {
			m.NoLinks(!links)
			return nil
		}
		write := func(m *storetest.Faulty) error { return m.Dir("").WriteOnce(fileName, newBytes) }
		storetest.EveryStep(t, setup, write, func(t *testing.T, m *storetest.Faulty, o storetest.Outcome) {
			either(t, m, fileName, nil, newBytes, o)
			becomes(t, m, write, fileName, newBytes)
		})
	}
}

func TestReplaceAtEveryStep(t *testing.T) {
	setup := func(m *storetest.Faulty) error { return m.Dir("").Replace(fileName, oldBytes) }
	replace := func(m *storetest.Faulty) error { return m.Dir("").Replace(fileName, newBytes) }
	storetest.EveryStep(t, setup, replace, func(t *testing.T, m *storetest.Faulty, o storetest.Outcome) {
		either(t, m, fileName, oldBytes, newBytes, o)
		becomes(t, m, replace, fileName, newBytes)
	})
}

func TestWriteGroupAtEveryStep(t *testing.T) {
	group := []store.Blob{
		{Name: "entries/cd/c", Data: []byte("c")},
		{Name: "entries/ab/a", Data: []byte("a")},
		{Name: "entries/ab/b", Data: []byte("b")},
		{Name: "entries/ab/there", Data: oldBytes},
	}
	setup := func(m *storetest.Faulty) error { return m.Dir("").WriteOnce("entries/ab/there", oldBytes) }
	write := func(m *storetest.Faulty) error { return m.Dir("").WriteGroup(group) }
	storetest.EveryStep(t, setup, write, func(t *testing.T, m *storetest.Faulty, o storetest.Outcome) {
		for _, b := range group {
			before := []byte(nil)
			if b.Name == "entries/ab/there" {
				before = oldBytes
			}
			either(t, m, b.Name, before, b.Data, o)
		}
		for _, b := range group {
			becomes(t, m, write, b.Name, b.Data)
		}
	})
}

func TestEquivocationAtEveryStep(t *testing.T) {
	setup := func(m *storetest.Faulty) error { return m.Dir("").WriteOnce(fileName, oldBytes) }
	write := func(m *storetest.Faulty) error {
		err := m.Dir("").WriteOnce(fileName, newBytes)
		var double *store.EquivocationError
		if !errors.As(err, &double) {
			return errors.Join(err, errors.New("no equivocation"))
		}
		return nil
	}
	kept := fileName + "~" + hash8(newBytes)
	storetest.EveryStep(t, setup, write, func(t *testing.T, m *storetest.Faulty, o storetest.Outcome) {
		either(t, m, fileName, oldBytes, oldBytes, o)
		either(t, m, kept, nil, newBytes, o)
		becomes(t, m, write, kept, newBytes)
	})
}

// A log may hold any part of what was appended: it is beyond the signed head.
func TestAppendAtEveryStep(t *testing.T) {
	torn := append(bytes.Clone(oldBytes), "torn"...)
	setup := func(m *storetest.Faulty) error { return m.Dir("").AppendAt(logName, 0, torn, true) }
	appendTo := func(m *storetest.Faulty) error {
		return m.Dir("").AppendAt(logName, int64(len(oldBytes)), newBytes, true)
	}
	after := append(bytes.Clone(oldBytes), newBytes...)
	storetest.EveryStep(t, setup, appendTo, func(t *testing.T, m *storetest.Faulty, o storetest.Outcome) {
		got := read(t, m.Dir(""), logName)
		if !bytes.HasPrefix(got, oldBytes) {
			t.Errorf("the part before the offset was lost: %.40q", got)
		}
		if o.Err == nil && !bytes.Equal(got, after) {
			t.Errorf("success was reported, but the log holds %.40q", got)
		}
		becomes(t, m, appendTo, logName, after)
	})
}

func TestFirstAppendAtEveryStep(t *testing.T) {
	start := func(m *storetest.Faulty) error { return m.Dir("").AppendAt(logName, 0, newBytes, true) }
	storetest.EveryStep(t, nil, start, func(t *testing.T, m *storetest.Faulty, o storetest.Outcome) {
		got := read(t, m.Dir(""), logName)
		if !bytes.HasPrefix(newBytes, got) || o.Err == nil && !bytes.Equal(got, newBytes) {
			t.Errorf("after %v the log holds %.40q", o.Err, got)
		}
		becomes(t, m, start, logName, newBytes)
	})
}

func TestTruncateAtEveryStep(t *testing.T) {
	setup := func(m *storetest.Faulty) error { return m.Dir("").AppendAt(logName, 0, newBytes, true) }
	cut := func(m *storetest.Faulty) error { return m.Dir("").Truncate(logName, 6) }
	storetest.EveryStep(t, setup, cut, func(t *testing.T, m *storetest.Faulty, o storetest.Outcome) {
		either(t, m, logName, newBytes, newBytes[:6], o)
		becomes(t, m, cut, logName, newBytes[:6])
	})
}

func TestRemoveAtEveryStep(t *testing.T) {
	setup := func(m *storetest.Faulty) error { return m.Dir("").WriteOnce(fileName, oldBytes) }
	remove := func(m *storetest.Faulty) error { return m.Dir("").Remove(fileName) }
	storetest.EveryStep(t, setup, remove, func(t *testing.T, m *storetest.Faulty, o storetest.Outcome) {
		either(t, m, fileName, oldBytes, nil, o)
		becomes(t, m, remove, fileName, nil)
	})
}

// The same bytes, which somebody else left there without fsync, are made
// durable before they count as written.
func TestSameBytesBecomeDurable(t *testing.T) {
	setup := func(m *storetest.Faulty) error { return m.Dir("").ReplaceRelaxed("dir/other", oldBytes) }
	write := func(m *storetest.Faulty) error {
		d := m.Dir("")
		return errors.Join(d.ReplaceRelaxed("dir/name", newBytes), d.WriteOnce("dir/name", newBytes))
	}
	storetest.EveryStep(t, setup, write, func(t *testing.T, m *storetest.Faulty, o storetest.Outcome) {
		if got := read(t, m.Dir(""), "dir/name"); o.Err == nil && !bytes.Equal(got, newBytes) {
			t.Errorf("success was reported, but it holds %.40q", got)
		}
	})
}
