package store

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"
)

// Seen is a name in a directory with what lstat tells about it.
type Seen struct {
	Name string
	Info
}

// looker is an FS that can look at all names of a directory in it at once.
type looker interface {
	LookIn(name string, limit int) ([]Seen, error)
}

// Look is List with what Stat tells about each name, in one way through the
// directory. What is gone in between is left out.
func (d *Dir) Look(name string) ([]Seen, error) {
	seen, err := d.look(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, wrap(opList, name, err)
	}
	slices.SortFunc(seen, func(a, b Seen) int { return cmp.Compare(a.Name, b.Name) })
	return seen, nil
}

func (d *Dir) look(name string) ([]Seen, error) {
	if name == "." {
		return lookEach(d.root.fs, maxNames)
	}
	dirs, base, err := splitFile(name)
	if err != nil {
		return nil, err
	}
	parent, err := d.walk(dirs, false)
	if err != nil {
		return nil, err
	}
	defer d.release(parent)
	if fast, ok := parent.fs.(looker); ok {
		return fast.LookIn(base, maxNames)
	}
	f, err := d.walk(append(dirs, base), false)
	if err != nil {
		return nil, err
	}
	defer d.release(f)
	return lookEach(f.fs, maxNames)
}

// lookEach looks at the names of a directory one by one.
func lookEach(dir FS, limit int) ([]Seen, error) {
	items, err := dir.Names(limit)
	if err != nil {
		return nil, err
	}
	seen := make([]Seen, 0, len(items))
	for _, item := range items {
		info, err := dir.Lstat(item.Name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		seen = append(seen, Seen{item.Name, Info{Size: info.Size(), ModTime: info.ModTime(), Kind: kindOf(info.Mode())}})
	}
	return seen, nil
}
