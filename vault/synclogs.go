package vault

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"opsvault/vault/chain"
	"opsvault/vault/store"
	"opsvault/vault/union"
)

// source reads chains from a copy.
type source struct{ placeDir }

func (s source) Open(name string) (chain.File, error) {
	f, err := s.placeDir.Open(name)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// carryLogs carries the logs of known devices. It reports whether one of those
// here grew.
func (c *carrier) carryLogs() (bool, error) {
	devices, err := c.dirsIn("logs")
	if err != nil {
		return false, err
	}
	grew := false
	for _, device := range devices {
		base := store.LogBase(device)
		if _, ok := store.ParseName(store.HeadName(base)); !ok || device == c.v.me.Device {
			continue // of this device's log the original says how it goes on: carryOwnLog
		}
		key, err := c.keyNamed(device)
		if err != nil {
			c.strange(base)
			continue
		}
		more, err := c.carryLog(device, base, key)
		if err != nil {
			return grew, err
		}
		grew = grew || more
	}
	return grew, nil
}

// strange reports the chain of a device that nobody knows. It stays where it is.
func (c *carrier) strange(base string) {
	for side, dir := range c.bothDirs() {
		if c.waiting.full() {
			return
		}
		if items, err := dir.List(base); err == nil && len(items) > 0 {
			c.waiting.add(Refused{File: base, Why: WhyDevice, Side: union.Side(side).String()})
		}
	}
}

// dirsIn lists the directories in one of both copies.
func (c *carrier) dirsIn(name string) ([]string, error) {
	var names []string
	for side, dir := range c.bothDirs() {
		items, err := dir.List(name)
		if errors.Is(err, store.ErrUnsafe) || errors.Is(err, store.ErrTooLarge) {
			c.refused.add(Refused{File: name, Why: union.WhySpecial, Detail: err.Error(), Side: union.Side(side).String()})
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			if item.Kind == store.KindDir {
				names = append(names, item.Name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func (c *carrier) carryLog(device, base string, key ssh.PublicKey) (bool, error) {
	log, err := c.v.logOf(device, key)
	if err != nil {
		return false, err
	}
	spec := c.v.logSpec(device, key)
	m, err := c.look(base, spec, log.state)
	if err != nil || m == nil {
		return false, err
	}
	c.logsMet = true
	grew, err := m.carry()
	if err != nil || m.best == nil || m.best.Size <= log.size() && log.state != nil {
		return grew, err
	}
	log.fresh = true
	return grew, c.v.advanceLog(log, m.best)
}

// look compares the listings of a chain's directory. It returns nil where
// nothing has to be done: the memory vouches for it.
func (c *carrier) look(base string, spec chain.Spec, state *chain.State) (*meeting, error) {
	m := c.meeting(base, spec, state)
	var seen [2][]store.Seen
	for side, dir := range m.dirs {
		c.refused.take(union.Side(side), base)
		c.waiting.take(union.Side(side), base)
		list, err := dir.Look(base)
		if errors.Is(err, store.ErrUnsafe) || errors.Is(err, store.ErrTooLarge) {
			m.refuse(union.Side(side), base, union.WhySpecial, err.Error())
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		seen[side] = list
		for _, file := range list {
			m.names[side][file.Name] = file
			if file.Kind != store.KindFile {
				m.refuse(union.Side(side), base+"/"+file.Name, union.WhySpecial, file.Kind.String())
			}
		}
	}
	if c.memory.Vouches(base, seen[union.Here], seen[union.There]) && !c.opts.Full {
		return nil, nil
	}
	c.memory.Note(base, seen[union.Here], seen[union.There])
	return m, nil
}

func (c *carrier) meeting(base string, spec chain.Spec, state *chain.State) *meeting {
	return &meeting{c: c, base: base, spec: spec, state: state, dirs: [2]placeDir{c.v.dir, c.place.dir},
		names: [2]map[string]store.Seen{{}, {}}}
}

// copyEnds reports whether the copy here has the head that was proven last.
func (c *carrier) copyEnds(base string, state *chain.State) bool {
	head, err := c.v.dir.Read(chain.HeadName(base), headLimit)
	return err == nil && state != nil && string(head) == string(state.Head)
}

// carryRuns carries the journals of known devices.
func (c *carrier) carryRuns() error {
	runs, err := c.dirsIn("runs")
	if err != nil {
		return err
	}
	for _, run := range runs {
		if err := c.goOn(); err != nil {
			return err
		}
		devices, err := c.dirsIn("runs/" + run)
		if err != nil {
			return err
		}
		for _, device := range devices {
			if err := c.carryRun(run, device); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *carrier) carryRun(run, device string) error {
	base := store.RunBase(run, device)
	if _, ok := store.ParseName(store.HeadName(base)); !ok {
		return nil
	}
	key, err := c.v.keyOf(device)
	if err != nil {
		c.strange(base)
		return nil
	}
	spec := c.v.logSpec(device, key)
	spec.Run = run
	m, err := c.look(base, spec, nil)
	if err != nil || m == nil {
		return err
	}
	if device == c.v.me.Device {
		if _, err := c.v.state.Stat(store.HeadName(c.v.runBase(run))); err == nil {
			return m.publish(c.v.runBase(run))
		}
	}
	_, err = m.carry()
	return err
}

// carryOwnLog extends the copies of this device's log, here and there, from
// its original. A copy that is ahead of it ends everything: this machine's
// state was put back, and must not sign a second history.
func (c *carrier) carryOwnLog() error {
	v := c.v
	if v.me.Device == "" {
		return nil
	}
	key, err := v.keyOf(v.me.Device)
	if err != nil {
		return nil // not admitted yet: nothing was logged
	}
	lock, err := store.LockFile(v.lockPath(v.mine("log.lock")), v.opts.Wait)
	if err != nil {
		return err
	}
	defer lock.Unlock()
	base := store.LogBase(v.me.Device)
	log, err := v.logOf(v.me.Device, key)
	if err != nil {
		return err
	}
	log.fresh = false
	if err := v.readLog(log); err != nil {
		return err
	}
	m, err := c.look(base, log.spec, log.state)
	if err != nil {
		return err
	}
	if m == nil && c.copyEnds(base, log.state) {
		return nil
	}
	if m == nil {
		m = c.meeting(base, log.spec, log.state)
	}
	return m.publish(v.logBase())
}

// ahead is the error for a copy that the original does not lead to. It is kept
// in mind: until the original is found again, nothing is written.
func (m *meeting) ahead(side union.Side, own []byte, r chain.Report) error {
	file, err := m.dirs[side].Read(chain.HeadName(m.base), headLimit)
	if err != nil {
		return err
	}
	name := chain.HeadName(m.base)
	if side == union.There && !m.c.place.parcel {
		name = strings.TrimSuffix(m.c.place.path, "/") + "/" + name
	}
	if m.spec.Run == "" {
		if err := m.c.v.noteAhead(file); err != nil {
			return err
		}
	}
	return &chain.AheadError{File: name, Own: own, Copy: file, Fork: m.best != nil && r.Head.Size <= m.best.Size}
}

const headLimit = 4 << 10

func gone(err error) bool { return errors.Is(err, fs.ErrNotExist) }
