package vaulttest

import (
	"errors"
	"io/fs"
	"sync/atomic"

	"opsvault/vault"
	"opsvault/vault/store"
)

// ErrKilled is what every step returns after a process was killed.
var ErrKilled = errors.New("vaulttest: the process was killed")

// KilledAfter are options of a person whose process is killed after it has
// changed something n times on the disk: from then on no step is done, as if
// the process were gone. What was done stays. Options are for one process.
func (t *Team) KilledAfter(p *Mate, n int) vault.Options {
	opts := t.Options(p)
	left := &atomic.Int64{}
	left.Store(int64(n))
	opts.Storage = func(path string, create bool) (*store.Dir, error) {
		if create {
			dir, err := store.CreateDir(path, 0o700)
			if err != nil {
				return nil, err
			}
			_ = dir.Close()
		}
		root, err := store.OpenFS(path)
		if err != nil {
			return nil, err
		}
		return store.NewDir(&mortal{root, left}), nil
	}
	return opts
}

// mortal is a directory of a process that will be killed.
type mortal struct {
	store.FS
	left *atomic.Int64
}

// step counts a change.
func (m *mortal) step() error {
	if m.left.Add(-1) < 0 {
		return ErrKilled
	}
	return nil
}

// under gives the directory that the system knows.
func under(d store.FS) store.FS {
	if m, ok := d.(*mortal); ok {
		return m.FS
	}
	return d
}

func (m *mortal) Sub(name string) (store.FS, error) {
	sub, err := m.FS.Sub(name)
	if err != nil {
		return nil, err
	}
	return &mortal{sub, m.left}, nil
}

func (m *mortal) Create(name string, perm fs.FileMode) (store.Handle, error) {
	if err := m.step(); err != nil {
		return nil, err
	}
	h, err := m.FS.Create(name, perm)
	return m.handle(h, err)
}

func (m *mortal) Append(name string) (store.Handle, error) {
	h, err := m.FS.Append(name)
	return m.handle(h, err)
}

func (m *mortal) handle(h store.Handle, err error) (store.Handle, error) {
	if err != nil {
		return nil, err
	}
	return &mortalFile{h, m}, nil
}

func (m *mortal) Mkdir(name string, perm fs.FileMode) error {
	if err := m.step(); err != nil {
		return err
	}
	return m.FS.Mkdir(name, perm)
}

func (m *mortal) Link(name string, to store.FS, newName string) error {
	if err := m.step(); err != nil {
		return err
	}
	return m.FS.Link(name, under(to), newName)
}

func (m *mortal) Rename(name string, to store.FS, newName string) error {
	if err := m.step(); err != nil {
		return err
	}
	return m.FS.Rename(name, under(to), newName)
}

func (m *mortal) RenameNew(name string, to store.FS, newName string) error {
	if err := m.step(); err != nil {
		return err
	}
	return m.FS.RenameNew(name, under(to), newName)
}

func (m *mortal) Remove(name string) error {
	if err := m.step(); err != nil {
		return err
	}
	return m.FS.Remove(name)
}

func (m *mortal) Sync() error {
	if m.left.Load() < 0 {
		return ErrKilled
	}
	return m.FS.Sync()
}

// mortalFile is a file of a process that will be killed.
type mortalFile struct {
	store.Handle
	dir *mortal
}

func (f *mortalFile) Write(p []byte) (int, error) {
	if err := f.dir.step(); err != nil {
		return 0, err
	}
	return f.Handle.Write(p)
}

func (f *mortalFile) Truncate(size int64) error {
	if err := f.dir.step(); err != nil {
		return err
	}
	return f.Handle.Truncate(size)
}

func (f *mortalFile) Sync() error {
	if f.dir.left.Load() < 0 {
		return ErrKilled
	}
	return f.Handle.Sync()
}
