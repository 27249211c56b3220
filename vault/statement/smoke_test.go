package statement

import (
	"bytes"
	"crypto/ed25519"
	"testing"
	"time"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"
)

func TestSmoke(t *testing.T) {
	_, priv, _ := ed25519.GenerateKey(nil)
	s, _ := ssh.NewSignerFromKey(priv)
	id, _ := age.GenerateHybridIdentity()
	card, err := Seal([]byte("card"), id.Recipient().String())
	if err != nil {
		t.Fatal(err)
	}
	e := Entry{Common: Common{Vault: Sum(nil), Device: DeviceID(s.PublicKey()), Author: "maria", Policy: PolicyRef{4, Sum(nil)}, Event: 3, Time: time.Now()},
		Op: OpPut, Safe: "telephony", ID: "m4x5c6v7b2n3k7q2m4x5c6v7b2", Version: 1, Secret: Sum([]byte("x")),
		SealedCard: Part{1, Sum(card)}, SealedSecret: Part{2, Sum(card)}}
	h, err := e.Header()
	if err != nil {
		t.Fatal(err)
	}
	file, hash, err := Sign(h, [][]byte{card, card}, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s", file)
	st, err := Open(file, func(string) (ssh.PublicKey, error) { return s.PublicKey(), nil })
	if err != nil || st.Hash != hash || !bytes.Equal(st.Parts[0], card) {
		t.Fatal(err)
	}
	plain, err := Unseal(card, id)
	if string(plain) != "card" {
		t.Fatal(err)
	}
	d := Device{Device: e.Device, Member: "maria", Label: "ноут", Key: s.PublicKey(), Recipient: id.Recipient().String(), Time: time.Now()}
	h, err = d.Header()
	if err != nil {
		t.Fatal(err)
	}
	file, _, err = Sign(h, nil, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := OpenDevice(file); err != nil {
		t.Fatal(err)
	}
	h, err = Head{Vault: Sum(nil), Device: e.Device, Size: 3, Last: Sum(nil), Segment: 1, Length: 400, Time: time.Now()}.Header()
	if err != nil {
		t.Fatal(err)
	}
	file, _, err = Sign(h, nil, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file, func(string) (ssh.PublicKey, error) { return s.PublicKey(), nil }); err != nil {
		t.Fatal(err)
	}
}
