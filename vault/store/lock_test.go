package store_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"opsvault/vault/store"
)

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.lock")
	first, err := store.LockFile(path, 0)
	must(t, err)
	_, err = store.LockFile(path, 10*time.Millisecond)
	is(t, err, store.ErrBusy)
	var busy *store.BusyError
	if !errors.As(err, &busy) || busy.Path != path || !strings.Contains(err.Error(), path) {
		t.Errorf("%v", err)
	}
	must(t, first.Unlock())
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("the lock's file is gone: %v", err)
	}
	second, err := store.LockFile(path, 0)
	must(t, err)
	must(t, second.Unlock())
}

func TestLockIsWaitedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := store.LockFile(path, 0)
	must(t, err)
	go func() {
		time.Sleep(20 * time.Millisecond)
		first.Unlock()
	}()
	second, err := store.LockFile(path, time.Minute)
	must(t, err)
	must(t, second.Unlock())
}

// A lock keeps other processes away, and ends with its process.
func TestLockBetweenProcesses(t *testing.T) {
	if path := os.Getenv("STORE_TEST_LOCK"); path != "" {
		if _, err := store.LockFile(path, 0); err != nil {
			t.Fatal(err)
		}
		return // without giving it back
	}
	path := filepath.Join(t.TempDir(), "lock")
	other := func() ([]byte, error) {
		cmd := exec.Command(os.Args[0], "-test.run=^TestLockBetweenProcesses$")
		cmd.Env = append(os.Environ(), "STORE_TEST_LOCK="+path)
		return cmd.CombinedOutput()
	}
	l, err := store.LockFile(path, 0)
	must(t, err)
	if out, err := other(); err == nil || !strings.Contains(string(out), store.ErrBusy.Error()) {
		t.Errorf("another process: %v\n%s", err, out)
	}
	must(t, l.Unlock())
	if out, err := other(); err != nil {
		t.Errorf("another process: %v\n%s", err, out)
	}
	l, err = store.LockFile(path, 0)
	must(t, err)
	must(t, l.Unlock())
}

func TestLockThatIsNoFile(t *testing.T) {
	for name, mode := range map[string]fs.FileMode{
		"link": fs.ModeSymlink, "FIFO": fs.ModeNamedPipe, "directory": fs.ModeDir,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if !plantOnDisk(t, filepath.Join(dir, "lock"), mode, []byte("elsewhere")) {
				return
			}
			_, err := store.LockFile(filepath.Join(dir, "lock"), 0)
			is(t, err, store.ErrUnsafe)
			if _, err := os.Lstat(filepath.Join(dir, "elsewhere")); err == nil {
				t.Error("the link was followed")
			}
		})
	}
	_, err := store.LockFile(filepath.Join(t.TempDir(), "missing", "lock"), 0)
	is(t, err, store.ErrNotExist)
}
