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

// Look is List with what Stat tells about each name, in one way through the
// directory. What is gone in between is left out.
func (d *Dir) Look(name string) ([]Seen, error) {
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
	out := make([]Seen, 0, len(items))
	for _, item := range items {
		info, err := f.fs.Lstat(item.Name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, wrap(opList, name, err)
		}
		out = append(out, Seen{item.Name, Info{Size: info.Size(), ModTime: info.ModTime(), Kind: kindOf(info.Mode())}})
	}
	slices.SortFunc(out, func(a, b Seen) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}
