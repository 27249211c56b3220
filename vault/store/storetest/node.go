package storetest

import (
	"bytes"
	"io/fs"
	"maps"
	"path"
	"time"
)

// node is a file or directory. What is durable is what a power cut leaves.
type node struct {
	mode    fs.FileMode
	changed int64

	data        []byte
	durableData []byte

	entries        map[string]*node
	durableEntries map[string]*node
}

func newNode(mode fs.FileMode) *node {
	n := &node{mode: mode}
	if mode.IsDir() {
		n.entries = make(map[string]*node)
		n.durableEntries = make(map[string]*node)
	}
	return n
}

// Restart is what happens after a fault that stopped the process: the disk
// holds what the fault left, and no fault is set any more. Directories opened
// before are of the old process and must not be used.
func (m *Faulty) Restart() {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch m.fault {
	case PowerCut:
		m.root = m.root.after(cutBytes, cutNames, make(map[*node]*node))
	case TornCut:
		m.root = m.root.after(tearBytes, keepNames, make(map[*node]*node))
	}
	m.steps, m.failAt, m.fault, m.stopped = 0, 0, 0, false
}

// Settle makes everything durable.
func (m *Faulty) Settle() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.root = m.root.after(keepBytes, keepNames, make(map[*node]*node))
}

// after copies a tree as it is after a cut; done keeps the links of one file
// together.
func (n *node) after(data func(*node) []byte, names func(*node) map[string]*node, done map[*node]*node) *node {
	if c := done[n]; c != nil {
		return c
	}
	c := newNode(n.mode)
	done[n] = c
	c.changed = n.changed
	c.data = bytes.Clone(data(n))
	c.durableData = bytes.Clone(c.data)
	for name, child := range names(n) {
		c.entries[name] = child.after(data, names, done)
	}
	if n.mode.IsDir() {
		c.durableEntries = maps.Clone(c.entries)
	}
	return c
}

func keepBytes(n *node) []byte           { return n.data }
func cutBytes(n *node) []byte            { return n.durableData }
func keepNames(n *node) map[string]*node { return n.entries }
func cutNames(n *node) map[string]*node  { return n.durableEntries }

// tearBytes keeps half of what was appended since the last fsync, and nothing
// of other changes.
func tearBytes(n *node) []byte {
	if !bytes.HasPrefix(n.data, n.durableData) {
		return n.durableData
	}
	return n.data[:(len(n.durableData)+len(n.data))/2]
}

// Plant puts something at a name, in place of what is there, durably and
// without a step: mode is 0 for a file with these bytes, else a type such as
// fs.ModeDir, fs.ModeSymlink, fs.ModeNamedPipe or fs.ModeDevice. Directories
// that lead there are made.
func (m *Faulty) Plant(name string, mode fs.FileMode, data []byte) {
	dir, base := path.Split(name)
	m.FS(path.Clean(dir))
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.root
	for _, c := range parts(path.Clean(dir)) {
		n = n.entries[c]
	}
	m.clock++
	planted := newNode(mode)
	planted.changed = m.clock
	planted.data = bytes.Clone(data)
	planted.durableData = bytes.Clone(data)
	n.entries[base] = planted
	n.durableEntries[base] = planted
}

// Files returns the bytes of every regular file, by name.
func (m *Faulty) Files() map[string][]byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make(map[string][]byte)
	m.root.collect("", out)
	return out
}

func (n *node) collect(at string, out map[string][]byte) {
	if n.mode.IsRegular() {
		out[at] = bytes.Clone(n.data)
	}
	for name, child := range n.entries {
		child.collect(path.Join(at, name), out)
	}
}

// info is what lstat tells of a node.
type info struct {
	node    *node
	name    string
	size    int64
	mode    fs.FileMode
	changed int64
}

func (n *node) info(name string) info {
	return info{node: n, name: name, size: int64(len(n.data)), mode: n.mode, changed: n.changed}
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) Mode() fs.FileMode  { return i.mode }
func (i info) ModTime() time.Time { return time.Unix(i.changed, 0) }
func (i info) IsDir() bool        { return i.mode.IsDir() }
func (i info) Sys() any           { return i.node }
