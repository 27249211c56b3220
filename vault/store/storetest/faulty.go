// Package storetest holds a filesystem in memory on which everything can go
// wrong, for the tests of whoever writes through package store.
//
// A Faulty counts the steps that change something: create, write, fsync,
// truncate, mkdir, link, rename, remove, fsync of a directory. A Fault makes
// one of them fail, in one of the ways in which disks, cables and power fail:
//
//   - Lost: the step is not done and an error is returned;
//   - Unanswered: the step is done and an error is returned all the same;
//   - Killed: the process stops before the step; what it did stays;
//   - PowerCut: as Killed, and what was not fsynced is gone: bytes of files
//     and names in directories;
//   - TornCut: as Killed, and names have arrived on the disk but bytes that
//     were not fsynced have not, or by half where the file has grown.
//
// EveryStep runs a scenario once for each step and fault. Besides, a Faulty can
// be full, read-only, without links, and hold what does not belong in a vault.
//
// What it promises is what a disk at least does: an fsync makes the bytes of
// one file durable and not its name; an fsync of a directory makes its names
// durable, and not the bytes of its files nor its own name.
package storetest

import (
	"errors"
	"io/fs"
	"strings"
	"sync"

	"opsvault/vault/store"
)

// ErrFault is the error of a step that was made to fail.
var ErrFault = errors.New("storetest: fault")

// Fault is a way in which a step fails.
type Fault uint8

// The faults; the package comment tells what they do.
const (
	Lost Fault = iota + 1
	Unanswered
	Killed
	PowerCut
	TornCut
)

// Faults are all of them.
func Faults() []Fault { return []Fault{Lost, Unanswered, Killed, PowerCut, TornCut} }

// String returns the fault's name.
func (f Fault) String() string {
	return [...]string{"no fault", "lost", "unanswered", "killed", "power cut", "torn cut"}[f]
}

func (f Fault) stops() bool { return f >= Killed }

// Op is a primitive step, named as in store.FS and store.Handle.
type Op string

// The steps. Those from OpCreate on change something and are counted.
const (
	OpLstat    Op = "lstat"
	OpNames    Op = "names"
	OpSub      Op = "sub"
	OpOpen     Op = "open"
	OpAppend   Op = "append"
	OpRead     Op = "read"
	OpCreate   Op = "create"
	OpWrite    Op = "write"
	OpTruncate Op = "truncate"
	OpSync     Op = "sync"
	OpSyncDir  Op = "sync directory"
	OpMkdir    Op = "mkdir"
	OpLink     Op = "link"
	OpRename   Op = "rename"
	OpRemove   Op = "remove"
)

func (op Op) changes() bool {
	switch op {
	case OpLstat, OpNames, OpSub, OpOpen, OpAppend, OpRead:
		return false
	}
	return true
}

// Faulty is a filesystem in memory. It may be used by several goroutines.
type Faulty struct {
	mu    sync.Mutex
	root  *node
	clock int64 // counts changes; stands for the time

	steps   int
	failAt  int
	fault   Fault
	stopped bool

	room     int64 // bytes that can be written; negative: no limit
	readOnly bool
	noLinks  bool
	watch    func(op Op, name string) error
}

// New makes an empty filesystem without faults.
func New() *Faulty { return &Faulty{root: newNode(fs.ModeDir | 0o700), room: -1} }

// Dir opens a directory of the filesystem; see FS.
func (m *Faulty) Dir(name string) *store.Dir { return store.NewDir(m.FS(name)) }

// FS opens a directory of the filesystem, which is made if it is missing; ""
// is the top. Opening counts no step and is durable. The names that Watch is
// told begin with the directory's.
func (m *Faulty) FS(name string) store.FS {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.root
	for _, c := range parts(name) {
		next := n.entries[c]
		if next == nil {
			next = newNode(fs.ModeDir | 0o700)
			n.entries[c] = next
			n.durableEntries[c] = next
		}
		n = next
	}
	return &memDir{m: m, node: n, path: name}
}

// FailAt makes the n-th step from now on fail, counted from 1. Faults that
// stop the process make everything after it fail too, until Restart.
func (m *Faulty) FailAt(n int, fault Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.steps, m.failAt, m.fault, m.stopped = 0, n, fault, false
}

// Steps returns how many steps were taken since New, FailAt or Restart.
func (m *Faulty) Steps() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.steps
}

// Room makes the disk full after n more bytes: the write that reaches them
// writes what there is room for and is store.ErrFull. Negative: no limit.
func (m *Faulty) Room(n int64) { m.set(func() { m.room = n }) }

// ReadOnly makes every step that changes something store.ErrReadOnly.
func (m *Faulty) ReadOnly(on bool) { m.set(func() { m.readOnly = on }) }

// NoLinks makes Link errors.ErrUnsupported, as on a FAT stick.
func (m *Faulty) NoLinks(on bool) { m.set(func() { m.noLinks = on }) }

// Watch has f called before every step, also those that only look, with the
// name that the step is about. An error of f is the step's. f may Plant.
func (m *Faulty) Watch(f func(op Op, name string) error) { m.set(func() { m.watch = f }) }

func (m *Faulty) set(change func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change()
}

// do takes one step.
func (m *Faulty) do(op Op, name string, step func() error) error {
	if err := m.watched(op, name); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stopped {
		return m.faulted(op, name)
	}
	if !op.changes() {
		return step()
	}
	if m.readOnly {
		return &fs.PathError{Op: string(op), Path: name, Err: store.ErrReadOnly}
	}
	m.clock++
	m.steps++
	if m.steps != m.failAt {
		return step()
	}
	switch {
	case m.fault.stops():
		m.stopped = true
	case m.fault == Unanswered:
		_ = step() // the answer is what is lost
	}
	return m.faulted(op, name)
}

func (m *Faulty) watched(op Op, name string) error {
	m.mu.Lock()
	watch := m.watch
	m.mu.Unlock()
	if watch == nil {
		return nil
	}
	return watch(op, name)
}

func (m *Faulty) faulted(op Op, name string) error {
	return &fs.PathError{Op: string(op), Path: name, Err: ErrFault}
}

func parts(name string) []string {
	if name == "" || name == "." {
		return nil
	}
	return strings.Split(name, "/")
}
