package store

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
)

// maxNames bounds the listing of one directory: a vault of 10,000 entries has
// about 10 names in each.
const maxNames = 1 << 20

// Dir is a directory with the operations of a vault on the names in it. It may
// be used by several goroutines; that they do not write the same name is up to
// them.
type Dir struct {
	root *folder

	mu      sync.Mutex
	folders map[string]*folder
	tick    int
}

// OpenDir opens a directory that exists. The path may lead through symbolic
// links; the names in the Dir may not.
func OpenDir(path string) (*Dir, error) {
	root, err := OpenFS(path)
	if err != nil {
		return nil, wrap(opRead, path, err)
	}
	return NewDir(root), nil
}

// CreateDir makes a directory, with those above it that are missing, and opens
// it. One that exists is opened; its permissions are left alone.
func CreateDir(path string, perm fs.FileMode) (*Dir, error) {
	if err := os.MkdirAll(path, perm); err != nil {
		return nil, wrap(opMkdir, path, err)
	}
	return OpenDir(path)
}

// NewDir makes a Dir of an open directory, which it takes over.
func NewDir(root FS) *Dir {
	return &Dir{root: &folder{fs: root}, folders: make(map[string]*folder)}
}

// Close closes the directory. Files opened through it stay usable.
func (d *Dir) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for name, f := range d.folders {
		d.drop(name, f)
	}
	return d.root.fs.Close()
}

// Stat tells about a name without opening it. The error is ErrNotExist when
// nothing is there, and UnsafeError when the way leads through something that
// is not a directory.
func (d *Dir) Stat(name string) (Info, error) {
	dirs, base, err := splitFile(name)
	if err != nil {
		return Info{}, err
	}
	f, err := d.walk(dirs, false)
	if err != nil {
		return Info{}, wrap(opRead, name, err)
	}
	defer d.release(f)
	info, err := f.fs.Lstat(base)
	if err != nil {
		return Info{}, wrap(opRead, name, err)
	}
	return Info{Size: info.Size(), ModTime: info.ModTime(), Kind: kindOf(info.Mode())}, nil
}

// List returns what is in a directory, sorted by name; "." is the Dir itself.
// A directory that is missing is empty. Names are as the directory has them.
func (d *Dir) List(name string) ([]Item, error) {
	var dirs []string
	if name != "." {
		var err error
		if dirs, err = split(name); err != nil {
			return nil, err
		}
	}
	f, err := d.walk(dirs, false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, wrap(opList, name, err)
	}
	defer d.release(f)
	items, err := f.fs.Names(maxNames)
	if err != nil {
		return nil, wrap(opList, name, err)
	}
	slices.SortFunc(items, func(a, b Item) int { return cmp.Compare(a.Name, b.Name) })
	return items, nil
}

// MkdirAll makes a directory with those above it, durably. It is not needed
// before a write, which makes its directories itself.
func (d *Dir) MkdirAll(name string) error {
	dirs, err := split(name)
	if err != nil {
		return err
	}
	f, err := d.walk(dirs, true)
	if err != nil {
		return wrap(opMkdir, name, err)
	}
	d.release(f)
	return nil
}

// Remove removes a name, durably: a file, an empty directory, or a link or
// other special file itself, never what it leads to. A name that is not there
// is removed already.
func (d *Dir) Remove(name string) error {
	dirs, base, err := splitFile(name)
	if err != nil {
		return err
	}
	f, err := d.walk(dirs, false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return wrap(opRemove, name, err)
	}
	defer d.release(f)
	if err := f.fs.Remove(base); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return wrap(opRemove, name, err)
	}
	return wrap(opRemove, name, f.fs.Sync())
}

func joinNames(parts []string) string { return strings.Join(parts, "/") }
