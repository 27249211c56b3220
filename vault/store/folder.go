package store

import (
	"errors"
	"io/fs"
	"sync/atomic"
)

// maxFolders is how many directories a Dir keeps open. Each takes two file
// descriptors, of which macOS gives a process 256.
const maxFolders = 24

// maxRetries is how often a name is looked at again that changed between the
// look and the opening: a head that is being replaced does so honestly.
const maxRetries = 8

// folder is an open directory of a Dir, kept for the next operation. It is
// used only after a look at its name has shown the same directory.
type folder struct {
	fs   FS
	info fs.FileInfo
	uses int  // operations that use it now
	gone bool // not in the cache any more: the last use closes it
	last int  // the tick of the last use

	// named says that the directory's own name is known to be durable.
	named atomic.Bool
}

// walkTo opens the directory of a file that will be written, and makes it when
// it is missing. Where the file exists already, nothing needs to be made
// durable: a name is put into a directory only after the directory's own.
func (d *Dir) walkTo(dirs []string, base string) (*folder, error) {
	f, err := d.walk(dirs, false)
	if err == nil {
		if _, err := f.fs.Lstat(base); err == nil {
			return f, nil
		}
		d.release(f)
	}
	return d.walk(dirs, true)
}

// walk opens the directory that the components lead to. With create it makes
// those that are missing, and fsyncs the directories on the way once in the
// life of the Dir, also where nothing is missing: who made them may have been
// stopped before. The caller releases the folder.
func (d *Dir) walk(dirs []string, create bool) (*folder, error) {
	cur, at := d.root, 0
	full := joinNames(dirs)
	for i, c := range dirs {
		at += len(c)
		next, err := d.step(cur, full[:at+i], c, create)
		if err == nil && create {
			err = d.makeNamed(cur, next, full[:at+i])
		}
		d.release(cur)
		if err != nil {
			return nil, err
		}
		cur = next
	}
	return cur, nil
}

// step goes from a folder into the directory c, whose whole name is name.
func (d *Dir) step(parent *folder, name, c string, create bool) (*folder, error) {
	for range maxRetries {
		info, err := parent.fs.Lstat(c)
		if create && errors.Is(err, fs.ErrNotExist) {
			info, err = d.mkdir(parent, name, c)
		}
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			return nil, &UnsafeError{Name: name, Why: "a " + kindOf(info.Mode()).String() + " where a directory belongs"}
		}
		if f := d.cached(name, info); f != nil {
			return f, nil
		}
		f, err := openFolder(parent.fs, c, info)
		if err != nil {
			return nil, err
		}
		if f != nil {
			d.keep(name, f)
			return f, nil
		}
	}
	return nil, &UnsafeError{Name: name, Why: "it changed while it was opened"}
}

// openFolder opens a directory that was seen; nil when it is another one now.
func openFolder(parent FS, c string, seen fs.FileInfo) (*folder, error) {
	sub, err := parent.Sub(c)
	if err != nil {
		return nil, err
	}
	info, err := sub.Self()
	if err != nil || !sub.Same(seen, info) {
		return nil, errors.Join(err, sub.Close())
	}
	return &folder{fs: sub, info: info, uses: 1}, nil
}

// mkdir makes a directory.
func (d *Dir) mkdir(parent *folder, name, c string) (fs.FileInfo, error) {
	if err := parent.fs.Mkdir(c, dirPerm); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, wrap(opMkdir, name, err)
	}
	return parent.fs.Lstat(c)
}

// makeNamed makes a directory's name durable, unless it is known to be. That
// of tmp/ need not be.
func (d *Dir) makeNamed(parent, f *folder, name string) error {
	if name == TempDir || f.named.Load() {
		return nil
	}
	if err := parent.fs.Sync(); err != nil {
		d.release(f)
		return wrap(opMkdir, name, err)
	}
	f.named.Store(true)
	return nil
}

// cached returns the open folder of a name when it is the directory seen.
func (d *Dir) cached(name string, seen fs.FileInfo) *folder {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := d.folders[name]
	if f == nil || !f.fs.Same(seen, f.info) {
		return nil
	}
	f.uses++
	return f
}

// keep puts a folder into the cache in place of what was there.
func (d *Dir) keep(name string, f *folder) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if old := d.folders[name]; old != nil {
		d.drop(name, old)
	}
	if len(d.folders) >= maxFolders {
		d.evict()
	}
	d.folders[name] = f
}

// release ends a use of a folder.
func (d *Dir) release(f *folder) {
	if f == d.root {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	f.uses--
	d.tick++
	f.last = d.tick
	if f.gone && f.uses == 0 {
		f.fs.Close()
	}
}

// evict drops the folder that was not used for longest. The caller holds mu.
func (d *Dir) evict() {
	var oldest string
	for name, f := range d.folders {
		if f.uses == 0 && (oldest == "" || f.last < d.folders[oldest].last) {
			oldest = name
		}
	}
	if oldest != "" {
		d.drop(oldest, d.folders[oldest])
	}
}

// drop takes a folder out of the cache. The caller holds mu.
func (d *Dir) drop(name string, f *folder) {
	delete(d.folders, name)
	f.gone = true
	if f.uses == 0 {
		f.fs.Close()
	}
}
