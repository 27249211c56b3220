package store

import (
	"errors"
	"fmt"
	"os"
	"testing"
)

// A folder that is dropped while it is used is closed after its last use.
func TestFolderIsClosedAfterItsLastUse(t *testing.T) {
	d, err := OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	first, err1 := d.walk([]string{"a"}, true)
	second, err2 := d.walk([]string{"a"}, true)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if first != second {
		t.Fatal("the folder is not kept")
	}
	d.mu.Lock()
	d.drop("a", first)
	d.mu.Unlock()
	d.release(first)
	if _, err := second.fs.Lstat("x"); !errors.Is(err, ErrNotExist) {
		t.Errorf("closed while it is used: %v", err)
	}
	d.release(second)
	if _, err := second.fs.Lstat("x"); !errors.Is(err, os.ErrClosed) {
		t.Errorf("not closed: %v", err)
	}
}

func TestFoldersAreBounded(t *testing.T) {
	d, err := OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.MkdirAll("often"); err != nil {
		t.Fatal(err)
	}
	often := d.folders["often"]
	for i := range 3 * maxFolders {
		if err := errors.Join(d.MkdirAll(fmt.Sprint(i)), d.MkdirAll("often")); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(d.folders); n > maxFolders {
		t.Errorf("%d directories are open", n)
	}
	if d.folders["often"] != often {
		t.Error("the directory that is used each time was closed in between")
	}
}
