package statement

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"filippo.io/age"
)

func TestUnsealUndoesSeal(t *testing.T) {
	f := newFixture(t)
	for _, n := range []int{0, 1, 48, 64 << 10, 64<<10 + 1, 256 << 10, MaxSize} {
		plaintext := bytes.Repeat([]byte("k"), n)
		got, err := Unseal(f.seal(plaintext), f.identity)
		if err != nil || !bytes.Equal(got, plaintext) {
			t.Errorf("%d bytes: got %d bytes, %v", n, len(got), err)
		}
	}
}

func TestSealRefuses(t *testing.T) {
	f := newFixture(t)
	for name, c := range map[string]struct {
		plaintext  []byte
		recipients []string
		want       error
	}{
		"no recipient":      {nil, nil, ErrSealed},
		"two recipients":    {nil, []string{f.recipient(), f.recipient()}, ErrSealed},
		"classic recipient": {nil, []string{"age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"}, ErrSealed},
		"plugin":            {nil, []string{"age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t"}, ErrSealed},
		"SSH key":           {nil, []string{formatKey(f.signer.PublicKey())}, ErrSealed},
		"empty string":      {nil, []string{""}, ErrSealed},
		"over 1 MiB":        {make([]byte, MaxSize+1), []string{f.recipient()}, ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := Seal(c.plaintext, c.recipients...); !errors.Is(err, c.want) || got != nil {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// ageFile encrypts to any recipients that age takes.
func ageFile(t testing.TB, recipients ...age.Recipient) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := age.Encrypt(&out, recipients...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "password: x\n"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// unlabelled hides what keeps age from mixing recipients when it encrypts.
type unlabelled struct{ age.Recipient }

// extra adds a stanza of any shape to those of a recipient.
type extra struct {
	age.Recipient
	stanza age.Stanza
}

func (e extra) Wrap(fileKey []byte) ([]*age.Stanza, error) {
	stanzas, err := e.Recipient.Wrap(fileKey)
	return append(stanzas, &e.stanza), err
}

// foreign returns age files that a part must not be, most of which age
// itself decrypts with the fixture's identity.
func foreign(f *fixture) map[string][]byte {
	f.Helper()
	hybrid := f.identity.Recipient()
	classic, err := age.GenerateX25519Identity()
	if err != nil {
		f.Fatal(err)
	}
	passphrase, err := age.NewScryptRecipient("x")
	if err != nil {
		f.Fatal(err)
	}
	passphrase.SetWorkFactor(2)
	crowd := make([]age.Recipient, 1025)
	for i := range crowd {
		crowd[i] = extra{noRecipient{}, age.Stanza{Type: stanzaType}}
	}
	return map[string][]byte{
		"two stanzas":       ageFile(f, hybrid, hybrid),
		"classic behind":    ageFile(f, unlabelled{hybrid}, classic.Recipient()),
		"classic in front":  ageFile(f, classic.Recipient(), unlabelled{hybrid}),
		"grease":            ageFile(f, extra{unlabelled{hybrid}, age.Stanza{Type: "x-grease"}}),
		"big second stanza": ageFile(f, extra{unlabelled{hybrid}, age.Stanza{Type: "x", Body: make([]byte, 100<<10)}}),
		"one big stanza":    ageFile(f, extra{noRecipient{}, age.Stanza{Type: stanzaType, Body: make([]byte, 100<<10)}}),
		"classic alone":     ageFile(f, classic.Recipient()),
		"passphrase":        ageFile(f, passphrase),
		"1,025 stanzas":     ageFile(f, crowd...),
	}
}

// noRecipient wraps to no stanza at all.
type noRecipient struct{}

func (noRecipient) Wrap([]byte) ([]*age.Stanza, error) { return nil, nil }

// TestAgeTakesForeignParts shows that the check of stanzas is ours to make.
func TestAgeTakesForeignParts(t *testing.T) {
	f := newFixture(t)
	parts := foreign(f)
	for _, name := range []string{"two stanzas", "classic behind", "classic in front", "grease", "big second stanza"} {
		if _, err := age.Decrypt(bytes.NewReader(parts[name]), f.identity); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestForeignPartsAreRefused(t *testing.T) {
	f := newFixture(t)
	for name, part := range foreign(f) {
		t.Run(name, func(t *testing.T) {
			if got, err := Unseal(part, f.identity); !errors.Is(err, ErrSealed) || got != nil {
				t.Errorf("Unseal: got %q, %v", got, err)
			}
			if err := checkSealed(part); !errors.Is(err, ErrSealed) {
				t.Errorf("checkSealed: got %v", err)
			}
			e := with(f.entry(), func(e *Entry) { e.SealedSecret.Hash = Sum(part) })
			header := f.header(e)
			if _, _, err := Sign(header, [][]byte{f.card, part}, f.signer, nil); !errors.Is(err, ErrSealed) {
				t.Errorf("Sign: got %v", err)
			}
			if _, err := Open(f.forge(string(header.bytes()), f.card, part), f.keyOf); !errors.Is(err, ErrSealed) {
				t.Errorf("Open: got %v", err)
			}
		})
	}
}

func TestUnsealRefusesDamage(t *testing.T) {
	f := newFixture(t)
	part := f.seal(bytes.Repeat([]byte("long "), 30<<10)) // three chunks
	other, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Unseal(part, other); !errors.Is(err, ErrSealed) || !errors.Is(err, age.ErrIncorrectIdentity) {
		t.Errorf("another identity: got %v", err)
	}
	if _, err := Unseal(make([]byte, 2*MaxSize), f.identity); !errors.Is(err, ErrTooLarge) {
		t.Errorf("2 MiB: got %v", err)
	}
	last := part[len(part)-1]
	stanza := bytes.Index(part, []byte("\n--- "))
	for name, damaged := range map[string][]byte{
		"empty":              nil,
		"cut in the header":  part[:200],
		"cut after it":       part[:stanza+60],
		"first chunk alone":  part[:stanza+5+44+16+(64<<10)+16],
		"cut":                part[:len(part)-1],
		"last byte changed":  append(part[:len(part)-1:len(part)-1], last^1),
		"a byte after":       append(part[:len(part):len(part)], 0),
		"another file after": append(part[:len(part):len(part)], part...),
		"MAC changed":        bytes.Replace(part, part[stanza:stanza+20], append(part[stanza:stanza+19:stanza+19], part[stanza+19]^1), 1),
		"armored":            Armor(part),
		"type renamed":       bytes.Replace(part, []byte(stanzaType), []byte("mlkem768x25518"), 1),
		"args renamed":       bytes.Replace(part, []byte(stanzaType+" "), []byte(stanzaType+" x "), 1),
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := Unseal(damaged, f.identity); !errors.Is(err, ErrSealed) || got != nil {
				t.Errorf("got %d bytes, %v", len(got), err)
			}
		})
	}
}

func TestErrorsHideNothingSecret(t *testing.T) {
	f := newFixture(t)
	_, err := Unseal([]byte(f.identity.String()+"\n"), f.identity)
	if err == nil || strings.Contains(err.Error(), "AGE-SECRET") {
		t.Errorf("got %v", err)
	}
}
