package store

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// osDir is a directory of the operating system. root is the directory itself;
// top, with rel, is the one that was opened first, for the platforms on which
// a step between two directories needs one name space.
type osDir struct {
	top  *os.Root
	rel  string
	root *os.Root
	self *os.File // the directory as a file, for fsync and the *at calls; nil on Windows
}

// OpenFS opens the directory at path on the operating system's filesystem. The
// path itself is the user's choice and may go through symbolic links.
func OpenFS(path string) (FS, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return nil, err
	}
	return newOSDir(root, ".", root)
}

func newOSDir(top *os.Root, rel string, root *os.Root) (*osDir, error) {
	self, err := openSelf(root)
	if err != nil {
		root.Close()
		return nil, err
	}
	return &osDir{top: top, rel: rel, root: root, self: self}, nil
}

func (d *osDir) Lstat(name string) (fs.FileInfo, error) { return d.root.Lstat(name) }
func (d *osDir) Same(a, b fs.FileInfo) bool             { return os.SameFile(a, b) }
func (d *osDir) Mkdir(name string, perm fs.FileMode) error {
	return d.root.Mkdir(name, perm)
}

func (d *osDir) Sub(name string) (FS, error) {
	// With the dot behind it the name is opened as a directory or not at all;
	// without, a FIFO put there in between would make OpenRoot wait.
	root, err := d.root.OpenRoot(name + "/.")
	if err != nil {
		return nil, err
	}
	return newOSDir(d.top, path.Join(d.rel, name), root)
}

func (d *osDir) Open(name string) (Handle, error) {
	f, err := d.root.OpenFile(name, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, err
	}
	return readHandle(f), nil
}

func (d *osDir) Create(name string, perm fs.FileMode) (Handle, error) {
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL|openFlags, perm)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (d *osDir) Append(name string) (Handle, error) {
	f, err := d.root.OpenFile(name, appendFlags|openFlags, 0)
	if err != nil {
		return nil, err
	}
	return appendHandle(f), nil
}

func (d *osDir) Remove(name string) error {
	return patiently(func() error { return d.root.Remove(name) })
}

func (d *osDir) Close() error {
	if d.self != nil {
		d.self.Close()
	}
	return d.root.Close()
}

// listBatch is how many names are asked for at once.
const listBatch = 4096

// items reads the names of an open directory.
func items(f *os.File, limit int) ([]Item, error) {
	var out []Item
	for {
		batch, err := f.ReadDir(listBatch)
		if len(out)+len(batch) > limit {
			return nil, ErrTooLarge
		}
		for _, e := range batch {
			out = append(out, Item{Name: e.Name(), Kind: kindOf(e.Type())})
		}
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// renameUnlessThere is RenameNew for platforms that cannot do it in one step.
func (d *osDir) renameUnlessThere(name string, to *osDir, newName string) error {
	switch _, err := to.root.Lstat(newName); {
	case err == nil:
		return &os.LinkError{Op: "rename", Old: name, New: newName, Err: fs.ErrExist}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return d.Rename(name, to, newName)
}
