package chain

import (
	"bytes"
	"errors"
	"fmt"

	"golang.org/x/crypto/ssh"

	"opsvault/vault/statement"
)

// ErrSpec: a Spec that no chain can have.
var ErrSpec = errors.New("bad chain")

// A Spec says which chain is meant. Its genesis text binds all of it.
type Spec struct {
	Vault  statement.Hash
	Device string        // device id; that of Key
	Run    string        // run id of a journal; empty for the log
	Key    ssh.PublicKey // the device's signing key, ssh-ed25519
}

// Genesis returns the text whose hash stands in for the line before line 1.
func (s Spec) Genesis() []byte {
	var b bytes.Buffer
	if s.Run == "" {
		fmt.Fprintf(&b, "opsvault/v1 log\nvault %s\n", s.Vault)
	} else {
		fmt.Fprintf(&b, "opsvault/v1 run\nvault %s\nrun %s\n", s.Vault, s.Run)
	}
	fmt.Fprintf(&b, "dev %s\nkey %s", s.Device, ssh.MarshalAuthorizedKey(s.Key))
	return b.Bytes()
}

// KeyInfo returns the HKDF info of a segment's key.
func (s Spec) KeyInfo(segment uint64) string {
	if s.Run == "" {
		return fmt.Sprintf("opsvault/v1 segment %s %s %d", s.Vault, s.Device, segment)
	}
	return fmt.Sprintf("opsvault/v1 segment %s %s %s %d", s.Vault, s.Run, s.Device, segment)
}

// check refuses a Spec whose parts don't belong together, with ErrSpec.
func (s Spec) check() error {
	switch {
	case s.Vault.IsZero():
		return fmt.Errorf("%w: no vault id", ErrSpec)
	case s.Run != "" && !isValue(s.Run):
		return fmt.Errorf("%w: run id %q", ErrSpec, s.Run)
	case s.Key == nil || s.Key.Type() != ssh.KeyAlgoED25519:
		return fmt.Errorf("%w: want an ssh-ed25519 key", ErrSpec)
	case statement.DeviceID(s.Key) != s.Device:
		return fmt.Errorf("%w: the key is not that of device %q", ErrSpec, s.Device)
	}
	return nil
}

// SegmentName and KeyName return the names of a segment and its key file
// below base, which has slashes on every platform.
func SegmentName(base string, segment uint64) string {
	return fmt.Sprintf("%s/%06d.jsonl", base, segment)
}

// KeyName: see SegmentName.
func KeyName(base string, segment uint64) string { return fmt.Sprintf("%s/%06d.key", base, segment) }

// HeadName returns the name of the signed head below base.
func HeadName(base string) string { return base + "/head" }
