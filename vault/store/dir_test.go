package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"opsvault/vault/store"
	"opsvault/vault/store/storetest"
)

func TestWriteOnce(t *testing.T) {
	onEach(t, func(t *testing.T, g ground) {
		must(t, g.WriteOnce("a/b/name", []byte("one")))
		must(t, g.WriteOnce("a/b/name", []byte("one")))
		holds(t, g.Dir, "a/b/name", "one")

		for range 2 {
			err := g.WriteOnce("a/b/name", []byte("two"))
			var double *store.EquivocationError
			if !errors.As(err, &double) {
				t.Fatalf("other bytes: %v", err)
			}
			want := store.EquivocationError{Name: "a/b/name", Kept: "a/b/name~" + hash8([]byte("two"))}
			if *double != want {
				t.Errorf("%+v, not %+v", *double, want)
			}
			holds(t, g.Dir, "a/b/name", "one")
			holds(t, g.Dir, double.Kept, "two")
		}
		tmpIsEmpty(t, g.Dir)
	})
}

func TestNewcomerThatCannotBeKept(t *testing.T) {
	onEach(t, func(t *testing.T, g ground) {
		must(t, g.WriteOnce("name", []byte("one")))
		g.plant("name~"+hash8([]byte("two")), 0, []byte("three"))
		var double *store.EquivocationError
		if err := g.WriteOnce("name", []byte("two")); !errors.As(err, &double) || double.Kept != "" {
			t.Errorf("%v", err)
		}
	})
}

func TestEmptyFile(t *testing.T) {
	onEach(t, func(t *testing.T, g ground) {
		must(t, g.WriteOnce("empty", nil))
		must(t, g.WriteOnce("empty", nil))
		holds(t, g.Dir, "empty", "")
	})
}

func TestWriteGroup(t *testing.T) {
	onEach(t, func(t *testing.T, g ground) {
		var group []store.Blob
		for i := range 200 { // three chunks
			name := fmt.Sprintf("entries/%c%c/%d", 'a'+i%3, 'a'+i%7, i)
			group = append(group, store.Blob{Name: name, Data: fmt.Append(nil, i)})
		}
		must(t, g.WriteOnce(group[5].Name, group[5].Data))
		must(t, g.WriteOnce(group[7].Name, []byte("other")))
		err := g.WriteGroup(group)
		var double *store.EquivocationError
		if !errors.As(err, &double) || double.Name != group[7].Name {
			t.Fatalf("%v", err)
		}
		for i, b := range group {
			if i != 7 {
				holds(t, g.Dir, b.Name, string(b.Data))
			}
		}
		holds(t, g.Dir, double.Kept, "7")
		tmpIsEmpty(t, g.Dir)
	})
}

func TestWriteGroupWithOneNameTwice(t *testing.T) {
	onEach(t, func(t *testing.T, g ground) {
		same := []store.Blob{{Name: "a", Data: []byte("1")}, {Name: "a", Data: []byte("1")}}
		must(t, g.WriteGroup(same))
		other := []store.Blob{{Name: "b", Data: []byte("1")}, {Name: "b", Data: []byte("2")}}
		var double *store.EquivocationError
		if err := g.WriteGroup(other); !errors.As(err, &double) {
			t.Fatalf("%v", err)
		}
		holds(t, g.Dir, "b", "1")
		holds(t, g.Dir, double.Kept, "2")
		tmpIsEmpty(t, g.Dir)
	})
}

func TestReplace(t *testing.T) {
	for name, replace := range map[string]func(*store.Dir, string, []byte) error{
		"durable": (*store.Dir).Replace,
		"relaxed": (*store.Dir).ReplaceRelaxed,
	} {
		t.Run(name, func(t *testing.T) {
			onEach(t, func(t *testing.T, g ground) {
				must(t, replace(g.Dir, "a/b", []byte("longer")))
				must(t, replace(g.Dir, "a/b", []byte("short")))
				holds(t, g.Dir, "a/b", "short")
				tmpIsEmpty(t, g.Dir)
			})
		})
	}
}

