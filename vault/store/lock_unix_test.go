//go:build unix

package store

import (
	"os"
	"path/filepath"
	"testing"
)

// A link that is put there after the look is refused by the opening.
func TestLockFlagsRefuseLink(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	if err := os.Symlink("elsewhere", path); err != nil {
		t.Fatal(err)
	}
	if f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|lockFlags, filePerm); err == nil {
		f.Close()
		t.Error("the link was followed")
	}
}
