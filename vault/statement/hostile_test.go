package statement

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// join puts a file together from text blocks.
func join(blocks ...string) []byte { return []byte(strings.Join(blocks, "")) }

// cutFile returns the blocks of a good file as text.
func cutFile(t *testing.T, file []byte) (header, signature string, parts []string) {
	t.Helper()
	b, err := split(file)
	if err != nil {
		t.Fatal(err)
	}
	for part := range strings.SplitAfterSeq(string(b.parts), ageArmor.last) {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return string(b.header), string(b.signature), parts
}

func TestOpenRefusesWhatIsNotCanonical(t *testing.T) {
	f := newFixture(t)
	good := f.signed(f.entry())
	header, signature, parts := cutFile(t, good)
	card, secret := parts[0], parts[1]
	crlf := func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
	flat := strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(signature, sshArmor.first), "\n"+sshArmor.last), "\n", "")
	for name, file := range map[string][]byte{
		"empty":                       nil,
		"one LF":                      []byte("\n"),
		"no signature":                join(header),
		"no header":                   join(signature, card, secret),
		"signature cut":               join(header, signature[:200]),
		"signature without its end":   join(header, strings.TrimSuffix(signature, sshArmor.last), card, secret),
		"last LF missing":             bytes.TrimSuffix(good, []byte("\n")),
		"LF too many":                 join(string(good), "\n"),
		"NUL after the end":           join(string(good), "\x00"),
		"junk before":                 join("# hello\n", string(good)),
		"LF before":                   join("\n", string(good)),
		"junk after the signature":    join(header, signature, "\n", card, secret),
		"junk between the parts":      join(header, signature, card, "junk\n", secret),
		"junk after the parts":        join(header, signature, card, secret, "junk\n"),
		"CRLF":                        join(crlf(string(good))),
		"CRLF in the header":          join(crlf(header), signature, card, secret),
		"CRLF in the signature":       join(header, crlf(signature), card, secret),
		"CRLF in a part":              join(header, signature, card, crlf(secret)),
		"signature in lines of 64":    join(header, wrapped(flat, 64), card, secret),
		"signature in one line":       join(header, wrapped(flat, 4000), card, secret),
		"space in the signature":      join(header, strings.Replace(signature, "\nU1", "\n U1", 1), card, secret),
		"PEM header in the signature": join(header, strings.Replace(signature, "\nU1", "\nA: b\n\nU1", 1), card, secret),
		"two signatures":              join(header, signature, signature, card, secret),
		"signature over the limit":    join(header, wrapped(strings.Repeat(flat[:len(flat)-4], 5), 70), card, secret),
		"part in lines of 76":         join(header, signature, card, rewrapped(t, secret, 76)),
		"last part missing":           join(header, signature, card),
		"parts missing":               join(header, signature),
		"part twice":                  join(header, signature, card, secret, secret),
		"five parts":                  join(header, signature, card, secret, secret, secret, secret),
		"last part cut":               join(header, signature, card, secret[:300]),
		"part without its end":        join(header, signature, card, strings.TrimSuffix(secret, ageArmor.last)),
		"binary part":                 join(header, signature, card, string(f.secret)),
	} {
		t.Run(name, func(t *testing.T) {
			st, err := Open(file, f.keyOf)
			if !errors.Is(err, ErrMalformed) || st != nil {
				t.Errorf("got %v, %v", st, err)
			}
		})
	}
	if _, err := Open(good, f.keyOf); err != nil {
		t.Fatalf("the good file: %v", err)
	}
}

// wrapped returns an armored signature with lines of another width.
func wrapped(flat string, width int) string {
	var b strings.Builder
	for ; len(flat) > width; flat = flat[width:] {
		b.WriteString(flat[:width] + "\n")
	}
	return sshArmor.first + b.String() + flat + "\n" + sshArmor.last
}

func rewrapped(t *testing.T, part string, width int) string {
	t.Helper()
	binary, err := Dearmor([]byte(part))
	if err != nil {
		t.Fatal(err)
	}
	return string(armoring{ageArmor.first, ageArmor.last, width}.encode(binary))
}

