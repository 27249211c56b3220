package statement

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"
)

// MaxLabel is the most bytes of a device's label.
const MaxLabel = 64

// A Device states the public keys of a device. It is signed by itself and
// counts once a policy names the SHA-256 of the whole file.
type Device struct {
	Device    string // device id; follows from Key
	Member    string
	Label     string        // 1 to MaxLabel bytes
	Key       ssh.PublicKey // ssh-ed25519
	Recipient string        // age1pq1…
	Time      time.Time
}

var deviceRules = []rule{
	one("device", parseDevice),
	one("member", parseSlug),
	one("label", parseLabel),
	one("key", checked(parseKey)),
	one("recipient", parseRecipient),
	one("time", checked(parseTime)),
}

// DeviceID returns the id of the device that signs with key: the first 16
// characters of the lower-case base32 of the SHA-256 of the key's SSH wire
// form.
func DeviceID(key ssh.PublicKey) string {
	sum := sha256.Sum256(key.Marshal())
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:10]))
}

// Header returns the header of the device file.
func (d Device) Header() (Header, error) {
	if d.Key == nil {
		return Header{}, malformed("device without a key")
	}
	return built(TypeDevice, []Field{
		{"device", d.Device},
		{"member", d.Member},
		{"label", d.Label},
		{"key", formatKey(d.Key)},
		{"recipient", d.Recipient},
		{"time", formatTime(d.Time)},
	})
}

// ParseDevice reads a header of TypeDevice.
func ParseDevice(h Header) (Device, error) { return parsed(h, decodeDevice, TypeDevice) }

func decodeDevice(h Header) (Device, error) {
	c := &cursor{h.Fields}
	d := Device{Device: c.maybe("device"), Member: c.maybe("member"), Label: c.maybe("label")}
	d.Key, _ = parseKey(c.maybe("key"))
	d.Recipient = c.maybe("recipient")
	d.Time, _ = parseTime(c.maybe("time"))
	if DeviceID(d.Key) != d.Device {
		return d, malformed("`device` is not the id of `key`")
	}
	return d, nil
}

func parseLabel(s string) error {
	if len(s) > MaxLabel {
		return malformed("want a label of 1 to %d bytes", MaxLabel)
	}
	return nil
}

// parseRecipient leaves to age that there is one spelling: its Bech32 refuses
// loose bits and, for this prefix, upper case.
func parseRecipient(s string) error {
	if _, err := age.ParseHybridRecipient(s); err != nil {
		return malformed("want an age recipient that begins with age1pq1")
	}
	return nil
}

// parseKey reads a public key as authorized_keys has it, without a comment.
func parseKey(s string) (ssh.PublicKey, error) {
	text, found := strings.CutPrefix(s, ssh.KeyAlgoED25519+" ")
	wire, err := base64.StdEncoding.Strict().DecodeString(text)
	if !found || err != nil {
		return nil, malformed("want `ssh-ed25519` and base64")
	}
	key, err := ssh.ParsePublicKey(wire)
	if err != nil || key.Type() != ssh.KeyAlgoED25519 || formatKey(key) != s {
		return nil, malformed("want an ssh-ed25519 key")
	}
	if isLowOrder(wire[len(wire)-32:]) {
		return nil, malformed("want an ssh-ed25519 key that only its holder can sign with")
	}
	return key, nil
}

// lowOrder has the y coordinates, as RFC 8032 encodes them and without the
// sign bit, of the points of edwards25519 whose order is 8 or less, and of
// those that are not reduced modulo p.
var lowOrder = [...]string{
	"0000000000000000000000000000000000000000000000000000000000000000", // order 4
	"0100000000000000000000000000000000000000000000000000000000000000", // order 1
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", // order 8
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", // order 8
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // order 2
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // 0 + p
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // 1 + p
}

// isLowOrder reports whether an Ed25519 public key is a point of low order.
// Anybody can make signatures that verify under such a key, so its holder
// could deny every one of them.
func isLowOrder(key []byte) bool {
	y := bytes.Clone(key)
	y[31] &= 0x7f
	return slices.Contains(lowOrder[:], hex.EncodeToString(y))
}

func formatKey(key ssh.PublicKey) string {
	return key.Type() + " " + base64.StdEncoding.EncodeToString(key.Marshal())
}
