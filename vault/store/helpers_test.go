package store_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"opsvault/vault/store"
	"opsvault/vault/store/storetest"
)

func hash8(data []byte) string {
	sum := sha256.Sum256(data)
	return fmt.Sprintf("%x", sum[:4])
}

// ground is a filesystem to run the conformance tests on.
type ground struct {
	*store.Dir
	// plant puts something at a name in place of what is there; mode as for
	// storetest.Faulty.Plant. For a link, data is where it leads. It returns
	// false where the platform cannot have such a thing.
	plant func(name string, mode fs.FileMode, data []byte) bool
}

// onEach runs a test on the operating system's filesystem and in memory.
func onEach(t *testing.T, test func(t *testing.T, g ground)) {
	t.Run("disk", func(t *testing.T) {
		path := t.TempDir()
		d, err := store.OpenDir(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		test(t, ground{Dir: d, plant: func(name string, mode fs.FileMode, data []byte) bool {
			return plantOnDisk(t, filepath.Join(path, filepath.FromSlash(name)), mode, data)
		}})
	})
	t.Run("memory", func(t *testing.T) {
		m := storetest.New()
		test(t, ground{Dir: m.Dir(""), plant: func(name string, mode fs.FileMode, data []byte) bool {
			m.Plant(name, mode, data)
			return true
		}})
	})
}

func plantOnDisk(t *testing.T, path string, mode fs.FileMode, data []byte) bool {
	t.Helper()
	err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.RemoveAll(path))
	switch {
	case err != nil:
	case mode == 0:
		err = os.WriteFile(path, data, 0o600)
	case mode.IsDir():
		err = os.Mkdir(path, 0o700)
	default:
		return plantSpecial(t, path, mode, string(data))
	}
	if err != nil {
		t.Fatal(err)
	}
	return true
}

// must fails the test on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// holds fails the test unless the file has these bytes.
func holds(t *testing.T, d *store.Dir, name, want string) {
	t.Helper()
	got, err := d.Read(name, 1<<20)
	must(t, err)
	if string(got) != want {
		t.Errorf("%s holds %.60q, not %.60q", name, got, want)
	}
}

// is fails the test unless the error is the target and names the file.
func is(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("error is %v, not %v", err, target)
	}
}

// tmpIsEmpty fails the test when something was left in tmp/.
func tmpIsEmpty(t *testing.T, d *store.Dir) {
	t.Helper()
	left, err := d.List(store.TempDir)
	must(t, err)
	if len(left) > 0 {
		t.Errorf("left in tmp/: %v", left)
	}
}