func TestOpenRefusesSwappedParts(t *testing.T) {
	f := newFixture(t)
	header, signature, parts := cutFile(t, f.signed(f.entry()))
	card, secret := parts[0], parts[1]
	other := string(Armor(f.seal([]byte("title: SIP trunk\n"))))
	for name, file := range map[string][]byte{
		"misordered":             join(header, signature, secret, card),
		"another card":           join(header, signature, other, secret),
		"card twice":             join(header, signature, card, card),
		"first missing":          join(header, signature, secret),
		"second empty":           join(header, signature, card, ageArmor.first+ageArmor.last),
		"of another entry":       join(header, signature, card, other),
		"one bit of ciphertext":  join(header, signature, card, string(Armor(append(f.secret[:len(f.secret)-1:len(f.secret)-1], f.secret[len(f.secret)-1]^1)))),
		"a byte after the file":  join(header, signature, card, string(Armor(append(f.secret[:len(f.secret):len(f.secret)], 0)))),
		"a byte before the file": join(header, signature, card, string(Armor(append([]byte{0}, f.secret...)))),
	} {
		t.Run(name, func(t *testing.T) {
			if st, err := Open(file, f.keyOf); !errors.Is(err, ErrSealed) || st != nil {
				t.Errorf("got %v, %v", st, err)
			}
		})
	}
}

func TestOpenRefusesOversize(t *testing.T) {
	f := newFixture(t)
	never := func(string) (ssh.PublicKey, error) { t.Error("asked for a key"); return nil, nil }
	file := append(f.signed(f.entry()), make([]byte, MaxSize)...)
	if _, err := Open(file, never); !errors.Is(err, ErrTooLarge) {
		t.Errorf("Open: got %v", err)
	}
	if _, err := DeviceLine(file); !errors.Is(err, ErrTooLarge) {
		t.Errorf("DeviceLine: got %v", err)
	}
	if _, _, err := OpenDevice(file); !errors.Is(err, ErrTooLarge) {
		t.Errorf("OpenDevice: got %v", err)
	}
	big := f.seal(make([]byte, 800<<10))
	e := with(f.entry(), func(e *Entry) { e.SealedSecret.Hash = Sum(big) })
	if _, _, err := Sign(f.header(e), [][]byte{f.card, big}, f.signer, nil); !errors.Is(err, ErrTooLarge) {
		t.Errorf("Sign: got %v", err)
	}
}

