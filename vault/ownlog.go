package vault

import (
	"bytes"
	"errors"
	"io/fs"

	"opsvault/vault/chain"
	"opsvault/vault/store"
)

// ErrRemoved: the newest policy no longer has this device. It may read what it
// has, and writes nothing more.
var ErrRemoved = errors.New("this device was removed from the vault")

// aheadFile holds a head of this device's own log that the original does not
// lead to: this machine was put back, or its disk was copied to another one,
// and somebody has seen what the other one wrote. While it is there nothing
// is written.
const aheadFile = "ahead"

// noteAhead keeps such a head.
func (v *Vault) noteAhead(head []byte) error {
	if own, err := v.ownHead(); err == nil && own != nil {
		if err := v.keepFork(v.me.Device, head, own, "witnessed"); err != nil {
			return err
		}
	}
	return v.readOnlyState(v.state.Replace(v.mine(aheadFile), head))
}

func (v *Vault) ownHead() ([]byte, error) {
	head, err := v.state.Read(chain.HeadName(v.logBase()), 4<<10)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return head, err
}

// checkAhead returns a *chain.AheadError while the original lacks what another
// device has seen of it. A newer backup of this machine may bring it back.
func (v *Vault) checkAhead() error {
	seen, err := v.state.Read(v.mine(aheadFile), 4<<10)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return &LogError{err}
	}
	key, err := v.keyOf(v.me.Device)
	if err != nil {
		return err
	}
	spec := v.logSpec(v.me.Device, key)
	head, err := chain.OpenHead(seen, spec)
	if err != nil {
		return v.state.Remove(v.mine(aheadFile)) // damaged: the next meeting says it again
	}
	report, err := chain.Verify(chain.Over(v.state), v.logBase(), spec, chain.VerifyOptions{Original: true})
	if err != nil {
		return &LogError{err}
	}
	if ok, err := chain.LeadsTo(chain.Over(v.state), v.logBase(), report.State, head); err == nil && ok {
		return v.state.Remove(v.mine(aheadFile))
	}
	own, _ := v.ownHead()
	return &chain.AheadError{File: store.HeadName(store.LogBase(v.me.Device)), Own: own, Copy: bytes.Clone(seen), Fork: head.Size <= report.Head.Size}
}

// warnAhead says at once what every write would fail with.
func (v *Vault) warnAhead() {
	if _, err := v.state.Stat(v.mine(aheadFile)); err == nil {
		v.warn("own-log-ahead", "device", v.me.Device)
	}
}

// mayLog refuses to write where nothing may be written any more.
func (v *Vault) mayLog() error {
	if v.policy.Doc != nil && !holdsDevice(v.policy.Doc, v.me.Member, v.me.Device) {
		return ErrRemoved
	}
	return v.checkAhead()
}
