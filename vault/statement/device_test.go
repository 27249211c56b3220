package statement

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

func (f *fixture) deviceBody() Device {
	return Device{
		Device:    f.device(),
		Member:    "maria",
		Label:     "ноутбук Марии",
		Key:       f.signer.PublicKey(),
		Recipient: f.recipient(),
		Time:      f.common().Time,
	}
}

func TestOpenDevice(t *testing.T) {
	f := newFixture(t)
	want := f.deviceBody()
	st, got, err := OpenDevice(f.signed(want))
	if err != nil {
		t.Fatal(err)
	}
	if got.Device != want.Device || got.Label != want.Label || !bytes.Equal(got.Key.Marshal(), want.Key.Marshal()) {
		t.Errorf("got %+v", got)
	}
	if st.Hash != Sum(f.header(want).bytes()) {
		t.Error("hash is not that of the header")
	}
}

func TestOpenDeviceRefuses(t *testing.T) {
	f := newFixture(t)
	good := string(f.header(f.deviceBody()).bytes())
	other := testSigner(t, 9).PublicKey()
	ownLine := "key " + formatKey(f.signer.PublicKey())
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"another type":            {f.signed(f.head()), ErrMalformed},
		"another device's key":    {f.forge(strings.Replace(good, ownLine, "key "+formatKey(other), 1)), ErrSignature},
		"id of another key":       {f.forge(strings.Replace(good, f.device(), DeviceID(other), 1)), ErrSignature},
		"two keys":                {f.forge(strings.Replace(good, ownLine, ownLine+"\n"+ownLine, 1)), ErrMalformed},
		"key with a comment":      {f.forge(strings.Replace(good, ownLine, ownLine+" maria@laptop", 1)), ErrMalformed},
		"no key":                  {f.forge(strings.Replace(good, ownLine+"\n", "", 1)), ErrMalformed},
		"classic recipient":       {f.forge(replaceLine(good, "recipient", "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p")), ErrMalformed},
		"plugin recipient":        {f.forge(replaceLine(good, "recipient", "age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t")), ErrMalformed},
		"recipient in upper case": {f.forge(replaceLine(good, "recipient", strings.ToUpper(f.recipient()))), ErrMalformed},
		"label of 65 bytes":       {f.forge(replaceLine(good, "label", strings.Repeat("x", 65))), ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := OpenDevice(c.file); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// replaceLine gives the header's line with this key another value.
func replaceLine(header, key, value string) string {
	before, rest, _ := strings.Cut(header, "\n"+key+" ")
	_, after, _ := strings.Cut(rest, "\n")
	return before + "\n" + key + " " + value + "\n" + after
}

func TestDeviceID(t *testing.T) {
	// Computed with: ssh-keygen -lf key.pub, its base64 decoded, base32 of it,
	// lower case, the first 16 characters.
	key, err := parseKey("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBOOouGHOPTdQFZqVFTQVLRpQM2/jxYjDZ7be/41l6/g")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := DeviceID(key), "752yfbejhfijgtoe"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestParseKeyTakesOneForm(t *testing.T) {
	good := formatKey(testSigner(t, 0).PublicKey())
	if _, err := parseKey(good); err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{good + "\r", good + " x", good + "=", strings.Replace(good, " ", "  ", 1), good[:len(good)-4], "ssh-rsa" + good[len("ssh-ed25519"):], formatKey(ecdsaSigner(t).PublicKey())} {
		if _, err := parseKey(s); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: got %v", s, err)
		}
	}
}

func TestLowOrderKeysAreRefused(t *testing.T) {
	for _, y := range lowOrder {
		for _, sign := range []byte{0, 0x80} {
			key, _ := hex.DecodeString(y)
			key[31] |= sign
			wire := ssh.Marshal(struct{ Type, Key string }{ssh.KeyAlgoED25519, string(key)})
			if _, err := parseKey("ssh-ed25519 " + base64.StdEncoding.EncodeToString(wire)); !errors.Is(err, ErrMalformed) {
				t.Errorf("%x: got %v", key, err)
			}
		}
	}
}

// TestLowOrderListIsRight shows that each point of the list deserves it: a
// signature that needs no private key verifies under it for some message.
func TestLowOrderListIsRight(t *testing.T) {
	forged := make([]byte, ed25519.SignatureSize)
	forged[0] = 1 // R is the neutral point, S is zero
	for _, y := range lowOrder {
		key, _ := hex.DecodeString(y)
		found := false
		for m := range 255 {
			found = found || ed25519.Verify(key, []byte{byte(m)}, forged)
		}
		if !found {
			t.Errorf("%s: no forgery found", y)
		}
	}
}
