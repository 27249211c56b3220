package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"opsvault/vault/store"
	"opsvault/vault/store/storetest"
)

// TestLookSaysWhatStatSays looks at a directory in one way and one by one, on
// disk and in memory.
func TestLookSaysWhatStatSays(t *testing.T) {
	root := t.TempDir()
	disk, err := store.OpenDir(root)
	if err != nil {
		t.Fatal(err)
	}
	defer disk.Close()
	for name, dir := range map[string]*store.Dir{"disk": disk, "memory": storetest.New().Dir("")} {
		t.Run(name, func(t *testing.T) {
			for _, file := range []string{"a/one", "a/two", "a/sub/three"} {
				if err := dir.Replace(file, []byte(file)); err != nil {
					t.Fatal(err)
				}
			}
			seen, err := dir.Look("a")
			if err != nil || len(seen) != 3 || seen[0].Name != "one" || seen[1].Name != "sub" || seen[1].Kind != store.KindDir {
				t.Fatalf("%+v, %v", seen, err)
			}
			for _, s := range seen {
				info, err := dir.Stat("a/" + s.Name)
				if err != nil || info.Size != s.Size || info.Kind != s.Kind || !info.ModTime.Equal(s.ModTime) {
					t.Errorf("%s: %+v, Stat says %+v, %v", s.Name, s.Info, info, err)
				}
			}
			if none, err := dir.Look("b"); err != nil || len(none) != 0 {
				t.Errorf("a missing directory: %v, %v", none, err)
			}
			if _, err := dir.Look("a/one"); !errors.Is(err, store.ErrUnsafe) {
				t.Errorf("a file: %v", err)
			}
		})
	}
}

func TestLookFollowsNoLink(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "a"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/", filepath.Join(root, "a", "link")); err != nil {
		t.Logf("no links here: %v", err)
		return
	}
	dir, err := store.OpenDir(root)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	seen, err := dir.Look("a")
	if err != nil || len(seen) != 1 || seen[0].Kind != store.KindOther || time.Since(seen[0].ModTime) > time.Hour {
		t.Errorf("%+v, %v", seen, err)
	}
}