func TestAppendAt(t *testing.T) {
	onEach(t, func(t *testing.T, g ground) {
		is(t, g.AppendAt("log/1", 1, []byte("x"), true), store.ErrNotExist)
		must(t, g.AppendAt("log/1", 0, []byte("one\n"), true))
		must(t, g.AppendAt("log/1", 4, []byte("two\n"), false))
		holds(t, g.Dir, "log/1", "one\ntwo\n")
		must(t, g.AppendAt("log/1", 4, []byte("three\n"), true))
		holds(t, g.Dir, "log/1", "one\nthree\n")
		is(t, g.AppendAt("log/1", 11, []byte("x"), true), store.ErrTooShort)
		is(t, g.Truncate("log/1", 11), store.ErrTooShort)
		holds(t, g.Dir, "log/1", "one\nthree\n")
		must(t, g.Truncate("log/1", 4))
		holds(t, g.Dir, "log/1", "one\n")
		must(t, g.AppendAt("log/1", 0, []byte("new\n"), true))
		holds(t, g.Dir, "log/1", "new\n")
		is(t, g.Truncate("log/2", 0), store.ErrNotExist)
		if err := g.AppendAt("log/1", -1, nil, true); err == nil {
			t.Error("a negative offset is accepted")
		}
	})
}

func TestReadIsBounded(t *testing.T) {
	onEach(t, func(t *testing.T, g ground) {
		must(t, g.WriteOnce("name", []byte("12345")))
		holdsWith(t, g.Dir, 5)
		_, err := g.Read("name", 4)
		is(t, err, store.ErrTooLarge)
		_, err = g.Read("name", 0)
		is(t, err, store.ErrTooLarge)
	})
}

func holdsWith(t *testing.T, d *store.Dir, limit int64) {
	t.Helper()
	data, err := d.Read("name", limit)
	must(t, err)
	if string(data) != "12345" {
		t.Errorf("read %q", data)
	}
}

// A file that grows while it is read is bounded too.
func TestReadOfGrowingFile(t *testing.T) {
	m := storetest.New()
	d := m.Dir("")
	must(t, d.AppendAt("name", 0, []byte("12345"), true))
	grow := func(op storetest.Op, _ string) error {
		if op == storetest.OpRead {
			m.Watch(nil)
			return d.AppendAt("name", 5, bytes.Repeat([]byte("x"), 100), true)
		}
		return nil
	}
	m.Watch(grow)
	_, err := d.Read("name", 50)
	is(t, err, store.ErrTooLarge)
	must(t, d.Truncate("name", 5))
	m.Watch(grow)
	data, err := d.Read("name", 200)
	must(t, err)
	if len(data) != 105 {
		t.Errorf("%d bytes", len(data))
	}
}

func TestOpen(t *testing.T) {
	onEach(t, func(t *testing.T, g ground) {
		must(t, g.WriteOnce("a/name", []byte("12345")))
		f, err := g.Open("a/name")
		must(t, err)
		defer f.Close()
		part := make([]byte, 2)
		if _, err := f.ReadAt(part, 3); err != nil || string(part) != "45" {
			t.Errorf("%q, %v", part, err)
		}
		all, err := io.ReadAll(f)
		must(t, err)
		if string(all) != "12345" || f.Size() != 5 || f.ModTime().IsZero() {
			t.Errorf("%q, size %d, time %v", all, f.Size(), f.ModTime())
		}
	})
}

func TestStatAndList(t *testing.T) {
	onEach(t, func(t *testing.T, g ground) {
		items, err := g.List("missing/deep")
		if err != nil || len(items) > 0 {
			t.Errorf("a missing directory: %v, %v", items, err)
		}
		for _, name := range []string{"d/c", "d/a", "d/b/deep"} {
			must(t, g.WriteOnce(name, []byte("12345")))
		}
		items, err = g.List("d")
		must(t, err)
		want := []store.Item{{Name: "a", Kind: store.KindFile}, {Name: "b", Kind: store.KindDir}, {Name: "c", Kind: store.KindFile}}
		if !slices.Equal(items, want) {
			t.Errorf("%v", items)
		}
		info, err := g.Stat("d/a")
		if err != nil || info.Size != 5 || info.Kind != store.KindFile || info.ModTime.IsZero() {
			t.Errorf("%+v, %v", info, err)
		}
		if info, err = g.Stat("d/b"); err != nil || info.Kind != store.KindDir {
			t.Errorf("%+v, %v", info, err)
		}
		_, err = g.Stat("d/x")
		is(t, err, store.ErrNotExist)
		top, err := g.List(".")
		must(t, err)
		if len(top) != 2 {
			t.Errorf("the top holds %v", top)
		}
	})
}

