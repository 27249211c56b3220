package statement

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"testing"
	"time"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"
)

// A fixture is a device with fixed keys and two parts that are sealed to it.
type fixture struct {
	testing.TB
	signer       ssh.Signer
	identity     *age.HybridIdentity
	card, secret []byte // binary age files
}

// testIdentity is an age identity made for tests and the examples of
// docs/format.md. It protects nothing.
const testIdentity = "AGE-SECRET-KEY-PQ-1XVDRUXX2ETW2WLVLCGPHEFVTWT83JP8UPQ7RPKY7SMR7N30QYGRSC3VTUY"

func newFixture(tb testing.TB) *fixture {
	tb.Helper()
	f := &fixture{TB: tb, signer: testSigner(tb, 0)}
	var err error
	if f.identity, err = age.ParseHybridIdentity(testIdentity); err != nil {
		tb.Fatal(err)
	}
	f.card = f.seal([]byte("title: SIP trunk\n"))
	f.secret = f.seal(bytes.Repeat([]byte("password: x\n"), 30))
	return f
}

// testSigner returns the signer whose seed is 32 times the byte n.
func testSigner(tb testing.TB, n byte) ssh.Signer {
	tb.Helper()
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		tb.Fatal(err)
	}
	return signer
}

func (f *fixture) device() string    { return DeviceID(f.signer.PublicKey()) }
func (f *fixture) recipient() string { return f.identity.Recipient().String() }

// keyOf knows the fixture's device alone.
func (f *fixture) keyOf(device string) (ssh.PublicKey, error) {
	if device != f.device() {
		return nil, fmt.Errorf("no such device here")
	}
	return f.signer.PublicKey(), nil
}

func (f *fixture) seal(plaintext []byte) []byte {
	f.Helper()
	part, err := Seal(plaintext, f.recipient())
	if err != nil {
		f.Fatal(err)
	}
	return part
}

func (f *fixture) common() Common {
	return Common{
		Vault:  Sum([]byte("vault")),
		Device: f.device(),
		Author: "maria",
		Policy: PolicyRef{4, Sum([]byte("policy"))},
		Event:  1841,
		Time:   time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC),
	}
}

func (f *fixture) entry() Entry {
	return Entry{
		Common:       f.common(),
		Op:           OpPut,
		Safe:         "telephony",
		ID:           "m4x5c6v7b2n3k7q2m4x5c6v7b2",
		Version:      3,
		Prev:         []Hash{Sum([]byte("parent"))},
		Secret:       Sum([]byte("secret")),
		SealedCard:   Part{1, Sum(f.card)},
		SealedSecret: Part{2, Sum(f.secret)},
	}
}

func (f *fixture) head() Head {
	return Head{
		Vault:   Sum([]byte("vault")),
		Device:  f.device(),
		Size:    1841,
		Last:    Sum([]byte("line")),
		Segment: 2,
		Length:  231400,
		Time:    time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC),
	}
}

// A body is the typed form of a header.
type body interface{ Header() (Header, error) }

func (f *fixture) header(b body) Header {
	f.Helper()
	h, err := b.Header()
	if err != nil {
		f.Fatal(err)
	}
	return h
}

// signed returns the file of b with as many of the fixture's parts as b asks
// for.
func (f *fixture) signed(b body) []byte {
	f.Helper()
	h := f.header(b)
	parts := [][]byte{f.card, f.secret}[:count(h, "sealed")]
	file, _, err := Sign(h, parts, f.signer, nil)
	if err != nil {
		f.Fatal(err)
	}
	return file
}

// count returns how many lines of h have this key.
func count(h Header, key string) int {
	n := 0
	for _, field := range h.Fields {
		if field.Key == key {
			n++
		}
	}
	return n
}

// forge signs header bytes as they are, right or wrong, in the namespace of
// their first line, and appends the parts.
func (f *fixture) forge(header string, parts ...[]byte) []byte {
	f.Helper()
	kind, err := firstLine([]byte(header))
	if err != nil {
		kind = TypeEntry
	}
	signature, err := signHeader([]byte(header), kind, f.signer, nil)
	if err != nil {
		f.Fatal(err)
	}
	file := append([]byte(header), signature...)
	for _, p := range parts {
		file = append(file, Armor(p)...)
	}
	return file
}