func TestOpenRefusesSignatures(t *testing.T) {
	f := newFixture(t)
	header, _, parts := cutFile(t, f.signed(f.entry()))
	tail := strings.Join(parts, "")
	sign := func(message string, key ssh.Signer, hash sshsig.HashAlgorithm, namespace string) *sshsig.Signature {
		sig, err := sshsig.Sign(strings.NewReader(message), key, hash, namespace)
		if err != nil {
			t.Fatal(err)
		}
		return sig
	}
	own := func() *sshsig.Signature { return sign(header, f.signer, sshsig.HashSHA512, "entry@opsvault.v1") }
	other := testSigner(t, 9)
	for name, blob := range map[string][]byte{
		"another header":              sign(header+"x", f.signer, sshsig.HashSHA512, "entry@opsvault.v1").Marshal(),
		"another namespace":           sign(header, f.signer, sshsig.HashSHA512, "file").Marshal(),
		"namespace of a type":         sign(header, f.signer, sshsig.HashSHA512, "head@opsvault.v1").Marshal(),
		"sha256":                      sign(header, f.signer, sshsig.HashSHA256, "entry@opsvault.v1").Marshal(),
		"another key":                 sign(header, other, sshsig.HashSHA512, "entry@opsvault.v1").Marshal(),
		"another key of another type": sign(header, ecdsaSigner(t), sshsig.HashSHA512, "entry@opsvault.v1").Marshal(),
		"embedded key differs":        with(*own(), func(s *sshsig.Signature) { s.PublicKey = other.PublicKey() }).Marshal(),
		"byte changed":                with(*own(), func(s *sshsig.Signature) { s.Signature.Blob[40] ^= 1 }).Marshal(),
		"signature too short":         with(*own(), func(s *sshsig.Signature) { s.Signature.Blob = s.Signature.Blob[:63] }).Marshal(),
		"bytes after signature":       with(*own(), func(s *sshsig.Signature) { s.Signature.Rest = []byte("x") }).Marshal(),
		"format of another type":      with(*own(), func(s *sshsig.Signature) { s.Signature.Format = ssh.KeyAlgoECDSA256 }).Marshal(),
		"s not reduced":               with(*own(), func(s *sshsig.Signature) { addOrder(s.Signature.Blob[32:]) }).Marshal(),
		"claims sha256":               with(*own(), func(s *sshsig.Signature) { s.HashAlgorithm = sshsig.HashSHA256 }).Marshal(),
		"reserved field":              reserved(own()),
		"version 2":                   with(*own(), func(s *sshsig.Signature) { s.Version = 2 }).Marshal(),
		"no SSHSIG":                   []byte("hello"),
		"bytes after it":              append(own().Marshal(), 0),
		"empty":                       nil,
	} {
		t.Run(name, func(t *testing.T) {
			st, err := Open(join(header, string(sshArmor.encode(blob)), tail), f.keyOf)
			if !errors.Is(err, ErrSignature) && !(name == "empty" && errors.Is(err, ErrMalformed)) || st != nil {
				t.Errorf("got %v, %v", st, err)
			}
		})
	}
	if _, err := Open(join(header, string(sshArmor.encode(own().Marshal())), tail), f.keyOf); err != nil {
		t.Errorf("the good signature: %v", err)
	}
	if _, err := Open(join(header, string(pem.EncodeToMemory(&pem.Block{Type: sshsig.PEMType, Bytes: own().Marshal()})), tail), f.keyOf); !errors.Is(err, ErrMalformed) {
		t.Errorf("the good signature as PEM: %v", err)
	}
}

func ecdsaSigner(t *testing.T) ssh.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// addOrder adds the order of the group to the little-endian scalar s: the same
// number to a careless verifier.
func addOrder(s []byte) {
	order := []byte{
		0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
	}
	carry := 0
	for i := range s {
		carry += int(s[i]) + int(order[i])
		s[i] = byte(carry)
		carry >>= 8
	}
}

// reserved fills the field that the protocol reserves and verifiers skip.
func reserved(s *sshsig.Signature) []byte {
	const before = "entry@opsvault.v1"
	blob := s.Marshal()
	at := bytes.Index(blob, []byte(before)) + len(before)
	return append(append(append([]byte{}, blob[:at]...), 0, 0, 0, 1, 'x'), blob[at+4:]...)
}

