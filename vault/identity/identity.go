package identity

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"

	"opsvault/vault/statement"
)

// Identity is the keys of one member on one device. It does not show itself
// through fmt or slog. It may be used by several goroutines.
type Identity struct {
	member    string
	device    string
	seed      [ed25519.SeedSize]byte
	signer    ssh.Signer
	recipient string // as the file says, compared with the key when that is parsed
	secret    string // AGE-SECRET-KEY-PQ-1…
	parsed    func() (*age.HybridIdentity, error)
}

// New makes the keys of a member. The signing key is drawn from random; age draws
// its key from crypto/rand, whatever random is. It returns ErrMember, or what
// random returned.
func New(member string, random io.Reader) (*Identity, error) {
	var seed [ed25519.SeedSize]byte
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		return nil, fmt.Errorf("make an identity: %w", err)
	}
	key, err := age.GenerateHybridIdentity()
	if err != nil {
		return nil, fmt.Errorf("make an identity: %w", err)
	}
	return assemble(member, seed, key.Recipient().String(), key.String())
}

func assemble(member string, seed [ed25519.SeedSize]byte, recipient, secret string) (*Identity, error) {
	if !isMember(member) {
		return nil, fmt.Errorf("%w: %q", ErrMember, member)
	}
	signer, err := ssh.NewSignerFromSigner(ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	i := &Identity{
		member: member, device: statement.DeviceID(signer.PublicKey()),
		seed: seed, signer: signer, recipient: recipient, secret: secret,
	}
	i.parsed = sync.OnceValues(i.parseAge)
	return i, nil
}

func (i *Identity) parseAge() (*age.HybridIdentity, error) {
	key, err := age.ParseHybridIdentity(i.secret)
	if err != nil {
		return nil, damaged("age key: %w", err)
	}
	if key.Recipient().String() != i.recipient {
		return nil, damaged("the public key in its comment belongs to another age key")
	}
	return key, nil
}

// Member gives the id of the person.
func (i *Identity) Member() string { return i.member }

// DeviceID gives the id that follows from the signing key.
func (i *Identity) DeviceID() string { return i.device }

// Signer gives the key that signs statements, an ssh-ed25519 key in memory.
func (i *Identity) Signer() ssh.Signer { return i.signer }

// PublicKey gives the public half of Signer.
func (i *Identity) PublicKey() ssh.PublicKey { return i.signer.PublicKey() }

// Recipient gives the age recipient of this device (age1pq1…) without parsing
// the age key. Age checks that they belong together.
func (i *Identity) Recipient() string { return i.recipient }

// Age gives the key that opens what is sealed to this device. It is parsed at the
// first call, which takes about 0.2 ms. It returns ErrDamaged.
func (i *Identity) Age() (*age.HybridIdentity, error) { return i.parsed() }

// Derive gives a key of this device for one purpose: HKDF-SHA256 (RFC 5869) of
// the Ed25519 seed, no salt, with info.
func (i *Identity) Derive(info string) [32]byte {
	key, err := hkdf.Key(sha256.New, i.seed[:], nil, info, 32)
	if err != nil { // only for lengths beyond 8,160 bytes
		panic("identity: derive: " + err.Error())
	}
	return [32]byte(key)
}

// DeviceStatement makes the .device file: the public keys with a label of 1 to 64
// bytes, signed by themselves. Before that the age key is compared with its
// recipient, so that nobody seals to a device that can't open.
func (i *Identity) DeviceStatement(label string, now time.Time) ([]byte, error) {
	if _, err := i.Age(); err != nil {
		return nil, err
	}
	header, err := statement.Device{
		Device: i.device, Member: i.member, Label: label, Key: i.PublicKey(), Recipient: i.recipient, Time: now,
	}.Header()
	if err != nil {
		return nil, err
	}
	file, _, err := statement.Sign(header, nil, i.signer, nil)
	return file, err
}

func (i *Identity) String() string             { return "identity of " + i.member + " on " + i.device }
func (i *Identity) GoString() string           { return i.String() }
func (i *Identity) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, i.String()) }
func (i *Identity) LogValue() slog.Value       { return slog.StringValue(i.String()) }

// isMember holds for [a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?.
func isMember(s string) bool {
	if s == "" || len(s) > 32 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for _, r := range s {
		if r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') {
			return false
		}
	}
	return true
}
