package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"opsvault/vault/store"
	"opsvault/vault/store/storetest"
)

// onEachFS runs a test of the primitive steps on both filesystems.
func onEachFS(t *testing.T, test func(t *testing.T, f store.FS)) {
	t.Run("disk", func(t *testing.T) {
		f, err := store.OpenFS(t.TempDir())
		must(t, err)
		defer f.Close()
		test(t, f)
	})
	t.Run("memory", func(t *testing.T) { test(t, storetest.New().FS("")) })
}

// file makes a file with bytes.
func file(t *testing.T, f store.FS, name, data string) {
	t.Helper()
	h, err := f.Create(name, 0o600)
	must(t, err)
	_, err = h.Write([]byte(data))
	must(t, errors.Join(err, h.Sync(), h.Close()))
}

// content returns a file's bytes.
func content(t *testing.T, f store.FS, name string) string {
	t.Helper()
	h, err := f.Open(name)
	must(t, err)
	defer h.Close()
	info, err := h.Stat()
	must(t, err)
	data := make([]byte, info.Size())
	if _, err := h.ReadAt(data, 0); err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func sub(t *testing.T, f store.FS, name string) store.FS {
	t.Helper()
	must(t, f.Mkdir(name, 0o700))
	s, err := f.Sub(name)
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func TestPrimitiveSteps(t *testing.T) {
	onEachFS(t, func(t *testing.T, f store.FS) {
		a, b := sub(t, f, "a"), sub(t, f, "b")
		file(t, a, "one", "1")
		_, err := a.Create("one", 0o600)
		is(t, err, fs.ErrExist)
		is(t, f.Mkdir("a", 0o700), fs.ErrExist)

		must(t, a.Link("one", b, "link"))
		is(t, a.Link("one", b, "link"), fs.ErrExist)
		is(t, a.Link("none", b, "other"), fs.ErrNotExist)
		file(t, a, "two", "2")
		is(t, a.RenameNew("two", b, "link"), fs.ErrExist)
		if got := content(t, b, "link"); got != "1" {
			t.Errorf("the link holds %q", got)
		}
		must(t, a.RenameNew("two", b, "two"))
		must(t, a.Rename("one", b, "two"))
		if got := content(t, b, "two"); got != "1" {
			t.Errorf("the renamed file holds %q", got)
		}
		is(t, a.Rename("one", b, "x"), fs.ErrNotExist)
		is(t, a.RenameNew("one", b, "x"), fs.ErrNotExist)
		names(t, a)
		names(t, b, "link", "two")
		if err := f.Remove("b"); err == nil {
			t.Error("a directory with files was removed")
		}
		must(t, f.Remove("a"))
		is(t, f.Remove("a"), fs.ErrNotExist)
		_, err = f.Sub("a")
		is(t, err, fs.ErrNotExist)
		must(t, errors.Join(b.Sync(), f.Sync()))
	})
}

func names(t *testing.T, f store.FS, want ...string) {
	t.Helper()
	items, err := f.Names(10)
	must(t, err)
	var got []string
	for _, item := range items {
		got = append(got, item.Name)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("names are %q, not %q", got, want)
	}
	if len(want) > 1 {
		_, err := f.Names(len(want) - 1)
		is(t, err, store.ErrTooLarge)
	}
}

func TestSame(t *testing.T) {
	onEachFS(t, func(t *testing.T, f store.FS) {
		file(t, f, "one", "1")
		file(t, f, "two", "1")
		must(t, f.Link("one", f, "link"))
		look := func(name string) fs.FileInfo {
			info, err := f.Lstat(name)
			must(t, err)
			return info
		}
		if f.Same(look("one"), look("two")) || !f.Same(look("one"), look("link")) {
			t.Error("sameness is wrong")
		}
		s := sub(t, f, "s")
		self, err := s.Self()
		must(t, err)
		if !f.Same(self, look("s")) {
			t.Error("a directory is not the same as its name")
		}
	})
}

func TestAppendAndTruncate(t *testing.T) {
	onEachFS(t, func(t *testing.T, f store.FS) {
		file(t, f, "log", "12345")
		h, err := f.Append("log")
		must(t, err)
		defer h.Close()
		must(t, h.Truncate(2))
		_, err = h.Write([]byte("ab"))
		must(t, err)
		_, err = h.Write([]byte("cd"))
		must(t, err)
		if got := content(t, f, "log"); got != "12abcd" {
			t.Errorf("the log holds %q", got)
		}
		_, err = f.Append("none")
		is(t, err, fs.ErrNotExist)
	})
}

// Opening something that would make the opener wait does not wait.
func TestOpenDoesNotWait(t *testing.T) {
	dir := t.TempDir()
	if !plantOnDisk(t, filepath.Join(dir, "fifo"), fs.ModeNamedPipe, nil) {
		return
	}
	f, err := store.OpenFS(dir)
	must(t, err)
	defer f.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if h, err := f.Open("fifo"); err == nil {
			h.Close()
		}
		if h, err := f.Append("fifo"); err == nil {
			t.Error("a FIFO without a reader was opened for writing")
			h.Close()
		}
		if s, err := f.Sub("fifo"); err == nil {
			t.Error("a FIFO was opened as a directory")
			s.Close()
		}
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("opening a FIFO waits")
	}
}

// Create never writes through a link, not even one to nothing.
func TestCreateAtLink(t *testing.T) {
	dir := t.TempDir()
	if !plantOnDisk(t, filepath.Join(dir, "link"), fs.ModeSymlink, []byte("elsewhere")) {
		return
	}
	f, err := store.OpenFS(dir)
	must(t, err)
	defer f.Close()
	_, err = f.Create("link", 0o600)
	is(t, err, fs.ErrExist)
	if _, err := os.Lstat(filepath.Join(dir, "elsewhere")); err == nil {
		t.Error("the link was followed")
	}
}
