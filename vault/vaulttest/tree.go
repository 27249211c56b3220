package vaulttest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Tree is what lies below a directory: by slash-separated name the bytes of
// each file, where a link leads, or the kind of what is neither.
type Tree map[string]string

// Look reads what lies below a directory. Nothing is followed.
func Look(dir string) (Tree, error) {
	t := Tree{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		t[filepath.ToSlash(rel)], err = describe(path, d)
		return err
	})
	return t, err
}

func describe(path string, d fs.DirEntry) (string, error) {
	switch kind := d.Type(); {
	case kind.IsRegular():
		data, err := os.ReadFile(path)
		return "file " + string(data), err
	case kind&fs.ModeSymlink != 0:
		to, err := os.Readlink(path)
		return "link " + to, err
	case kind.IsDir():
		return "directory", nil
	default:
		return "special " + kind.String(), nil
	}
}

// Changes names what differs between two trees, sorted, a sign before each
// name: + is new, - is gone, ~ is changed.
func (t Tree) Changes(after Tree) []string {
	var list []string
	for name, what := range after {
		if before, ok := t[name]; !ok {
			list = append(list, "+"+name)
		} else if before != what {
			list = append(list, "~"+name)
		}
	}
	for name := range t {
		if _, ok := after[name]; !ok {
			list = append(list, "-"+name)
		}
	}
	slices.SortFunc(list, func(a, b string) int { return strings.Compare(a[1:], b[1:]) })
	return list
}

// Files returns the names of the regular files, sorted.
func (t Tree) Files() []string {
	var names []string
	for name, what := range t {
		if strings.HasPrefix(what, "file ") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Lay puts the Tree of a World onto the disk, below another root, and returns
// the World there. Only files and directories are laid: a World that was not
// attacked has nothing else.
func (t Tree) Lay(root string) (*World, error) {
	w := at(root)
	w.now = w.now.Add(time.Hour) // after all that was done in it
	return w, t.lay(root)
}

// lay puts files and directories below a directory.
func (t Tree) lay(root string) error {
	for name, what := range t {
		path := filepath.Join(root, filepath.FromSlash(name))
		data, isFile := strings.CutPrefix(what, "file ")
		dir := path
		if isFile {
			dir = filepath.Dir(path)
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		if !isFile || filepath.Base(path) == "places" { // machines that only know where they lie now
			continue
		}
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// Restore makes a directory what the Tree says it was.
func (t Tree) Restore(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return t.lay(dir)
}

// Path is where a name of the vault lies on the disk.
func (w *World) Path(name string) string { return filepath.Join(w.Dir, filepath.FromSlash(name)) }

// Write puts bytes at a name of the vault, whatever was there.
func (w *World) Write(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(w.Path(name)), 0o700); err != nil {
		return err
	}
	return os.WriteFile(w.Path(name), data, 0o600)
}

// Change rewrites the bytes of a file of the vault.
func (w *World) Change(name string, change func([]byte) []byte) error {
	data, err := os.ReadFile(w.Path(name))
	if err != nil {
		return err
	}
	return w.Write(name, change(data))
}

// One returns the name of the one file of the vault that a pattern of
// path.Match describes; of several the last.
func (w *World) One(pattern string) (string, error) {
	found, err := filepath.Glob(w.Path(pattern))
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("nothing lies at %s: %w", pattern, err)
	}
	slices.Sort(found)
	rel, err := filepath.Rel(w.Dir, found[len(found)-1])
	return filepath.ToSlash(rel), err
}