func TestListShowsWhatIsThere(t *testing.T) {
	onEach(t, func(t *testing.T, g ground) {
		g.plant("d/Other.TXT", 0, nil)
		if g.plant("d/link", fs.ModeSymlink, []byte("nowhere")) {
			info, err := g.Stat("d/link")
			if err != nil || info.Kind != store.KindOther {
				t.Errorf("%+v, %v", info, err)
			}
		}
		items, err := g.List("d")
		must(t, err)
		if items[0].Name != "Other.TXT" {
			t.Errorf("%v", items)
		}
		_, err = g.Read("d/Other.TXT", 10)
		is(t, err, store.ErrUnsafe)
	})
}

func TestRemove(t *testing.T) {
	onEach(t, func(t *testing.T, g ground) {
		must(t, g.Remove("a/b"))
		must(t, g.WriteOnce("a/b", []byte("1")))
		if err := g.Remove("a"); err == nil {
			t.Error("a directory with files in it was removed")
		}
		must(t, g.Remove("a/b"))
		must(t, g.Remove("a"))
		_, err := g.Stat("a")
		is(t, err, store.ErrNotExist)
		g.plant("victim", 0, []byte("victim"))
		if g.plant("link", fs.ModeSymlink, []byte("victim")) {
			must(t, g.Remove("link"))
		}
		holds(t, g.Dir, "victim", "victim")
	})
}

func TestMkdirAll(t *testing.T) {
	onEach(t, func(t *testing.T, g ground) {
		must(t, g.MkdirAll("a/b/c"))
		must(t, g.MkdirAll("a/b/c"))
		info, err := g.Stat("a/b/c")
		if err != nil || info.Kind != store.KindDir {
			t.Errorf("%+v, %v", info, err)
		}
	})
}

// Several goroutines in more directories than are kept open.
func TestConcurrentUse(t *testing.T) {
	onEach(t, func(t *testing.T, g ground) {
		var wg sync.WaitGroup
		for w := range 4 {
			wg.Go(func() {
				for i := range 60 {
					name := fmt.Sprintf("d/%02d/%d", i, w)
					if err := g.ReplaceRelaxed(name, []byte(name)); err != nil {
						t.Error(err)
					}
					if data, err := g.Read(name, 100); err != nil || string(data) != name {
						t.Errorf("%q, %v", data, err)
					}
				}
			})
		}
		wg.Wait()
	})
}

// A reader that meets a head while it is replaced gets one of the two.
func TestReadWhileReplaced(t *testing.T) {
	onEach(t, func(t *testing.T, g ground) {
		must(t, g.ReplaceRelaxed("head", []byte("0")))
		done := make(chan struct{})
		go func() {
			defer close(done)
			for range 300 {
				if _, err := g.Read("head", 10); err != nil {
					t.Error(err)
				}
			}
		}()
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
				must(t, g.ReplaceRelaxed("head", fmt.Append(nil, i%10)))
				time.Sleep(10 * time.Microsecond)
			}
		}
	})
}

func TestOpenDir(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	_, err := store.OpenDir(missing)
	is(t, err, store.ErrNotExist)
	d, err := store.CreateDir(filepath.Join(missing, "deeper"), 0o700)
	must(t, err)
	must(t, d.WriteOnce("name", nil))
	must(t, d.Close())
	if err := d.WriteOnce("other", nil); err == nil {
		t.Error("a closed Dir writes")
	}
	if _, err := store.OpenDir(filepath.Join(missing, "deeper", "name")); err == nil {
		t.Error("a file was opened as a directory")
	}
}

// A newcomer whose name is taken has no further name.
func TestNewcomerOfNewcomer(t *testing.T) {
	onEach(t, func(t *testing.T, g ground) {
		must(t, g.WriteOnce("name~01234567", []byte("one")))
		var double *store.EquivocationError
		if err := g.WriteOnce("name~01234567", []byte("two")); !errors.As(err, &double) || double.Kept != "" {
			t.Errorf("%v", err)
		}
		items, err := g.List(".")
		must(t, err)
		if len(items) != 2 { // with tmp
			t.Errorf("%v", items)
		}
	})
}
