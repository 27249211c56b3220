package store

import (
	"crypto/rand"
	"errors"
	"strings"
)

// temporary is a file under tmp/ that waits for its name.
type temporary struct {
	*folder
	base  string
	moved bool // it has left tmp/
}

// prepare writes bytes into a new file under tmp/. The caller discards it.
func (d *Dir) prepare(data []byte, durable bool) (*temporary, error) {
	temp, h, err := d.fill(data)
	if err != nil {
		return nil, err
	}
	if durable {
		err = h.Sync()
	}
	if err = errors.Join(err, h.Close()); err != nil {
		d.discard(temp)
		return nil, err
	}
	return temp, nil
}

// fill writes bytes into a new file under tmp/ and leaves it open.
func (d *Dir) fill(data []byte) (*temporary, Handle, error) {
	f, err := d.walk([]string{TempDir}, true)
	if err != nil {
		return nil, nil, err
	}
	base := strings.ToLower(rand.Text())
	h, err := f.fs.Create(base, filePerm)
	if err != nil {
		d.release(f)
		return nil, nil, err
	}
	temp := &temporary{folder: f, base: base}
	if _, err := h.Write(data); err != nil {
		h.Close()
		d.discard(temp)
		return nil, nil, err
	}
	return temp, h, nil
}

// discard removes what is left of a temporary. That it cannot is no error:
// tmp/ may be emptied at any time.
func (d *Dir) discard(temp *temporary) {
	if !temp.moved {
		_ = temp.fs.Remove(temp.base)
	}
	d.release(temp.folder)
}
