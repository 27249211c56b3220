package chain

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20poly1305"

	"opsvault/vault/statement"
)

func TestDetails(t *testing.T) {
	d, dir := newDevice(t, 1), newMemory()
	want := map[string]any{
		"path": "телефония/основной", "fields": []any{"password"}, "n": json.Number("12345678901234567890"), "ok": true, "none": nil, "<&>": "\x00",
	}
	draft := Draft{Actor: "i", Op: "x", Policy: 1, Result: OK, Details: want}
	empty := draft
	empty.Details = map[string]any{}
	none := draft
	none.Details = nil
	lines, err := d.writer(t, dir).Append(draft, empty, none)
	if err != nil {
		t.Fatal(err)
	}
	key := d.options().Derive(d.spec.KeyInfo(1))
	for i, want := range []map[string]any{want, {}, nil} {
		if have, err := OpenDetails(key, &lines[i]); err != nil || !reflect.DeepEqual(have, want) {
			t.Errorf("line %d: %v, %v", i+1, have, err)
		}
	}
	if lines[2].Sealed != "" || lines[2].Bound() != "" {
		t.Error("no details, but sealed")
	}
}

func TestDetailsAreBound(t *testing.T) {
	d, dir := newDevice(t, 1), newMemory()
	lines, err := d.writer(t, dir).Append(reveal(1), reveal(2))
	if err != nil {
		t.Fatal(err)
	}
	key := d.options().Derive(d.spec.KeyInfo(1))
	moved := strings.Replace(lines[0].Raw, lines[0].Sealed, lines[1].Sealed, 1)
	changed := strings.Replace(lines[0].Raw, `"actor":"ivan"`, `"actor":"anna"`, 1)
	for name, raw := range map[string]string{"moved": moved, "other line": changed} {
		line, err := ParseLine([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		if have, err := OpenDetails(key, &line); !errors.Is(err, ErrSealed) {
			t.Errorf("%s: %v, %v", name, have, err)
		}
	}
	if _, err := OpenDetails(d.options().Derive(d.spec.KeyInfo(2)), &lines[0]); !errors.Is(err, ErrSealed) {
		t.Errorf("key of another segment: %v", err)
	}
}

// TestOddPlaintext: what is sealed with the right key need not be an object.
func TestOddPlaintext(t *testing.T) {
	aead, err := chacha20poly1305.NewX(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	bound, _, _ := bytes.Cut(sample(), []byte(`,"sealed"`))
	for _, plain := range []string{"null", "[1]", `"x"`, "{} {}", "{}x", "{", `{"a":1}}`, "12"} {
		nonce := make([]byte, nonceSize)
		line, err := ParseLine(finish(bytes.Clone(bound), aead.Seal(nonce, nonce, []byte(plain), bound)))
		if err != nil {
			continue // too short to be details
		}
		if have, err := OpenDetails([32]byte{}, &line); !errors.Is(err, ErrSealed) {
			t.Errorf("%s: %v, %v", plain, have, err)
		}
	}
	if _, err := OpenDetails([32]byte{}, &Line{Sealed: "AAAA"}); !errors.Is(err, ErrSealed) {
		t.Errorf("too short: %v", err)
	}
}

func TestSealDetailsIsCanonical(t *testing.T) {
	key := [32]byte{1}
	seal := func(details map[string]any) []byte {
		sealed, err := SealDetails(key, []byte("bound"), details, bytes.NewReader(make([]byte, 64)))
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
	a := seal(map[string]any{"b": 1, "a": map[string]any{"d": 1, "c": 2}})
	b := seal(map[string]any{"a": map[string]any{"c": 2, "d": 1}, "b": 1})
	if !bytes.Equal(a, b) {
		t.Error("the order of keys matters")
	}
	if _, err := SealDetails(key, nil, map[string]any{}, bytes.NewReader(nil)); !errors.Is(err, io.EOF) {
		t.Errorf("no randomness: %v", err)
	}
}

func TestOpenKeyRefuses(t *testing.T) {
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	other, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	seal := func(plain string) []byte {
		binary, err := statement.Seal([]byte(plain), id.Recipient().String())
		if err != nil {
			t.Fatal(err)
		}
		return statement.Armor(binary)
	}
	good, err := sealKey([32]byte{7}, id.Recipient().String())
	if err != nil {
		t.Fatal(err)
	}
	if key, err := OpenKey(good, id); err != nil || key != [32]byte{7} {
		t.Fatal(key, err)
	}
	if _, err := OpenKey(good, other); !errors.Is(err, ErrSealed) {
		t.Errorf("another identity: %v", err)
	}
	hex := strings.Repeat("0", 64)
	for name, file := range map[string][]byte{
		"nothing": nil, "no armor": []byte("x"), "no LF": seal(hex), "upper case": seal(strings.Repeat("A", 64) + "\n"),
		"short": seal(hex[1:] + "\n"), "two": seal(hex + "\n" + hex + "\n"), "changed": bytes.Replace(good, good[900:904], []byte("AAAA"), 1),
		"huge": make([]byte, maxKeyFile+1),
	} {
		if _, err := OpenKey(file, id); !errors.Is(err, ErrSealed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
