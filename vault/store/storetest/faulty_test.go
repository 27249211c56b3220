package storetest_test

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"testing"

	"opsvault/vault/store"
	"opsvault/vault/store/storetest"
)

// write makes a file with bytes, and fsyncs it when told to.
func write(t *testing.T, d store.FS, name, data string, sync bool) {
	t.Helper()
	h, err := d.Create(name, 0o600)
	if err == nil {
		_, err = h.Write([]byte(data))
	}
	if err == nil && sync {
		err = h.Sync()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// What each way of stopping leaves of what was done how carefully.
func TestWhatStopsLeave(t *testing.T) {
	cases := []struct {
		name              string
		do                func(t *testing.T, d store.FS)
		killed, cut, torn map[string]string
	}{
		{"nothing fsynced", func(t *testing.T, d store.FS) { write(t, d, "a", "1234", false) },
			map[string]string{"a": "1234"}, map[string]string{}, map[string]string{"a": "12"}},
		{"bytes fsynced", func(t *testing.T, d store.FS) { write(t, d, "a", "1234", true) },
			map[string]string{"a": "1234"}, map[string]string{}, map[string]string{"a": "1234"}},
		{"name fsynced", func(t *testing.T, d store.FS) { write(t, d, "a", "1234", false); _ = d.Sync() },
			map[string]string{"a": "1234"}, map[string]string{"a": ""}, map[string]string{"a": "12"}},
		{"both fsynced", func(t *testing.T, d store.FS) { write(t, d, "a", "1234", true); _ = d.Sync() },
			map[string]string{"a": "1234"}, map[string]string{"a": "1234"}, map[string]string{"a": "1234"}},
		{"renamed", func(t *testing.T, d store.FS) {
			write(t, d, "a", "1234", true)
			_ = d.Sync()
			_ = d.Rename("a", d, "b")
		}, map[string]string{"b": "1234"}, map[string]string{"a": "1234"}, map[string]string{"b": "1234"}},
		{"removed", func(t *testing.T, d store.FS) {
			write(t, d, "a", "1234", true)
			_ = d.Sync()
			_ = d.Remove("a")
		}, map[string]string{}, map[string]string{"a": "1234"}, map[string]string{}},
		{"truncated", func(t *testing.T, d store.FS) {
			write(t, d, "a", "1234", true)
			_ = d.Sync()
			h, _ := d.Append("a")
			_ = h.Truncate(1)
		}, map[string]string{"a": "1"}, map[string]string{"a": "1234"}, map[string]string{"a": "1234"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for fault, want := range map[storetest.Fault]map[string]string{
				storetest.Killed: c.killed, storetest.PowerCut: c.cut, storetest.TornCut: c.torn,
			} {
				m := storetest.New()
				m.FailAt(1<<30, fault)
				c.do(t, m.FS(""))
				m.Restart()
				if got := texts(m); !maps.Equal(got, want) {
					t.Errorf("%v leaves %v, not %v", fault, got, want)
				}
			}
		})
	}
}

func texts(m *storetest.Faulty) map[string]string {
	out := make(map[string]string)
	for name, data := range m.Files() {
		out[name] = string(data)
	}
	return out
}

func TestLinksStayTogether(t *testing.T) {
	m := storetest.New()
	d := m.FS("")
	write(t, d, "a", "1", true)
	_ = d.Link("a", d, "b")
	_ = d.Sync()
	m.FailAt(1<<30, storetest.PowerCut)
	m.Restart()
	d = m.FS("")
	h, err := d.Append("a")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = h.Write([]byte("2"))
	if got := texts(m); got["b"] != "12" {
		t.Errorf("%v", got)
	}
}

func TestLostAndUnanswered(t *testing.T) {
	for fault, there := range map[storetest.Fault]bool{storetest.Lost: false, storetest.Unanswered: true} {
		m := storetest.New()
		m.FailAt(2, fault)
		d := m.FS("")
		if err := d.Mkdir("a", 0o700); err != nil {
			t.Errorf("%v: step 1: %v", fault, err)
		}
		if err := d.Mkdir("b", 0o700); !errors.Is(err, storetest.ErrFault) {
			t.Errorf("%v: step 2: %v", fault, err)
		}
		if _, err := d.Lstat("b"); (err == nil) != there {
			t.Errorf("%v: %v", fault, err)
		}
		if err := d.Mkdir("c", 0o700); err != nil {
			t.Errorf("%v: step 3: %v", fault, err)
		}
	}
}

func TestNothingHappensAfterTheStop(t *testing.T) {
	m := storetest.New()
	m.FailAt(1, storetest.Killed)
	d := m.FS("")
	for range 2 {
		if err := d.Mkdir("a", 0o700); !errors.Is(err, storetest.ErrFault) {
			t.Errorf("%v", err)
		}
	}
	if _, err := d.Lstat("a"); !errors.Is(err, storetest.ErrFault) {
		t.Errorf("a stopped process looks: %v", err)
	}
	m.Restart()
	if _, err := m.FS("").Lstat("a"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

// Every step is made to fail in every way, and the stops come once more after
// the end.
func TestEveryStepIsEveryStep(t *testing.T) {
	var got []storetest.Outcome
	scenario := func(m *storetest.Faulty) error {
		return errors.Join(m.FS("").Mkdir("a", 0o700), m.FS("").Sync())
	}
	storetest.EveryStep(t, nil, scenario, func(_ *testing.T, _ *storetest.Faulty, o storetest.Outcome) {
		if (o.Err != nil) != (o.Step <= 2) {
			t.Errorf("%v at step %d: %v", o.Fault, o.Step, o.Err)
		}
		o.Err = nil
		got = append(got, o)
	})
	var want []storetest.Outcome
	for _, fault := range storetest.Faults() {
		want = append(want, storetest.Outcome{Fault: fault, Step: 1}, storetest.Outcome{Fault: fault, Step: 2})
		if fault >= storetest.Killed {
			want = append(want, storetest.Outcome{Fault: fault, Step: 3})
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
}
