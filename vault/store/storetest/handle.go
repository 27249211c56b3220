package storetest

import (
	"bytes"
	"io"
	"io/fs"
	"path"

	"opsvault/vault/store"
)

// handle is an open file of a Faulty: its store.Handle. Writes go to the end.
type handle struct {
	m    *Faulty
	name string
	node *node
	at   int64 // where Read goes on
}

func (h *handle) Read(p []byte) (int, error) {
	n, err := h.ReadAt(p, h.at)
	h.at += int64(n)
	if n > 0 {
		err = nil
	}
	return n, err
}

func (h *handle) ReadAt(p []byte, at int64) (n int, err error) {
	err = h.m.do(OpRead, h.name, func() error {
		if at > int64(len(h.node.data)) {
			return io.EOF
		}
		if n = copy(p, h.node.data[at:]); n < len(p) {
			return io.EOF
		}
		return nil
	})
	return n, err
}

func (h *handle) Write(p []byte) (n int, err error) {
	err = h.m.do(OpWrite, h.name, func() error {
		n = len(p)
		if h.m.room >= 0 {
			n = int(min(int64(n), h.m.room))
			h.m.room -= int64(n)
		}
		h.node.data = append(h.node.data, p[:n]...)
		h.node.changed = h.m.clock
		if n < len(p) {
			return &fs.PathError{Op: string(OpWrite), Path: h.name, Err: store.ErrFull}
		}
		return nil
	})
	return n, err
}

func (h *handle) Truncate(size int64) error {
	return h.m.do(OpTruncate, h.name, func() error {
		grown := max(0, size-int64(len(h.node.data)))
		h.node.data = append(h.node.data, make([]byte, grown)...)[:size]
		h.node.changed = h.m.clock
		return nil
	})
}

func (h *handle) Sync() error {
	return h.m.do(OpSync, h.name, func() error {
		h.node.durableData = bytes.Clone(h.node.data)
		return nil
	})
}

func (h *handle) Stat() (out fs.FileInfo, err error) {
	err = h.m.do(OpLstat, h.name, func() error {
		out = h.node.info(path.Base(h.name))
		return nil
	})
	return out, err
}

func (h *handle) Close() error { return nil }
