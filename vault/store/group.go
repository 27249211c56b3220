package store

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"sync"
)

const (
	groupSize = 64 // files of a group that are open at once
	// syncers is how many files are fsynced at a time: filesystems with a
	// journal take those that come together in one go. Measured on ext4, a
	// file takes a third of the time that it takes alone.
	syncers = 8
)

// WriteGroup writes files as WriteOnce does, with fewer fsyncs: the files of a
// directory share that of the directory. The files come to their names in the
// order of the names, and when it returns nil all of them are durable: what
// makes them count is written after the group. Equivocations do not stop the
// group; they come joined in the error. Any other error stops it, and the call
// may be repeated.
func (d *Dir) WriteGroup(files []Blob) error {
	sorted := slices.Clone(files)
	slices.SortStableFunc(sorted, func(a, b Blob) int { return cmp.Compare(a.Name, b.Name) })
	var doubles []error
	for chunk := range slices.Chunk(sorted, groupSize) {
		more, err := d.writeChunk(chunk)
		doubles = append(doubles, more...)
		if err != nil {
			return errors.Join(append(doubles, err)...)
		}
	}
	return errors.Join(doubles...)
}

// pending is a file of a chunk between its preparation and its name.
type pending struct {
	target
	temp *temporary
	open Handle
	seen presence
}

func (d *Dir) writeChunk(files []Blob) (doubles []error, err error) {
	waiting := make([]*pending, 0, len(files))
	defer func() {
		for _, p := range waiting {
			d.abandon(p)
		}
	}()
	for _, b := range files {
		p, err := d.prepareLater(b)
		if err != nil {
			return nil, wrap(opWrite, b.Name, err)
		}
		waiting = append(waiting, p)
	}
	if err := settleAll(waiting); err != nil {
		return nil, err
	}
	for _, p := range waiting {
		if p.temp != nil {
			if p.seen, err = p.temp.linkTo(p.target); err != nil {
				return nil, wrap(opWrite, p.name, err)
			}
		}
	}
	if err := syncFolders(waiting); err != nil {
		return nil, err
	}
	return d.keepDoubles(waiting)
}

// prepareLater is the first half of placing a file: its bytes under tmp/, not
// yet fsynced, unless something is at its name.
func (d *Dir) prepareLater(b Blob) (*pending, error) {
	dirs, base, err := splitFile(b.Name)
	if err != nil {
		return nil, err
	}
	f, err := d.walkTo(dirs, base)
	if err != nil {
		return nil, err
	}
	p := &pending{target: target{folder: f, name: b.Name, base: base, data: b.Data}}
	p.seen, err = p.there()
	if errors.Is(err, fs.ErrNotExist) {
		p.temp, p.open, err = d.fill(b.Data)
	}
	if err != nil {
		d.release(f)
		return nil, err
	}
	return p, nil
}

// settleAll makes the prepared bytes durable, several files at a time.
func settleAll(files []*pending) error {
	errs := make([]error, len(files))
	var wg sync.WaitGroup
	for first := range syncers {
		wg.Go(func() {
			for i := first; i < len(files); i += syncers {
				errs[i] = wrap(opWrite, files[i].name, files[i].settle())
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (p *pending) settle() error {
	if p.open == nil {
		return nil
	}
	err := errors.Join(p.open.Sync(), p.open.Close())
	p.open = nil
	return err
}

// syncFolders fsyncs the directory of each file once.
func syncFolders(files []*pending) error {
	var last *folder
	for _, p := range files {
		if p.folder == last {
			continue
		}
		if err := p.fs.Sync(); err != nil {
			return wrap(opWrite, p.name, err)
		}
		last = p.folder
	}
	return nil
}

// keepDoubles keeps the newcomers whose names were taken.
func (d *Dir) keepDoubles(files []*pending) (doubles []error, err error) {
	for _, p := range files {
		if p.seen != otherBytes {
			continue
		}
		err := d.writeOnce(p.target)
		var double *EquivocationError
		if !errors.As(err, &double) {
			if err != nil {
				return doubles, wrap(opWrite, p.name, err)
			}
			continue
		}
		doubles = append(doubles, err)
	}
	return doubles, nil
}

// abandon lets go of what a file of a chunk holds.
func (d *Dir) abandon(p *pending) {
	if p.open != nil {
		p.open.Close()
	}
	if p.temp != nil {
		d.discard(p.temp)
	}
	d.release(p.folder)
}
