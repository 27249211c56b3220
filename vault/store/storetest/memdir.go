package storetest

import (
	"errors"
	"io/fs"
	"maps"
	"path"

	"opsvault/vault/store"
)

// memDir is an open directory of a Faulty: its store.FS.
type memDir struct {
	m    *Faulty
	node *node
	path string
}

var _ store.FS = (*memDir)(nil)

// errSpecial tells a test that a link, FIFO or device was opened, which a Dir
// must refuse to do.
var errSpecial = errors.New("storetest: something that is not a file was opened")

// on takes a step about a name in the directory.
func (d *memDir) on(op Op, name string, step func() error) error {
	full := path.Join(d.path, name)
	return d.m.do(op, full, func() error {
		if err := step(); err != nil {
			return &fs.PathError{Op: string(op), Path: full, Err: err}
		}
		return nil
	})
}

// get returns what lies at a name.
func (d *memDir) get(name string) (*node, error) {
	if n := d.node.entries[name]; n != nil {
		return n, nil
	}
	return nil, fs.ErrNotExist
}

// put gives a node a name, or takes the name away with nil.
func (d *memDir) put(name string, n *node) {
	d.node.changed = d.m.clock
	if n == nil {
		delete(d.node.entries, name)
		return
	}
	d.node.entries[name] = n
}

// free returns fs.ErrExist when the name is taken.
func (d *memDir) free(name string) error {
	if d.node.entries[name] != nil {
		return fs.ErrExist
	}
	return nil
}

func (d *memDir) Lstat(name string) (out fs.FileInfo, err error) {
	err = d.on(OpLstat, name, func() error {
		n, err := d.get(name)
		if err == nil {
			out = n.info(name)
		}
		return err
	})
	return out, err
}

func (d *memDir) Self() (out fs.FileInfo, err error) {
	err = d.on(OpLstat, ".", func() error {
		out = d.node.info(path.Base(d.path))
		return nil
	})
	return out, err
}

func (d *memDir) Same(a, b fs.FileInfo) bool { return a.Sys() == b.Sys() }

func (d *memDir) Names(limit int) (out []store.Item, err error) {
	err = d.on(OpNames, ".", func() error {
		if len(d.node.entries) > limit {
			return store.ErrTooLarge
		}
		for name, n := range d.node.entries {
			out = append(out, store.Item{Name: name, Kind: kindOf(n.mode)})
		}
		return nil
	})
	return out, err
}

func kindOf(mode fs.FileMode) store.Kind {
	switch {
	case mode.IsRegular():
		return store.KindFile
	case mode.IsDir():
		return store.KindDir
	}
	return store.KindOther
}

func (d *memDir) Sub(name string) (out store.FS, err error) {
	err = d.on(OpSub, name, func() error {
		n, err := d.get(name)
		if err == nil && !n.mode.IsDir() {
			err = errSpecial
		}
		out = &memDir{m: d.m, node: n, path: path.Join(d.path, name)}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (d *memDir) Open(name string) (store.Handle, error)   { return d.open(OpOpen, name) }
func (d *memDir) Append(name string) (store.Handle, error) { return d.open(OpAppend, name) }

func (d *memDir) open(op Op, name string) (store.Handle, error) {
	h := &handle{m: d.m, name: path.Join(d.path, name)}
	err := d.on(op, name, func() error {
		n, err := d.get(name)
		if err == nil && !n.mode.IsRegular() {
			err = errSpecial
		}
		h.node = n
		return err
	})
	if err != nil {
		return nil, err
	}
	return h, nil
}

func (d *memDir) Create(name string, perm fs.FileMode) (store.Handle, error) {
	h := &handle{m: d.m, name: path.Join(d.path, name), node: newNode(perm)}
	err := d.on(OpCreate, name, func() error {
		if err := d.free(name); err != nil {
			return err
		}
		h.node.changed = d.m.clock
		d.put(name, h.node)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return h, nil
}

func (d *memDir) Mkdir(name string, perm fs.FileMode) error {
	return d.on(OpMkdir, name, func() error {
		if err := d.free(name); err != nil {
			return err
		}
		d.put(name, newNode(fs.ModeDir|perm))
		return nil
	})
}

func (d *memDir) Link(name string, to store.FS, newName string) error {
	t := to.(*memDir)
	return t.on(OpLink, newName, func() error {
		n, err := d.get(name)
		switch {
		case err != nil:
			return err
		case d.m.noLinks:
			return errors.ErrUnsupported
		case t.free(newName) != nil:
			return fs.ErrExist
		}
		t.put(newName, n)
		return nil
	})
}

func (d *memDir) Rename(name string, to store.FS, newName string) error {
	return d.rename(name, to.(*memDir), newName, true)
}

func (d *memDir) RenameNew(name string, to store.FS, newName string) error {
	return d.rename(name, to.(*memDir), newName, false)
}

func (d *memDir) rename(name string, t *memDir, newName string, replace bool) error {
	return t.on(OpRename, newName, func() error {
		n, err := d.get(name)
		if err != nil {
			return err
		}
		if err := t.free(newName); err != nil && (!replace || t.node.entries[newName].mode.IsDir()) {
			return err
		}
		d.put(name, nil)
		t.put(newName, n)
		return nil
	})
}

func (d *memDir) Remove(name string) error {
	return d.on(OpRemove, name, func() error {
		n, err := d.get(name)
		switch {
		case err != nil:
			return err
		case len(n.entries) > 0:
			return errors.New("directory not empty")
		}
		d.put(name, nil)
		return nil
	})
}

func (d *memDir) Sync() error {
	return d.on(OpSyncDir, ".", func() error {
		d.node.durableEntries = maps.Clone(d.node.entries)
		return nil
	})
}

func (d *memDir) Close() error { return nil }