func TestOpenAsksForTheRightKey(t *testing.T) {
	f := newFixture(t)
	file := f.signed(f.entry())
	other := testSigner(t, 9).PublicKey()
	problem := errors.New("chain broken")
	for name, c := range map[string]struct {
		key  ssh.PublicKey
		err  error
		want error
	}{
		"key of another device": {other, nil, ErrSignature},
		"key of another type":   {ecdsaSigner(t).PublicKey(), nil, ErrSignature},
		"no key":                {nil, nil, ErrUnknownDevice},
		"unknown":               {nil, ErrUnknownDevice, ErrUnknownDevice},
		"another problem":       {nil, problem, problem},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Open(file, func(device string) (ssh.PublicKey, error) {
				if device != f.device() {
					t.Errorf("asked for %s", device)
				}
				return c.key, c.err
			})
			if !errors.Is(err, c.want) || c.key == nil && !errors.Is(err, ErrUnknownDevice) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestDeviceLine(t *testing.T) {
	f := newFixture(t)
	file := string(f.signed(f.sign())) // its `closed` lines name other devices
	line := "device " + f.device() + "\n"
	if got, err := DeviceLine([]byte(file)); err != nil || got != f.device() {
		t.Errorf("got %s, %v", got, err)
	}
	for name, file := range map[string]string{
		"twice":               edit(t, file, line, line+line),
		"twice, one behind":   edit(t, file, "relies", "device aaaaaaaaaaaaaaaa\nrelies"),
		"missing":             edit(t, file, line, ""),
		"in the sealed parts": edit(t, file, line, "") + line,
		"in the first line":   edit(t, edit(t, file, line, ""), "v1 sign", "v1 device "+f.device()),
		"not an id":           edit(t, file, line, "device a\n"),
		"CR at its end":       edit(t, file, line, "device "+f.device()+"\r\n"),
		"no statement":        line,
	} {
		if got, err := DeviceLine([]byte(file)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

func TestOpenKeepsUnknownTypes(t *testing.T) {
	f := newFixture(t)
	sealed := sealedLine("thing", "telephony", Part{1, Sum(f.card)})
	header := "opsvault/v1 later\ndevice " + f.device() + "\ncolour red\nsealed " + sealed.Value + "\n"
	st, err := Open(f.forge(header, f.card), f.keyOf)
	var unknown *UnknownType
	if !errors.As(err, &unknown) || !errors.Is(err, ErrUnknownType) || unknown.Statement != st {
		t.Fatalf("got %v", err)
	}
	if st.Hash != Sum([]byte(header)) || len(st.Parts) != 1 || !bytes.Equal(st.Parts[0], f.card) {
		t.Errorf("got %+v", st)
	}
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"signed by another":   {bytes.Replace(f.forge(header, f.card), []byte("red"), []byte("blue"), 1), ErrSignature},
		"part missing":        {f.forge(header), ErrMalformed},
		"part too many":       {f.forge(header, f.card, f.card), ErrMalformed},
		"another part":        {f.forge(header, f.secret), ErrSealed},
		"no hash in the line": {f.forge("opsvault/v1 later\ndevice "+f.device()+"\nsealed x\n", f.card), ErrMalformed},
		"device not there":    {f.forge("opsvault/v1 later\nvault x\n"), ErrMalformed},
		"five parts":          {f.forge("opsvault/v1 later\ndevice "+f.device()+"\n"+strings.Repeat("sealed "+sealed.Value+"\n", 5), f.card, f.card, f.card, f.card, f.card), ErrMalformed},
		"key in upper case":   {f.forge("opsvault/v1 later\ndevice " + f.device() + "\nColour red\n"), ErrMalformed},
		"known type, wrong":   {f.forge("opsvault/v1 head\ndevice " + f.device() + "\n"), ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			if st, err := Open(c.file, f.keyOf); !errors.Is(err, c.want) || st != nil {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestSignRefuses(t *testing.T) {
	f := newFixture(t)
	h := f.header(f.entry())
	both := [][]byte{f.card, f.secret}
	for name, c := range map[string]struct {
		h     Header
		parts [][]byte
		key   ssh.Signer
		want  error
	}{
		"key of another device": {h, both, testSigner(t, 9), ErrSignature},
		"key of another type":   {h, both, ecdsaSigner(t), ErrSignature},
		"parts misordered":      {h, [][]byte{f.secret, f.card}, f.signer, ErrSealed},
		"part missing":          {h, both[:1], f.signer, ErrMalformed},
		"part too many":         {h, append(both[:2:2], f.card), f.signer, ErrMalformed},
		"unknown type":          {Header{"act", []Field{{"device", f.device()}}}, nil, f.signer, ErrUnknownType},
		"broken header":         {Header{"head", nil}, nil, f.signer, ErrMalformed},
		"no type":               {Header{}, nil, f.signer, ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := Sign(c.h, c.parts, c.key, nil); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestTruncatedAnywhere(t *testing.T) {
	f := newFixture(t)
	file := f.signed(f.entry())
	for n := range file {
		if n > 2000 && n%37 != 0 {
			continue
		}
		if _, err := Open(file[:n], f.keyOf); err == nil {
			t.Fatalf("the first %d of %d bytes were accepted", n, len(file))
		}
	}
}
